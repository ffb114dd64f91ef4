#ifndef COMCP_TEST_FAULTS_MEMORY_SERVER_HPP
#define COMCP_TEST_FAULTS_MEMORY_SERVER_HPP

// The server of test/lifecycle on one shard in virtual time, driven from outside of all its tasks; its
// connections are memory that the test may break.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "comcp/http/router.hpp"
#include "comcp/http_transport/streamable_http_server.hpp"
#include "comcp/server/server.hpp"
#include "comcp/testing/virtual_time.hpp"
#include "lifecycle/live_server.hpp"
#include "support/http_memory_wire.hpp"

namespace faults {

/// Puts something between a connection and its wire.
using wire_maker =
    std::function<std::unique_ptr<comcp::http::wire>(std::unique_ptr<comcp::http::wire>)>;

class memory_server {
 public:
  memory_server();
  ~memory_server();
  memory_server(const memory_server&) = delete;
  memory_server& operator=(const memory_server&) = delete;

  /// A connection, in virtual time; it ends with what it holds.
  class client {
   public:
    client(memory_server& s, const wire_maker& between);
    ~client();
    client(const client&) = delete;
    client& operator=(const client&) = delete;
    http_test::memory_peer& peer() { return *peer_; }
    void send(std::string_view bytes) { peer_->send(bytes); }

   private:
    std::shared_ptr<http_test::memory_peer> peer_;
  };

  /// Everything that is ready, and then what comes within the time.
  void run(comcp::duration d = {});
  /// Sends that on a connection of its own; what has come back at once.
  std::string ask(std::string_view bytes);
  /// The headers of a new session; none without a revision.
  std::string open_session(const char* revision);
  void close_session(const std::string& headers);

  /// A fresh client is served, everything that was counted is back, nothing was logged as a warning.
  void check_baseline();

  comcp::streamable_http_stats stats() const { return mcp_.stats(); }
  comcp::server& server() { return server_; }
  std::shared_ptr<lifecycle::recorded_log> log = std::make_shared<lifecycle::recorded_log>();
  /// Lines that contain one of these are no complaint.
  std::vector<std::string> expected_warnings;
  lifecycle::tool_counts counts;

 private:
  comcp::logger logs() const;
  void start(const std::function<comcp::awaitable<void>()>& body, std::string what);
  comcp::awaitable<void> hold_connections();

  comcp::testing::virtual_shard time_;
  comcp::server server_;
  comcp::streamable_http_server mcp_;
  comcp::http::router paths_;
  std::shared_ptr<comcp::http::connection_service> service_;
  std::size_t tasks_before_ = 0;
  std::size_t scopes_before_ = 0;
};

}  // namespace faults

#endif
