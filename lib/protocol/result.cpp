#include "comcp/protocol/result.hpp"

#include <algorithm>

#include "comcp/protocol/request_meta.hpp"

namespace comcp::protocol {

void complete_result(json::object& result,
                     const method_info* m,
                     const rules& r,
                     const implementation& server,
                     const cache_hints& hints) {
  if (r.result_type && !result.contains("resultType")) result["resultType"] = "complete";
  if (r.cache_hints && m && m->cacheable) {
    result["ttlMs"] = std::max<std::int64_t>(0, hints.ttl.count());
    result["cacheScope"] = hints.scope == cache_scope::public_ ? "public" : "private";
  }
  if (r.server_info_in_meta) {
    json::value& meta = result["_meta"];
    if (!meta.is_object()) meta = json::object();
    meta.get_object()[meta_key::server_info] = encode(server, r);
  }
}

}  // namespace comcp::protocol
