// expect: use of deleted function|deleted copy constructor|call to deleted constructor
// C-12: a group can't outlive its function form, so neither can a child.
#include "comcp/scope/task_group.hpp"

comcp::awaitable<void> f() {
  auto body = [](comcp::task_group& group) -> comcp::awaitable<void> {
    auto kept = group;  // error
    group.cancel();
    co_return;
  };
  co_await comcp::with_task_group(body);
}
