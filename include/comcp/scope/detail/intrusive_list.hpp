#ifndef COMCP_SCOPE_DETAIL_INTRUSIVE_LIST_HPP
#define COMCP_SCOPE_DETAIL_INTRUSIVE_LIST_HPP

// A doubly linked list whose links are base classes of its members: no allocation, O(1) unlink
// without knowing the list. One member may be in several lists, told apart by Tag.

#include <cassert>
#include <cstddef>

namespace comcp::detail {

template <class Tag>
class list_hook {
 public:
  list_hook() noexcept = default;
  list_hook(const list_hook&) = delete;
  list_hook& operator=(const list_hook&) = delete;
  ~list_hook() { unlink(); }

  bool linked() const noexcept { return next_ != nullptr; }
  void unlink() noexcept {
    if (!next_) return;
    prev_->next_ = next_;
    next_->prev_ = prev_;
    prev_ = next_ = nullptr;
  }

 private:
  template <class, class>
  friend class intrusive_list;
  list_hook* prev_ = nullptr;
  list_hook* next_ = nullptr;
};

/// T derives from list_hook<Tag>. Members must leave the list before they die; hooks see to it.
template <class T, class Tag>
class intrusive_list {
  using hook = list_hook<Tag>;

 public:
  intrusive_list() noexcept { head_.prev_ = head_.next_ = &head_; }
  ~intrusive_list() {
    while (!empty())
      head_.next_->unlink();
    head_.prev_ = head_.next_ = nullptr;
  }
  intrusive_list(const intrusive_list&) = delete;
  intrusive_list& operator=(const intrusive_list&) = delete;

  bool empty() const noexcept { return head_.next_ == &head_; }
  T& front() noexcept { return owner(head_.next_); }

  void push_back(T& item) noexcept { insert(head_.prev_, item, &head_); }
  void push_front(T& item) noexcept { insert(&head_, item, head_.next_); }
  void pop_front() noexcept { head_.next_->unlink(); }

  /// Appends all of other's members; other is empty afterwards.
  void splice_back(intrusive_list& other) noexcept { splice(head_.prev_, &head_, other); }
  void splice_front(intrusive_list& other) noexcept { splice(&head_, head_.next_, other); }

  /// O(n); for statistics and diagnostics.
  std::size_t size() const noexcept {
    std::size_t n = 0;
    for (const hook* h = head_.next_; h != &head_; h = h->next_)
      ++n;
    return n;
  }

  /// Iteration for readers; the current member may unlink itself only through next().
  T* first() const noexcept { return at(head_.next_); }
  T* next(const T& item) const noexcept { return at(static_cast<const hook&>(item).next_); }

 private:
  static T& owner(hook* h) noexcept { return static_cast<T&>(*h); }
  T* at(hook* h) const noexcept { return h == &head_ ? nullptr : &owner(h); }
  static void insert(hook* before, T& item, hook* after) noexcept {
    hook& h = item;
    assert(!h.linked());
    h.prev_ = before;
    h.next_ = after;
    before->next_ = &h;
    after->prev_ = &h;
  }
  static void splice(hook* before, hook* after, intrusive_list& other) noexcept {
    if (other.empty()) return;
    before->next_ = other.head_.next_;
    other.head_.next_->prev_ = before;
    after->prev_ = other.head_.prev_;
    other.head_.prev_->next_ = after;
    other.head_.prev_ = other.head_.next_ = &other.head_;
  }

  mutable hook head_;
};

}  // namespace comcp::detail

#endif
