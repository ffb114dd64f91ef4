#ifndef COMCP_TEST_SOAK_SERVER_PROCESS_HPP
#define COMCP_TEST_SOAK_SERVER_PROCESS_HPP

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <set>
#include <string>

namespace soak {

/** The server under test: everything_server on a port of its own, which can be restarted on the same one.

    @par Thread safety start, stop and restart by one thread; everything else from any */
class server_process {
 public:
  explicit server_process(std::string program) : program_(std::move(program)) {}
  ~server_process();
  server_process(const server_process&) = delete;
  server_process& operator=(const server_process&) = delete;

  void start();
  /// SIGTERM; its exit status.
  int stop();
  /// stop, then start; the exit status of the first.
  int restart();

  std::uint16_t port() const noexcept { return port_; }
  /// Counts starts.
  int generation() const noexcept { return generation_; }
  /// What failed since then may be the restart's doing.
  bool in_transition(int since) const noexcept { return stopping_ || generation_ != since; }

  long rss_kib() const;
  long open_files() const;
  /// Nothing is alive but this question; `stats` is what it says of itself.
  bool is_idle(std::string& stats) const;
  /// What lives in it, as text: of each shard once.
  std::set<std::string> scopes() const;

 private:
  const std::string program_;
  std::atomic<pid_t> pid_{-1};
  std::atomic<std::uint16_t> port_{0};
  std::atomic<int> generation_{0};
  std::atomic<bool> stopping_{false};
};

}  // namespace soak

#endif
