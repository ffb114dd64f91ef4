#ifndef COMCP_LIB_SESSION_OUTBOX_COUNTERS_HPP
#define COMCP_LIB_SESSION_OUTBOX_COUNTERS_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace comcp::detail {

/** What the outboxes of a shard hold together: how an operator sees that a reader stalls.

    Written by the shard's thread alone, so that no update needs more than a load and a store; read by all. */
class outbox_counters {
 public:
  std::size_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }
  std::size_t peak_bytes() const noexcept { return peak_.load(std::memory_order_relaxed); }
  std::size_t waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }
  std::uint64_t waits() const noexcept { return waits_.load(std::memory_order_relaxed); }

  void queued(std::size_t n) noexcept {
    const std::size_t now = bytes() + n;
    bytes_.store(now, std::memory_order_relaxed);
    if (now > peak_bytes()) peak_.store(now, std::memory_order_relaxed);
  }
  void taken(std::size_t n) noexcept { bytes_.store(bytes() - n, std::memory_order_relaxed); }

  /// A producer that waits for room.
  class wait {
   public:
    explicit wait(outbox_counters& c) noexcept : counters_(c) {
      c.waiting_.store(c.waiting() + 1, std::memory_order_relaxed);
      c.waits_.store(c.waits() + 1, std::memory_order_relaxed);
    }
    ~wait() { counters_.waiting_.store(counters_.waiting() - 1, std::memory_order_relaxed); }
    wait(const wait&) = delete;
    wait& operator=(const wait&) = delete;

   private:
    outbox_counters& counters_;
  };

 private:
  std::atomic<std::size_t> bytes_{0};
  std::atomic<std::size_t> peak_{0};
  std::atomic<std::size_t> waiting_{0};
  std::atomic<std::uint64_t> waits_{0};
};

/// Those of the calling thread, which runs a shard. They live as long as the process.
outbox_counters& outbox_counters_here();

}  // namespace comcp::detail

#endif
