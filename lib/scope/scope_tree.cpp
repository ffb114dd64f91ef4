#include "comcp/scope/detail/scope_tree.hpp"

#include <utility>

#include "comcp/scope/errors.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define COMCP_SCOPE_POOL 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COMCP_SCOPE_POOL 0
#endif
#endif
#ifndef COMCP_SCOPE_POOL
#define COMCP_SCOPE_POOL 1
#endif

namespace comcp::detail {

namespace {

// Scopes kept for reuse.
[[maybe_unused]] constexpr std::size_t max_free = 1024;

/// For cancellations that find no memory.
const std::exception_ptr without_reason = std::make_exception_ptr(cancelled{std::string_view{}});

}  // namespace

scope_tree::scope_tree(clock& time_source, tree_host& host)
    : clock_{time_source}, host_{host}, root_{new cancel_scope{*this}} {
  root_->name_ = "root";
  root_->created_ = coarse_now();
}

scope_tree::~scope_tree() {
  // Scopes are left by now, unless an abandoned task forgot one.
  while (!root_->children_.empty())
    leave(root_->children_.front());
  delete root_;
  while (cancel_scope* s = free_) {
    free_ = s->parent_;
    delete s;
  }
}

inline cancel_scope& scope_tree::make(cancel_scope& parent,
                                      task_node* task,
                                      const scope_options& options) {
  cancel_scope* scope = free_;
  if (scope) {
    free_ = scope->parent_;
    --free_count_;
  } else {
    scope = new cancel_scope{*this};
    ++made_;
  }
  scope->parent_ = &parent;
  scope->host_ = task;
  scope->created_ = coarse_now();
  scope->shield_ = options.shield_;
  scope->effective_ = parent.effective_ && !options.shield_;
  parent.children_.push_back(*scope);
  if (!options.plain_) apply(*scope, options);
  return *scope;
}

/// A scope that has ended waits for the next one as it was made: most of its members never changed,
/// and its strings keep their room.
inline void scope_tree::destroy(cancel_scope& scope) noexcept {
  scope.list_hook<sibling_tag>::unlink();
#if COMCP_SCOPE_POOL
  if (free_count_ < max_free) {
    if (!scope.as_made_) scope.reset();
    scope.parent_ = std::exchange(free_, &scope);
    ++free_count_;
    return;
  }
#endif
  --made_;
  delete &scope;
}

void scope_tree::apply(cancel_scope& scope, const scope_options& options) try {
  scope.as_made_ = false;
  scope.name_ = options.name_;
  if (!options.deadline_ && !options.after_) return;
  const time_point entered = now();
  time_point due = options.deadline_.value_or(time_point::max());
  if (options.after_) {
    const time_point end = time_after(entered, *options.after_);
    if (end < due) due = end;
  }
  scope.deadline_ = due;
  if (due <= entered) {
    scope.why_ = cancel_scope::cause::deadline;
    scope.reason_ = "deadline exceeded";
    scope.effective_ = true;
  } else if (due != time_point::max()) {
    arm(scope, due);
  }
} catch (...) {
  destroy(scope);
  throw;
}

cancel_scope& scope_tree::enter(task_node& task, const scope_options& options) {
  cancel_scope& scope = make(*task.scope_, &task, options);
  task.scope_ = &scope;
  if (task.delivered_) clear(task);
  return scope;
}

cancel_scope& scope_tree::open(cancel_scope& parent, const scope_options& options) {
  return make(parent, nullptr, options);
}

void scope_tree::leave(cancel_scope& scope) noexcept {
  task_node* task = scope.host_;
  if (task && task->scope_ == &scope) {
    task->scope_ = scope.parent_;
    if (task->delivered_ != scope.parent_->effective_) sync(*task);
  }
  if (!scope.tasks_.empty() || !scope.children_.empty()) hand_up(scope);
  destroy(scope);
}

/// Moves all that is in a scope to its parent. Normally there is nothing: but results are dropped in
/// the wrong order, shards die with their tasks, operands of || begin in any order.
void scope_tree::hand_up(cancel_scope& scope) noexcept {
  cancel_scope& parent = *scope.parent_;
  while (!scope.tasks_.empty()) {
    task_node& other = scope.tasks_.front();
    other.list_hook<in_scope_tag>::unlink();
    parent.tasks_.push_back(other);
    if (other.scope_ != &scope) continue;
    other.scope_ = &parent;
    sync(other);
  }
  while (!scope.children_.empty()) {
    cancel_scope& child = scope.children_.front();
    child.list_hook<sibling_tag>::unlink();
    child.parent_ = &parent;
    parent.children_.push_back(child);
    propagate(child);
  }
}

cancel_scope& scope_tree::extract(cancel_scope& scope,
                                  task_node& task,
                                  const scope_options& around) {
  cancel_scope& outer = open(*scope.parent_, around);
  if (task.scope_ == &scope) task.scope_ = scope.parent_;
  scope.host_ = nullptr;
  hand_up(scope);
  // A cancellation comes a turn later: an operator that still launches its operands would not pass it on.
  if (task.scope_->effective_)
    sync_later(task);
  else
    sync(task);
  scope.list_hook<sibling_tag>::unlink();
  scope.parent_ = &outer;
  outer.children_.push_back(scope);
  propagate(scope);
  return outer;
}

bool scope_tree::cancelled_from_outside(const cancel_scope& scope) noexcept {
  return !scope.shield_ && scope.parent_ && scope.parent_->effective_;
}

bool scope_tree::absorbs(const cancel_scope& scope) noexcept {
  return scope.cancel_called() && !cancelled_from_outside(scope);
}

std::exception_ptr scope_tree::error_of(cancel_scope& scope) noexcept {
  cancel_scope* s = &scope;
  while (!s->cancel_called() && s->parent_)
    s = s->parent_;
  if (!s->error_) {
    try {
      s->error_ = std::make_exception_ptr(cancelled{s->reason_});
    } catch (...) {
      s->error_ = without_reason;
    }
  }
  return s->error_;
}

std::size_t scope_tree::start_depth(const task_node& task) noexcept {
  const cancel_scope* s = task.scope_;
  while (s && s->host_ == &task)
    s = s->parent_;
  std::size_t depth = 0;
  while (s && (s = s->parent_))
    ++depth;
  return depth;
}

void scope_tree::add(task_node& task, cancel_scope& scope) noexcept {
  scope.tasks_.push_back(task);
  task.scope_ = &scope;
  task.created = coarse_now();
  ++task_count_;
}

void scope_tree::remove(task_node& task) noexcept {
  for (cancel_scope* s = task.scope_; s && s->host_ == &task; s = s->parent_)
    s->host_ = nullptr;
  task.list_hook<in_scope_tag>::unlink();
  task.list_hook<pending_tag>::unlink();
  task.scope_ = nullptr;
  task.delivered_ = false;
  task.started = false;
  task.waiting_for = nullptr;
  --task_count_;
}

void scope_tree::sync(task_node& task) noexcept {
  task.list_hook<pending_tag>::unlink();
  if (!task.started) return;
  if (task.scope_->effective_ == task.delivered_) return;
  task.delivered_ = !task.delivered_;
  if (task.delivered_) {
    task.deliver();
  } else {
    task.clear();
  }
}

void scope_tree::clear(task_node& task) noexcept {
  task.list_hook<pending_tag>::unlink();
  if (!task.delivered_) return;
  task.delivered_ = false;
  task.clear();
}

void scope_tree::sync_later(task_node& task) noexcept {
  if (task.list_hook<pending_tag>::linked()) return;
  later_.push_back(task);
  host_.request_turn();
}

void scope_tree::arm(timer_node& node, time_point due) {
  heap_.insert(node, due);
  host_.deadline_added(due);
}

void scope_tree::turn() noexcept {
  pending_.splice_back(later_);
  flush();
}

void scope_tree::flush() noexcept {
  // A delivery may run cancel handlers of foreign operations, which may cancel other scopes: then a
  // nested flush finishes this list.
  while (!pending_.empty())
    sync(pending_.front());
}

void scope_tree::propagate(cancel_scope& from) noexcept {
  cancel_scope* s = &from;
  for (;;) {
    const bool effective = s->cancel_called() || cancelled_from_outside(*s);
    const bool changed = effective != s->effective_;
    if (changed) {
      s->effective_ = effective;
      for_each_task(*s, [this](task_node& t) {
        t.list_hook<pending_tag>::unlink();
        pending_.push_back(t);
      });
    }
    if (cancel_scope* child = s->children_.first(); changed && child) {
      s = child;
      continue;
    }
    while (s != &from && !s->parent_->children_.next(*s))
      s = s->parent_;
    if (s == &from) break;
    s = s->parent_->children_.next(*s);
  }
  flush();
}

}  // namespace comcp::detail
