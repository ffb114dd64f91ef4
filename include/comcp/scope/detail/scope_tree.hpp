#ifndef COMCP_SCOPE_DETAIL_SCOPE_TREE_HPP
#define COMCP_SCOPE_DETAIL_SCOPE_TREE_HPP

// Who is cancelled: the tree of scopes and tasks of one shard. Plain code: it decides, and tells a
// task through task_node::deliver() and clear(). It knows neither Asio nor coroutines.

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "comcp/scope/cancel_scope.hpp"
#include "comcp/scope/clock.hpp"
#include "comcp/scope/detail/deadline_heap.hpp"
#include "comcp/scope/detail/intrusive_list.hpp"
#include "comcp/scope/detail/mailbox.hpp"

namespace comcp::detail {

struct pending_tag;

/// What the tree knows of a task.
class task_node : public list_hook<in_scope_tag>, public list_hook<pending_tag> {
 public:
  cancel_scope* scope() const noexcept { return scope_; }
  /// The task's pending operation has been told to stop, and its next ones will fail.
  bool delivered() const noexcept { return delivered_; }

  std::uint64_t id = 0;
  std::string name;
  time_point created{};
  time_point since{};                 ///< when it began to wait
  const char* waiting_for = nullptr;  ///< null: running, or in an operation of Asio
  bool started = false;               ///< nothing is delivered before; the starter sees to it

 protected:
  virtual ~task_node() = default;

 private:
  friend class scope_tree;
  virtual void deliver() noexcept = 0;  // make the current and all following suspensions fail
  virtual void clear() noexcept = 0;    // undo that for the following ones

  cancel_scope* scope_ = nullptr;
  bool delivered_ = false;
};

/// What the tree asks of its shard.
class tree_host {
 public:
  /// Call scope_tree::turn() soon, from the shard's loop.
  virtual void request_turn() noexcept = 0;
  /// The earliest deadline may have become earlier.
  virtual void deadline_added(time_point due) noexcept = 0;
  /// For remote_canceller.
  virtual std::shared_ptr<mailbox> mail() const noexcept = 0;

 protected:
  ~tree_host() = default;
};

class scope_tree {
 public:
  scope_tree(clock& time_source, tree_host& host);
  ~scope_tree();
  scope_tree(const scope_tree&) = delete;
  scope_tree& operator=(const scope_tree&) = delete;

  cancel_scope& root() noexcept { return *root_; }
  clock& time_source() const noexcept { return clock_; }
  time_point now() const noexcept { return clock_.now(); }
  /// For ages in the tree: read once for all that a task does between two suspensions.
  time_point coarse_now() noexcept {
    if (!coarse_known_) {
      coarse_now_ = clock_.coarse_now();
      coarse_known_ = true;
    }
    return coarse_now_;
  }
  void task_goes_on() noexcept { coarse_known_ = false; }

  /** Opens a scope inside the task's innermost one and makes it the innermost.

      Nothing is delivered, and what had been delivered is cleared, so that the body can run to its
      first suspension even when the scope is born cancelled: begin() follows.
  */
  cancel_scope& enter(task_node& task, const scope_options& options);
  /// The body of the task's innermost scope starts now.
  void begin(task_node& task) noexcept {
    if (task.scope_->effective_ && !task.delivered_) sync_later(task);
  }
  /// Takes the scope off the task's stack, and puts a new scope around it.
  cancel_scope& extract(cancel_scope& scope, task_node& task, const scope_options& around);
  /// A scope without a host task: for a task handle.
  cancel_scope& open(cancel_scope& parent, const scope_options& options);
  /// Ends a scope. What is left inside (after an error of the user) moves to the parent.
  void leave(cancel_scope& scope) noexcept;

  /// A cancelled scope absorbs a cancellation unless one from further out is visible.
  static bool absorbs(const cancel_scope& scope) noexcept;
  static bool cancelled_from_outside(const cancel_scope& scope) noexcept;
  static void cancel(cancel_scope& scope,
                     cancel_scope::cause why,
                     std::string_view reason) noexcept {
    scope.cancel(why, reason);
  }
  /// The exception for tasks in this effectively cancelled scope; the same object for all of them.
  static std::exception_ptr error_of(cancel_scope& scope) noexcept;

  /// How deep the scope lies that the task was started in; the root has none.
  static std::size_t start_depth(const task_node& task) noexcept;

  void add(task_node& task, cancel_scope& scope) noexcept;
  void remove(task_node& task) noexcept;
  /// Makes the task's state what its scope says.
  void sync(task_node& task) noexcept;
  /// Lets a task that is effectively cancelled go on undisturbed until sync().
  void clear(task_node& task) noexcept;
  /// sync() at the next turn.
  void sync_later(task_node& task) noexcept;

  void arm(timer_node& node, time_point due);
  void disarm(timer_node& node) noexcept { heap_.remove(node); }
  time_point next_deadline() const noexcept { return heap_.earliest(); }
  std::size_t fire_due() noexcept { return heap_.fire(now()); }

  /// The deliveries that were put off.
  void turn() noexcept;

  std::size_t scope_count() const noexcept { return made_ - free_count_; }
  std::size_t task_count() const noexcept { return task_count_; }
  /// The tree in a tree_format. `running`: the task that asks.
  std::string dump(const task_node* running = nullptr) const;
  std::string dump_json(std::size_t shard, const task_node* running = nullptr) const;

 private:
  friend class comcp::cancel_scope;

  cancel_scope& make(cancel_scope& parent, task_node* task, const scope_options& options);
  void destroy(cancel_scope& scope) noexcept;
  void apply(cancel_scope& scope, const scope_options& options);
  void hand_up(cancel_scope& scope) noexcept;
  void propagate(cancel_scope& from) noexcept;
  /// The tasks whose innermost scope it is.
  template <class F>
  static void for_each_task(const cancel_scope& scope, F f) {
    if (scope.host_ && scope.host_->scope_ == &scope) f(*scope.host_);
    for (task_node* t = scope.tasks_.first(); t; t = scope.tasks_.next(*t)) {
      if (t->scope_ == &scope) f(*t);
    }
  }
  template <class F>
  void for_each_scope(F f) const;
  void flush() noexcept;

  clock& clock_;
  tree_host& host_;
  deadline_heap heap_;
  intrusive_list<task_node, pending_tag> pending_;  // to be synced now
  intrusive_list<task_node, pending_tag> later_;    // to be synced at the next turn
  cancel_scope* free_ = nullptr;                    // chained by their parent
  std::size_t free_count_ = 0;
  std::size_t made_ = 0;  // and not deleted; without the root
  time_point coarse_now_{};
  bool coarse_known_ = false;
  std::size_t task_count_ = 0;
  cancel_scope* root_;
};

}  // namespace comcp::detail

#endif
