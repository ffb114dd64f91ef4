#include "comcp/scope/sleep.hpp"

#include "comcp/scope/detail/park.hpp"
#include "comcp/scope/with_scope.hpp"

namespace comcp {

namespace {

using namespace detail;

/// Waits for a time; the node of the heap is in the frame.
class sleep_op final : public operation<sleep_op, void>, private timer_node {
 public:
  enum class kind { relative, absolute };
  sleep_op(task_ctx& task, kind k, duration d) noexcept
      : operation<sleep_op, void>{task, "time"}, kind_{k}, time_{d} {}
  sleep_op(sleep_op&& other) noexcept
      : operation<sleep_op, void>{std::move(other)},
        timer_node{},
        kind_{other.kind_},
        time_{other.time_} {}
  ~sleep_op() { task().tree().disarm(*this); }

 private:
  void on_wait() override {
    scope_tree& tree = task().tree();
    const time_point now = tree.now();
    time_point due{time_};
    if (kind_ == kind::relative) {
      due = time_after(now, time_);
    }
    if (due <= now) return wake();
    tree.arm(*this, due);
  }
  bool on_cancel() noexcept override {
    task().tree().disarm(*this);
    return true;
  }
  void on_due() noexcept override { wake(); }

  kind kind_;
  duration time_;
};

class checkpoint_op final : public operation<checkpoint_op, void> {
 public:
  explicit checkpoint_op(task_ctx& task) noexcept
      : operation<checkpoint_op, void>{task, "its next turn"} {}

 private:
  void on_wait() override { wake(); }
};

class forever_op final : public operation<forever_op, void> {
 public:
  explicit forever_op(task_ctx& task) noexcept
      : operation<forever_op, void>{task, "cancellation"} {}

 private:
  void on_wait() override {}
};

}  // namespace

awaitable<void> checkpoint() {
  return park(checkpoint_op{this_task()});
}

awaitable<void> checkpoint_if_cancelled() {
  if (this_task().scope()->effectively_cancelled()) return checkpoint();  // which throws
  return []() -> awaitable<void> { co_return; }();
}

awaitable<void> cancel_shielded_checkpoint() {
  return shielded([] { return checkpoint(); }, scope_options().name("checkpoint"));
}

awaitable<void> sleep(duration d) {
  return park(sleep_op{this_task(), sleep_op::kind::relative, d});
}

awaitable<void> sleep_until(time_point t) {
  return park(sleep_op{this_task(), sleep_op::kind::absolute, t.time_since_epoch()});
}

awaitable<void> sleep_forever() {
  return park(forever_op{this_task()});
}

}  // namespace comcp
