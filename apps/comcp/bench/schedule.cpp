#include "bench/schedule.hpp"

#include <algorithm>

#include "bench/bench_options.hpp"

namespace comcp::bench {

schedule::schedule(const bench_options& options)
    : rate_(options.rate),
      requests_(options.requests),
      warmup_(options.warmup),
      duration_(options.duration) {}

void schedule::begin(steady::time_point now) noexcept {
  begun_ = true;
  start_ = now;
  measured_from_ = now + warmup_;
  end_ = requests_ > 0 ? steady::time_point::max() : measured_from_ + duration_;
}

steady::time_point schedule::due(std::uint64_t number) const noexcept {
  const std::chrono::duration<double> after(static_cast<double>(number) / rate_);
  return start_ + std::chrono::duration_cast<steady::duration>(after);
}

std::optional<steady::time_point> schedule::take(steady::time_point now) noexcept {
  if (!begun_ || is_over(now)) return std::nullopt;
  const steady::time_point when = rate_ > 0 ? due(taken_) : now;
  if (when > now) return std::nullopt;
  ++taken_;
  if (when >= measured_from_) ++measured_;
  return when;
}

steady::time_point schedule::next() const noexcept {
  if (!begun_ || (requests_ > 0 && measured_ >= requests_)) return steady::time_point::max();
  if (rate_ <= 0) return end_;
  return std::min(due(taken_), end_);
}

bool schedule::is_over(steady::time_point now) const noexcept {
  return begun_ && (now >= end_ || (requests_ > 0 && measured_ >= requests_));
}

std::uint64_t schedule::unsent(steady::time_point end) const noexcept {
  if (!begun_ || rate_ <= 0 || requests_ > 0) return 0;
  const std::chrono::duration<double> length = std::min(end, end_) - start_;
  const double all = std::max(0.0, length.count() * rate_);
  return std::max(taken_, static_cast<std::uint64_t>(all)) - taken_;
}

}  // namespace comcp::bench
