#ifndef COMCP_SCOPE_DETAIL_BRANCH_HPP
#define COMCP_SCOPE_DETAIL_BRANCH_HPP

// Scopes inside operands of && and ||. Asio runs each operand on a coroutine thread of its own, but
// all with the executor, hence the context, of one task: their scopes would get in each other's way.
// A scope that finds itself in an operand moves to a new task, and the operand waits for that.

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/scope/detail/run_task.hpp"
#include "comcp/scope/detail/scope_guard.hpp"
#include "comcp/scope/detail/task_ctx.hpp"

namespace comcp::detail {

class parked;

class branch_core : public task_owner, public std::enable_shared_from_this<branch_core> {
 public:
  /// Moves the guard and its scope to a new task that is still to be launched.
  explicit branch_core(scope_guard& guard);
  branch_core(const branch_core&) = delete;
  branch_core& operator=(const branch_core&) = delete;
  virtual ~branch_core();

  task_ctx& task() const noexcept { return *task_; }
  void launched() noexcept { self_ = shared_from_this(); }
  /// Returns when the task has ended, however. A cancellation of the operand is passed on.
  awaitable<void> wait();
  const std::exception_ptr& error() const noexcept { return error_; }

 private:
  friend struct branch_wait;
  void task_done(task_ctx& task, std::exception_ptr error) noexcept final;
  void task_abandoned() noexcept final;

  scope_tree& tree_;
  task_ctx* task_;
  cancel_scope* around_;  // cancelled when the operand is; null when the task has ended
  std::shared_ptr<branch_core> self_;
  parked* waiter_ = nullptr;
  std::exception_ptr error_;
};

template <class T>
class branch final : public branch_core {
 public:
  using branch_core::branch_core;
  std::optional<std::conditional_t<std::is_void_v<T>, bool, T>> value;
};

template <class T>
awaitable<void> run_branch_body(std::shared_ptr<branch<T>> b, awaitable<T> body) {
  if constexpr (std::is_void_v<T>) {
    co_await std::move(body);
    b->value = true;
  } else {
    b->value.emplace(co_await std::move(body));
  }
}

/// Runs the body, whose guard was moved to the branch, as a task.
template <class T>
awaitable<T> run_branch(std::shared_ptr<branch<T>> b, awaitable<T> body) {
  launch(b->task(), run_task(b->task(), [b, body = std::move(body)]() mutable {
           return run_branch_body<T>(std::move(b), std::move(body));
         }));
  b->launched();
  co_await b->wait();
  if (b->error()) std::rethrow_exception(b->error());
  if constexpr (!std::is_void_v<T>) co_return std::move(*b->value);
}

}  // namespace comcp::detail

#endif
