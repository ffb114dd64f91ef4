#ifndef COMCP_PROTOCOL_CAPABILITIES_HPP
#define COMCP_PROTOCOL_CAPABILITIES_HPP

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "comcp/json/value.hpp"
#include "comcp/protocol/version.hpp"

namespace comcp::protocol {

/** An image that clients may show beside a name. spec: 2025-11-25, Icon */
class icon {
 public:
  icon() = default;
  std::string src;  ///< https URL or `data:` URI
  std::string mime_type;
  std::vector<std::string> sizes;  ///< "48x48" or "any"
  std::string theme;               ///< "light" or "dark"; empty: either
};

/** Who a client or server says it is. For display and logs: never branch or authorise on it. */
class implementation {
 public:
  implementation() = default;
  implementation(std::string n, std::string v) : name(std::move(n)), version(std::move(v)) {}

  std::string name;
  std::string version;
  std::string title;
  std::string description;
  std::string website_url;
  std::vector<icon> icons;
};

/** What a client can do, as it declared it: in `initialize`, or in each modern request. */
class client_capabilities {
 public:
  client_capabilities() = default;
  bool roots = false;
  bool roots_list_changed = false;
  bool sampling = false;
  bool sampling_context = false;
  bool sampling_tools = false;
  bool elicitation_form = false;  ///< also when `elicitation` is declared without modes
  bool elicitation_url = false;
  json::object experimental;
  json::object extensions;  ///< id -> settings
  json::object verbatim;    ///< all of it, as it came

  bool elicitation() const noexcept { return elicitation_form || elicitation_url; }
  bool extension(std::string_view id) const noexcept { return extensions.contains(id); }
};

/** What a server offers. */
class server_capabilities {
 public:
  server_capabilities() = default;
  bool tools = false;
  bool tools_list_changed = false;
  bool resources = false;
  bool resources_subscribe = false;
  bool resources_list_changed = false;
  bool prompts = false;
  bool prompts_list_changed = false;
  bool completions = false;
  bool logging = false;
  bool tasks = false;  ///< of tool calls; the experimental ones of 2025-11-25
  json::object experimental;
  json::object extensions;
};

/// Members that the revision lacks are left out.
json::object encode(const icon& value);
json::object encode(const implementation& value, const rules& r);
json::object encode(const server_capabilities& value, const rules& r);
/// From the members, not from `verbatim`.
json::object encode(const client_capabilities& value, const rules& r);

/// Lenient readers: what isn't understood is ignored. `verbatim` keeps it.
implementation decode_implementation(const json::value& value);
client_capabilities decode_client_capabilities(const json::value& value);

}  // namespace comcp::protocol

#endif
