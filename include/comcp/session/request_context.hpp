#ifndef COMCP_SESSION_REQUEST_CONTEXT_HPP
#define COMCP_SESSION_REQUEST_CONTEXT_HPP

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "comcp/awaitable.hpp"
#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/capabilities.hpp"
#include "comcp/protocol/logging.hpp"
#include "comcp/protocol/request_meta.hpp"
#include "comcp/protocol/version.hpp"
#include "comcp/scope/cancel_scope.hpp"
#include "comcp/session/outbox.hpp"
#include "comcp/session/principal.hpp"

namespace comcp {

class session;
namespace detail {
class request_state;
}

/** Options of one question to the peer. */
class call_options {
 public:
  call_options() = default;
  /// Zero: the session's default.
  call_options& timeout(duration d) { return timeout_ = d, *this; }
  duration timeout() const noexcept { return timeout_; }

 private:
  duration timeout_ = duration::zero();
};

/** What a handler gets with its request: who asks, under which revision, and the ways to talk back
    before the answer.

    Handlers don't ask for the era: what a revision has or lacks is in `rules()`, and what the client
    can do in `client_capabilities()`.

    @par Lifetime      valid until the handler's coroutine has ended, whatever became of the request
    @par Thread safety one shard
*/
class request_context {
 public:
  explicit request_context(detail::request_state& state) noexcept : state_(state) {}
  request_context(const request_context&) = delete;
  request_context& operator=(const request_context&) = delete;

  const jsonrpc::request_id& id() const noexcept;
  std::string_view method() const noexcept;
  /// The request's `params._meta`, understood; what isn't understood is kept verbatim in it.
  const protocol::request_meta& meta() const noexcept;
  const protocol::rules& rules() const noexcept;
  /// What the client calls itself; null when it didn't say. For display and logs only.
  const protocol::implementation* client_info() const noexcept;
  const protocol::client_capabilities& client_capabilities() const noexcept;
  /// Null without authorization.
  const std::shared_ptr<const principal>& on_behalf_of() const noexcept;
  /// Null when the transport says nothing.
  const request_origin* origin() const noexcept;
  /// The legacy conversation the request belongs to; null in the modern era.
  session* conversation() const noexcept;

  /// The request's own scope: its deadline may be moved, its cancellation is the peer's or ours.
  cancel_scope& scope() const noexcept;

  /** Tells the client how far the work is.

      @par Completion   `skipped` when the client gave no progress token, or `progress` does not exceed
                        the last value; `closed` when the request is over or the peer is gone. Waits
                        while the queue is full.
      spec: basic/utilities/progress; S-PROG-01
  */
  awaitable<send_status> report_progress(double progress,
                                         std::optional<double> total = {},
                                         std::string message = {});

  /** Sends a log message to the client, if the client wants this level.

      @par Completion   `skipped` below the level: the session's in the legacy era, the request's own
                        in the modern one, where no level means none (S-LOG-02); `closed` as above
      spec: server/utilities/logging
  */
  awaitable<send_status> log(protocol::logging_level level,
                             json::value data,
                             std::string logger_name = {});

  /** Asks the client something and waits for its result.

      Legacy: a request on the stream of this one. Where the revision has no such requests it throws
      today; multi-round-trip requests will answer there without a change to handlers.

      @par Errors       session_error (closed, timed_out, not_initialized, not_in_revision,
                        too_many_calls), capability_missing_error, peer_error
      @par Cancellation tells the peer with notifications/cancelled; its late answer is ignored (C-11)
  */
  awaitable<json::value> call_peer(std::string method,
                                   json::value params,
                                   call_options options = {});

  /// Any other notification that belongs to this request, on its stream.
  awaitable<send_status> notify(std::string method, json::value params);

  /** Ends the connection that carries this request's stream, not the stream: the client comes back for
      the rest, the answer among it. For work that takes long: nothing has to stay connected meanwhile.

      @par Completion `sent`, behind what was sent before; `skipped` where clients can't come back
                      (stdio, other revisions, no event store): nothing changes; `closed`
      @param come_back when the client should; nothing: the transport's `poll_delay`
      spec: basic/transports#sending-messages-to-the-server, 2025-11-25
  */
  send_status close_stream(std::optional<std::chrono::milliseconds> come_back = {});

  /// Gives back this request's place among the concurrent ones: for requests that stay open by design
  /// (listen streams).
  void leave_limits() noexcept;

 private:
  detail::request_state& state_;
};

}  // namespace comcp

#endif
