#ifndef COMCP_SESSION_SERVE_HPP
#define COMCP_SESSION_SERVE_HPP

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/request_meta.hpp"
#include "comcp/session/options.hpp"
#include "comcp/session/outbox.hpp"
#include "comcp/session/request_handler.hpp"
#include "comcp/transport/transport.hpp"

namespace comcp {

class session;
namespace detail {
class connection;
}

/** A hand on a connection that is being served, to end it from elsewhere on its shard. */
class connection_control {
 public:
  connection_control() = default;
  connection_control(const connection_control&) = delete;
  connection_control& operator=(const connection_control&) = delete;

  /// See session::drain. Before `serve` has begun: it will take nothing.
  void drain(std::string_view reason, duration limit);

 private:
  friend class detail::connection;
  std::weak_ptr<session> session_;
  std::optional<std::pair<std::string, duration>> wanted_;
};

/** Serves one duplex connection (stdio, memory, socket) until the peer closes it: both eras, decided per
    message, in one process.

    Reads while handlers run, so a cancellation or a ping is never stuck behind a call (C-15). At the
    end of input, running requests may finish within `options.drain_limit()`, then are cancelled.

    @par Completion   the peer is gone, all requests have ended, the transport is closed
    @par Cancellation cancels all requests, closes the transport, then throws on
    @par Lifetime     transport, handler and control must outlive it
*/
awaitable<void> serve(transport& peer,
                      request_handler& handler,
                      session_options options = {},
                      connection_control* control = nullptr);

/** Serves one request of the modern era in the caller's scope, answering into `box`.

    Checks the envelope (-32602, -32022) and the method (-32601), then calls the handler. A
    disconnected client is a cancellation of the caller's scope: the handler is cancelled, nothing is
    sent. `options` gives the limits, principal, origin and log; it is not shared between requests.

    @par Completion   the handler has ended and the answer, if one is due, is in `box`
    @par Cancellation cancels the handler, then throws on
*/
awaitable<void> serve_stateless(jsonrpc::request request,
                                std::shared_ptr<outbox> box,
                                request_handler& handler,
                                const session_options& options);

/** The same for a request whose envelope the transport has decoded and checked, `checked.rules` set:
    only the method is left to check. The request is taken, and registered with `box`, by the call itself.

    @param who, origin take the place of those in `options`, which many requests can then share */
awaitable<void> serve_stateless(jsonrpc::request&& request,
                                protocol::request_meta&& checked,
                                std::shared_ptr<outbox> box,
                                request_handler& handler,
                                const session_options& options,
                                std::shared_ptr<const principal> who,
                                std::shared_ptr<const request_origin> origin);

}  // namespace comcp

#endif
