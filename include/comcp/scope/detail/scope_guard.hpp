#ifndef COMCP_SCOPE_DETAIL_SCOPE_GUARD_HPP
#define COMCP_SCOPE_DETAIL_SCOPE_GUARD_HPP

// Holds a scope open: made in the plain function that opens the scope, moved into the parameters of
// the coroutine that runs the body. Dropped un-awaited it leaves the scope.

#include <boost/asio/cancellation_state.hpp>
#include <exception>
#include <utility>

#include "comcp/scope/cancel_scope.hpp"
#include "comcp/scope/detail/task_ctx.hpp"

namespace comcp::detail {

class scope_guard {
 public:
  explicit scope_guard(const scope_options& options);
  scope_guard(scope_guard&& other) noexcept
      : task_{other.task_},
        scope_{std::exchange(other.scope_, nullptr)},
        outcome_{other.outcome_} {}
  scope_guard& operator=(scope_guard&&) = delete;
  ~scope_guard() {
    if (scope_) leave();
  }

  cancel_scope& scope() const noexcept { return *scope_; }
  task_ctx& task() const noexcept { return *task_; }

  /** First step of the coroutine. Throws std::logic_error when it isn't awaited where it was made.

      False in an operand of && or ||, which runs on a coroutine thread of its own: the scope needs a
      task of its own then, see run_branch().
  */
  bool begin(const asio::cancellation_state& state);
  /// Inside a catch block: absorbs the current exception, or leaves the scope and throws it on.
  void on_exception();
  /// Once; the destructor does it if nobody did.
  void leave() noexcept;

  bool absorbed() const noexcept { return absorbed_; }
  cancel_scope::cause why() const noexcept { return why_; }
  void mark_absorbed() noexcept { absorbed_ = true; }
  /// After leave(): throws timeout_error when the deadline ended the body.
  void throw_if_timed_out() const;
  /// After leave(): the body was cancelled from this scope, so there is no value to return.
  [[noreturn]] void throw_no_value() const;

 private:
  friend class branch_core;
  task_ctx* task_;
  cancel_scope* scope_;
  scope_outcome* outcome_;
  cancel_scope::cause why_ = cancel_scope::cause::none;
  bool absorbed_ = false;
};

}  // namespace comcp::detail

#endif
