#include "comcp/protocol/completion.hpp"

#include <algorithm>

#include "comcp/protocol/errors.hpp"
#include "protocol/fields.hpp"

namespace comcp::protocol {

json::object encode(const completion& value) {
  constexpr std::size_t most = 100;
  const std::size_t count = std::min(value.values.size(), most);
  json::object inner;
  json::array values;
  for (std::size_t i = 0; i < count; ++i)
    values.emplace_back(value.values[i]);
  inner["values"] = std::move(values);
  if (value.total)
    inner["total"] = *value.total;
  else if (count < value.values.size())
    inner["total"] = value.values.size();
  if (value.has_more || count < value.values.size()) inner["hasMore"] = true;
  json::object o;
  o["completion"] = std::move(inner);
  return o;
}

std::variant<complete_params, jsonrpc::error_object> decode_complete(const json::value& params) {
  const json::object* o = params.if_object();
  if (!o) return invalid_params("completion/complete needs an object");
  const json::object* ref = get_object(*o, "ref");
  if (!ref) return invalid_params("/ref must be an object");
  complete_params result;
  const std::string type = get_text(*ref, "type");
  std::string_view identity;
  if (type == "ref/prompt") {
    identity = "name";
  } else if (type == "ref/resource") {
    result.what = complete_params::target::resource_template;
    identity = "uri";
  } else {
    return invalid_params(R"(/ref/type must be "ref/prompt" or "ref/resource")");
  }
  result.name = get_text(*ref, identity);
  if (result.name.empty())
    return invalid_params("/ref/" + std::string(identity) + " must be a string");

  const json::object* argument = get_object(*o, "argument");
  const json::value* value = argument ? argument->if_contains("value") : nullptr;
  if (argument) result.argument = get_text(*argument, "name");
  if (result.argument.empty()) return invalid_params("/argument/name must be a string");
  if (!value || !value->is_string()) return invalid_params("/argument/value must be a string");
  result.value = get_text(*argument, "value");

  if (const json::object* context = get_object(*o, "context"))
    if (const json::object* chosen = get_object(*context, "arguments"))
      for (const auto& [key, text] : *chosen)
        if (text.is_string()) result.context.emplace(key, std::string(text.get_string()));
  return result;
}

}  // namespace comcp::protocol
