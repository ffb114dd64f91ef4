#include "comcp/protocol/result.hpp"

#include <algorithm>

#include "comcp/protocol/request_meta.hpp"

namespace comcp::protocol {

void complete_result(json::object& result,
                     const method_info& m,
                     const rules& r,
                     const implementation& server,
                     const cache_hints& hints) {
  if (r.result_type && !result.contains("resultType")) result["resultType"] = "complete";
  if (r.cache_hints && m.cacheable) {
    result["ttlMs"] = std::max<std::int64_t>(0, hints.ttl.count());
    result["cacheScope"] = hints.scope == cache_scope::public_ ? "public" : "private";
  }
  if (r.server_info_in_meta) {
    json::value& meta = result["_meta"];
    if (!meta.is_object()) meta = json::object();
    meta.get_object()[meta_key::server_info] = encode(server, r);
  }
}

jsonrpc::error_object invalid_params(std::string_view why) {
  return {jsonrpc::error_code::invalid_params, "Invalid params: " + std::string(why)};
}

jsonrpc::error_object missing_client_capability(json::object required) {
  json::object data;
  data["requiredCapabilities"] = std::move(required);
  return {jsonrpc::error_code::missing_required_client_capability,
          "Missing required client capability", json::value(std::move(data))};
}

}  // namespace comcp::protocol
