#ifndef COMCP_TEST_SOAK_SERVER_PROCESS_HPP
#define COMCP_TEST_SOAK_SERVER_PROCESS_HPP

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "comcp/json/value.hpp"

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

  const std::string& program() const noexcept { return program_; }
  std::uint16_t port() const noexcept { return port_; }
  /// Counts starts.
  int generation() const noexcept { return generation_; }
  /// What was refused since then may be the restart's doing.
  bool in_transition(int since) const noexcept { return stopping_ || generation_ != since; }

  long rss_kib() const;
  long open_files() const;
  /// What it says of itself; nothing when it can't be asked.
  comcp::json::object stats() const;
  /// Nothing is alive but this question.
  bool is_idle() const;
  /// What lives in it, as text: of each shard once.
  std::set<std::string> scopes() const;
  /// The lines of its standard error since the first start that are a complaint, and how many lines there were.
  std::vector<std::string> complaints() const;
  std::size_t lines() const noexcept { return lines_; }

 private:
  void read_errors(int from);

  const std::string program_;
  std::atomic<pid_t> pid_{-1};
  std::atomic<std::uint16_t> port_{0};
  std::atomic<int> generation_{0};
  std::atomic<bool> stopping_{false};
  std::thread reader_;  // of its standard error
  std::atomic<std::size_t> lines_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> complaints_;
};

}  // namespace soak

#endif
