#ifndef COMCP_SCOPE_CLOCK_HPP
#define COMCP_SCOPE_CLOCK_HPP

// The time source of a shard. Nothing else in the library reads a clock, so that tests can own
// time.

#include <chrono>

namespace comcp {

using duration = std::chrono::steady_clock::duration;
using time_point = std::chrono::steady_clock::time_point;

/// The end of a limit of any unit; one like hours::max() ends never, and not in the past.
template <class Rep, class Period>
constexpr time_point time_after(time_point start,
                                std::chrono::duration<Rep, Period> limit) noexcept {
  using unit = std::chrono::duration<Rep, Period>;
  const unit most = std::chrono::duration_cast<unit>(time_point::max() - start);
  if (limit > most) return time_point::max();
  if (limit < -most) return time_point::min();
  return start + std::chrono::duration_cast<duration>(limit);
}

/// A source of monotonic time, handed to a shard. Must outlive the shard.
class clock {
 public:
  virtual time_point now() const noexcept = 0;
  /// Cheaper and a few milliseconds old at most; for ages and statistics, never for deadlines.
  virtual time_point coarse_now() const noexcept { return now(); }
  /// True when time moves only by hand: the shard then arms no timer.
  virtual bool is_manual() const noexcept { return false; }

 protected:
  ~clock() = default;
};

/// The monotonic clock of the system. Thread-safe.
clock& system_clock() noexcept;

/** Time that stands still until somebody moves it.

    A shard does not notice the move by itself: testing::virtual_shard drives both.
*/
class manual_clock final : public clock {
 public:
  manual_clock() noexcept = default;
  explicit manual_clock(time_point start) noexcept : now_{start} {}

  time_point now() const noexcept override { return now_; }
  bool is_manual() const noexcept override { return true; }

  /// Moves time; going back is ignored.
  void set(time_point t) noexcept {
    if (t > now_) now_ = t;
  }
  void advance(duration d) noexcept { set(now_ + d); }

 private:
  time_point now_{std::chrono::hours{1000}};
};

}  // namespace comcp

#endif
