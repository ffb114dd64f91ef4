#ifndef COMCP_SCOPE_CONDITION_HPP
#define COMCP_SCOPE_CONDITION_HPP

#include <cstddef>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/scope/lock.hpp"

namespace comcp {

/** Waiting, under a lock, for somebody to change what the lock protects.

    @par Thread safety one shard
*/
class condition {
 public:
  explicit condition(lock& l) noexcept : lock_{l} {}
  condition(const condition&) = delete;
  condition& operator=(const condition&) = delete;

  /** Gives the lock back, waits for a notification, takes the lock again.

      The guard holds the lock again in any case, also when a cancellation leaves. A notification
      given to a waiter that was cancelled goes to the next one. Throws std::logic_error when the
      guard isn't the lock's.
  */
  awaitable<void> wait(lock::guard& held);

  /// Waits until the predicate holds, which is checked first and after each notification.
  template <class Predicate>
  awaitable<void> wait_for(lock::guard& held, Predicate predicate) {
    while (!predicate())
      co_await wait(held);
  }

  /// Wakes the oldest waiters. Throws std::logic_error when the calling task doesn't hold the lock.
  void notify(std::size_t count = 1);
  void notify_all();
  std::size_t waiting() const noexcept { return waiters_.size(); }

 private:
  friend struct condition_wait;
  void check_held() const;
  void wake(std::size_t count) noexcept;

  lock& lock_;
  detail::intrusive_list<detail::parked, detail::wait_tag> waiters_;
};

}  // namespace comcp

#endif
