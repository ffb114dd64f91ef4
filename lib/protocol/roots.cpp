#include "comcp/protocol/roots.hpp"

#include "protocol/fields.hpp"
#include "protocol/reader.hpp"

namespace comcp::protocol {

json::object encode(const std::vector<root>& roots, const rules& r) {
  json::array all;
  for (const root& each : roots) {
    json::object o;
    o["uri"] = each.uri;
    put_text(o, "name", each.name);
    put_meta(o, each.meta, r);
    all.push_back(std::move(o));
  }
  json::object result;
  result["roots"] = std::move(all);
  return result;
}

std::variant<std::vector<root>, jsonrpc::error_object> decode_roots(const json::value& result) {
  return reading([&] {
    const reader in(result, "");
    std::vector<root> all;
    for (const json::value& v : in.array("roots")) {
      const reader each(v, in.element("roots", all.size()));
      root r(each.text("uri"), each.optional_text("name"));
      r.meta = each.object("_meta");
      // Only files for now, says the specification (C-ROOT-01).
      if (!r.uri.starts_with("file://")) each.complain("uri", "a file:// URI");
      all.push_back(std::move(r));
    }
    return all;
  });
}

}  // namespace comcp::protocol
