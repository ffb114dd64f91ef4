#include "comcp/protocol/content.hpp"

#include <type_traits>

#include "protocol/fields.hpp"

namespace comcp::protocol {
namespace {

json::object typed(std::string_view type) {
  json::object o;
  o["type"] = type;
  return o;
}

json::object text_block(std::string text) {
  json::object o = typed("text");
  o["text"] = std::move(text);
  return o;
}

json::object binary_block(std::string_view type, const binary_content& c) {
  json::object o = typed(type);
  o["data"] = c.data;
  o["mimeType"] = c.mime_type;
  return o;
}

json::object encode_kind(const text_content& c, const rules&) {
  return text_block(c.text);
}
json::object encode_kind(const image_content& c, const rules&) {
  return binary_block("image", c);
}

json::object encode_kind(const audio_content& c, const rules& r) {
  if (r.audio_content) return binary_block("audio", c);
  return text_block("[audio, " + c.mime_type + ", left out: this protocol revision has no audio]");
}

json::object encode_kind(const embedded_resource& c, const rules& r) {
  json::object o = typed("resource");
  o["resource"] = encode(c.resource, r);
  return o;
}

json::object encode_kind(const resource_link& c, const rules& r) {
  if (!r.resource_link) return text_block(c.name + ": " + c.uri);
  json::object o = encode(static_cast<const resource&>(c), r);
  o["type"] = "resource_link";
  return o;
}

json::object encode_kind(const json::object& c, const rules&) {
  return c;
}

}  // namespace

resource_contents resource_contents::of_text(std::string uri,
                                             std::string text,
                                             std::string mime_type) {
  resource_contents c;
  c.uri = std::move(uri);
  c.text = std::move(text);
  c.mime_type = std::move(mime_type);
  return c;
}

resource_contents resource_contents::of_bytes(std::string uri,
                                              std::string_view bytes,
                                              std::string mime_type) {
  resource_contents c;
  c.uri = std::move(uri);
  c.blob = to_base64(bytes);
  c.binary = true;
  c.mime_type = std::move(mime_type);
  return c;
}

json::object encode(const content_block& block, const rules& r) {
  json::object o = std::visit([&](const auto& kind) { return encode_kind(kind, r); }, block.value);
  if (!block.annotations.empty()) o["annotations"] = encode(block.annotations, r);
  put_meta(o, block.meta, r);
  return o;
}

json::array encode(const std::vector<content_block>& blocks, const rules& r) {
  json::array all;
  all.reserve(blocks.size());
  for (const content_block& block : blocks)
    all.push_back(encode(block, r));
  return all;
}

json::object encode(const annotations& value, const rules& r) {
  json::object o;
  if (!value.audience.empty())
    o["audience"] = json::array(value.audience.begin(), value.audience.end());
  if (value.priority) o["priority"] = *value.priority;
  if (r.title) put_text(o, "lastModified", value.last_modified);
  return o;
}

json::object encode(const resource_contents& value, const rules& r) {
  json::object o;
  o["uri"] = value.uri;
  put_text(o, "mimeType", value.mime_type);
  if (value.binary)
    o["blob"] = value.blob;
  else
    o["text"] = value.text;
  put_meta(o, value.meta, r);
  return o;
}

json::object encode(const resource& value, const rules& r) {
  json::object o;
  o["uri"] = value.uri;
  o["name"] = value.name;
  if (r.title) put_text(o, "title", value.title);
  put_text(o, "description", value.description);
  put_text(o, "mimeType", value.mime_type);
  if (!value.annotations.empty()) o["annotations"] = encode(value.annotations, r);
  if (value.size) o["size"] = *value.size;
  put_icons(o, value.icons, r);
  put_meta(o, value.meta, r);
  return o;
}

std::string to_base64(std::string_view bytes) {
  static constexpr char alphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const auto at = [&](std::size_t k) -> unsigned {
      return k < left ? static_cast<unsigned char>(bytes[i + k]) : 0U;
    };
    const unsigned group = at(0) << 16U | at(1) << 8U | at(2);
    out += alphabet[group >> 18U & 63U];
    out += alphabet[group >> 12U & 63U];
    out += left > 1 ? alphabet[group >> 6U & 63U] : '=';
    out += left > 2 ? alphabet[group & 63U] : '=';
  }
  return out;
}

}  // namespace comcp::protocol
