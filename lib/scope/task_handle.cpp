#include "comcp/scope/task_handle.hpp"

#include "comcp/scope/detail/park.hpp"
#include "comcp/scope/errors.hpp"
#include "shard_impl.hpp"

namespace comcp::detail {

struct child_wait final : operation<child_wait, void> {
  child_wait(task_ctx& task, std::shared_ptr<child_core> c) noexcept
      : operation<child_wait, void>{task, "another task"}, child{std::move(c)} {}
  void on_wait() override {
    if (child->state_ != task_state::running) return wake();
    child->waiters_.push_back(*this);
  }
  std::shared_ptr<child_core> child;
};

/// A cancellation of the caller is passed to the child; the caller waits on.
struct start_wait final : operation<start_wait, void> {
  start_wait(task_ctx& task, std::shared_ptr<child_core> c, starting_core& s) noexcept
      : operation<start_wait, void>{task, "a task to start"}, keep{std::move(c)}, child{s} {}
  start_wait(start_wait&&) noexcept = default;
  ~start_wait() {
    if (child.caller_ == this) child.caller_ = nullptr;
  }
  void on_wait() override {
    if (child.started_) return wake();  // and has ended since, perhaps
    child.caller_ = this;
    if (child.state() != task_state::running) child.on_end();
  }
  bool on_cancel() noexcept override {
    child.caller_cancelled_ = true;
    child.cancel("the task that waits for the start was cancelled");
    return false;
  }
  std::shared_ptr<child_core> keep;
  starting_core& child;
};

child_core::child_core(group_core& group, std::string_view name)
    : group_{&group}, scope_{&group.guard_tree().open(group.scope(), scope_options().name(name))} {}

child_core::~child_core() {
  if (scope_) group_->guard_tree().leave(*scope_);  // never launched
}

void child_core::launched() noexcept {
  self_ = shared_from_this();
  group_->child_added();
}

void child_core::cancel(std::string_view reason) noexcept {
  if (scope_) scope_->cancel(reason);
}

awaitable<void> child_core::wait() {
  return park(child_wait{this_task(), shared_from_this()});
}

void child_core::task_done(task_ctx& task, std::exception_ptr error) noexcept {
  const std::shared_ptr<child_core> keep = std::move(self_);
  const bool explained = scope_->effectively_cancelled();
  task.tree().leave(*std::exchange(scope_, nullptr));
  if (!error) {
    state_ = task_state::finished;
  } else if (explained && is_cancelled(error)) {
    state_ = task_state::cancelled;
  } else {
    state_ = task_state::failed;
  }
  error_ = std::move(error);
  const bool for_group = on_end();
  if (state_ == task_state::failed && for_group) group_->child_failed(error_, explained);
  while (!waiters_.empty())
    waiters_.front().wake();
  group_->child_gone();
}

void child_core::task_abandoned() noexcept {
  scope_ = nullptr;  // the tree cleans up
  const std::shared_ptr<child_core> keep = std::move(self_);
}

bool starting_core::on_end() noexcept {
  parked* caller = std::exchange(caller_, nullptr);
  if (!caller) return true;
  cancel_scope& scope = *caller->task().scope();
  const auto pass_on = [&] {
    caller->fail(scope.effectively_cancelled() ? scope_tree::error_of(scope)
                                               : std::make_exception_ptr(cancelled{}));
  };
  if (started_) {  // too late for the caller, who was cancelled: a child of the group like others
    pass_on();
    return true;
  }
  if (state() == task_state::failed) {
    caller->fail(error());
  } else if (caller_cancelled_ || scope.effectively_cancelled()) {
    pass_on();
  } else if (state() == task_state::cancelled) {
    caller->fail(std::make_exception_ptr(task_cancelled{}));
  } else {
    caller->fail(std::make_exception_ptr(
        std::logic_error{"comcp: the task ended without task_status::started()"}));
  }
  return false;
}

void starting_core::set_started() noexcept {
  started_ = true;
  if (caller_ && !caller_cancelled_) std::exchange(caller_, nullptr)->wake();
}

awaitable<void> starting_core::wait_started() {
  return park(start_wait{this_task(), shared_from_this(), *this});
}

}  // namespace comcp::detail
