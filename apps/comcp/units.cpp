#include "units.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <utility>

namespace comcp::program {

namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array durations =
    std::to_array<unit>({{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"", 1000}});
constexpr std::array sizes = std::to_array<unit>({{"KiB", 1U << 10U},
                                                  {"MiB", 1U << 20U},
                                                  {"GiB", 1U << 30U},
                                                  {"K", 1U << 10U},
                                                  {"M", 1U << 20U},
                                                  {"G", 1U << 30U},
                                                  {"B", 1},
                                                  {"", 1}});

template <std::size_t N>
std::optional<std::uint64_t> parse(std::string_view text,
                                   const std::array<unit, N>& units,
                                   std::uint64_t most) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view suffix(rest, static_cast<std::size_t>(end - rest));
  for (const unit& u : units) {
    if (u.name != suffix) continue;
    if (number > most / u.factor) return std::nullopt;
    return number * u.factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto value = parse(text, durations, std::uint64_t{366} * 24 * 3'600'000);
  if (!value) return std::nullopt;
  return std::chrono::milliseconds(*value);
}

std::string duration_text(std::chrono::milliseconds t) {
  const auto n = t.count();
  if (n % 1000 != 0) return std::to_string(n) + "ms";
  if (n % 60'000 != 0 || n == 0) return std::to_string(n / 1000) + "s";
  if (n % 3'600'000 != 0) return std::to_string(n / 60'000) + "m";
  return std::to_string(n / 3'600'000) + "h";
}

std::optional<std::size_t> parse_size(std::string_view text) {
  const auto value = parse(text, sizes, std::numeric_limits<std::int64_t>::max());
  if (!value || *value == 0) return std::nullopt;
  return static_cast<std::size_t>(*value);
}

std::string size_text(std::size_t bytes) {
  if (bytes % (1U << 30U) == 0) return std::to_string(bytes >> 30U) + "GiB";
  if (bytes % (1U << 20U) == 0) return std::to_string(bytes >> 20U) + "MiB";
  if (bytes % (1U << 10U) == 0) return std::to_string(bytes >> 10U) + "KiB";
  return std::to_string(bytes);
}

}  // namespace comcp::program
