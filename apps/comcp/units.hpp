#ifndef COMCP_APPS_COMCP_UNITS_HPP
#define COMCP_APPS_COMCP_UNITS_HPP

// Durations and sizes as people write them.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace comcp::program {

/// "5s", "500ms", "2m", "1h"; a bare number is seconds, "0" is zero. At most a year.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string duration_text(std::chrono::milliseconds t);

/// "1000", "64KiB", "4MiB", "1GiB"; also K, M, G for the same. At least 1.
std::optional<std::size_t> parse_size(std::string_view text);
std::string size_text(std::size_t bytes);

}  // namespace comcp::program

#endif
