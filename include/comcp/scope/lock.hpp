#ifndef COMCP_SCOPE_LOCK_HPP
#define COMCP_SCOPE_LOCK_HPP

#include <cstddef>
#include <optional>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/scope/cancel_scope.hpp"
#include "comcp/scope/detail/intrusive_list.hpp"

namespace comcp {

namespace detail {
class parked;
class task_ctx;
struct wait_tag;
}  // namespace detail

class lock_statistics {
 public:
  lock_statistics() noexcept {}
  bool locked = false;
  std::optional<task_info> owner;
  std::size_t waiting = 0;
};

/** Mutual exclusion between the tasks of a shard, held across suspensions.

    First come, first served: release() hands the lock to the oldest waiter inside the call. May be
    made outside of a task; must outlive its guards and waiters.

    @par Thread safety one shard
*/
class lock {
 public:
  /// Holds the lock; gives it back when destroyed.
  class guard {
   public:
    guard() noexcept = default;
    guard(guard&& other) noexcept : lock_{std::exchange(other.lock_, nullptr)} {}
    guard& operator=(guard&& other) noexcept {
      if (this != &other) {
        reset();
        lock_ = std::exchange(other.lock_, nullptr);
      }
      return *this;
    }
    ~guard() { reset(); }
    explicit operator bool() const noexcept { return lock_ != nullptr; }
    /// Throws std::logic_error when called by a task that doesn't hold the lock.
    void release();

   private:
    friend class lock;
    friend struct lock_wait;
    friend class condition;
    friend struct condition_wait;
    explicit guard(lock& l) noexcept : lock_{&l} {}
    void reset() noexcept {
      if (lock_) std::exchange(lock_, nullptr)->hand_over();
    }
    lock* lock_ = nullptr;
  };

  lock() noexcept = default;
  lock(const lock&) = delete;
  lock& operator=(const lock&) = delete;
  ~lock();

  /// Waits for the lock; suspends even when it is free. Throws std::logic_error when the calling
  /// task holds it already.
  awaitable<guard> acquire();
  /// Empty when somebody holds it or waits for it.
  std::optional<guard> try_acquire();
  /// Throws stream_error::would_block instead.
  guard acquire_nowait();

  bool locked() const noexcept { return owner_ != nullptr; }
  lock_statistics statistics() const;

 private:
  friend class condition;
  friend struct lock_wait;
  void hand_over() noexcept;
  bool held_by(const detail::task_ctx& task) const noexcept;

  detail::intrusive_list<detail::parked, detail::wait_tag> waiters_;
  detail::task_ctx* owner_ = nullptr;
  std::uint64_t owner_id_ = 0;
};

}  // namespace comcp

#endif
