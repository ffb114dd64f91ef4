#include "comcp/scope/task_group.hpp"

#include <cstdio>
#include <cstdlib>
#include <new>
#include <stdexcept>

#include "comcp/scope/detail/park.hpp"
#include "comcp/scope/errors.hpp"
#include "exception_peek.hpp"
#include "shard_impl.hpp"

namespace comcp::detail {

/// The host waits for its children. It is not cancellable: who is cancelled is decided by the tree,
/// and the children are told by their scope.
struct join_wait final : operation<join_wait, void> {
  join_wait(task_ctx& task, group_core& c) noexcept
      : operation<join_wait, void>{task, "the tasks of its group", cancellable::no}, core{c} {}
  join_wait(join_wait&&) noexcept = default;
  ~join_wait() {
    if (core.joiner_ == this) core.joiner_ = nullptr;
  }
  void on_wait() override {
    if (core.children_ == 0) return wake();
    core.joiner_ = this;
  }
  group_core& core;
};

group_core::~group_core() {
  if (children_ == 0) return;
  if (!shard().dying()) {
    std::fprintf(
        stderr,
        "comcp: the host of a task group was destroyed before its tasks; an operation of Asio "
        "had no memory when it started\n");
    std::abort();
  }
  shard().disown(*this);
}

void group_core::check_open() const {
  if (!open_) {
    throw std::logic_error{
        "comcp: the task group is closed: with_task_group() has joined its tasks"};
  }
}

std::exception_ptr group_core::without_explained(std::exception_ptr error, bool explained) {
  if (!explained) return error;
  if (is_cancelled(error)) return nullptr;
  if (const auto* group = peek<exception_group>(error)) {
    try {
      exception_group cleaned = group->without_cancelled();
      return cleaned.empty() ? nullptr : std::make_exception_ptr(std::move(cleaned));
    } catch (const std::bad_alloc&) {  // then with its cancellations
    }
  }
  return error;
}

void group_core::host_failed() noexcept {
  std::exception_ptr error = std::current_exception();
  // Asked now: what follows cancels the scope, and would then explain anything.
  std::exception_ptr left = without_explained(error, scope().effectively_cancelled());
  if (!left) {
    host_cancelled_ = is_cancelled(error) ? std::move(error) : scope_tree::error_of(scope());
    return;
  }
  host_error_ = std::move(left);
  scope_tree::cancel(scope(), cancel_scope::cause::child_failed, "the host of the group failed");
}

void group_core::child_failed(std::exception_ptr error, bool explained) noexcept {
  error = without_explained(std::move(error), explained);
  if (!error) return;
  try {
    errors_.push_back(std::move(error));
  } catch (...) {  // no memory: the first error has a place
    if (errors_.empty() && !host_error_) host_error_ = std::move(error);
  }
  scope_tree::cancel(scope(), cancel_scope::cause::child_failed, "a task of the group failed");
}

void group_core::child_gone() noexcept {
  if (--children_ != 0) return;
  if (parked* host = std::exchange(joiner_, nullptr)) {
    cancelled_while_joining_ = scope_tree::cancelled_from_outside(scope());
    host->wake();
  }
}

void group_core::task_done(task_ctx&, std::exception_ptr error) noexcept {
  if (error) child_failed(std::move(error), scope().effectively_cancelled());
  child_gone();
}

namespace {

// Nothing is worse than tasks without anybody who waits for them: without memory for that, even in reserve,
// the process ends.
template <class Make>
awaitable<void> surely(shard_impl& shard, const Make& make) noexcept {
  try {
    return make();
  } catch (const std::bad_alloc&) {
    shard.use_reserve();
  }
  return make();
}

}  // namespace

awaitable<void> group_core::join() {
  task_ctx& task = guard_.task();
  task.tree().clear(task);  // a cancelled host waits all the same; leave() restores its state
  return surely(shard(), [&] { return park(join_wait{task, *this}); });
}

void group_core::finish(bool has_value) {
  close();
  const bool absorbs = scope_tree::absorbs(scope());
  std::vector<std::exception_ptr> errors;
  if (host_error_) errors.push_back(host_error_);
  errors.insert(errors.end(), errors_.begin(), errors_.end());
  if (host_cancelled_ && absorbs && errors.empty()) guard_.mark_absorbed();
  guard_.leave();
  if (!errors.empty()) throw exception_group{std::move(errors)};
  if (host_cancelled_ && !absorbs) std::rethrow_exception(host_cancelled_);
  if (cancelled_while_joining_ && !host_cancelled_) {
    std::rethrow_exception(scope_tree::error_of(*guard_.task().scope()));
  }
  if (!has_value) guard_.throw_no_value();
}

}  // namespace comcp::detail
