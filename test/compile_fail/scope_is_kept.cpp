// expect: use of deleted function|deleted copy constructor|call to deleted constructor
// C-02: a scope can't be copied or moved out of its function form.

#include "comcp/scope/with_scope.hpp"

comcp::awaitable<void> f() {
  auto body = [](comcp::cancel_scope& scope) -> comcp::awaitable<void> {
    auto kept = scope;  // error
    scope.cancel();
    co_return;
  };
  co_await comcp::with_cancel_scope(body);
}
