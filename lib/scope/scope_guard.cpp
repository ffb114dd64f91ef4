#include "comcp/scope/detail/scope_guard.hpp"

#include <stdexcept>

#include "comcp/scope/errors.hpp"
#include "exception_peek.hpp"
#include "shard_impl.hpp"

namespace comcp::detail {

scope_guard::scope_guard(const scope_options& options)
    : task_{&this_task()},
      scope_{&task_->tree().enter(*task_, options)},
      outcome_{options.outcome()} {}

bool scope_guard::begin(const asio::cancellation_state& state) {
  if (!task_->owns(state)) return false;
  if (task_->scope() != scope_) {
    throw std::logic_error{
        "comcp: the result of opening a scope must be awaited at once, in the task that opened it"};
  }
  task_->tree().begin(*task_);
  return true;
}

void scope_guard::on_exception() {
  if (scope_tree::absorbs(*scope_)) {
    const std::exception_ptr error = std::current_exception();
    if (is_cancelled(error)) {
      absorbed_ = true;
      return;
    }
    if (const auto* group = peek<exception_group>(error)) {
      exception_group cleaned = group->without_cancelled();
      if (cleaned.empty()) {
        absorbed_ = true;
        return;
      }
      leave();
      throw cleaned;
    }
  }
  leave();
  throw;
}

void scope_guard::leave() noexcept {
  cancel_scope& scope = *std::exchange(scope_, nullptr);
  why_ = scope.why();
  if (outcome_) [[unlikely]] {
    outcome_->cancel_called = scope.cancel_called();
    outcome_->cancelled_caught = absorbed_;
    outcome_->why = why_;
    try {
      outcome_->reason = scope.reason();
    } catch (...) {  // no memory: without it
    }
  }
  task_->tree().leave(scope);
}

void scope_guard::throw_if_timed_out() const {
  if (absorbed_ && why_ == cancel_scope::cause::deadline) {
    throw timeout_error{"deadline exceeded"};
  }
}

void scope_guard::throw_no_value() const {
  throw cancelled{"the scope was cancelled before its body had a value"};
}

std::exception_ptr join_errors(std::exception_ptr body, std::exception_ptr cleanup) {
  if (!cleanup) return body;
  if (!body || is_cancelled(body)) return cleanup;
  if (is_cancelled(cleanup)) return body;
  return std::make_exception_ptr(exception_group{{std::move(body), std::move(cleanup)}});
}

}  // namespace comcp::detail
