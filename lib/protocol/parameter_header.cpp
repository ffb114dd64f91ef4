#include "comcp/protocol/parameter_header.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace comcp::protocol {
namespace {

constexpr std::string_view annotation = "x-mcp-header";

// Where a schema holds schemas, `properties` aside: nothing behind them is a plain argument.
constexpr std::array single = {"items",
                               "additionalItems",
                               "additionalProperties",
                               "unevaluatedItems",
                               "unevaluatedProperties",
                               "contains",
                               "propertyNames",
                               "contentSchema",
                               "not",
                               "if",
                               "then",
                               "else"};
constexpr std::array lists = {"allOf", "anyOf", "oneOf", "prefixItems", "items"};
constexpr std::array maps = {"$defs", "definitions", "patternProperties", "dependentSchemas",
                             "dependencies"};

constexpr std::size_t max_depth = 64;

std::string_view view(const json::string& s) noexcept {
  return {s.data(), s.size()};
}

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool same_header(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower, lower);
}

// RFC 9110: 1*tchar
bool is_token(std::string_view text) noexcept {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
           marks.find(c) != std::string_view::npos;
  });
}

class scanner {
 public:
  parameter_headers found;
  std::string error;

  /// `plain`: reached from the root through `properties` alone.
  void scan(const json::object& schema, bool plain, std::size_t depth) {
    if (!error.empty()) return;
    if (depth > max_depth) {
      error = "the input schema is nested too deeply";
      return;
    }
    if (const json::value* name = schema.if_contains(annotation)) take(schema, *name, plain);
    if (const json::object* members = member_object(schema, "properties")) {
      for (const auto& [key, value] : *members) {
        path_.emplace_back(key);
        scan_value(value, plain, depth + 1);
        path_.pop_back();
      }
    }
    for (const char* keyword : single)
      if (const json::value* s = schema.if_contains(keyword)) scan_value(*s, false, depth + 1);
    for (const char* keyword : lists)
      if (const json::value* s = schema.if_contains(keyword); s && s->is_array())
        for (const json::value& element : s->get_array())
          scan_value(element, false, depth + 1);
    for (const char* keyword : maps)
      if (const json::object* members = member_object(schema, keyword))
        for (const auto& member : *members)
          scan_value(member.value(), false, depth + 1);
  }

 private:
  static const json::object* member_object(const json::object& schema, const char* key) noexcept {
    const json::value* v = schema.if_contains(key);
    return v ? v->if_object() : nullptr;
  }

  void scan_value(const json::value& v, bool plain, std::size_t depth) {
    if (const json::object* schema = v.if_object()) scan(*schema, plain, depth);
  }

  void take(const json::object& schema, const json::value& value, bool plain) {
    const json::string* name = value.if_string();
    if (!name || !is_token(view(*name))) {
      error = "x-mcp-header must be the name of a header: letters, digits and -_.!#$%&'*+^`|~";
    } else if (!plain || path_.empty()) {
      error = "x-mcp-header \"" + std::string(view(*name)) +
              "\" must stand on a property reached from the root through `properties` alone";
    } else if (const json::value* type = schema.if_contains("type");
               !type || (*type != "string" && *type != "integer" && *type != "boolean")) {
      error = "x-mcp-header \"" + std::string(view(*name)) +
              "\" needs a property whose type is exactly string, integer or boolean";
    } else if (std::ranges::any_of(
                   found, [&](const auto& h) { return same_header(h.name, view(*name)); })) {
      error = "x-mcp-header \"" + std::string(view(*name)) + "\" is used twice";
    } else {
      parameter_header h;
      h.path = path_;
      h.name = view(*name);
      found.push_back(std::move(h));
    }
  }

  std::vector<std::string> path_;
};

}  // namespace

std::variant<parameter_headers, std::string> find_parameter_headers(
    const json::object& input_schema) {
  scanner s;
  s.scan(input_schema, true, 0);
  if (!s.error.empty()) return std::move(s.error);
  return std::move(s.found);
}

const json::value* find_argument(const json::value& arguments,
                                 const std::vector<std::string>& path) noexcept {
  const json::value* at = &arguments;
  for (const std::string& key : path) {
    const json::object* object = at->if_object();
    at = object ? object->if_contains(key) : nullptr;
    if (!at) return nullptr;
  }
  return at->is_null() ? nullptr : at;
}

}  // namespace comcp::protocol
