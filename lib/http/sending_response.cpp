#include "http/sending_response.hpp"

#include <utility>

#include "http/exchange_state.hpp"

namespace comcp::http {

sending_response::sending_response(exchange ex, const prepared_head& head, std::string body)
    : token_(std::move(ex.token_)), body_(std::move(body)) {
  const auto& conn = token_.state()->connection();
  if (!conn || !conn->writable()) {
    end(send_result::closed);
    return;
  }
  token_.state()->now = detail::exchange_state::phase::answering;
  gather out;
  conn->plan_response(out, head, body_, token_.state()->common);
  if (conn->write_now(out))
    end(send_result::sent);
  else
    left_ = std::make_unique<gather>(out);
}

void sending_response::end(send_result r) noexcept {
  token_.state()->now = detail::exchange_state::phase::ended;
  token_.spend();
  result_ = r;
  finished_ = true;
}

awaitable<send_result> sending_response::finish() {
  const auto conn = token_.state()->connection();
  bool done = false;
  if (conn) done = co_await conn->write_rest(*left_);
  end(done ? send_result::sent : send_result::closed);
  co_return result_;
}

}  // namespace comcp::http
