#ifndef COMCP_PROTOCOL_TOOLS_HPP
#define COMCP_PROTOCOL_TOOLS_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/content.hpp"
#include "comcp/protocol/version.hpp"

namespace comcp::protocol {

/** Hints on what a tool does. Absent members mean the specification's default, given behind each. */
class tool_annotations {
 public:
  tool_annotations() = default;

  std::string title;
  std::optional<bool> read_only;    ///< false
  std::optional<bool> destructive;  ///< true; counts only when not read-only
  std::optional<bool> idempotent;   ///< false; counts only when not read-only
  std::optional<bool> open_world;   ///< true

  bool empty() const noexcept {
    return title.empty() && !read_only && !destructive && !idempotent && !open_world;
  }
};

/// Whether a tool may be run as a task. spec: 2025-11-25, basic/utilities/tasks
enum class task_support : std::uint8_t { forbidden, optional, required };

/** What `tools/list` says of a tool. Schemas are carried verbatim, but for output schemas that don't
    describe objects, where a revision wants an object: see wraps_result. */
class tool {
 public:
  tool() = default;

  std::string name;
  std::string title;
  std::string description;
  json::object input_schema;                 ///< `type` at its root is "object" (S-TOOL-07)
  std::optional<json::value> output_schema;  ///< any schema; sent where the revision takes it
  tool_annotations annotations;
  protocol::task_support task_support = protocol::task_support::forbidden;
  std::vector<icon> icons;
  json::object meta;
};

/** The result of `tools/call`. A structured value alone gets its JSON as text when it is sent. What isn't
    an object travels inside of one where the revision has no other structured content: see wraps_result. */
class call_tool_result {
 public:
  call_tool_result() = default;
  /// One block of text.
  static call_tool_result text(std::string t);
  /// A failure that the model should see: `isError`.
  static call_tool_result error(std::string why);
  /// A structured value, with its JSON as text beside it (S-TOOL-05).
  static call_tool_result structured(json::value v);

  std::vector<content_block> content;
  std::optional<json::value> structured_content;
  bool is_error = false;
  json::object meta;
};

/** Params of `tools/call`. */
class call_tool_params {
 public:
  call_tool_params() = default;
  call_tool_params(std::string n, json::object a, json::object o)
      : name(std::move(n)), arguments(std::move(a)), others(std::move(o)) {}
  std::string name;
  json::object arguments;
  json::object others;  ///< all other members, verbatim
};

json::object encode(const tool_annotations& value);
json::object encode(const tool& value, const rules& r);
/** Whether structured results of a tool with this output schema are sent as `{"result": ...}`, and the
    schema to match: where structured content has to be an object (2025-06-18, 2025-11-25), and the root of
    the schema doesn't say `"type": "object"`. */
bool wraps_result(const json::value& output_schema, const rules& r);
/// The result of this tool.
json::object encode(const call_tool_result& value, const tool& from, const rules& r);
/// The result of a tool without output schema: the value itself says whether it is an object.
json::object encode(const call_tool_result& value, const rules& r);
std::variant<call_tool_params, jsonrpc::error_object> decode_call_tool(json::value params);

}  // namespace comcp::protocol

#endif
