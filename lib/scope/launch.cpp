// The one co_spawn of the library.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <utility>

#include "ctx_executor.hpp"

namespace comcp::detail {

namespace {

using task_executor = ctx_executor<asio::io_context::executor_type>;

// One member more, and each copy of a coroutine's executor allocates.
static_assert(sizeof(task_executor) == 16);
static_assert(sizeof(task_executor) <= sizeof(asio::any_io_executor));

/// While Asio is given a coroutine: it may refuse it, for want of memory.
constinit thread_local const task_ctx* being_launched = nullptr;

/// The completion of a task. It has no executor of its own: Asio would then emit cancellations
/// through another dispatch.
class completion {
 public:
  using cancellation_slot_type = asio::cancellation_slot;

  completion(task_ctx& task, asio::cancellation_slot slot) noexcept
      : task_{&task}, generation_{task.generation()}, slot_{slot} {}
  completion(completion&& other) noexcept
      : task_{std::exchange(other.task_, nullptr)},
        generation_{other.generation_},
        slot_{other.slot_} {}
  completion& operator=(completion&&) = delete;
  // Of a coroutine that could not be launched it may come later: whoever wanted to launch the task has
  // dropped it by then.
  ~completion() {
    if (!task_ || task_ == being_launched || task_->generation() != generation_) return;
    task_->shard().lost(*task_);
  }
  asio::cancellation_slot get_cancellation_slot() const noexcept { return slot_; }

  // run_task() lets no exception out.
  void operator()(const std::exception_ptr&) {
    task_ctx& task = *std::exchange(task_, nullptr);
    task.shard().complete(task);
  }

 private:
  task_ctx* task_;
  std::uint16_t generation_;
  asio::cancellation_slot slot_;
};

}  // namespace

bool& launching() noexcept {
  constinit thread_local bool flag = false;
  return flag;
}

class launcher {
 public:
  static void launch(task_ctx& task, awaitable<void> body) {
    const asio::any_io_executor executor{
        task_executor{task.shard().context.get_executor(), task_ref{task}}};
    struct while_launching {
      explicit while_launching(const task_ctx& t) noexcept {
        being_launched = &t;
        launching() = true;
      }
      ~while_launching() {
        being_launched = nullptr;
        launching() = false;
      }
    } const mark{task};
    asio::co_spawn(executor, std::move(body), completion{task, task.signal_.slot()});
  }
};

void launch(task_ctx& task, awaitable<void> body) {
  launcher::launch(task, std::move(body));
}

task_ctx& make_task(shard_impl& shard,
                    cancel_scope& scope,
                    task_owner& owner,
                    std::string_view name) {
  return shard.make_task(scope, owner, name);
}

void drop_task(task_ctx& task) noexcept {
  task.shard().drop(task);
}

scope_tree& task_ctx::tree() const noexcept {
  return shard_.tree;
}

void task_ctx::on_start(const asio::cancellation_state& state) {
  slot_ = state.slot();
  started = true;
  tree().begin(*this);
}

void task_ctx::on_error() noexcept {
  error_ = std::current_exception();
}

void task_ctx::deliver() noexcept {
  signal_.emit(asio::cancellation_type::terminal);
}

void task_ctx::clear() noexcept {
  // A state's flag is overwritten by each emission after the filter: "none" resets it, wherever the
  // state lives, and goes no further.
  signal_.emit(asio::cancellation_type::none);
}

}  // namespace comcp::detail
