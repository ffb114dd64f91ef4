#include "comcp/server/detail/text_arguments.hpp"

#include "comcp/server/errors.hpp"

namespace comcp::detail {
namespace {

bool has_type(const json::object& schema, std::string_view type) {
  const json::value* t = schema.if_contains("type");
  if (!t) return false;
  if (t->is_string()) return t->get_string() == type;
  if (const json::array* several = t->if_array())
    for (const json::value& one : *several)
      if (one.is_string() && one.get_string() == type) return true;
  return false;
}

json::value typed(const std::string& text, const json::object* schema) {
  if (!schema || has_type(*schema, "string")) return json::value(json::string(text));
  if (has_type(*schema, "integer") || has_type(*schema, "number") || has_type(*schema, "boolean")) {
    boost::system::error_code failed;
    json::value parsed = json::parse(text, failed);
    if (!failed && (parsed.is_number() || parsed.is_bool())) return parsed;
  }
  return json::value(json::string(text));  // conversion will say what is wrong with it
}

const json::object* object_at(const json::object& o, std::string_view key) {
  const json::value* v = o.if_contains(key);
  return v ? v->if_object() : nullptr;
}

std::string text_at(const json::object& o, std::string_view key) {
  const json::value* v = o.if_contains(key);
  return v && v->is_string() ? std::string(v->get_string()) : std::string();
}

}  // namespace

json::value typed_by_schema(const text_map& texts, const json::object& schema) {
  const json::object* properties = object_at(schema, "properties");
  json::object out;
  for (const auto& [name, text] : texts)
    out[name] = typed(text, properties ? object_at(*properties, name) : nullptr);
  return json::value(std::move(out));
}

std::vector<protocol::prompt_argument> arguments_of_schema(const json::object& schema) {
  std::vector<protocol::prompt_argument> out;
  const json::object* properties = object_at(schema, "properties");
  if (!properties) return out;
  const json::value* required = schema.if_contains("required");
  for (const auto& [name, property] : *properties) {
    protocol::prompt_argument argument{std::string(name)};
    if (const json::object* o = property.if_object()) {
      argument.title = text_at(*o, "title");
      argument.description = text_at(*o, "description");
    }
    if (required && required->is_array())
      for (const json::value& r : required->get_array())
        if (r.is_string() && r.get_string() == name) argument.required = true;
    out.push_back(std::move(argument));
  }
  return out;
}

void throw_bad_text(const json::convert_error& why) {
  throw invalid_params_error(std::string("arguments") + why.path() + ": " + why.message());
}

}  // namespace comcp::detail
