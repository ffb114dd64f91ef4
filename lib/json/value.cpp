#include "comcp/json/value.hpp"

#include "number.hpp"

namespace comcp::json {

std::string_view describe_kind(const value& v) noexcept {
  switch (v.kind()) {
    case kind::null:
      return "null";
    case kind::bool_:
      return "a boolean";
    case kind::int64:
    case kind::uint64:
      return "an integer";
    case kind::double_:
      return "a number";
    case kind::string:
      return "a string";
    case kind::array:
      return "an array";
    case kind::object:
      return "an object";
  }
  return "a value";
}

bool equal(const value& left, const value& right) {
  if (detail::is_number(left)) {
    return detail::is_number(right) && detail::compare_numbers(left, right) == 0;
  }
  if (left.kind() != right.kind()) return false;
  if (const array* elements = left.if_array()) {
    const array& others = right.get_array();
    if (elements->size() != others.size()) return false;
    for (std::size_t i = 0; i < others.size(); ++i) {
      if (!equal((*elements)[i], others[i])) return false;
    }
    return true;
  }
  if (const object* members = left.if_object()) {
    const object& others = right.get_object();
    if (members->size() != others.size()) return false;
    for (const auto& member : *members) {
      const value* other = others.if_contains(member.key());
      if (!other || !equal(member.value(), *other)) return false;
    }
    return true;
  }
  return left == right;
}

void append_pointer_token(std::string& pointer, std::string_view token) {
  pointer += '/';
  for (const char c : token) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

}  // namespace comcp::json
