#ifndef COMCP_PROTOCOL_LOGGING_HPP
#define COMCP_PROTOCOL_LOGGING_HPP

#include <cstdint>
#include <optional>
#include <string_view>

namespace comcp::protocol {

/// The levels of syslog (RFC 5424), lowest first: compare them with <.
enum class logging_level : std::uint8_t {
  debug,
  info,
  notice,
  warning,
  error,
  critical,
  alert,
  emergency
};

std::string_view to_string(logging_level level) noexcept;
std::optional<logging_level> parse_logging_level(std::string_view name) noexcept;

}  // namespace comcp::protocol

#endif
