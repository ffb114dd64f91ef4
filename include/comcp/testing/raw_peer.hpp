#ifndef COMCP_TESTING_RAW_PEER_HPP
#define COMCP_TESTING_RAW_PEER_HPP

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "comcp/awaitable.hpp"
#include "comcp/json/value.hpp"
#include "comcp/protocol/version.hpp"
#include "comcp/scope/clock.hpp"
#include "comcp/transport/transport.hpp"

namespace comcp::testing {

/** A client that says exactly what the test says: text in, messages out, no session of its own.

    @code
      auto [server_end, client_end] = make_memory_transports();
      raw_peer peer(std::move(client_end));
      co_await peer.handshake();
      co_await peer.request(7, "tools/list");
      BOOST_TEST((co_await peer.expect()) == json::parse(R"({"jsonrpc":"2.0","id":7,"result":{...}})"));
    @endcode
*/
class raw_peer {
 public:
  explicit raw_peer(std::unique_ptr<transport> end,
                    protocol::revision revision = protocol::revision::v2025_11_25,
                    json::object capabilities = {});

  /// One message, as it is. Throws std::runtime_error when the server is gone.
  awaitable<void> send(std::string text);
  /// A request with the envelope that the revision wants.
  awaitable<void> request(json::value id, std::string method, json::object params = {});
  awaitable<void> notify(std::string method, json::object params = {});
  /// notifications/cancelled
  awaitable<void> cancel(json::value id);
  awaitable<void> respond(json::value id, json::value result);

  /** The next message. Throws std::runtime_error at the end of the connection, and when nothing comes
      within `patience` (virtual or real time). */
  awaitable<json::value> expect();
  awaitable<std::string> expect_text();
  /// Throws when a message comes within the time.
  awaitable<void> expect_silence(duration how_long = std::chrono::milliseconds(1));
  /// Throws when anything but the end comes.
  awaitable<void> expect_end();

  /// Legacy: initialize and notifications/initialized; the result. Modern: nothing to do.
  awaitable<json::value> handshake();

  /// The text of a request with the revision's envelope.
  std::string request_text(const json::value& id,
                           std::string_view method,
                           json::object params) const;

  void patience(duration d) noexcept { patience_ = d; }
  void close() noexcept { end_->close(); }
  transport& end() noexcept { return *end_; }

 private:
  std::unique_ptr<transport> end_;
  const protocol::rules* rules_;
  json::object capabilities_;
  duration patience_ = std::chrono::hours(24);
};

}  // namespace comcp::testing

#endif
