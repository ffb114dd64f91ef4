#include "comcp/protocol/resources.hpp"

#include "protocol/fields.hpp"

namespace comcp::protocol {

json::object encode(const resource_template& value, const rules& r) {
  json::object o;
  o["uriTemplate"] = value.uri_template;
  o["name"] = value.name;
  if (r.title) put_text(o, "title", value.title);
  put_text(o, "description", value.description);
  put_text(o, "mimeType", value.mime_type);
  if (!value.annotations.empty()) o["annotations"] = encode(value.annotations, r);
  put_icons(o, value.icons, r);
  put_meta(o, value.meta, r);
  return o;
}

json::object encode(const read_resource_result& value, const rules& r) {
  json::array contents;
  for (const resource_contents& c : value.contents)
    contents.push_back(encode(c, r));
  json::object o;
  o["contents"] = std::move(contents);
  if (!value.meta.empty()) o["_meta"] = value.meta;
  return o;
}

}  // namespace comcp::protocol
