#ifndef COMCP_APPS_COMCP_BENCH_LOAD_HPP
#define COMCP_APPS_COMCP_BENCH_LOAD_HPP

// The loop under the load: one thread, one epoll, clients that send when they are told and say what came
// of it. No coroutines and no Asio: what the generator costs is taken from the server on the same cores.

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/bench_options.hpp"
#include "bench/process_usage.hpp"
#include "bench/schedule.hpp"
#include "bench/tally.hpp"
#include "comcp/protocol/version.hpp"

namespace comcp::bench {

struct socket_address;

/// Is told when its descriptor is ready.
class pollable {
 public:
  virtual void on_ready(std::uint32_t events) = 0;

 protected:
  ~pollable() = default;
};

/// Can have one request in flight.
class slot {
 public:
  /// @param due what latency counts from
  virtual void send(steady::time_point due) = 0;

 protected:
  ~slot() = default;
};

/// One session, or process, with its slots.
class client {
 public:
  client() = default;
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  virtual ~client() = default;

  /// Begins to open; ends in load::opened, or load::fatal.
  virtual void open() = 0;
  /// Looks for what has taken too long. Called ten times a second.
  virtual void expire(steady::time_point now) = 0;
  /// Writes what was collected.
  virtual void flush() = 0;
  /// Says goodbye; over when is_closed.
  virtual void close() = 0;
  virtual bool is_closed() const = 0;
  /// Of the process it started; 0: none.
  virtual pid_t pid() const { return 0; }
};

/// What a run has shown.
struct outcome {
  tally counts;
  double seconds = 0;  ///< in which `counts.in_time` came and the processors were used
  std::string revision;
  std::uint64_t unsent = 0;
  bool interrupted = false;
  std::string fatal;  ///< why there was no load; empty: there was
  // Of the server, when it runs here.
  std::vector<pid_t> pids;
  double server_cpu_seconds = 0;
  process_usage server;
  double own_cpu_seconds = 0;
};

class load {
 public:
  /// @param stop set by whoever wants the run to end early
  load(const bench_options& options, const std::atomic<bool>& stop);
  load(const load&) = delete;
  load& operator=(const load&) = delete;
  ~load();

  /// @param progress called once a second
  outcome run(const std::function<void(const tally&, double seconds)>& progress);

  // For clients.
  const bench_options& options() const noexcept { return options_; }
  tally& counts() noexcept { return result_.counts; }
  /// Begins, changes or ends (no events) the watch over a descriptor.
  void watch(int fd, std::uint32_t events, pollable& by);
  void change(int fd, std::uint32_t events, pollable& by);

  /// The slot is free for the next request.
  void idle(slot& s) { idle_.push_back(&s); }
  /// The same, but a little later: something failed, and would at once again.
  void rest(slot& s) { resting_.push_back(&s); }
  /// Takes the slot out of both.
  void forget(slot& s);
  /// The client has something to flush.
  void touch(client& c) { touched_.push_back(&c); }
  std::uint32_t next_id() noexcept { return first_id_ + next_id_++ % id_range_; }

  void sent(std::size_t bytes) noexcept {
    ++in_flight_;
    counts().sent_bytes += bytes;
  }
  void answered(steady::time_point due) noexcept;
  void failed(failure kind, std::string_view sample);

  /// The revision that everybody speaks; null while the first client finds out.
  const protocol::rules* rules() const noexcept { return rules_; }
  void settle(const protocol::rules& rules);
  /// Whether to try the newest revision before the handshake of the others.
  bool tries_newest() const noexcept;
  /// The client is ready for load for the first time.
  void opened();
  /// There is no point in going on, unless it has gone well before. @returns whether it is over
  bool fatal(const std::string& why);
  bool is_ending() const noexcept { return ending_; }

 private:
  void add_clients();
  void begin_measuring(steady::time_point now);
  void end_measuring(steady::time_point now);
  void feed();
  void poll(steady::time_point until);
  void tick(steady::time_point now);
  void say_goodbye();
  double server_cpu(bool last);

  const bench_options& options_;
  const std::atomic<bool>& stop_;
  outcome result_;
  schedule schedule_;
  const int epoll_;
  std::vector<std::unique_ptr<client>> clients_;
  std::deque<slot*> idle_;
  std::vector<slot*> resting_;
  std::vector<client*> touched_;
  const protocol::rules* rules_ = nullptr;
  std::size_t opened_ = 0;
  std::uint64_t in_flight_ = 0;
  const std::uint32_t first_id_;
  const std::uint32_t id_range_;
  std::uint32_t next_id_ = 0;
  enum class stage : std::uint8_t { before, measuring, after };
  stage stage_ = stage::before;
  steady::time_point measuring_since_;
  bool ending_ = false;
  double server_cpu_at_start_ = 0;
  double own_cpu_at_start_ = 0;
};

std::unique_ptr<client> make_http_client(load& l,
                                         const endpoint_address& to,
                                         const socket_address& address);
std::unique_ptr<client> make_stdio_client(load& l);

}  // namespace comcp::bench

#endif
