#include "comcp/scope/detail/branch.hpp"

#include "comcp/scope/detail/park.hpp"
#include "shard_impl.hpp"

namespace comcp::detail {

struct branch_wait final : operation<branch_wait, void> {
  branch_wait(task_ctx& task, std::shared_ptr<branch_core> b) noexcept
      : operation<branch_wait, void>{task, "the task of an operand", cancellable::forwarded},
        other{std::move(b)} {}
  branch_wait(branch_wait&&) noexcept = default;
  ~branch_wait() {
    if (other && other->waiter_ == this) other->waiter_ = nullptr;
  }
  void on_wait() override {
    if (!other->around_) return wake();
    other->waiter_ = this;
  }
  bool on_cancel() noexcept override {
    cancel_scope* around = other->around_;
    // A scope around the whole expression reaches the task without us, and with its own reason.
    if (around && !around->effectively_cancelled()) {
      around->cancel("the operand of && or || was cancelled");
    }
    return false;
  }
  std::shared_ptr<branch_core> other;
};

branch_core::branch_core(scope_guard& guard)
    : tree_{guard.task_->tree()},
      task_{nullptr},
      around_{&tree_.extract(guard.scope(), *guard.task_, scope_options().name("operand"))} {
  task_ctx& host = *guard.task_;
  task_ = &make_task(host.shard(), guard.scope(), *this, host.name);
  guard.task_ = task_;
}

branch_core::~branch_core() {
  if (!around_) return;  // the normal case
  drop_task(*task_);     // never launched
  tree_.leave(*around_);
}

awaitable<void> branch_core::wait() {
  return park(branch_wait{this_task(), shared_from_this()});
}

void branch_core::task_done(task_ctx&, std::exception_ptr error) noexcept {
  const std::shared_ptr<branch_core> keep = std::move(self_);
  tree_.leave(*std::exchange(around_, nullptr));
  error_ = std::move(error);
  if (parked* w = std::exchange(waiter_, nullptr)) w->wake();
}

void branch_core::task_abandoned() noexcept {
  around_ = nullptr;  // the tree cleans up
  const std::shared_ptr<branch_core> keep = std::move(self_);
}

}  // namespace comcp::detail
