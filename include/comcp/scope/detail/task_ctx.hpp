#ifndef COMCP_SCOPE_DETAIL_TASK_CTX_HPP
#define COMCP_SCOPE_DETAIL_TASK_CTX_HPP

// One running task: the bridge between the tree and one Asio coroutine thread. The executor of
// the coroutine carries a pointer to it, so that every resumption makes it the current task.

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <cstdint>
#include <exception>
#include <string_view>

#include "comcp/awaitable.hpp"
#include "comcp/scope/detail/scope_tree.hpp"

namespace comcp {
class shard;
}

namespace comcp::detail {

class shard_impl;
class task_ctx;
struct task_slot_tag;

/// Told when its task has ended; called once, on the shard, outside of any task.
class task_owner {
 public:
  virtual void task_done(task_ctx& task, std::exception_ptr error) noexcept = 0;
  /// The task was destroyed with its shard. Other owners and scopes may be gone already.
  virtual void task_abandoned() noexcept {}

 protected:
  ~task_owner() = default;
};

/** Lives in a slab of its shard from start to end of the task; the slot is reused a turn later.

    Executor copies may outlive the task (a socket keeps one). They hold the generation too, and
    run their functions outside of any task once it differs.
*/
class task_ctx final : public task_node, public list_hook<task_slot_tag> {
 public:
  explicit task_ctx(shard_impl& shard) noexcept : shard_{shard} {}

  shard_impl& shard() const noexcept { return shard_; }
  std::uint16_t generation() const noexcept { return generation_; }

  /// The task's coroutine runs its first step.
  void on_start(const asio::cancellation_state& state);
  /// Call inside a catch block: the body ended with the current exception.
  void on_error() noexcept;
  /// True on the coroutine thread of the task itself, false in an operand of && or ||.
  bool owns(const asio::cancellation_state& state) const noexcept { return state.slot() == slot_; }

  scope_tree& tree() const noexcept;

 private:
  friend class shard_impl;
  friend class launcher;
  void deliver() noexcept override;
  void clear() noexcept override;

  shard_impl& shard_;
  task_owner* owner_ = nullptr;
  asio::cancellation_signal signal_;
  asio::cancellation_slot slot_;
  std::exception_ptr error_;
  unsigned throws_in_a_row_ = 0;
  std::uint16_t generation_ = 0;
  bool alive_ = false;
  friend class parked;
};

/// Null outside of a task.
task_ctx* current_task_or_null() noexcept;
/// Throws std::logic_error outside of a task.
task_ctx& this_task();
/// The shard whose loop runs on this thread, with or without a task. Null elsewhere.
shard_impl* current_shard_or_null() noexcept;

/// A slot for a task that starts inside the scope; give it to launch() or drop_task().
task_ctx& make_task(shard_impl& shard,
                    cancel_scope& scope,
                    task_owner& owner,
                    std::string_view name);
/// Gives back a task that was never launched.
void drop_task(task_ctx& task) noexcept;
/// The one co_spawn of the library. The coroutine's first step is in a later turn of the shard.
void launch(task_ctx& task, awaitable<void> body);

}  // namespace comcp::detail

#endif
