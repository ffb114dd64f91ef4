#ifndef COMCP_LIB_HTTP_EXCHANGE_STATE_HPP
#define COMCP_LIB_HTTP_EXCHANGE_STATE_HPP

#include <cstdint>
#include <memory>
#include <optional>

#include "comcp/http/exchange.hpp"
#include "comcp/scope/event.hpp"

namespace comcp {
class cancel_scope;
}

namespace comcp::http {
class connection;
class independent_handler;
}  // namespace comcp::http

namespace comcp::http::detail {

/** What the tokens of one exchange share with its connection.

    The connection fills it, hands out one token, and revokes it when the handler has returned; from
    then on `connection()` is null and whatever a stray token does is answered `closed`. Reused for the
    next exchange unless somebody still holds it.
*/
class exchange_state {
 public:
  enum class phase : std::uint8_t {
    unstarted,
    answering,  ///< `respond` is writing
    streaming,
    ended,   ///< the response is complete
    dropped  ///< the token went without ending the exchange
  };

  /// A new exchange: the token may be made.
  void begin(std::shared_ptr<http::connection> owner);
  /// The handler has returned. Returns how far it came.
  phase revoke() noexcept;

  const std::shared_ptr<http::connection>& connection() const noexcept { return connection_; }

  /// By the token's destructor.
  void token_dropped() noexcept;

  void cancel_on_disconnect();
  /// See independent_handler.
  void watched_by(independent_handler* who);
  void leave_connection() noexcept;
  awaitable<void> until_disconnected(std::shared_ptr<exchange_state> self);
  /// By the connection: nobody is there to take an answer.
  void peer_gone() noexcept;
  bool is_gone() const noexcept { return gone_; }

  request_head request;
  fields common;  ///< headers for whichever response is sent
  phase now = phase::ended;
  cancel_scope* scope = nullptr;  ///< around the handler, while it runs

 private:
  std::shared_ptr<http::connection> connection_;
  std::optional<event> gone_event_;  // made when somebody waits
  independent_handler* watcher_ = nullptr;
  bool cancels_ = false;
  bool gone_ = false;
};

}  // namespace comcp::http::detail

#endif
