#include "comcp/scope/detail/park.hpp"

#include <boost/asio/cancellation_type.hpp>

#include "comcp/scope/errors.hpp"
#include "shard_impl.hpp"

namespace comcp::detail {

namespace {

// After so many cancellations that a task has swallowed without leaving its scope, each further one
// costs it a turn.
constexpr unsigned max_throws_in_a_row = 32;

}  // namespace

/// In the cancellation slot of the operation: also an operand of || can be told to stop.
struct park_cancel {
  parked* op;
  void operator()(asio::cancellation_type type) const {
    if (type != asio::cancellation_type::none) op->cancel();
  }
};

parked::parked(parked&& other) noexcept
    : list_hook<wait_tag>{},
      list_hook<alive_tag>{},
      task_{other.task_},
      what_{other.what_},
      cancellable_{other.cancellable_},
      late_{std::exchange(other.late_, false)} {}

parked::~parked() {
  // The awaitable was dropped: the task stays cancelled as it was.
  if (late_ && state_ == state::idle) task_->tree().sync(*task_);
}

void parked::check() {
  if (cancellable_ != cancellable::yes || !task_->scope()->effectively_cancelled()) return;
  if (++task_->throws_in_a_row_ <= max_throws_in_a_row) {
    std::rethrow_exception(scope_tree::error_of(*task_->scope()));
  }
  late_ = true;
  task_->tree().clear(*task_);  // let Asio begin the operation
  task_->throws_in_a_row_ = max_throws_in_a_row;
}

void throw_if_cancelled(task_ctx& task) {
  if (task.scope()->effectively_cancelled()) {
    std::rethrow_exception(scope_tree::error_of(*task.scope()));
  }
}

void parked::begin(asio::cancellation_slot slot) noexcept {
  shard_impl& shard = task_->shard();
  state_ = state::waiting;
  task_->waiting_for = what_;
  task_->since = shard.tree.coarse_now();
  shard.add_alive(*this);
  if (late_) return fail(scope_tree::error_of(*task_->scope()));
  try {
    if (cancellable_ != cancellable::no && slot.is_connected()) slot.emplace<park_cancel>(this);
    on_wait();
  } catch (...) {
    fail(std::current_exception());
  }
}

void parked::finish(std::exception_ptr error) noexcept {
  if (state_ != state::waiting) return;
  list_hook<wait_tag>::unlink();
  error_ = std::move(error);
  state_ = state::ready;
  task_->shard().make_ready(*this);
}

void parked::cancel() noexcept {
  if (state_ != state::waiting) return;
  list_hook<wait_tag>::unlink();
  if (!on_cancel()) return;
  cancel_scope& scope = *task_->scope();
  finish(scope.effectively_cancelled()
             ? scope_tree::error_of(scope)
             : std::make_exception_ptr(cancelled{"the operation was cancelled"}));
}

void parked::go_on() {
  state_ = state::resumed;
  task_->waiting_for = nullptr;
  if (late_) {
    task_->tree().sync(*task_);
  } else if (!error_) {
    task_->throws_in_a_row_ = 0;
  }
  resume(std::move(error_));  // destroys *this
}

}  // namespace comcp::detail
