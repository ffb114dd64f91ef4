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
