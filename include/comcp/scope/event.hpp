#ifndef COMCP_SCOPE_EVENT_HPP
#define COMCP_SCOPE_EVENT_HPP

#include <cstddef>

#include "comcp/awaitable.hpp"
#include "comcp/scope/detail/intrusive_list.hpp"

namespace comcp {

namespace detail {
class parked;
struct wait_tag;
}  // namespace detail

/** Something that happens once and that any number of tasks can wait for.

    May be made outside of a task. Must outlive its waiters.

    @par Thread safety one shard
*/
class event {
 public:
  event() noexcept = default;
  event(const event&) = delete;
  event& operator=(const event&) = delete;

  /// Wakes all waiters, in the order they came. Idempotent. A wake-up beats a later cancellation.
  void set() noexcept;
  bool is_set() const noexcept { return set_; }
  /// Returns after set(); suspends even when it was set before.
  awaitable<void> wait();
  std::size_t waiting() const noexcept { return waiters_.size(); }

 private:
  friend struct event_wait;
  detail::intrusive_list<detail::parked, detail::wait_tag> waiters_;
  bool set_ = false;
};

}  // namespace comcp

#endif
