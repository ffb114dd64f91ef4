#include "comcp/scope/detail/deadline_heap.hpp"

namespace comcp::detail {

time_point deadline_heap::earliest() const noexcept {
  return nodes_.empty() ? time_point::max() : nodes_.front()->due_;
}

bool deadline_heap::before(const timer_node& a, const timer_node& b) noexcept {
  return a.due_ != b.due_ ? a.due_ < b.due_ : a.order_ < b.order_;
}

void deadline_heap::place(std::size_t index, timer_node* node) noexcept {
  nodes_[index] = node;
  node->index_ = index;
}

void deadline_heap::sift_up(std::size_t index, timer_node* node) noexcept {
  while (index != 0) {
    const std::size_t parent = (index - 1) / 2;
    if (!before(*node, *nodes_[parent])) break;
    place(index, nodes_[parent]);
    index = parent;
  }
  place(index, node);
}

void deadline_heap::sift_down(std::size_t index, timer_node* node) noexcept {
  for (;;) {
    std::size_t child = 2 * index + 1;
    if (child >= nodes_.size()) break;
    if (child + 1 < nodes_.size() && before(*nodes_[child + 1], *nodes_[child])) ++child;
    if (!before(*nodes_[child], *node)) break;
    place(index, nodes_[child]);
    index = child;
  }
  place(index, node);
}

void deadline_heap::insert(timer_node& node, time_point due) {
  remove(node);
  nodes_.push_back(&node);  // the only thing that can throw
  node.due_ = due;
  node.order_ = next_order_++;
  sift_up(nodes_.size() - 1, &node);
}

void deadline_heap::remove(timer_node& node) noexcept {
  if (!node.armed()) return;
  const std::size_t index = node.index_;
  node.index_ = timer_node::npos;
  timer_node* last = nodes_.back();
  nodes_.pop_back();
  if (last == &node) return;
  if (index != 0 && before(*last, *nodes_[(index - 1) / 2])) {
    sift_up(index, last);
  } else {
    sift_down(index, last);
  }
}

std::size_t deadline_heap::fire(time_point now) noexcept {
  std::size_t fired = 0;
  while (!nodes_.empty() && nodes_.front()->due_ <= now) {
    timer_node& node = *nodes_.front();
    remove(node);
    node.on_due();  // may insert and remove others
    ++fired;
  }
  return fired;
}

}  // namespace comcp::detail
