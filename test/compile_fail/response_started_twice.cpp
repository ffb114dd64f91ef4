// expect: discards qualifiers|rvalue ref-qualifier|expects an rvalue
// H-01: a response consumes its exchange.
#include "comcp/http/exchange.hpp"

comcp::awaitable<void> twice(comcp::http::exchange x) {
  co_await std::move(x).respond(comcp::http::response{});
  co_await x.respond(comcp::http::response{});  // error
}
