#include "comcp/protocol/lifecycle.hpp"

#include "comcp/protocol/errors.hpp"

namespace comcp::protocol {

std::variant<initialize_params, jsonrpc::error_object> decode_initialize(
    const json::value& params) {
  const json::object* o = params.if_object();
  if (!o) return invalid_params("initialize needs an object");
  const json::value* version = o->if_contains("protocolVersion");
  if (!version || !version->is_string()) return invalid_params("/protocolVersion must be a string");
  const json::value* capabilities = o->if_contains("capabilities");
  if (capabilities && !capabilities->is_object())
    return invalid_params("/capabilities must be an object");
  const json::value* info = o->if_contains("clientInfo");
  if (info && !info->is_object()) return invalid_params("/clientInfo must be an object");

  initialize_params result;
  result.protocol_version.assign(version->get_string().data(), version->get_string().size());
  // Clients that leave these two out exist; nothing depends on them.
  if (capabilities) result.capabilities = decode_client_capabilities(*capabilities);
  if (info) result.client_info = decode_implementation(*info);
  return result;
}

json::object encode(const initialize_result& value, const rules& r) {
  json::object o;
  o["protocolVersion"] = r.name;
  o["capabilities"] = encode(value.capabilities, r);
  o["serverInfo"] = encode(value.server_info, r);
  if (!value.instructions.empty()) o["instructions"] = value.instructions;
  return o;
}

json::object encode_discover(const initialize_result& value,
                             const rules& r,
                             std::span<const rules> supported) {
  json::array names;
  for (auto row = supported.rbegin(); row != supported.rend(); ++row)
    names.emplace_back(row->name);
  json::object o;
  o["supportedVersions"] = std::move(names);
  o["capabilities"] = encode(value.capabilities, r);
  if (!value.instructions.empty()) o["instructions"] = value.instructions;
  return o;
}

json::object encode(const initialize_params& value, const rules& r) {
  json::object o;
  o["protocolVersion"] = value.protocol_version;
  o["capabilities"] = encode(value.capabilities, r);
  o["clientInfo"] = encode(value.client_info, r);
  return o;
}

}  // namespace comcp::protocol
