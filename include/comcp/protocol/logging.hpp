#ifndef COMCP_PROTOCOL_LOGGING_HPP
#define COMCP_PROTOCOL_LOGGING_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"

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

/// The level in the params of `logging/setLevel`, or -32602 that lists the levels (S-LOG-04).
std::variant<logging_level, jsonrpc::error_object> decode_set_level(const json::value& params);

/** Params of `notifications/message`. */
class log_message {
 public:
  log_message() = default;
  log_message(logging_level l, json::value d, std::string n = {})
      : level(l), logger(std::move(n)), data(std::move(d)) {}

  logging_level level = logging_level::info;
  std::string logger;  ///< empty: not sent
  json::value data;    ///< any JSON; no secrets (S-LOG-05)
};

json::object encode(log_message value);

}  // namespace comcp::protocol

#endif
