#include "comcp/protocol/elicitation.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "protocol/fields.hpp"
#include "protocol/reader.hpp"

namespace comcp::protocol {
namespace {

constexpr std::array<std::string_view, 3> outcomes = {"accept", "decline", "cancel"};

/// `oneOf` with const and title, in the words of before 2025-11-25: `enum` and `enumNames`.
void use_enum_names(json::object& field) {
  const json::value* choices = field.if_contains("oneOf");
  if (!choices || !choices->is_array()) return;
  json::array values;
  json::array names;
  for (const json::value& choice : choices->get_array()) {
    const json::object* o = choice.if_object();
    if (!o) return;
    values.emplace_back(get_text(*o, "const"));
    names.emplace_back(get_text(*o, "title"));
  }
  field.erase("oneOf");
  field["enum"] = std::move(values);
  field["enumNames"] = std::move(names);
}

bool is_exact_in_javascript(const json::value& bound) {
  constexpr std::int64_t limit = std::int64_t{1} << 53;
  if (bound.is_uint64()) return bound.get_uint64() < static_cast<std::uint64_t>(limit);
  return !bound.is_int64() || (bound.get_int64() < limit && bound.get_int64() > -limit);
}

/// A member of a schema as a field of a form: choices of an array are titled by `anyOf` alone.
void use_form_words(json::object& field) {
  for (const std::string_view bound : {"minimum", "maximum"})
    if (const json::value* v = field.if_contains(bound); v && !is_exact_in_javascript(*v))
      field.erase(bound);
  json::value* items = field.if_contains("items");
  json::object* choices = items ? items->if_object() : nullptr;
  if (json::value* titled = choices ? choices->if_contains("oneOf") : nullptr) {
    json::object any_of;
    any_of["anyOf"] = std::move(*titled);
    *items = std::move(any_of);
  }
}

json::object first_forms(json::object schema) {
  schema.erase("$schema");
  json::value* properties = schema.if_contains("properties");
  if (!properties || !properties->is_object()) return schema;
  for (auto& member : properties->get_object()) {
    json::object* field = member.value().if_object();
    if (!field) continue;
    use_enum_names(*field);
    if (get_text(*field, "type") != "boolean") field->erase("default");
  }
  return schema;
}

bool are_texts(const json::value* v) {
  return v && v->is_array() &&
         std::ranges::all_of(v->get_array(), [](const json::value& e) { return e.is_string(); });
}

bool are_titled(const json::value* v) {
  return v && v->is_array() && std::ranges::all_of(v->get_array(), [](const json::value& e) {
           const json::object* o = e.if_object();
           return o && o->contains("const") && o->at("const").is_string() && o->contains("title");
         });
}

std::optional<std::string> check_field(const json::object& field) {
  const std::string type = get_text(field, "type");
  for (const std::string_view nested : {"$ref", "properties", "allOf", "not", "if"})
    if (field.contains(nested)) return "must not have '" + std::string(nested) + "'";
  if (type == "number" || type == "integer" || type == "boolean") return std::nullopt;
  if (type == "string") {
    if (field.contains("enum") && !are_texts(field.if_contains("enum")))
      return "must have strings in 'enum'";
    if (field.contains("oneOf") && !are_titled(field.if_contains("oneOf")))
      return "must have objects with 'const' and 'title' in 'oneOf'";
    return std::nullopt;
  }
  if (type == "array") {
    const json::object* items = get_object(field, "items");
    if (items && (are_texts(items->if_contains("enum")) || are_titled(items->if_contains("anyOf"))))
      return std::nullopt;
    return "must have items that are choices: strings in 'enum', or 'const' and 'title' in 'anyOf'";
  }
  return "must have the type string, number, integer, boolean, or array of choices";
}

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr bool is_separator(char c) noexcept {
  return c == '_' || c == '-' || c == '.' || c == ' ';
}

/// What a user would type that nobody else may know. A choice or a yes or no gives nothing away.
bool asks_for_secret(std::string_view name, const json::object& field) {
  const std::string type = get_text(field, "type");
  const bool typed = type == "string" || type == "number" || type == "integer";
  if (!typed || field.contains("enum") || field.contains("oneOf")) return false;
  const json::value* write_only = field.if_contains("writeOnly");
  return names_secret(name) || get_text(field, "format") == "password" ||
         (write_only && *write_only == true);
}

}  // namespace

// Compared without case, blanks and punctuation.
bool names_secret(std::string_view name) noexcept {
  constexpr std::string_view secrets[] = {
      "password",   "passwd",       "passphrase",  "passcode",   "secret",
      "apikey",     "accesskey",    "secretkey",   "privatekey", "accesstoken",
      "authtoken",  "refreshtoken", "bearertoken", "credential", "credentials",
      "creditcard", "cardnumber",   "cvv",         "cvc",        "securitycode"};
  const auto ends_in = [name](std::string_view word) {
    auto at = name.rbegin();
    for (auto c = word.rbegin(); c != word.rend(); ++at) {
      while (at != name.rend() && is_separator(*at))
        ++at;
      if (at == name.rend() || lower(*at) != *c) return false;
      ++c;
    }
    return true;
  };
  return std::ranges::any_of(secrets, ends_in);
}

json::object encode(const elicit_form& value, const rules& r) {
  json::object o;
  if (r.elicitation_modes) o["mode"] = "form";
  o["message"] = value.message;
  o["requestedSchema"] =
      r.elicitation_modes ? value.requested_schema : first_forms(value.requested_schema);
  return o;
}

json::object encode(const elicit_url& value, const rules& r) {
  json::object o;
  o["mode"] = "url";
  o["message"] = value.message;
  o["url"] = value.url;
  if (r.elicitation_ids) o["elicitationId"] = value.elicitation_id;
  return o;
}

json::object encode(const elicit_result& value) {
  json::object o;
  o["action"] = outcomes[static_cast<std::size_t>(value.action)];
  if (value.action == elicit_result::outcome::accept && !value.content.empty())
    o["content"] = value.content;
  return o;
}

std::variant<elicit_result, jsonrpc::error_object> decode_elicit_result(const json::value& result) {
  return reading([&] {
    const reader in(result, "");
    elicit_result answer;
    const auto found = std::ranges::find(outcomes, in.optional_text("action"));
    if (found == outcomes.end()) in.complain("action", "accept, decline or cancel");
    answer.action = static_cast<elicit_result::outcome>(found - outcomes.begin());
    if (answer.action == elicit_result::outcome::accept) answer.content = in.object("content");
    return answer;
  });
}

json::object form_schema(json::object schema) {
  json::object form;
  for (const std::string_view member : {"$schema", "type", "properties", "required"})
    if (json::value* v = schema.if_contains(member)) form[member] = std::move(*v);
  json::value* properties = form.if_contains("properties");
  if (!properties) properties = &(form["properties"] = json::object());
  if (!properties->is_object()) return form;
  for (auto& member : properties->get_object())
    if (json::object* field = member.value().if_object()) use_form_words(*field);
  return form;
}

std::optional<std::string> check_requested_schema(const json::object& schema) {
  if (get_text(schema, "type") != "object") return "/type must be \"object\"";
  const json::object* properties = get_object(schema, "properties");
  if (!properties) return "/properties must be an object";
  for (const auto& member : *properties) {
    const json::object* field = member.value().if_object();
    std::string path = "/properties";
    json::append_pointer_token(path, member.key());
    if (!field) return path + " must be an object";
    if (auto why = check_field(*field)) return path + " " + *why;
    if (asks_for_secret(std::string_view(member.key()), *field))
      return path + " asks for a secret: let the user enter it on a page (elicit_url)";
  }
  return std::nullopt;
}

jsonrpc::error_object url_elicitation_required(const std::vector<elicit_url>& pages,
                                               const rules& r) {
  json::array all;
  for (const elicit_url& page : pages)
    all.push_back(encode(page, r));
  json::object data;
  data["elicitations"] = std::move(all);
  return {jsonrpc::error_code::url_elicitation_required, "The user has to visit a page first",
          json::value(std::move(data))};
}

}  // namespace comcp::protocol
