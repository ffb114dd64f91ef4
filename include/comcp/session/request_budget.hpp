#ifndef COMCP_SESSION_REQUEST_BUDGET_HPP
#define COMCP_SESSION_REQUEST_BUDGET_HPP

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace comcp {

/** How many bytes of requests may be in progress at once, as texts: of a session, or of all that share it.

    Only requests above `counted_from` are counted; what bounds the others is their number. One that is
    alone always fits. Requests that come at the same moment on different shards may all find room. The requests
    of a batch count as one, of the batch's length, until the last has ended. A listen stream counts until it ends,
    and so does a call that goes on apart from its request: a task, a parked call.

    @par Thread safety all of it */
class request_budget {
 public:
  static constexpr std::size_t counted_from = 4096;

  explicit request_budget(std::size_t bytes) noexcept : limit_(bytes) {}
  request_budget(const request_budget&) = delete;
  request_budget& operator=(const request_budget&) = delete;

  /// Whether a request of so many bytes may begin.
  bool has_room(std::size_t bytes) const noexcept {
    if (bytes <= counted_from) return true;
    const std::size_t used = used_.load(std::memory_order_relaxed);
    return used == 0 || (used < limit_ && bytes <= limit_ - used);
  }
  std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

  /// Bytes that are in use while it lives.
  class charge {
   public:
    charge() noexcept = default;
    charge(std::shared_ptr<request_budget> of, std::size_t bytes) noexcept
        : of_(std::move(of)), bytes_(bytes) {
      if (of_) of_->used_.fetch_add(bytes_, std::memory_order_relaxed);
    }
    charge(charge&& other) noexcept = default;
    charge& operator=(charge&&) = delete;
    ~charge() {
      if (of_) of_->used_.fetch_sub(bytes_, std::memory_order_relaxed);
    }

   private:
    std::shared_ptr<request_budget> of_;
    std::size_t bytes_ = 0;
  };

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};
};

}  // namespace comcp

#endif
