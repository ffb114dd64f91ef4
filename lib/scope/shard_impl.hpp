#ifndef COMCP_LIB_SCOPE_SHARD_IMPL_HPP
#define COMCP_LIB_SCOPE_SHARD_IMPL_HPP

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string_view>

#include "comcp/scope/blocking.hpp"
#include "comcp/scope/capacity_limiter.hpp"
#include "comcp/scope/detail/mailbox.hpp"
#include "comcp/scope/detail/park.hpp"
#include "comcp/scope/detail/scope_tree.hpp"
#include "comcp/scope/detail/task_ctx.hpp"
#include "comcp/scope/detail/turn_end.hpp"
#include "comcp/scope/shard.hpp"

namespace comcp::detail {

/// Room for the one turn that is asked for at a time: asking can't fail.
class turn_room {
 public:
  void* take(std::size_t size) noexcept {
    if (taken_ || size > sizeof bytes_) return nullptr;
    taken_ = true;
    return bytes_;
  }
  bool give_back(void* p) noexcept {
    if (p != bytes_) return false;
    taken_ = false;
    return true;
  }

 private:
  alignas(std::max_align_t) std::byte bytes_[128];
  bool taken_ = false;
};

class shard_mailbox final : public mailbox, public std::enable_shared_from_this<shard_mailbox> {
 public:
  explicit shard_mailbox(shard_impl& target) noexcept : target_{&target} {}
  /// On the shard's thread only.
  turn_room& room_for_turn() noexcept { return turn_room_; }
  bool post(unique_function function) override;
  /// On the shard's thread only: null when the shard is gone.
  shard_impl* target() const noexcept { return target_; }
  void close() noexcept;

 private:
  turn_room turn_room_;
  std::mutex mutex_;  // against close(); the shard's own thread reads without it
  shard_impl* target_;
};

class shard_impl final : public tree_host {
 public:
  shard_impl(shard& facade,
             std::unique_ptr<asio::io_context> owned,
             asio::io_context& io,
             clock& time_source);
  ~shard_impl();
  shard_impl(const shard_impl&) = delete;
  shard_impl& operator=(const shard_impl&) = delete;

  // tree_host
  void request_turn() noexcept override;
  void deadline_added(time_point due) noexcept override;
  std::shared_ptr<mailbox> mail() const noexcept override { return mailbox_; }
  /// The same, for its own thread: says whether the shard is still there.
  const std::shared_ptr<shard_mailbox>& own_mail() const noexcept { return mailbox_; }

  /// A turn: deliveries, then the tasks that are ready, at most a batch.
  void turn();
  void make_ready(parked& op) noexcept;
  void end_of_turn(turn_end& what) noexcept;
  /// A turn follows by itself; false: one is under way or asked for already.
  bool begin_loop_turn() noexcept;
  void add_alive(parked& op) noexcept { alive_.push_back(op); }

  task_ctx& make_task(cancel_scope& scope, task_owner& owner, std::string_view name);
  void drop(task_ctx& task) noexcept;
  void complete(task_ctx& task) noexcept;
  void abandoned(task_ctx& task) noexcept;
  /// Asio has destroyed the task's coroutine: with the shard, or for want of memory. Its owner hears it.
  void lost(task_ctx& task) noexcept;
  /// Gives back memory for what must not fail; it is taken again in the next turn.
  void use_reserve() noexcept;
  /// Its tasks are being destroyed with it.
  bool dying() const noexcept { return dying_; }
  /// The owner dies before its tasks: only when the whole shard does.
  void disown(const task_owner& owner) noexcept;

  capacity_limiter& blocking_limiter() noexcept { return blocking_limiter_; }

  shard& facade;
  std::unique_ptr<asio::io_context> owned_context;
  asio::io_context& context;
  scope_tree tree;
  std::size_t index = 0;
  blocking_pool* shared_pool = nullptr;
  std::unique_ptr<blocking_pool> own_pool;
  /// Things outside of the shard that will post to it; a driver of virtual time waits for them.
  std::size_t expected_io = 0;
  intrusive_list<parked, wait_tag> until_blocked;

 private:
  using timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>,
                                           asio::io_context::executor_type>;

  void arm_timer() noexcept;
  void run_turn_ends() noexcept;
  void wait_for_timer();
  void retire(task_ctx& task) noexcept;
  void abandon_waiting() noexcept;

  std::shared_ptr<shard_mailbox> mailbox_;
  std::deque<task_ctx> slots_;  // stable addresses; never shrinks: executors keep pointers
  intrusive_list<task_ctx, task_slot_tag> free_;
  intrusive_list<task_ctx, task_slot_tag> ended_;  // free from the next turn on
  intrusive_list<parked, wait_tag> ready_;
  intrusive_list<parked, alive_tag> alive_;
  intrusive_list<turn_end, turn_end_tag> turn_ends_;
  capacity_limiter blocking_limiter_{40};
  std::unique_ptr<timer> timer_;
  time_point timer_due_ = time_point::max();
  std::uint64_t next_task_id_ = 1;
  bool turn_requested_ = false;
  bool in_turn_ = false;
  static constexpr std::size_t reserve_bytes = 4096;
  std::unique_ptr<std::byte[]> reserve_{new std::byte[reserve_bytes]};
  bool timer_failed_ = false;  // armed again in the next turn
  bool dying_ = false;
};

/// What this thread is doing for which task.
struct thread_state {
  task_ctx* task = nullptr;
  shard_impl* shard = nullptr;
};
thread_state& this_thread_state() noexcept;

/// Makes a task, or none, the current one for a block.
class current_task_scope {
 public:
  explicit current_task_scope(task_ctx* task) noexcept
      : state_{this_thread_state()}, saved_{state_.task} {
    state_.task = task;
    if (task) task->shard().tree.task_goes_on();
  }
  ~current_task_scope() { state_.task = saved_; }
  current_task_scope(const current_task_scope&) = delete;
  current_task_scope& operator=(const current_task_scope&) = delete;

 private:
  thread_state& state_;
  task_ctx* saved_;
};

/// The loop of a shard runs on this thread, outside of any task, for a block.
class current_shard_scope {
 public:
  explicit current_shard_scope(shard_impl& shard) noexcept
      : state_{this_thread_state()}, saved_{state_} {
    state_ = thread_state{nullptr, &shard};
  }
  ~current_shard_scope() { state_ = saved_; }
  current_shard_scope(const current_shard_scope&) = delete;
  current_shard_scope& operator=(const current_shard_scope&) = delete;

 private:
  thread_state& state_;
  thread_state saved_;
};

}  // namespace comcp::detail

#endif
