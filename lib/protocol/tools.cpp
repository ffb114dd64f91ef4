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

/// Of a schema whose members are schemas by names.
bool holds_named_schemas(std::string_view keyword) noexcept {
  return keyword == "properties" || keyword == "patternProperties" || keyword == "$defs" ||
         keyword == "definitions" || keyword == "dependentSchemas";
}
/// ... whose value is data, whatever it looks like.
bool holds_data(std::string_view keyword) noexcept {
  return keyword == "const" || keyword == "enum" || keyword == "default" || keyword == "examples";
}

/// Makes the references of a schema lead where they led, when its root moves below `to`. References by name
/// ($anchor), to other documents, and within a schema that has its own $id lead there anyway.
void move_references(json::value& part, std::string_view to, bool named_schemas = false) {
  if (json::array* a = part.if_array()) {
    for (json::value& each : *a)
      move_references(each, to);
    return;
  }
  json::object* o = part.if_object();
  if (!o || (!named_schemas && o->contains("$id"))) return;
  for (auto& member : *o) {
    const std::string_view keyword = member.key();
    json::value& v = member.value();
    if (!named_schemas && keyword == "$ref" && v.is_string()) {
      const std::string_view target(v.get_string().data(), v.get_string().size());
      if (target == "#" || target.starts_with("#/"))
        v = "#" + std::string(to) + std::string(target.substr(1));
    } else if (named_schemas || !holds_data(keyword)) {
      move_references(v, to, !named_schemas && holds_named_schemas(keyword));
    }
  }
}

constexpr std::string_view wrapped_member = "result";

json::object wrapped_schema(json::value schema) {
  json::object o;
  if (json::object* inner = schema.if_object())
    if (json::value* dialect = inner->if_contains("$schema"); dialect && !inner->contains("$id")) {
      o["$schema"] = std::move(*dialect);
      inner->erase("$schema");
    }
  move_references(schema, "/properties/result");
  o["type"] = "object";
  json::object properties;
  properties[wrapped_member] = std::move(schema);
  o["properties"] = std::move(properties);
  o["required"] = json::array{json::value(wrapped_member)};
  return o;
}

json::object encode_result(const call_tool_result& value, bool wrapped, const rules& r) {
  json::object o;
  json::array content = encode(value.content, r);
  // Who can't read structured content reads its text (S-TOOL-05).
  if (content.empty() && value.structured_content)
    content.push_back(encode(content_block(jsonrpc::to_text(*value.structured_content)), r));
  o["content"] = std::move(content);
  if (value.structured_content && r.structured_content) {
    if (wrapped || !(r.structured_any || value.structured_content->is_object()))
      o["structuredContent"].emplace_object()[wrapped_member] = *value.structured_content;
    else
      o["structuredContent"] = *value.structured_content;
  }
  if (value.is_error) o["isError"] = true;
  if (!value.meta.empty()) o["_meta"] = value.meta;
  return o;
}

}  // namespace

bool wraps_result(const json::value& output_schema, const rules& r) {
  const json::object* o = output_schema.if_object();
  return r.structured_content && !r.structured_any && !(o && get_text(*o, "type") == "object");
}

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
    if (wraps_result(*value.output_schema, r))
      o["outputSchema"] = schema_for(wrapped_schema(*value.output_schema), r);
    else if (schema)
      o["outputSchema"] = schema_for(*schema, r);
    else
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

json::object encode(const call_tool_result& value, const tool& from, const rules& r) {
  return encode_result(value, from.output_schema && wraps_result(*from.output_schema, r), r);
}

json::object encode(const call_tool_result& value, const rules& r) {
  return encode_result(value, false, r);
}

std::variant<call_tool_params, jsonrpc::error_object> decode_call_tool(json::value params) {
  json::object* o = params.if_object();
  if (!o) return invalid_params("tools/call needs an object");
  const json::value* name = o->if_contains("name");
  if (!name || !name->is_string())
    return invalid_params("/name must be a string: the tool to call");
  std::string tool(name->get_string().data(), name->get_string().size());
  json::value* arguments = o->if_contains("arguments");
  if (arguments && !arguments->is_object()) return invalid_params("/arguments must be an object");
  // Constructed, not assigned: they stay in the storage that they are in.
  json::object given(arguments ? std::move(arguments->get_object()) : json::object());
  return call_tool_params(std::move(tool), std::move(given), std::move(*o));
}

}  // namespace comcp::protocol
