#include "protocol/fields.hpp"

namespace comcp::protocol {

std::string get_text(const json::object& from, std::string_view member) {
  const json::value* v = from.if_contains(member);
  if (!v || !v->is_string()) return {};
  return {v->get_string().data(), v->get_string().size()};
}

const json::object* get_object(const json::object& from, std::string_view member) noexcept {
  const json::value* v = from.if_contains(member);
  return v ? v->if_object() : nullptr;
}

bool get_flag(const json::object& from, std::string_view member) noexcept {
  const json::value* v = from.if_contains(member);
  return v && v->is_bool() && v->get_bool();
}

std::vector<icon> decode_icons(const json::value* icons) {
  std::vector<icon> all;
  if (!icons || !icons->is_array()) return all;
  for (const json::value& element : icons->get_array()) {
    const json::object* members = element.if_object();
    if (!members) continue;
    icon i;
    i.src = get_text(*members, "src");
    i.mime_type = get_text(*members, "mimeType");
    i.theme = get_text(*members, "theme");
    if (const json::value* sizes = members->if_contains("sizes"); sizes && sizes->is_array())
      for (const json::value& size : sizes->get_array())
        if (size.is_string()) i.sizes.emplace_back(size.get_string());
    all.push_back(std::move(i));
  }
  return all;
}

void put_text(json::object& to, std::string_view member, const std::string& value) {
  if (!value.empty()) to[member] = value;
}

void put_flag(json::object& to, std::string_view member, const std::optional<bool>& value) {
  if (value) to[member] = *value;
}

void put_icons(json::object& to, const std::vector<icon>& icons, const rules& r) {
  if (!r.icons || icons.empty()) return;
  json::array all;
  for (const icon& i : icons)
    all.push_back(encode(i));
  to["icons"] = std::move(all);
}

void put_meta(json::object& to, const json::object& meta, const rules& r) {
  if (r.title && !meta.empty()) to["_meta"] = meta;
}

}  // namespace comcp::protocol
