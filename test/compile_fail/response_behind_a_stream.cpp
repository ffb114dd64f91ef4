// expect: has no member named|no member named
// H-02, H-03: a stream has events and an end, but no status line.
#include "comcp/http/exchange.hpp"

comcp::awaitable<void> both(comcp::http::exchange x) {
  auto stream = co_await std::move(x).start_stream(200, comcp::http::fields{});
  co_await std::move(stream).respond(comcp::http::response{});  // error
  co_await std::move(stream).finish();
}
