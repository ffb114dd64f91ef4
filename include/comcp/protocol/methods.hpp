#ifndef COMCP_PROTOCOL_METHODS_HPP
#define COMCP_PROTOCOL_METHODS_HPP

#include <cstdint>
#include <span>
#include <string_view>

#include "comcp/protocol/version.hpp"

namespace comcp::protocol {

/// Who sends a message.
enum class direction : std::uint8_t { from_client, from_server, both };

/// What a server must offer for a method to exist there.
enum class gate : std::uint8_t {
  none,
  tools,
  resources,
  resources_subscribe,
  prompts,
  completions,
  logging
};

/** One row of the method table: a request or a notification, and where it exists. */
struct method_info {
  std::string_view name;
  bool is_notification;
  direction from;
  std::uint8_t revisions;  ///< bit per revision, in the order of the enumeration
  gate needs;
  bool cacheable;  ///< its complete result carries caching hints, where the revision has them
  bool may_ask;    ///< its answer may be `input_required`
  std::string_view name_param;  ///< the member of params that `Mcp-Name` mirrors; empty: none

  bool exists_in(const rules& r) const noexcept {
    return (revisions >> static_cast<unsigned>(r.id) & 1U) != 0;
  }
};

/// Every method of every revision.
std::span<const method_info> all_methods() noexcept;
/// The row with this name, or null.
const method_info* find_method(std::string_view name) noexcept;

/// The names, so that they are spelled once.
namespace method {
inline constexpr std::string_view initialize = "initialize";
inline constexpr std::string_view discover = "server/discover";
inline constexpr std::string_view ping = "ping";
inline constexpr std::string_view tools_list = "tools/list";
inline constexpr std::string_view tools_call = "tools/call";
inline constexpr std::string_view resources_list = "resources/list";
inline constexpr std::string_view resources_templates_list = "resources/templates/list";
inline constexpr std::string_view resources_read = "resources/read";
inline constexpr std::string_view resources_subscribe = "resources/subscribe";
inline constexpr std::string_view resources_unsubscribe = "resources/unsubscribe";
inline constexpr std::string_view prompts_list = "prompts/list";
inline constexpr std::string_view prompts_get = "prompts/get";
inline constexpr std::string_view complete = "completion/complete";
inline constexpr std::string_view set_level = "logging/setLevel";
inline constexpr std::string_view listen = "subscriptions/listen";
inline constexpr std::string_view create_message = "sampling/createMessage";
inline constexpr std::string_view roots_list = "roots/list";
inline constexpr std::string_view elicit = "elicitation/create";

inline constexpr std::string_view initialized = "notifications/initialized";
inline constexpr std::string_view cancelled = "notifications/cancelled";
inline constexpr std::string_view progress = "notifications/progress";
inline constexpr std::string_view log_message = "notifications/message";
inline constexpr std::string_view tools_changed = "notifications/tools/list_changed";
inline constexpr std::string_view prompts_changed = "notifications/prompts/list_changed";
inline constexpr std::string_view resources_changed = "notifications/resources/list_changed";
inline constexpr std::string_view resource_updated = "notifications/resources/updated";
inline constexpr std::string_view roots_changed = "notifications/roots/list_changed";
inline constexpr std::string_view elicitation_complete = "notifications/elicitation/complete";
inline constexpr std::string_view subscription_acknowledged =
    "notifications/subscriptions/acknowledged";
}  // namespace method

}  // namespace comcp::protocol

#endif
