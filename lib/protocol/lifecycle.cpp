#include "comcp/protocol/lifecycle.hpp"

namespace comcp::protocol {

std::variant<initialize_params, jsonrpc::error_object> decode_initialize(
    const json::value& params) {
  const auto refuse = [](std::string why) {
    return jsonrpc::error_object(jsonrpc::error_code::invalid_params,
                                 "Invalid params: " + std::move(why));
  };
  const json::object* o = params.if_object();
  if (!o) return refuse("initialize needs an object");
  const json::value* version = o->if_contains("protocolVersion");
  if (!version || !version->is_string()) return refuse("/protocolVersion must be a string");
  const json::value* capabilities = o->if_contains("capabilities");
  if (capabilities && !capabilities->is_object()) return refuse("/capabilities must be an object");
  const json::value* info = o->if_contains("clientInfo");
  if (info && !info->is_object()) return refuse("/clientInfo must be an object");

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

}  // namespace comcp::protocol
