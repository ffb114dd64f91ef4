#include "comcp/protocol/prompts.hpp"

#include "comcp/protocol/errors.hpp"
#include "protocol/content_fields.hpp"
#include "protocol/fields.hpp"

namespace comcp::protocol {

json::object encode(const prompt& value, const rules& r) {
  json::object o;
  o["name"] = value.name;
  if (r.title) put_text(o, "title", value.title);
  put_text(o, "description", value.description);
  if (!value.arguments.empty()) {
    json::array arguments;
    for (const prompt_argument& a : value.arguments) {
      json::object argument;
      argument["name"] = a.name;
      if (r.title) put_text(argument, "title", a.title);
      put_text(argument, "description", a.description);
      if (a.required) argument["required"] = true;
      arguments.push_back(std::move(argument));
    }
    o["arguments"] = std::move(arguments);
  }
  put_icons(o, value.icons, r);
  put_meta(o, value.meta, r);
  return o;
}

json::object encode(const get_prompt_result& value, const rules& r) {
  json::object o;
  put_text(o, "description", value.description);
  json::array messages;
  for (const prompt_message& m : value.messages) {
    json::object message;
    message["role"] = role_name(m.role);
    message["content"] = encode(m.content, r);
    messages.push_back(std::move(message));
  }
  o["messages"] = std::move(messages);
  if (!value.meta.empty()) o["_meta"] = value.meta;
  return o;
}

std::variant<get_prompt_params, jsonrpc::error_object> decode_get_prompt(
    const json::value& params) {
  const json::object* o = params.if_object();
  if (!o) return invalid_params("prompts/get needs an object");
  const json::value* name = o->if_contains("name");
  if (!name || !name->is_string())
    return invalid_params("/name must be a string: the prompt to get");
  get_prompt_params result;
  result.name = get_text(*o, "name");
  if (const json::value* arguments = o->if_contains("arguments")) {
    if (!arguments->is_object()) return invalid_params("/arguments must be an object");
    for (const auto& [key, value] : arguments->get_object()) {
      if (!value.is_string()) {
        std::string path = "/arguments";
        json::append_pointer_token(path, key);
        return invalid_params(path + " must be a string");
      }
      result.arguments.emplace(key, std::string(value.get_string()));
    }
  }
  return result;
}

}  // namespace comcp::protocol
