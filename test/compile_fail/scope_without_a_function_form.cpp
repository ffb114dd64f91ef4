// expect: no matching function|is private within this context|no matching constructor|calling a private constructor|is protected within this context
// A scope can't be entered but by its function form, so it can't be entered twice or left elsewhere.
#include "comcp/scope/cancel_scope.hpp"

void f() {
  comcp::cancel_scope scope;  // error
}
