#include "comcp/server/tool.hpp"

#include "comcp/jsonrpc/codec.hpp"

namespace comcp::detail {

tool_definition define_tool(std::string name,
                            std::string description,
                            tool_options options,
                            std::optional<json::object> derived_input,
                            std::optional<json::value> derived_output,
                            tool_function call) {
  tool_definition made;
  made.info.name = std::move(name);
  made.info.title = options.title();
  made.info.description = std::move(description);
  made.info.input_schema =
      options.input_schema() ? *options.input_schema() : std::move(derived_input).value();
  made.info.output_schema =
      options.output_schema() ? options.output_schema() : std::move(derived_output);
  made.info.annotations = options.hints();
  made.info.icons = options.icons();
  made.info.meta = options.meta();
  made.call = std::move(call);
  made.keeps_arguments = false;  // see detail::decode_arguments
  made.info.task_support = options.task_support();
  made.start = options.task_start();
  made.parked = options.is_parked();
  made.time_limit = options.time_limit();
  return made;
}

// spec: server/tools, recommended for tools without parameters
json::object schema_without_members() {
  json::object schema;
  schema["type"] = "object";
  schema["additionalProperties"] = false;
  return schema;
}

json::object schema_of_anything() {
  json::object schema;
  schema["type"] = "object";
  return schema;
}

void throw_bad_argument(const json::convert_error& why) {
  throw tool_error("Invalid arguments:\n" + (why.path().empty() ? "/" : why.path()) + ": " +
                   why.message());
}

call_tool_result scalar_result(const json::value& v) {
  call_tool_result r =
      call_tool_result::text(v.is_string() ? std::string(v.get_string()) : jsonrpc::to_text(v));
  r.structured_content = v;
  return r;
}

}  // namespace comcp::detail
