// expect: discards qualifiers|rvalue ref-qualifier|expects an rvalue
// A task says once that it has started.
#include "comcp/scope/task_handle.hpp"

comcp::awaitable<void> child(comcp::task_status<int> status) {
  std::move(status).started(1);
  status.started(2);  // error
  co_return;
}
