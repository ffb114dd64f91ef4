#ifndef COMCP_SCOPE_SEMAPHORE_HPP
#define COMCP_SCOPE_SEMAPHORE_HPP

#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/scope/detail/intrusive_list.hpp"

namespace comcp {

namespace detail {
class parked;
struct wait_tag;
}  // namespace detail

/** A count of permits. First come, first served: release() hands the permit to the oldest waiter.

    May be made outside of a task; must outlive its permits and waiters.

    @par Thread safety one shard
*/
class semaphore {
 public:
  /// One permit; given back when destroyed.
  class permit {
   public:
    permit() noexcept = default;
    permit(permit&& other) noexcept : semaphore_{std::exchange(other.semaphore_, nullptr)} {}
    permit& operator=(permit&& other) noexcept {
      if (this != &other) {
        release();
        semaphore_ = std::exchange(other.semaphore_, nullptr);
      }
      return *this;
    }
    ~permit() { release(); }
    explicit operator bool() const noexcept { return semaphore_ != nullptr; }
    void release() noexcept {
      if (semaphore_) std::exchange(semaphore_, nullptr)->give();
    }
    /// Keeps the permit taken for good, or until semaphore::release().
    void detach() noexcept { semaphore_ = nullptr; }

   private:
    friend class semaphore;
    friend struct semaphore_wait;
    explicit permit(semaphore& s) noexcept : semaphore_{&s} {}
    semaphore* semaphore_ = nullptr;
  };

  static constexpr std::size_t no_maximum = std::numeric_limits<std::size_t>::max();

  explicit semaphore(std::size_t initial, std::size_t maximum = no_maximum);
  semaphore(const semaphore&) = delete;
  semaphore& operator=(const semaphore&) = delete;

  /// Waits for a permit; suspends even when one is free.
  awaitable<permit> acquire();
  /// Empty when no permit is free.
  std::optional<permit> try_acquire() noexcept;
  /// Throws stream_error::would_block instead.
  permit acquire_nowait();
  /// Adds a permit that no guard holds. Throws std::logic_error beyond the maximum.
  void release();

  std::size_t value() const noexcept { return value_; }
  std::size_t maximum() const noexcept { return maximum_; }
  std::size_t waiting() const noexcept { return waiters_.size(); }

 private:
  friend struct semaphore_wait;
  void give() noexcept;

  std::size_t value_;
  std::size_t maximum_;
  detail::intrusive_list<detail::parked, detail::wait_tag> waiters_;
};

}  // namespace comcp

#endif
