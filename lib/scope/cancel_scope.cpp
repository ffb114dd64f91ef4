#include "comcp/scope/cancel_scope.hpp"

#include <algorithm>

#include "comcp/scope/detail/scope_tree.hpp"
#include "remote_block.hpp"

namespace comcp {

void cancel_scope::reset() noexcept {
  as_made_ = true;
  if (armed()) tree_.disarm(*this);
  deadline_ = time_point::max();
  if (!name_.empty()) name_.clear();
  if (remote_) {
    remote_->scope = nullptr;
    remote_ = nullptr;
  }
  if (why_ == cause::none) return;
  why_ = cause::none;
  reason_.clear();
  if (error_) error_ = nullptr;
}

void cancel_scope::cancel(std::string_view reason) noexcept {
  cancel(cause::explicit_call, reason);
}

void cancel_scope::cancel(cause why, std::string_view reason) noexcept {
  if (cancel_called()) return;
  as_made_ = false;
  why_ = why;
  try {
    reason_ = reason;
  } catch (...) {  // no memory: cancelled without a reason
  }
  tree_.disarm(*this);
  if (!effective_) tree_.propagate(*this);
}

void cancel_scope::on_due() noexcept {
  cancel(cause::deadline, "deadline exceeded");
}

void cancel_scope::deadline(time_point t) {
  as_made_ = false;
  deadline_ = t;
  if (cancel_called()) return;
  tree_.disarm(*this);
  if (t == time_point::max()) return;
  if (t <= tree_.now()) {
    on_due();
  } else {
    tree_.arm(*this, t);
  }
}

time_point cancel_scope::effective_deadline() const noexcept {
  if (effective_) return time_point::min();
  time_point earliest = deadline_;
  for (const cancel_scope* s = this; !s->shield_ && s->parent_; s = s->parent_) {
    earliest = std::min(earliest, s->parent_->deadline_);
  }
  return earliest;
}

void cancel_scope::shield(bool on) noexcept {
  if (shield_ == on) return;
  shield_ = on;
  tree_.propagate(*this);
}

remote_canceller cancel_scope::remote() {
  if (!remote_) {
    as_made_ = false;
    remote_ = std::make_shared<detail::remote_block>(tree_.host_.mail());
    remote_->scope = this;
  }
  return remote_canceller{remote_};
}

void remote_canceller::cancel(std::string_view reason) const {
  if (!block_) return;
  block_->mail->post([block = block_, text = std::string{reason}] {
    if (block->scope) block->scope->cancel(text);
  });
}

}  // namespace comcp
