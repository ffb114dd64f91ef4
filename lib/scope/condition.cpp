#include "comcp/scope/condition.hpp"

#include <boost/asio/this_coro.hpp>
#include <exception>
#include <stdexcept>

#include "comcp/scope/detail/park.hpp"
#include "comcp/scope/with_scope.hpp"

namespace comcp {

struct condition_wait final : detail::operation<condition_wait, void> {
  condition_wait(detail::task_ctx& task, condition& c, lock::guard& g) noexcept
      : operation<condition_wait, void>{task, "a condition"}, target{c}, held{g} {}
  void on_wait() override {
    target.waiters_.push_back(*this);
    held.reset();
  }
  condition& target;
  lock::guard& held;
};

void condition::check_held() const {
  if (!lock_.held_by(detail::this_task())) {
    throw std::logic_error{"comcp: the task does not hold the lock of this condition"};
  }
}

awaitable<void> condition::wait(lock::guard& held) {
  if (held.lock_ != &lock_) {
    throw std::logic_error{"comcp: the guard does not hold the lock of this condition"};
  }
  check_held();
  std::exception_ptr error;
  try {
    co_await park(condition_wait{detail::this_task(), *this, held});
  } catch (...) {
    error = std::current_exception();
  }
  if (!held) {
    // See with_cleanup().
    const bool own = detail::this_task().owns(co_await asio::this_coro::cancellation_state);
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(throws && own);
    std::exception_ptr no_memory;
    try {
      lock::guard again = co_await shielded([this] { return lock_.acquire(); },
                                            scope_options().name("re-acquire the lock"));
      held = std::move(again);
    } catch (...) {
      no_memory = std::current_exception();
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (no_memory) std::rethrow_exception(std::move(no_memory));
    // In an operand of || the shield is a task of its own.
    lock_.owner_ = &detail::this_task();
    lock_.owner_id_ = lock_.owner_->id;
  }
  if (error) std::rethrow_exception(std::move(error));
}

void condition::wake(std::size_t count) noexcept {
  for (; count != 0 && !waiters_.empty(); --count)
    waiters_.front().wake();
}

void condition::notify(std::size_t count) {
  check_held();
  wake(count);
}

void condition::notify_all() {
  check_held();
  wake(static_cast<std::size_t>(-1));
}

}  // namespace comcp
