#include "tasks/task_wire.hpp"

#include <cstdint>
#include <cstdio>
#include <ctime>

#include "comcp/protocol/errors.hpp"
#include "comcp/session/errors.hpp"

namespace comcp::detail {
namespace {

std::string_view name_of(task_record::stage s) noexcept {
  switch (s) {
    case task_record::stage::working:
      return "working";
    case task_record::stage::input_required:
      return "input_required";
    case task_record::stage::completed:
      return "completed";
    case task_record::stage::failed:
      return "failed";
    case task_record::stage::cancelled:
      break;
  }
  return "cancelled";
}

// In 2025-11-25 a tool's own failure fails its task, in the extension only an error does. (S-TASK-15)
task_record::stage status_for(const task_record& t, const protocol::rules& r) noexcept {
  if (!r.tasks_in_core || t.status != task_record::stage::completed) return t.status;
  const json::value* failed = t.result.if_contains("isError");
  return failed && *failed == true ? task_record::stage::failed : t.status;
}

json::value encode_error(const jsonrpc::error_object& e) {
  json::object o;
  o["code"] = e.code;
  o["message"] = e.message;
  if (e.data) o["data"] = *e.data;
  return o;
}

[[noreturn]] void refuse(std::string_view why) {
  throw request_error(protocol::invalid_params(std::string(why)));
}

}  // namespace

std::string timestamp(task_record::time t) {
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch()).count();
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  const std::size_t n = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text + n, sizeof text - n, ".%03dZ", static_cast<int>(ms % 1000));
  return text;
}

json::object encode_task(const task_record& task, const protocol::rules& r) {
  const bool legacy = r.tasks_in_core;
  json::object o;
  o["taskId"] = task.id;
  o["status"] = name_of(status_for(task, r));
  if (!task.message.empty()) o["statusMessage"] = task.message;
  o["createdAt"] = timestamp(task.created);
  o["lastUpdatedAt"] = timestamp(task.updated);
  json::value& ttl = o[legacy ? "ttl" : "ttlMs"];
  if (task.ttl) ttl = static_cast<std::int64_t>(task.ttl->count());
  if (task.poll_interval.count() > 0)
    o[legacy ? "pollInterval" : "pollIntervalMs"] =
        static_cast<std::int64_t>(task.poll_interval.count());
  return o;
}

json::object encode_detailed(const task_record& task, const protocol::rules& r) {
  json::object o = encode_task(task, r);
  if (task.status == task_record::stage::input_required) o["inputRequests"] = task.input_requests;
  if (task.status == task_record::stage::completed) o["result"] = task.result;
  if (task.status == task_record::stage::failed) o["error"] = encode_error(task.error);
  return o;
}

json::object encode_created(const task_record& task, const protocol::rules& r) {
  json::object o;
  if (r.tasks_in_core) {
    o["task"] = encode_task(task, r);
  } else {
    o = encode_task(task, r);
    o["resultType"] = "task";
  }
  return o;
}

void relate(json::object& params, std::string_view task) {
  json::value& meta = params["_meta"];
  if (!meta.is_object()) meta = json::object();
  json::object id;
  id["taskId"] = task;
  meta.get_object()[related_task] = std::move(id);
}

void relate(json::value& params, std::string_view task) {
  if (!params.is_object()) params = json::object();
  relate(params.get_object(), task);
}

std::string read_task_id(const json::object& params) {
  const json::value* id = params.if_contains("taskId");
  if (!id || !id->is_string()) refuse("/taskId must be a string: the task");
  return std::string(id->get_string());
}

std::optional<std::chrono::milliseconds> read_ttl(const json::object& params) {
  const json::value* task = params.if_contains("task");
  if (!task || !task->is_object()) refuse("/task must be an object");
  const json::value* ttl = task->get_object().if_contains("ttl");
  if (!ttl || ttl->is_null()) return std::nullopt;
  boost::system::error_code no;
  const auto ms = ttl->to_number<std::int64_t>(no);
  if (no || ms < 0) refuse("/task/ttl must be a number of milliseconds");
  return std::chrono::milliseconds(ms);
}

}  // namespace comcp::detail
