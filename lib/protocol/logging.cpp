#include "comcp/protocol/logging.hpp"

#include <array>

namespace comcp::protocol {
namespace {
constexpr std::array<std::string_view, 8> names = {"debug", "info",     "notice", "warning",
                                                   "error", "critical", "alert",  "emergency"};
}  // namespace

std::string_view to_string(logging_level level) noexcept {
  return names[static_cast<std::size_t>(level)];
}

std::optional<logging_level> parse_logging_level(std::string_view name) noexcept {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<logging_level>(i);
  return std::nullopt;
}

}  // namespace comcp::protocol
