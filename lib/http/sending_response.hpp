#ifndef COMCP_LIB_HTTP_SENDING_RESPONSE_HPP
#define COMCP_LIB_HTTP_SENDING_RESPONSE_HPP

#include <memory>
#include <string>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/http/exchange.hpp"
#include "http/connection.hpp"

namespace comcp::http {

/** A response that begins to leave when it is made, without a coroutine: nearly always it has left then.

    @par Thread safety the exchange's shard
    @par Lifetime      dropped unfinished, the connection is closed: the client sees that something is missing
*/
class sending_response {
 public:
  /// Consumes the exchange. `head` is looked at here only. @par Preconditions its responses have a body
  sending_response(exchange ex, const prepared_head& head, std::string body);
  sending_response(const sending_response&) = delete;
  sending_response& operator=(const sending_response&) = delete;

  /// Everything was handed to the operating system, or nobody is there to take it.
  bool finished() const noexcept { return finished_; }
  send_result result() const noexcept { return result_; }
  /// The body's memory, for another use. @par Preconditions finished
  std::string take_body() noexcept { return std::move(body_); }
  /// Hands over the rest. @par Preconditions not finished; once
  awaitable<send_result> finish();

 private:
  void end(send_result r) noexcept;

  detail::exchange_token token_;
  std::string body_;
  std::unique_ptr<gather> left_;  // rarely
  send_result result_ = send_result::closed;
  bool finished_ = false;
};

}  // namespace comcp::http

#endif
