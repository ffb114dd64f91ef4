#include "bench/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace comcp::bench {

namespace {

constexpr unsigned bits = 7;
constexpr std::uint64_t parts = 1U << bits;
constexpr std::size_t bucket_count = (64 - bits) * parts + parts;

// Below 2 * parts each value has its own bucket; above, a power of two has `parts` of them.
std::size_t bucket_of(std::uint64_t value) noexcept {
  const unsigned width = static_cast<unsigned>(std::bit_width(value));
  const unsigned shift = width > bits + 1 ? width - (bits + 1) : 0;
  return shift * parts + (value >> shift);
}

std::uint64_t top_of(std::size_t bucket) noexcept {
  if (bucket < 2 * parts) return bucket;
  const std::size_t shift = bucket / parts - 1;
  return ((bucket % parts + parts + 1) << shift) - 1;
}

}  // namespace

histogram::histogram() : buckets_(bucket_count) {}

void histogram::add(std::uint64_t value) noexcept {
  ++buckets_[bucket_of(value)];
  ++count_;
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value);
}

void histogram::clear() noexcept {
  std::fill(buckets_.begin(), buckets_.end(), 0);
  count_ = 0;
  min_ = UINT64_MAX;
  max_ = 0;
  sum_ = 0;
}

double histogram::mean() const noexcept {
  return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

std::uint64_t histogram::percentile(double percent) const noexcept {
  const double share = std::clamp(percent, 0.0, 100.0) / 100 * static_cast<double>(count_);
  // 99.9 % of 1000 is 999.0000000000001 in floating point, and means the 999th.
  const auto wanted =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share - 1e-6)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= wanted) return std::min(top_of(i), max_);
  }
  return max_;
}

}  // namespace comcp::bench
