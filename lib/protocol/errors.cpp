#include "comcp/protocol/errors.hpp"

#include <string>

namespace comcp::protocol {

namespace code = jsonrpc::error_code;

jsonrpc::error_object method_not_found(std::string_view method) {
  return {code::method_not_found, "Method not found: " + std::string(method)};
}

jsonrpc::error_object invalid_params(std::string_view why) {
  return {code::invalid_params, "Invalid params: " + std::string(why)};
}

jsonrpc::error_object internal_error() {
  return {code::internal_error, "Internal error"};
}

jsonrpc::error_object resource_not_found(std::string_view uri, const rules& r) {
  json::object data;
  data["uri"] = uri;
  return {r.resource_not_found_code, "Resource not found", json::value(std::move(data))};
}

jsonrpc::error_object header_mismatch(std::string_view header, std::string_view why) {
  return {code::header_mismatch,
          "Header mismatch: " + std::string(header) + " " + std::string(why)};
}

jsonrpc::error_object missing_client_capability(json::object required) {
  json::object data;
  data["requiredCapabilities"] = std::move(required);
  return {code::missing_required_client_capability, "Missing required client capability",
          json::value(std::move(data))};
}

jsonrpc::error_object unsupported_version(std::string_view requested,
                                          std::span<const rules> supported) {
  json::array names;
  for (auto row = supported.rbegin(); row != supported.rend(); ++row)
    names.emplace_back(row->name);
  json::object data;
  data["supported"] = std::move(names);
  data["requested"] = requested;
  return {code::unsupported_protocol_version, "Unsupported protocol version",
          json::value(std::move(data))};
}

}  // namespace comcp::protocol
