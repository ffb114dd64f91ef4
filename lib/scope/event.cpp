#include "comcp/scope/event.hpp"

#include "comcp/scope/detail/park.hpp"

namespace comcp {

struct event_wait final : detail::operation<event_wait, void> {
  event_wait(detail::task_ctx& task, event& e) noexcept
      : operation<event_wait, void>{task, "an event"}, source{e} {}
  void on_wait() override {
    if (source.set_) return wake();
    source.waiters_.push_back(*this);
  }
  event& source;
};

void event::set() noexcept {
  set_ = true;
  while (!waiters_.empty())
    waiters_.front().wake();
}

awaitable<void> event::wait() {
  return park(event_wait{detail::this_task(), *this});
}

}  // namespace comcp
