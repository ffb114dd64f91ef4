#ifndef COMCP_LIB_TASKS_TASK_WIRE_HPP
#define COMCP_LIB_TASKS_TASK_WIRE_HPP

// Tasks as the two designs of the protocol write them. No I/O.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/version.hpp"
#include "comcp/tasks/task_store.hpp"

namespace comcp::detail {

inline constexpr std::string_view tasks_extension = "io.modelcontextprotocol/tasks";
inline constexpr std::string_view related_task = "io.modelcontextprotocol/related-task";

namespace task_method {
inline constexpr std::string_view get = "tasks/get";
inline constexpr std::string_view result = "tasks/result";
inline constexpr std::string_view list = "tasks/list";
inline constexpr std::string_view cancel = "tasks/cancel";
inline constexpr std::string_view update = "tasks/update";
inline constexpr std::string_view legacy_status = "notifications/tasks/status";
inline constexpr std::string_view status = "notifications/tasks";
}  // namespace task_method

/// RFC 3339, UTC, with milliseconds.
std::string timestamp(task_record::time t);

/// What the specification calls Task.
json::object encode_task(const task_record& task, const protocol::rules& r);
/// DetailedTask of the extension: with the open questions, the result or the error.
json::object encode_detailed(const task_record& task, const protocol::rules& r);
/// The answer to the call that became a task.
json::object encode_created(const task_record& task, const protocol::rules& r);

/// Adds which task a message belongs to (2025-11-25).
void relate(json::value& params, std::string_view task);
void relate(json::object& params, std::string_view task);

/// `params.taskId`. Throws request_error -32602.
std::string read_task_id(const json::object& params);
/// `params.task.ttl` of a legacy call. Throws request_error -32602. Nothing: the client doesn't say.
std::optional<std::chrono::milliseconds> read_ttl(const json::object& params);

}  // namespace comcp::detail

#endif
