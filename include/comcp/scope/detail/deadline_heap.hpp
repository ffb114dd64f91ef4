#ifndef COMCP_SCOPE_DETAIL_DEADLINE_HEAP_HPP
#define COMCP_SCOPE_DETAIL_DEADLINE_HEAP_HPP

// All deadlines of a shard: scopes with a deadline and sleeping tasks.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "comcp/scope/clock.hpp"

namespace comcp::detail {

/// Something that happens at a time. Must be removed from its heap before it dies.
class timer_node {
 public:
  timer_node() noexcept = default;
  timer_node(const timer_node&) = delete;
  timer_node& operator=(const timer_node&) = delete;

  bool armed() const noexcept { return index_ != npos; }

 protected:
  virtual ~timer_node() = default;

 private:
  friend class deadline_heap;
  virtual void on_due() noexcept = 0;  // already out of the heap when called

  static constexpr std::size_t npos = static_cast<std::size_t>(-1);
  std::size_t index_ = npos;
};

/// Binary heap of nodes that know their place: insert and remove are O(log n). Nodes that are due
/// at the same time fire in the order of insertion.
class deadline_heap {
 public:
  bool empty() const noexcept { return entries_.empty(); }
  std::size_t size() const noexcept { return entries_.size(); }
  /// time_point::max() when empty.
  time_point earliest() const noexcept;

  void insert(timer_node& node, time_point due);
  void remove(timer_node& node) noexcept;  // no effect when not armed

  /// Fires everything due at `now`, also what is added meanwhile and already due. Returns how many.
  std::size_t fire(time_point now) noexcept;

 private:
  // What is compared lies here and not in the node: of thousands that sleep none is in the cache.
  struct entry {
    time_point due;
    std::uint64_t order;
    timer_node* node;

    bool operator<(const entry& other) const noexcept {
      return due != other.due ? due < other.due : order < other.order;
    }
  };

  void place(std::size_t index, const entry& e) noexcept;
  void sift_up(std::size_t index, const entry& e) noexcept;
  void sift_down(std::size_t index, const entry& e) noexcept;

  std::vector<entry> entries_;
  std::uint64_t next_order_ = 0;
};

}  // namespace comcp::detail

#endif
