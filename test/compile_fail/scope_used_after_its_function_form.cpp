// expect: was not declared in this scope|use of undeclared identifier
// C-01: the only name of a scope is the parameter of its body.
#include "comcp/scope/with_scope.hpp"

comcp::awaitable<void> f() {
  auto body = [](comcp::cancel_scope& scope) -> comcp::awaitable<void> {
    scope.cancel();
    co_return;
  };
  co_await comcp::with_cancel_scope(body);
  scope.cancel();  // error
}
