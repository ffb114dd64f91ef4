#ifndef COMCP_SCOPE_CANCEL_SCOPE_HPP
#define COMCP_SCOPE_CANCEL_SCOPE_HPP

// A region of a task, and of the tasks started in it, that can be cancelled as a whole. Scopes form
// a tree per shard. This header knows nothing of coroutines: with_scope.hpp opens scopes.

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "comcp/scope/clock.hpp"
#include "comcp/scope/detail/deadline_heap.hpp"
#include "comcp/scope/detail/intrusive_list.hpp"

namespace comcp {

class cancel_scope;

namespace detail {
class scope_tree;
class task_node;
struct remote_block;
struct sibling_tag;
struct in_scope_tag;
}  // namespace detail

/** Cancels a scope from any thread.

    Copyable; harmless after the scope has ended and after its shard is gone.
*/
class remote_canceller {
 public:
  remote_canceller() noexcept = default;
  /// Posts to the scope's shard; returns at once. @par Thread safety any thread
  void cancel(std::string_view reason = {}) const;
  explicit operator bool() const noexcept { return block_ != nullptr; }

 private:
  friend class cancel_scope;
  explicit remote_canceller(std::shared_ptr<detail::remote_block> block) noexcept
      : block_{std::move(block)} {}
  std::shared_ptr<detail::remote_block> block_;
};

/** A node of the tree of scopes.

    Only reachable inside the function form that opened it (with_cancel_scope() and relatives): it
    can't be made, moved, entered twice or left elsewhere. Don't keep its address.

    @par Thread safety the shard's thread only, except through remote()
*/
class cancel_scope final : private detail::timer_node,
                           private detail::list_hook<detail::sibling_tag> {
 public:
  enum class cause : std::uint8_t { none, explicit_call, deadline, child_failed };

  cancel_scope(const cancel_scope&) = delete;
  cancel_scope& operator=(const cancel_scope&) = delete;

  /// Cancels everything inside that no shield protects. Idempotent: the first reason wins.
  void cancel(std::string_view reason = {}) noexcept;

  /// This scope itself was cancelled (not only one around it).
  bool cancel_called() const noexcept { return why_ != cause::none; }
  /// This scope, or one around it that no shield hides, was cancelled: suspensions inside throw.
  bool effectively_cancelled() const noexcept { return effective_; }
  cause why() const noexcept { return why_; }
  std::string_view reason() const noexcept { return reason_; }

  /// time_point::max() when there is none.
  time_point deadline() const noexcept { return deadline_; }
  /// May be moved while the scope is active; a time in the past cancels at once.
  void deadline(time_point t);
  /// The nearest deadline up to the next shield: min() when cancelled, max() when there is none.
  time_point effective_deadline() const noexcept;

  bool shield() const noexcept { return shield_; }
  /// Lowering it delivers a cancellation from outside at once.
  void shield(bool on) noexcept;

  std::string_view name() const noexcept { return name_; }
  void name(std::string_view n) {
    as_made_ = false;
    name_ = n;
  }

  /// A handle for other threads. The first call allocates.
  remote_canceller remote();

 private:
  friend class detail::scope_tree;
  friend class detail::intrusive_list<cancel_scope, detail::sibling_tag>;

  explicit cancel_scope(detail::scope_tree& tree) noexcept : tree_{tree} {}
  ~cancel_scope() { reset(); }
  /// Back to what the constructor makes, except for what the tree sets anyway.
  void reset() noexcept;
  void cancel(cause why, std::string_view reason) noexcept;
  void on_due() noexcept override;

  detail::scope_tree& tree_;
  cancel_scope* parent_ = nullptr;
  detail::intrusive_list<cancel_scope, detail::sibling_tag> children_;
  // The task that entered it, for its time, and those that were started in it. Where they are now
  // says task_node::scope().
  detail::task_node* host_ = nullptr;
  detail::intrusive_list<detail::task_node, detail::in_scope_tag> tasks_;
  time_point deadline_ = time_point::max();
  time_point created_;
  std::string name_;
  std::string reason_;
  std::exception_ptr error_;  // what is thrown for it; made at the first throw, then shared
  std::shared_ptr<detail::remote_block> remote_;
  cause why_ = cause::none;
  bool shield_ = false;
  bool effective_ = false;
  bool as_made_ = true;  // nothing for reset() to do
};

/// How a scope ended, for code after it. See scope_options::outcome().
class scope_outcome {
 public:
  scope_outcome() noexcept {}  // not an aggregate: GCC 12 destroys aggregate temporaries twice
  bool cancel_called = false;
  bool cancelled_caught = false;  ///< a cancellation really was absorbed
  cancel_scope::cause why = cancel_scope::cause::none;
  std::string reason;
};

/// What a new scope starts with. Trivially destructible, hence safe as a temporary in a co_await.
class scope_options {
 public:
  scope_options() noexcept {}
  scope_options& deadline(time_point t) noexcept { return plain_ = false, deadline_ = t, *this; }
  /// Counts from the entry of the scope. The earlier of both wins.
  scope_options& after(duration d) noexcept { return plain_ = false, after_ = d, *this; }
  scope_options& shield(bool on = true) noexcept { return shield_ = on, *this; }
  /// Shown in the tree; copied on entry.
  scope_options& name(std::string_view n) noexcept { return plain_ = false, name_ = n, *this; }
  /// Written when the scope ends; must outlive it.
  scope_options& outcome(scope_outcome& o) noexcept { return outcome_ = &o, *this; }

 private:
  friend class detail::scope_tree;
  std::optional<time_point> deadline_;
  std::optional<duration> after_;
  std::string_view name_;
  scope_outcome* outcome_ = nullptr;
  bool shield_ = false;
  bool plain_ = true;  // neither deadline nor name

 public:
  scope_outcome* outcome() const noexcept { return outcome_; }
};

/// The innermost scope of the calling task. Throws std::logic_error outside of a task.
cancel_scope& current_scope();

/// Who a task is, for logs.
class task_info {
 public:
  task_info() noexcept {}
  std::uint64_t id = 0;  ///< unique in its shard
  std::string name;
};

/// The calling task. Throws std::logic_error outside of a task.
task_info current_task();

}  // namespace comcp

#endif
