#include "comcp/scope/semaphore.hpp"

#include <stdexcept>

#include "comcp/scope/detail/park.hpp"
#include "comcp/scope/stream_error.hpp"

namespace comcp {

struct semaphore_wait final : detail::operation<semaphore_wait, semaphore::permit> {
  semaphore_wait(detail::task_ctx& task, semaphore& s) noexcept
      : operation<semaphore_wait, semaphore::permit>{task, "a semaphore"}, target{s} {}
  semaphore_wait(semaphore_wait&&) noexcept = default;
  ~semaphore_wait() {
    if (granted) target.give();
  }
  void on_wait() override {
    if (target.value_ == 0) {
      target.waiters_.push_back(*this);
    } else {
      --target.value_;
      granted = true;
      wake();
    }
  }
  semaphore::permit take() noexcept {
    granted = false;
    return semaphore::permit{target};
  }

  semaphore& target;
  bool granted = false;
};

semaphore::semaphore(std::size_t initial, std::size_t maximum)
    : value_{initial}, maximum_{maximum} {
  if (initial > maximum) {
    throw std::invalid_argument{"comcp: a semaphore's initial value is above its maximum"};
  }
}

void semaphore::give() noexcept {
  if (waiters_.empty()) {
    ++value_;
    return;
  }
  auto& next = static_cast<semaphore_wait&>(waiters_.front());
  next.granted = true;
  next.wake();
}

void semaphore::release() {
  if (value_ >= maximum_) {
    throw std::logic_error{"comcp: a semaphore was released beyond its maximum"};
  }
  give();
}

awaitable<semaphore::permit> semaphore::acquire() {
  return park(semaphore_wait{detail::this_task(), *this});
}

std::optional<semaphore::permit> semaphore::try_acquire() noexcept {
  if (value_ == 0) return std::nullopt;
  --value_;
  return permit{*this};
}

semaphore::permit semaphore::acquire_nowait() {
  std::optional<permit> p = try_acquire();
  if (!p) detail::throw_error(stream_error::would_block);
  return std::move(*p);
}

}  // namespace comcp
