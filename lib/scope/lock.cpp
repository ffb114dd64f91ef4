#include "comcp/scope/lock.hpp"

#include <cassert>
#include <stdexcept>

#include "comcp/scope/detail/park.hpp"
#include "comcp/scope/stream_error.hpp"

namespace comcp {

struct lock_wait final : detail::operation<lock_wait, lock::guard> {
  lock_wait(detail::task_ctx& task, lock& l) noexcept
      : operation<lock_wait, lock::guard>{task, "a lock"}, target{l} {}
  lock_wait(lock_wait&&) noexcept = default;
  ~lock_wait() {
    if (granted) target.hand_over();
  }
  void on_wait() override {
    if (target.held_by(task())) {
      throw std::logic_error{"comcp: the task holds this lock already; waiting would never end"};
    }
    if (target.owner_) {
      target.waiters_.push_back(*this);
    } else {
      grant();
    }
  }
  lock::guard take() noexcept {
    granted = false;
    return lock::guard{target};
  }
  void grant() noexcept {
    target.owner_ = &task();
    target.owner_id_ = task().id;
    granted = true;
    wake();
  }

  lock& target;
  bool granted = false;
};

lock::~lock() {
  assert(waiters_.empty() && "comcp: a lock died before its waiters");
}

bool lock::held_by(const detail::task_ctx& task) const noexcept {
  return owner_ == &task && owner_id_ == task.id;
}

void lock::hand_over() noexcept {
  if (waiters_.empty()) {
    owner_ = nullptr;
  } else {
    static_cast<lock_wait&>(waiters_.front()).grant();
  }
}

awaitable<lock::guard> lock::acquire() {
  return park(lock_wait{detail::this_task(), *this});
}

std::optional<lock::guard> lock::try_acquire() {
  detail::task_ctx& task = detail::this_task();
  if (held_by(task)) throw std::logic_error{"comcp: the task holds this lock already"};
  if (owner_) return std::nullopt;
  owner_ = &task;
  owner_id_ = task.id;
  return guard{*this};
}

lock::guard lock::acquire_nowait() {
  std::optional<guard> g = try_acquire();
  if (!g) detail::throw_error(stream_error::would_block);
  return std::move(*g);
}

void lock::guard::release() {
  if (!lock_ || !lock_->held_by(detail::this_task())) {
    throw std::logic_error{"comcp: the task does not hold this lock"};
  }
  reset();
}

lock_statistics lock::statistics() const {
  lock_statistics s;
  s.locked = locked();
  s.waiting = waiters_.size();
  if (owner_ && owner_->id == owner_id_) {
    s.owner.emplace();
    s.owner->id = owner_id_;
    s.owner->name = owner_->name;
  }
  return s;
}

}  // namespace comcp
