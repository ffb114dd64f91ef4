#ifndef COMCP_LIB_HTTP_INDEPENDENT_HANDLER_HPP
#define COMCP_LIB_HTTP_INDEPENDENT_HANDLER_HPP

#include <memory>

#include "comcp/http/exchange.hpp"

namespace comcp::http {

/** A handler that may go on behind its exchange, while its connection serves the next request in another
    task: for work that isn't the exchange's alone.

    What belongs to the exchange (the request's head, its body) is not to be used from then on. The handler must
    see to it itself that it ends with its server: its scopes are still below the connection's.

    @par Thread safety the exchange's shard
*/
class independent_handler {
 public:
  independent_handler(const independent_handler&) = delete;
  independent_handler& operator=(const independent_handler&) = delete;

  virtual void on_peer_gone() noexcept = 0;

 protected:
  independent_handler() noexcept = default;
  ~independent_handler();

  /// What is said next is about this exchange. @par Preconditions not moved from; once
  void is_handling(const exchange& ex) noexcept { state_ = ex.token_.state(); }
  /// From now on `on_peer_gone` is called when nobody is there to take an answer: perhaps at once.
  void watch_peer();
  /** The connection goes on without this handler, or ends if it can't. After the first time nothing.
      @par Preconditions the response is complete, or the peer is gone */
  void leave_connection() noexcept;

 private:
  std::shared_ptr<detail::exchange_state> state_;
};

}  // namespace comcp::http

#endif
