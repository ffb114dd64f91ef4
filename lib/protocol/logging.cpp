#include "comcp/protocol/logging.hpp"

#include <array>

#include "comcp/protocol/errors.hpp"
#include "protocol/fields.hpp"

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

std::variant<logging_level, jsonrpc::error_object> decode_set_level(const json::value& params) {
  const json::object* o = params.if_object();
  if (const auto level = parse_logging_level(o ? get_text(*o, "level") : std::string()))
    return *level;
  std::string why = "/level must be one of";
  for (const std::string_view name : names)
    (why += name == names.front() ? " " : ", ") += name;
  return invalid_params(why);
}

json::object encode(log_message value) {
  json::object o;
  o["level"] = to_string(value.level);
  put_text(o, "logger", value.logger);
  o["data"] = std::move(value.data);
  return o;
}

}  // namespace comcp::protocol
