#ifndef COMCP_SESSION_REQUEST_HANDLER_HPP
#define COMCP_SESSION_REQUEST_HANDLER_HPP

#include <memory>
#include <string_view>

#include "comcp/awaitable.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/lifecycle.hpp"
#include "comcp/protocol/logging.hpp"
#include "comcp/protocol/parameter_header.hpp"
#include "comcp/protocol/version.hpp"
#include "comcp/session/principal.hpp"
#include "comcp/session/request_context.hpp"
#include "comcp/session/responder.hpp"
#include "comcp/session/rounds.hpp"

namespace comcp {

class session;

/** What the session layer calls: the seam that a server implements.

    The session answers by itself: `initialize`, `ping`, `logging/setLevel`, everything that comes before
    the handshake, methods that the revision doesn't have, malformed envelopes. All else comes here.

    @par Thread safety  called on every shard that serves; one request stays on its shard
    @par Lifetime       must outlive every session and stateless request that it serves
*/
class request_handler {
 public:
  virtual ~request_handler() = default;

  /** Who this server is and what it offers under `rules`: the answer to `initialize` and the truth
      behind `server/discover`. Called inline: must not block. */
  virtual protocol::initialize_result describe(const protocol::rules& rules) const = 0;

  /** Serves one request, as a coroutine of its own inside the request's scope.

      Whatever leaves it by exception becomes the answer, if none was given: request_error its error,
      capability_missing_error its code, anything else -32603 with a generic text and the details in
      the log. A cancellation passes through.

      @par Lifetime `context` and the handler's own frame end together
  */
  virtual awaitable<void> on_request(jsonrpc::request request,
                                     responder answer,
                                     request_context& context) = 0;

  /** Whether `on_request` keeps nothing of a request's params in place: what is to live longer than the
      call is copied, or moved to another storage. Then a transport may have them in memory that goes with
      the exchange, which is much cheaper. Default: no. Inline. */
  virtual bool copies_params() const noexcept { return false; }

  /** A legacy notification other than initialized and cancelled, and than progress of a question that
      asked for it. Runs as a task of the session; many may run at once. Errors go to the log. */
  virtual awaitable<void> on_notification(jsonrpc::notification notification, session& from);

  /** The arguments of this tool, as listed to this caller, that a modern HTTP request must mirror in
      `Mcp-Param-*` headers: checked by the transport before `on_request`. Null: none, or no such tool.
      Inline. spec: 2026-07-28, server/tools#x-mcp-header */
  virtual std::shared_ptr<const protocol::parameter_headers> parameter_headers(
      std::string_view /*tool*/, const principal* /*caller*/) const {
    return nullptr;
  }

  /// The member of the params of this method that a modern HTTP request repeats in `Mcp-Name`; empty:
  /// none. Default: as the protocol's table says. Inline.
  virtual std::string_view name_param(std::string_view method) const noexcept;

  /// Seals what modern requests remember of their questions. Default: one with a random key, shared by
  /// the process. Inline.
  virtual const round_keeper& rounds() const noexcept;

  /// The handshake is complete: `notifications/initialized` came, or a request with
  /// handshake_check::initialize_only. Inline.
  virtual void on_session_start(session& started) noexcept;
  /// A session that was started has ended; nothing of it runs any more. Inline.
  virtual void on_session_end(session& ended) noexcept;
  /** The client reports an error that belongs to no request, in an error response without id: it could
      not read something that was sent to it. The log has it too, at info. Inline. */
  virtual void on_peer_error(session& from, const jsonrpc::error_object& error) noexcept;
  /// The client chose its log level, which the session already obeys. Inline.
  virtual void on_log_level(session& from, protocol::logging_level level) noexcept;
};

}  // namespace comcp

#endif
