#include "comcp/protocol/tools.hpp"

#include "comcp/jsonrpc/codec.hpp"
#include "comcp/protocol/errors.hpp"
#include "protocol/fields.hpp"

namespace comcp::protocol {

namespace {

/// Schemas go out as they are, except that a property's `true` and `false` become objects that mean the
/// same where the revision wants objects: strict clients refuse the whole list otherwise.
json::object schema_for(const json::object& schema, const rules& r) {
  json::object o = schema;
  json::value* properties = r.boolean_schemas ? nullptr : o.if_contains("properties");
  if (!properties || !properties->is_object()) return o;
  for (auto& member : properties->get_object()) {
    if (!member.value().is_bool()) continue;
    const bool anything = member.value().get_bool();
    json::object& same = member.value().emplace_object();
    if (!anything) same["not"].emplace_object();
  }
  return o;
}

}  // namespace

call_tool_result call_tool_result::text(std::string t) {
  call_tool_result result;
  result.content.emplace_back(std::move(t));
  return result;
}

call_tool_result call_tool_result::error(std::string why) {
  call_tool_result result = text(std::move(why));
  result.is_error = true;
  return result;
}

call_tool_result call_tool_result::structured(json::value v) {
  call_tool_result result = text(jsonrpc::to_text(v));
  result.structured_content = std::move(v);
  return result;
}

json::object encode(const tool_annotations& value) {
  json::object o;
  put_text(o, "title", value.title);
  put_flag(o, "readOnlyHint", value.read_only);
  put_flag(o, "destructiveHint", value.destructive);
  put_flag(o, "idempotentHint", value.idempotent);
  put_flag(o, "openWorldHint", value.open_world);
  return o;
}

json::object encode(const tool& value, const rules& r) {
  json::object o;
  o["name"] = value.name;
  if (r.title) put_text(o, "title", value.title);
  put_text(o, "description", value.description);
  o["inputSchema"] = schema_for(value.input_schema, r);
  if (r.structured_content && value.output_schema) {
    const json::object* schema = value.output_schema->if_object();
    if (schema && (r.structured_any || get_text(*schema, "type") == "object"))
      o["outputSchema"] = schema_for(*schema, r);
    else if (r.structured_any)
      o["outputSchema"] = *value.output_schema;
  }
  if (r.tool_annotations && !value.annotations.empty())
    o["annotations"] = encode(value.annotations);
  if (r.tasks_in_core && value.task_support != task_support::forbidden) {
    json::object execution;
    execution["taskSupport"] =
        value.task_support == task_support::required ? "required" : "optional";
    o["execution"] = std::move(execution);
  }
  put_icons(o, value.icons, r);
  put_meta(o, value.meta, r);
  return o;
}

json::object encode(const call_tool_result& value, const rules& r) {
  json::object o;
  json::array content = encode(value.content, r);
  // Who can't read structured content reads its text (S-TOOL-05).
  if (content.empty() && value.structured_content)
    content.push_back(encode(content_block(jsonrpc::to_text(*value.structured_content)), r));
  o["content"] = std::move(content);
  if (value.structured_content && r.structured_content &&
      (r.structured_any || value.structured_content->is_object()))
    o["structuredContent"] = *value.structured_content;
  if (value.is_error) o["isError"] = true;
  if (!value.meta.empty()) o["_meta"] = value.meta;
  return o;
}

std::variant<call_tool_params, jsonrpc::error_object> decode_call_tool(json::value params) {
  json::object* o = params.if_object();
  if (!o) return invalid_params("tools/call needs an object");
  const json::value* name = o->if_contains("name");
  if (!name || !name->is_string())
    return invalid_params("/name must be a string: the tool to call");
  call_tool_params result;
  result.name.assign(name->get_string().data(), name->get_string().size());
  if (json::value* arguments = o->if_contains("arguments")) {
    if (!arguments->is_object()) return invalid_params("/arguments must be an object");
    result.arguments = std::move(arguments->get_object());
    o->erase("arguments");
  }
  o->erase("name");
  result.others = std::move(*o);
  return result;
}

}  // namespace comcp::protocol
