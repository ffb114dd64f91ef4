#ifndef COMCP_LIB_SERVER_CALL_GATE_HPP
#define COMCP_LIB_SERVER_CALL_GATE_HPP

#include <atomic>
#include <cstddef>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "comcp/awaitable.hpp"

namespace comcp::detail {

/** How many handlers of a server run at once, over all shards. First come, first served.

    While places are free, entering and leaving are one atomic operation each.

    @par Thread safety all of it, except that a place is one shard's
*/
class call_gate {
 public:
  explicit call_gate(std::size_t limit,
                     std::size_t max_waiting = std::numeric_limits<std::size_t>::max()) noexcept
      : limit_(limit == 0 ? 1 : limit), max_waiting_(max_waiting) {}
  call_gate(const call_gate&) = delete;
  call_gate& operator=(const call_gate&) = delete;

  /// Given back when destroyed; the gate must outlive it.
  class place {
   public:
    place() noexcept = default;
    place(place&& other) noexcept
        : gate_(std::exchange(other.gate_, nullptr)), lent_(std::exchange(other.lent_, false)) {}
    place& operator=(place&& other) noexcept {
      if (this != &other) {
        release();
        gate_ = std::exchange(other.gate_, nullptr);
        lent_ = std::exchange(other.lent_, false);
      }
      return *this;
    }
    ~place() { release(); }
    explicit operator bool() const noexcept { return gate_ != nullptr; }

    /// Others may have it while its holder only waits.
    void lend() noexcept {
      if (gate_ && !std::exchange(lent_, true)) gate_->leave();
    }
    /// At once, beyond the limit when others are on it: who waited here could hold what they wait for.
    void take_back() noexcept {
      if (gate_ && std::exchange(lent_, false)) gate_->running_.fetch_add(1);
    }

   private:
    friend class call_gate;
    explicit place(call_gate& g) noexcept : gate_(&g) {}
    void release() noexcept {
      if (gate_ && !lent_) gate_->leave();
      gate_ = nullptr;
      lent_ = false;
    }
    call_gate* gate_ = nullptr;
    bool lent_ = false;
  };

  /// Empty when none is free or others wait.
  place try_enter() noexcept;
  /// Waits for a place. A cancelled wait holds none. Throws request_error when too many wait.
  awaitable<place> enter();

  std::size_t running() const noexcept { return running_.load(); }
  std::size_t waiting() const noexcept { return waiting_.load(); }

 private:
  class waiter;

  bool take() noexcept;
  void leave() noexcept;
  void hand_on() noexcept;

  const std::size_t limit_;
  const std::size_t max_waiting_;
  // Both with sequential consistency: either who leaves sees who waits, or who waits sees the place.
  std::atomic<std::size_t> running_{0};
  std::atomic<std::size_t> waiting_{0};
  std::mutex mutex_;
  std::deque<std::shared_ptr<waiter>> queue_;
};

}  // namespace comcp::detail

#endif
