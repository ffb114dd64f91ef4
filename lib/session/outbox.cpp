#include "comcp/session/outbox.hpp"

#include <cassert>
#include <utility>

#include "comcp/scope/event.hpp"

namespace comcp {

/// A place in the queue; made before it is needed, so that taking it can't fail.
struct outbox::slot::node {
  frame message;
  std::unique_ptr<node> next;
};

namespace {

// A producer that waits for room: lives in the frame of its `send`.
struct waiting_producer {
  std::unique_ptr<outbox::slot::node> place;  // handed to the queue as soon as there is room
  send_status status = send_status::closed;
  event decided;
  waiting_producer* next = nullptr;
  bool linked = false;
};

// A task that waits for room but brings nothing.
struct waiting_reader {
  event woken;
  waiting_reader* next = nullptr;
  bool linked = false;
};

// FIFO of waiters that live in coroutine frames and may leave at any time.
template <class Waiter>
class waiter_queue {
 public:
  bool empty() const noexcept { return first_ == nullptr; }
  void add(Waiter& w) noexcept {
    (last_ != nullptr ? last_->next : first_) = &w;
    last_ = &w;
    w.linked = true;
  }
  Waiter* take() noexcept {
    Waiter* w = first_;
    if (w != nullptr) remove(*w);
    return w;
  }
  void remove(Waiter& w) noexcept {
    if (!w.linked) return;
    Waiter* before = nullptr;
    for (Waiter* at = first_; at != &w; at = at->next) before = at;
    (before != nullptr ? before->next : first_) = w.next;
    if (last_ == &w) last_ = before;
    w.next = nullptr;
    w.linked = false;
  }

 private:
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

template <class Waiter>
class leaves_queue {
 public:
  leaves_queue(waiter_queue<Waiter>& queue, Waiter& w) noexcept : queue_(queue), w_(w) {
    queue_.add(w_);
  }
  ~leaves_queue() { queue_.remove(w_); }
  leaves_queue(const leaves_queue&) = delete;
  leaves_queue& operator=(const leaves_queue&) = delete;

 private:
  waiter_queue<Waiter>& queue_;
  Waiter& w_;
};

}  // namespace
