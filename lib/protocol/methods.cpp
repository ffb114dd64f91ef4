#include "comcp/protocol/methods.hpp"

namespace comcp::protocol {
namespace {

// A bit per revision, oldest first: 2024-11-05, 2025-03-26, 2025-06-18, 2025-11-25, 2026-07-28.
constexpr std::uint8_t all = 0b11111;
constexpr std::uint8_t legacy = 0b01111;
constexpr std::uint8_t since_2025_06_legacy = 0b01100;
constexpr std::uint8_t only_2025_11 = 0b01000;
constexpr std::uint8_t only_2026 = 0b10000;

constexpr auto client = direction::from_client;
constexpr auto server = direction::from_server;
constexpr auto both = direction::both;

// spec: the method catalogues of the five revisions. Tasks of the 2025-11-25 core are not in it: they
// come with the tasks feature.
// clang-format off
constexpr method_info table[] = {
  // name                                  notification from  revisions            gate                       cache  ask    Mcp-Name
  {method::initialize,                     false, client, legacy,               gate::none,                false, false, ""},
  {method::discover,                       false, client, only_2026,            gate::none,                true,  false, ""},
  {method::ping,                           false, both,   legacy,               gate::none,                false, false, ""},
  {method::tools_list,                     false, client, all,                  gate::tools,               true,  false, ""},
  {method::tools_call,                     false, client, all,                  gate::tools,               false, true,  "name"},
  {method::resources_list,                 false, client, all,                  gate::resources,           true,  false, ""},
  {method::resources_templates_list,       false, client, all,                  gate::resources,           true,  false, ""},
  {method::resources_read,                 false, client, all,                  gate::resources,           true,  true,  "uri"},
  {method::resources_subscribe,            false, client, legacy,               gate::resources_subscribe, false, false, ""},
  {method::resources_unsubscribe,          false, client, legacy,               gate::resources_subscribe, false, false, ""},
  {method::prompts_list,                   false, client, all,                  gate::prompts,             true,  false, ""},
  {method::prompts_get,                    false, client, all,                  gate::prompts,             false, true,  "name"},
  {method::complete,                       false, client, all,                  gate::completions,         false, false, ""},
  {method::set_level,                      false, client, legacy,               gate::logging,             false, false, ""},
  {method::listen,                         false, client, only_2026,            gate::none,                false, false, ""},
  {method::create_message,                 false, server, legacy,               gate::none,                false, false, ""},
  {method::roots_list,                     false, server, legacy,               gate::none,                false, false, ""},
  {method::elicit,                         false, server, since_2025_06_legacy, gate::none,                false, false, ""},

  {method::initialized,                    true,  client, legacy,               gate::none,                false, false, ""},
  {method::cancelled,                      true,  both,   all,                  gate::none,                false, false, ""},
  {method::progress,                       true,  both,   all,                  gate::none,                false, false, ""},
  {method::log_message,                    true,  server, all,                  gate::logging,             false, false, ""},
  {method::tools_changed,                  true,  server, all,                  gate::tools,               false, false, ""},
  {method::prompts_changed,                true,  server, all,                  gate::prompts,             false, false, ""},
  {method::resources_changed,              true,  server, all,                  gate::resources,           false, false, ""},
  {method::resource_updated,               true,  server, all,                  gate::resources_subscribe, false, false, ""},
  {method::roots_changed,                  true,  client, legacy,               gate::none,                false, false, ""},
  {method::elicitation_complete,           true,  server, only_2025_11,         gate::none,                false, false, ""},
  {method::subscription_acknowledged,      true,  server, only_2026,            gate::none,                false, false, ""},
};
// clang-format on

}  // namespace

std::span<const method_info> all_methods() noexcept {
  return table;
}

const method_info* find_method(std::string_view name) noexcept {
  for (const method_info& m : table)
    if (m.name == name) return &m;
  return nullptr;
}

}  // namespace comcp::protocol
