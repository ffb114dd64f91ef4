#include "comcp/scope/detail/scope_tree.hpp"

#include <cstdio>
#include <new>

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

scope_tree::scope_tree(clock& time_source, tree_host& host)
    : clock_{time_source}, host_{host}, root_{make(nullptr)} {
  root_->name_ = "root";
}

scope_tree::~scope_tree() {
  // Scopes are left by now, unless an abandoned task forgot one.
  while (!root_->children_.empty())
    leave(root_->children_.front(), nullptr);
  destroy(root_);
  for (void* block : free_blocks_)
    ::operator delete(block);
}

cancel_scope* scope_tree::make(cancel_scope* parent) {
  void* block = nullptr;
  if (free_blocks_.empty()) {
    free_blocks_.reserve(free_blocks_.size() + 1);
    block = ::operator new(sizeof(cancel_scope));
  } else {
    block = free_blocks_.back();
    free_blocks_.pop_back();
  }
  auto* scope = ::new (block) cancel_scope{*this, parent};
  if (parent) {
    parent->children_.push_back(*scope);
    ++scope_count_;
  }
  return scope;
}

void scope_tree::destroy(cancel_scope* scope) noexcept {
  if (scope->parent_) --scope_count_;
  scope->~cancel_scope();
#if COMCP_SCOPE_POOL
  if (free_blocks_.size() < 1024) {
    try {
      free_blocks_.push_back(scope);
      return;
    } catch (const std::bad_alloc&) {
    }
  }
#endif
  ::operator delete(scope);
}

void scope_tree::apply(cancel_scope& scope, const scope_options& options) {
  scope.name_ = options.name_;
  scope.shield_ = options.shield_;
  scope.effective_ = cancelled_from_outside(scope);
  if (!options.deadline_ && !options.after_) return;
  const time_point entered = now();
  time_point due = options.deadline_.value_or(time_point::max());
  if (options.after_) {
    const duration after = *options.after_;
    // A limit like hours::max() must not overflow into the past.
    const time_point end =
        after > time_point::max() - entered ? time_point::max() : entered + after;
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
}

cancel_scope& scope_tree::enter(task_node& task, const scope_options& options) {
  cancel_scope* scope = make(task.scope_);
  try {
    apply(*scope, options);
  } catch (...) {
    destroy(scope);
    throw;
  }
  task.list_hook<in_scope_tag>::unlink();
  scope->tasks_.push_back(task);
  task.scope_ = scope;
  clear(task);
  return *scope;
}

void scope_tree::begin(task_node& task) noexcept {
  if (task.scope_->effective_ && !task.delivered_) sync_later(task);
}

cancel_scope& scope_tree::open(cancel_scope& parent, const scope_options& options) {
  cancel_scope* scope = make(&parent);
  try {
    apply(*scope, options);
  } catch (...) {
    destroy(scope);
    throw;
  }
  return *scope;
}

void scope_tree::leave(cancel_scope& scope, task_node* task) noexcept {
  cancel_scope& parent = *scope.parent_;
  if (task && task->scope_ == &scope) {
    task->list_hook<in_scope_tag>::unlink();
    parent.tasks_.push_back(*task);
    task->scope_ = &parent;
    sync(*task);
  }
  hand_up(scope);
  destroy(&scope);
}

/// Moves all that is in a scope to its parent. Normally there is nothing: but results are dropped in
/// the wrong order, shards die with their tasks, operands of || begin in any order.
void scope_tree::hand_up(cancel_scope& scope) noexcept {
  cancel_scope& parent = *scope.parent_;
  while (!scope.tasks_.empty()) {
    task_node& other = scope.tasks_.front();
    other.list_hook<in_scope_tag>::unlink();
    parent.tasks_.push_back(other);
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
  hand_up(scope);
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
  if (!s->error_) s->error_ = std::make_exception_ptr(cancelled{s->reason_});
  return s->error_;
}

void scope_tree::add(task_node& task, cancel_scope& scope) noexcept {
  scope.tasks_.push_back(task);
  task.scope_ = &scope;
  task.since = clock_.coarse_now();
  ++task_count_;
}

void scope_tree::remove(task_node& task) noexcept {
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
      for (task_node* t = s->tasks_.first(); t; t = s->tasks_.next(*t)) {
        t->list_hook<pending_tag>::unlink();
        pending_.push_back(*t);
      }
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

namespace {

std::string text(duration d) {
  char buffer[32];
  const double seconds = std::chrono::duration<double>(d).count();
  std::snprintf(buffer, sizeof buffer, "%.3gs", seconds);
  return buffer;
}

const char* text(cancel_scope::cause why) noexcept {
  switch (why) {
    case cancel_scope::cause::none:
      break;
    case cancel_scope::cause::explicit_call:
      return "cancelled";
    case cancel_scope::cause::deadline:
      return "timed out";
    case cancel_scope::cause::child_failed:
      return "failed";
  }
  return "";
}

}  // namespace

std::string scope_tree::dump() const {
  std::string out;
  dump(*root_, 0, clock_.coarse_now(), out);
  return out;
}

void scope_tree::dump(const cancel_scope& scope,
                      int depth,
                      time_point now,
                      std::string& out) const {
  out.append(static_cast<std::size_t>(depth) * 2, ' ');
  out += "scope";
  if (!scope.name_.empty()) out.append(" \"").append(scope.name_).append("\"");
  out.append(", age ").append(text(now - scope.created_));
  if (scope.deadline_ != time_point::max()) {
    out.append(scope.deadline_ > now ? ", deadline in " : ", deadline passed since ");
    out += text(scope.deadline_ > now ? scope.deadline_ - now : now - scope.deadline_);
  }
  if (scope.shield_) out += ", shielded";
  if (scope.cancel_called()) {
    out.append(", ").append(text(scope.why_));
    if (!scope.reason_.empty()) out.append(" (").append(scope.reason_).append(")");
  } else if (scope.effective_) {
    out += ", cancelled from outside";
  }
  out += '\n';
  for (const task_node* t = scope.tasks_.first(); t; t = scope.tasks_.next(*t)) {
    out.append(static_cast<std::size_t>(depth + 1) * 2, ' ');
    out.append("task #").append(std::to_string(t->id));
    if (!t->name.empty()) out.append(" \"").append(t->name).append("\"");
    if (!t->started) {
      out += ", not started";
    } else if (t->waiting_for) {
      out.append(", waits for ")
          .append(t->waiting_for)
          .append(" since ")
          .append(text(now - t->since));
    } else {
      out += ", runs or waits for I/O";
    }
    out += '\n';
  }
  for (const cancel_scope* c = scope.children_.first(); c; c = scope.children_.next(*c)) {
    dump(*c, depth + 1, now, out);
  }
}

}  // namespace comcp::detail
