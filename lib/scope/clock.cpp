#include "comcp/scope/clock.hpp"

#include <ctime>

namespace comcp {

namespace {

class monotonic_clock final : public clock {
 public:
  time_point now() const noexcept override { return std::chrono::steady_clock::now(); }
  time_point coarse_now() const noexcept override {
#ifdef CLOCK_MONOTONIC_COARSE
    // The same time line as steady_clock, without reading the hardware counter.
    timespec t{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return time_point{std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds { t.tv_nsec }};
#else
    return now();
#endif
  }
};

}  // namespace

clock& system_clock() noexcept {
  static monotonic_clock instance;
  return instance;
}

}  // namespace comcp
