#include "comcp/protocol/content.hpp"
#include "protocol/content_fields.hpp"
#include "protocol/fields.hpp"

namespace comcp::protocol {
namespace {

annotations read_annotations(const reader& in) {
  annotations result;
  if (!in.find("annotations")) return result;
  const reader inner = in.inner("annotations");
  result.audience = inner.texts("audience");
  result.priority = inner.optional_number("priority");
  result.last_modified = inner.optional_text("lastModified");
  return result;
}

resource_contents read_contents(const reader& in) {
  resource_contents c;
  c.uri = in.text("uri");
  c.mime_type = in.optional_text("mimeType");
  c.meta = in.object("_meta");
  c.binary = in.find("blob") != nullptr;
  if (c.binary == (in.find("text") != nullptr)) in.complain("text", "there, or blob, but not both");
  (c.binary ? c.blob : c.text) = in.text(c.binary ? "blob" : "text");
  return c;
}

resource_link read_link(const reader& in) {
  resource_link link(in.text("uri"), in.text("name"));
  link.title = in.optional_text("title");
  link.description = in.optional_text("description");
  link.mime_type = in.optional_text("mimeType");
  link.size = in.optional_integer("size");
  link.icons = decode_icons(in.find("icons"));
  return link;
}

}  // namespace

content_block read_block(const json::value& value, std::string path) {
  const reader in(value, std::move(path));
  const std::string type = in.text("type");
  content_block block;
  if (type == "text")
    block.value = text_content(in.text("text"));
  else if (type == "image")
    block.value = image_content(in.text("data"), in.text("mimeType"));
  else if (type == "audio")
    block.value = audio_content(in.text("data"), in.text("mimeType"));
  else if (type == "resource")
    block.value = embedded_resource(read_contents(in.inner("resource")));
  else if (type == "resource_link")
    block.value = read_link(in);
  else
    return content_block(in.members());
  block.annotations = read_annotations(in);
  block.meta = in.object("_meta");
  return block;
}

std::string_view role_name(role who) noexcept {
  return who == role::user ? "user" : "assistant";
}

role read_role(const reader& in) {
  const std::string name = in.optional_text("role");
  if (name != "user" && name != "assistant") in.complain("role", "user or assistant");
  return name == "user" ? role::user : role::assistant;
}

std::variant<content_block, jsonrpc::error_object> decode_content_block(const json::value& value,
                                                                        std::string path) {
  return reading([&] { return read_block(value, std::move(path)); });
}

}  // namespace comcp::protocol
