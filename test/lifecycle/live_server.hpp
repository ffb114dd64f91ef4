#ifndef COMCP_TEST_LIFECYCLE_LIVE_SERVER_HPP
#define COMCP_TEST_LIFECYCLE_LIVE_SERVER_HPP

// A server on two shards and a real socket, and the checks that follow every scenario: a fresh client
// works, everything that was counted is back, nothing was worth a warning.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "comcp/http_transport/http_endpoint.hpp"
#include "comcp/log.hpp"
#include "comcp/scope/runtime.hpp"
#include "comcp/server/server.hpp"
#include "lifecycle/tools.hpp"
#include "lifecycle/wire.hpp"

namespace lifecycle {

/// Everything that was logged.
class recorded_log final : public comcp::log_sink {
 public:
  void write(comcp::log_level level, std::string_view message) noexcept override;
  /// Lines of this level or above.
  std::vector<std::string> lines(comcp::log_level least) const;
  void clear();

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<comcp::log_level, std::string>> lines_;
};

/// Serves these tools until it is destroyed.
class live_server {
 public:
  explicit live_server(comcp::http_endpoint_options options = {},
                       std::function<void(comcp::server&)> more = {});
  ~live_server();
  live_server(const live_server&) = delete;
  live_server& operator=(const live_server&) = delete;

  std::uint16_t port() const { return endpoint_->port(); }
  comcp::streamable_http_stats stats() const { return endpoint_->stats(); }
  /// Alive on all shards.
  std::size_t tasks() const;
  comcp::server& server() { return server_; }
  comcp::http_endpoint& endpoint() { return *endpoint_; }

  wire connect() const { return wire(port()); }

  /// The shortest time of so many tries: what the machine does beside them is in none or in few.
  static milliseconds fastest(int tries, const std::function<void()>& what);
  /// Nothing but sessions is left of what has been done: a session that nobody ends goes when it is idle.
  void check_quiet() const;
  /// Waits until the condition holds; fails the test when it doesn't in time.
  void until(const char* what, const std::function<bool()>& holds) const;
  /// The four checks, against the state in which the server was before its first client.
  void check_baseline();
  /// Ends it, as SIGTERM would.
  void drain(comcp::duration limit);
  void join();

  tool_counts counts;
  std::shared_ptr<recorded_log> log = std::make_shared<recorded_log>();
  /// Headers that every request of a live_session has: its credentials.
  std::string credentials;
  /// What the scenario provokes: lines that contain it are no complaint.
  std::vector<std::string> expected_warnings;

 private:
  /// The live tasks of each shard; empty when one of them has not answered.
  std::vector<std::size_t> live_tasks() const;
  void wait_until_started();

  comcp::server server_;
  std::unique_ptr<comcp::http_endpoint> endpoint_;
  comcp::runtime runtime_;
  std::thread thread_;
  std::atomic<bool> serving_{false};
  std::size_t tasks_before_ = 0;
  std::size_t fds_before_ = 0;
};

/// An open session of a legacy revision; deleted at the end, if it is there still.
class live_session {
 public:
  explicit live_session(const live_server& at,
                        std::string revision = "2025-06-18",
                        std::string capabilities = "{}");

  ~live_session();
  live_session(const live_session&) = delete;
  live_session& operator=(const live_session&) = delete;

  /// The headers of its requests.
  std::string headers() const;
  const std::string& id() const noexcept { return id_; }
  /// A POST in it, on a connection of its own whose answer is not read.
  wire send(std::string_view body) const;
  /// The same, and the answer; the result of a stream is its last event.
  http_answer ask(std::string_view body) const;

 private:
  const live_server& at_;
  std::string revision_;
  std::string id_;
};

/// A client of HTTP+SSE (2024-11-05): one stream brings everything. Needs `http_endpoint_options::http_sse`.
class sse_client {
 public:
  explicit sse_client(const live_server& at);
  void shake_hands();
  /// What the first event told it to post to.
  const std::string& target() const noexcept { return target_; }
  /// A POST, which is taken.
  void say(std::string_view body);
  /// A POST whose answer is not read.
  wire send(std::string_view body) const;

  wire stream;

 private:
  const live_server& at_;
  std::string target_;
};

inline constexpr const char* list_tools = R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})";
std::string call(int id,
                 std::string_view tool,
                 std::string_view arguments = "{}",
                 std::string_view meta = {});
std::string initialize(std::string_view revision = "2025-06-18",
                       std::string_view capabilities = "{}");
std::string cancel(int id);
/// A request of 2026-07-28 with its headers.
std::string modern_call(int id, std::string_view tool, std::string_view arguments = "{}");
/// A request of 2026-07-28 for what changes.
std::string modern_listen(int id);
/// The data of the event that answers; reads the stream to its end.
std::string answer_of(wire& c, const http_answer& head);

}  // namespace lifecycle

#endif
