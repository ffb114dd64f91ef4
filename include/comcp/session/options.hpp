#ifndef COMCP_SESSION_OPTIONS_HPP
#define COMCP_SESSION_OPTIONS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "comcp/jsonrpc/codec.hpp"
#include "comcp/log.hpp"
#include "comcp/protocol/logging.hpp"
#include "comcp/protocol/version.hpp"
#include "comcp/scope/clock.hpp"
#include "comcp/session/principal.hpp"
#include "comcp/session/request_budget.hpp"
#include "comcp/session/request_gate.hpp"

namespace comcp {

/// Which lifecycles an endpoint serves; `both`, decided per message, is the default.
enum class served_eras : std::uint8_t { both, legacy, modern };

/// Whether requests need `notifications/initialized` first, or only `initialize`: then the first one completes the
/// handshake, too.
enum class handshake_check : std::uint8_t { complete, initialize_only };

/** Options of a session and of one stateless request. Every limit has a default and can be moved. */
class session_options {
 public:
  session_options() = default;

  /// Requests of one session that run at once (64); more wait, each in its own scope.
  session_options& max_concurrent_requests(std::size_t n) { return max_concurrent_ = n, *this; }
  /// Requests that may wait (256); more are answered -32603 "server is busy".
  session_options& max_queued_requests(std::size_t n) { return max_queued_ = n, *this; }
  /// Bytes of the requests that run or wait, as texts (64 MiB): one that would be beyond them is answered -32603
  /// "server is busy", unless it is the only one. Requests of up to 4 KiB aren't counted.
  session_options& max_request_bytes(std::size_t n) { return max_request_bytes_ = n, *this; }
  /// Questions to the peer that may be open at once (256).
  session_options& max_peer_calls(std::size_t n) { return max_peer_calls_ = n, *this; }
  /// Bytes queued for the peer before producers and the reader wait (1 MiB).
  session_options& max_outgoing_bytes(std::size_t n) { return max_outgoing_ = n, *this; }
  /// A handler that runs longer is cancelled and its request answered -32603. None by default (tools
  /// may run for hours; the client cancels); a handler may move its own `ctx.scope().deadline()`.
  session_options& request_timeout(duration d) { return request_timeout_ = d, *this; }
  /// How long a question to the peer may take when the call doesn't say (60 s); people answer some.
  session_options& peer_call_timeout(duration d) { return peer_call_timeout_ = d, *this; }
  /// How long one may take in all, where progress restarts its time (1 h).
  session_options& peer_call_limit(duration d) { return peer_call_limit_ = d, *this; }
  /// After the peer's end of input, or `drain`: how long running requests may go on (500 ms).
  session_options& drain_limit(duration d) { return drain_limit_ = d, *this; }
  session_options& eras(served_eras e) { return eras_ = e, *this; }
  session_options& handshake(handshake_check h) { return handshake_ = h, *this; }
  /// Legacy: log notifications at or above it are sent until the client sets its own level (info).
  session_options& initial_log_level(protocol::logging_level l) { return log_level_ = l, *this; }
  /// Bounds of one incoming message, where this layer decodes it (serve).
  session_options& codec_limits(jsonrpc::limits l) { return codec_limits_ = std::move(l), *this; }
  session_options& log(logger l) { return log_ = std::move(l), *this; }
  /// Shared by all sessions of a server: its limit on running requests.
  session_options& gate(std::shared_ptr<request_gate> g) { return gate_ = std::move(g), *this; }
  /// The same bound as `max_request_bytes`, shared by all sessions and requests of a server. Default: none here;
  /// `streamable_http_options` has one.
  session_options& budget(std::shared_ptr<request_budget> b) {
    return budget_ = std::move(b), *this;
  }
  session_options& on_behalf_of(std::shared_ptr<const principal> p) {
    return principal_ = std::move(p), *this;
  }
  session_options& origin(std::shared_ptr<const request_origin> o) {
    return origin_ = std::move(o), *this;
  }
  /** A conversation of one message, which nobody remembers afterwards: its client can neither be asked
      nor told anything later, and what needs that is refused.
      @param spoken the revision of the message; null when it is `initialize` itself */
  session_options& without_session(const protocol::rules* spoken) {
    sessionless_ = true;
    spoken_ = spoken;
    return *this;
  }
  /// Shown in the scope tree and in log lines; HTTP: a short form of the session id.
  session_options& name(std::string n) { return name_ = std::move(n), *this; }

  std::size_t max_concurrent_requests() const noexcept { return max_concurrent_; }
  std::size_t max_queued_requests() const noexcept { return max_queued_; }
  std::size_t max_request_bytes() const noexcept { return max_request_bytes_; }
  std::size_t max_peer_calls() const noexcept { return max_peer_calls_; }
  std::size_t max_outgoing_bytes() const noexcept { return max_outgoing_; }
  duration request_timeout() const noexcept { return request_timeout_; }
  duration peer_call_timeout() const noexcept { return peer_call_timeout_; }
  duration peer_call_limit() const noexcept { return peer_call_limit_; }
  duration drain_limit() const noexcept { return drain_limit_; }
  served_eras eras() const noexcept { return eras_; }
  handshake_check handshake() const noexcept { return handshake_; }
  protocol::logging_level initial_log_level() const noexcept { return log_level_; }
  const jsonrpc::limits& codec_limits() const noexcept { return codec_limits_; }
  const logger& log() const noexcept { return log_; }
  const std::shared_ptr<request_gate>& gate() const noexcept { return gate_; }
  const std::shared_ptr<request_budget>& budget() const noexcept { return budget_; }
  const std::shared_ptr<const principal>& on_behalf_of() const noexcept { return principal_; }
  const std::shared_ptr<const request_origin>& origin() const noexcept { return origin_; }
  bool sessionless() const noexcept { return sessionless_; }
  const protocol::rules* spoken() const noexcept { return spoken_; }
  const std::string& name() const noexcept { return name_; }

 private:
  std::size_t max_concurrent_ = 64;
  std::size_t max_queued_ = 256;
  std::size_t max_request_bytes_ = std::size_t{64} * 1024 * 1024;
  std::size_t max_peer_calls_ = 256;
  std::size_t max_outgoing_ = std::size_t{1024} * 1024;
  duration request_timeout_ = duration::zero();  // none
  duration peer_call_timeout_ = std::chrono::seconds(60);
  duration peer_call_limit_ = std::chrono::hours(1);
  duration drain_limit_ = std::chrono::milliseconds(500);
  served_eras eras_ = served_eras::both;
  handshake_check handshake_ = handshake_check::complete;
  protocol::logging_level log_level_ = protocol::logging_level::info;
  jsonrpc::limits codec_limits_;
  logger log_;
  std::shared_ptr<request_gate> gate_;
  std::shared_ptr<request_budget> budget_;
  std::shared_ptr<const principal> principal_;
  std::shared_ptr<const request_origin> origin_;
  bool sessionless_ = false;
  const protocol::rules* spoken_ = nullptr;
  std::string name_ = "session";
};

}  // namespace comcp

#endif
