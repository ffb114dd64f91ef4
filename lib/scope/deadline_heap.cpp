#include "comcp/scope/detail/deadline_heap.hpp"

namespace comcp::detail {

time_point deadline_heap::earliest() const noexcept {
  return entries_.empty() ? time_point::max() : entries_.front().due;
}

void deadline_heap::place(std::size_t index, const entry& e) noexcept {
  entries_[index] = e;
  e.node->index_ = index;
}

void deadline_heap::sift_up(std::size_t index, const entry& e) noexcept {
  while (index != 0) {
    const std::size_t parent = (index - 1) / 2;
    if (!(e < entries_[parent])) break;
    place(index, entries_[parent]);
    index = parent;
  }
  place(index, e);
}

void deadline_heap::sift_down(std::size_t index, const entry& e) noexcept {
  for (;;) {
    std::size_t child = 2 * index + 1;
    if (child >= entries_.size()) break;
    if (child + 1 < entries_.size() && entries_[child + 1] < entries_[child]) ++child;
    if (!(entries_[child] < e)) break;
    place(index, entries_[child]);
    index = child;
  }
  place(index, e);
}

void deadline_heap::insert(timer_node& node, time_point due) {
  remove(node);
  const entry e{due, next_order_, &node};
  entries_.push_back(e);  // the only thing that can throw
  ++next_order_;
  sift_up(entries_.size() - 1, e);
}

void deadline_heap::remove(timer_node& node) noexcept {
  if (!node.armed()) return;
  const std::size_t index = node.index_;
  node.index_ = timer_node::npos;
  const entry last = entries_.back();
  entries_.pop_back();
  if (last.node == &node) return;
  if (index != 0 && last < entries_[(index - 1) / 2]) {
    sift_up(index, last);
  } else {
    sift_down(index, last);
  }
}

std::size_t deadline_heap::fire(time_point now) noexcept {
  std::size_t fired = 0;
  while (!entries_.empty() && entries_.front().due <= now) {
    timer_node& node = *entries_.front().node;
    remove(node);
    node.on_due();  // may insert and remove others
    ++fired;
  }
  return fired;
}

}  // namespace comcp::detail
