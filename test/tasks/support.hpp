#ifndef COMCP_TEST_TASKS_SUPPORT_HPP
#define COMCP_TEST_TASKS_SUPPORT_HPP

// A server with tasks whose handlers the test holds by a string, and clients of both designs.

#include "comcp/tasks/tasks.hpp"

#include "comcp/scope/event.hpp"
#include "comcp/scope/shard.hpp"
#include "server/answering.hpp"

namespace test {

inline constexpr auto legacy = revision::v2025_11_25;

/// What a client of the extension declares, with everything that can be asked.
inline json::object declaring_tasks() {
  json::object all = everything();
  all["extensions"] = parsed(R"({"io.modelcontextprotocol/tasks":{}})");
  return all;
}

/// What a request on behalf of somebody is served with.
inline session_options as(std::string_view who) {
  return session_options().on_behalf_of(std::make_shared<const principal>(std::string(who)));
}

/// Wall-clock time that runs with the virtual one.
inline task_record::time virtual_now() {
  const auto since = std::chrono::duration_cast<std::chrono::system_clock::duration>(
      this_shard().now().time_since_epoch());
  return task_record::time(std::chrono::seconds(1'790'000'000)) + since;
}
inline tasks_options on_virtual_time() {
  return tasks_options().clock(virtual_now);
}

inline json::object call_as_task(std::string_view tool, std::string_view task = "{}") {
  json::object params = call(tool);
  params["task"] = parsed(task);
  return params;
}
inline json::object task(std::string_view id) {
  json::object params;
  params["taskId"] = id;
  return params;
}

/// The task that a legacy call became.
inline json::object created(const json::value& answer) {
  return result_of(answer).at("task").as_object();
}
inline std::string id_of(const json::object& t) {
  return std::string(t.at("taskId").as_string());
}

/// Calls a tool that becomes a task; its id.
inline awaitable<std::string> begin(client& c, std::string tool) {
  json::object params =
      c.rules.tasks_in_core ? call_as_task(std::string(tool)) : call(std::string(tool));
  const std::int64_t id = 500 + c.rounds_asked++;
  co_await c.peer.request(id, "tools/call", std::move(params));
  const json::value answer = co_await c.answer(id, "");
  co_return c.rules.tasks_in_core ? id_of(created(answer)) : id_of(result_of(answer));
}

/// `tasks/get`, checked against the schema of 2025-11-25; the extension has none.
inline awaitable<json::object> look(client& c, std::string id) {
  const std::int64_t n = 500 + c.rounds_asked++;
  co_await c.peer.request(n, "tasks/get", task(id));
  const json::value answer = co_await c.answer(n, c.rules.tasks_in_core ? "tasks/get" : "");
  co_return result_of(answer);
}

inline std::string status_of(const json::object& t) {
  return std::string(t.at("status").as_string());
}

/// The status once everything that is ready has happened.
inline awaitable<std::string> settled_status(client& c, std::string id) {
  co_await comcp::testing::wait_all_tasks_blocked();
  const json::object t = co_await look(c, std::move(id));
  co_return status_of(t);
}

/// A handler that waits until the test lets it go. What it needs outlives a test that failed.
class held_tool {
  class state {
   public:
    event go;
    int started = 0;
    int ended = 0;
  };
  const std::shared_ptr<state> state_ = std::make_shared<state>();

 public:
  tool_function handler() {
    return [all = state_](json::object, request_context&) -> awaitable<call_tool_result> {
      class count {
       public:
        explicit count(std::shared_ptr<state> s) : s_(std::move(s)) { ++s_->started; }
        ~count() { ++s_->ended; }
        count(const count&) = delete;
        count& operator=(const count&) = delete;

       private:
        std::shared_ptr<state> s_;
      };
      const count at_end(all);
      co_await all->go.wait();
      co_return call_tool_result::text("done");
    };
  }
  /// Registers it.
  void add_to(server& s, std::string name, tool_options options) {
    protocol::tool info;
    info.name = std::move(name);
    info.input_schema = obj(R"({"type":"object"})");
    info.task_support = options.task_support();
    tool_definition d(std::move(info), handler());
    d.start = options.task_start();
    d.time_limit = options.time_limit();
    s.add(std::move(d));
  }

  event& go = state_->go;
  int& started = state_->started;
  int& ended = state_->ended;
};

inline const tool_options optional_task = tool_options().task(task_support::optional);
inline const tool_options required_task = tool_options().task(task_support::required);

}  // namespace test

#endif
