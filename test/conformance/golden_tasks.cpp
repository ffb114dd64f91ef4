// The conversations of golden.cpp for calls that become tasks: the experimental ones of 2025-11-25 and
// the extension of 2026-07-28. The other revisions have none, and say so.

#include "comcp/tasks/tasks.hpp"
#include "conformance/recorder.hpp"
#include "tasks/support.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

/// Whatever can happen by itself has happened when this returns.
awaitable<void> settle() {
  return comcp::testing::wait_all_tasks_blocked();
}

/// Starts a task; its id.
awaitable<std::string> start(recorder& c, std::string tool, std::string arguments = "{}") {
  json::object params = c.rules.tasks_in_core ? call_as_task(tool, R"({"ttl":60000})") : call(tool);
  params["arguments"] = parsed(arguments);
  const std::int64_t id = co_await c.begin("tools/call", std::move(params));
  const json::value answer = co_await c.answer(id, "");
  co_await settle();
  co_return id_of(c.rules.tasks_in_core ? created(answer) : result_of(answer));
}

/// The method of tasks for this one. Of 2026-07-28 the extension's, which the schema doesn't know.
awaitable<json::value> about(recorder& c, std::string method, std::string id) {
  const bool known = c.rules.tasks_in_core && method != "tasks/result";
  const std::string checked = known ? method : std::string();
  const std::int64_t n = co_await c.begin(method, task(id));
  json::value answer = co_await c.answer(n, checked);
  co_await settle();
  co_return answer;
}

// Who knows nothing of tasks, or speaks a revision without.
awaitable<void> without_tasks(recorder& c) {
  co_await c.ask("tools/list");
  co_await c.call("slow_compute", R"({"seconds":2,"label":"at once"})");
  co_await c.call("failing_job");
  co_await c.ask("tasks/get", R"({"taskId":"nobody"})");
  if (!c.rules.tasks_in_core && c.rules.era == protocol::era::legacy)
    co_await c.ask("tools/call", R"({"name":"slow_compute","arguments":{},"task":{"ttl":1000}})");
}

awaitable<void> experimental_tasks(recorder& c) {
  const std::string slow = co_await start(c, "slow_compute", R"({"seconds":30,"label":"slowly"})");
  co_await about(c, "tasks/get", slow);
  co_await c.ask("tasks/list");
  co_await about(c, "tasks/result", slow);  // waits
  co_await about(c, "tasks/get", slow);
  for (const char* failing : {"failing_job", "protocol_error_job"}) {
    const std::string id = co_await start(c, failing);
    co_await about(c, "tasks/result", id);
    co_await about(c, "tasks/get", id);
  }
  const std::string deletion = co_await start(c, "confirm_delete", R"({"filename":"old.txt"})");
  co_await about(c, "tasks/get", deletion);
  co_await about(c, "tasks/result", deletion);  // asks
  const std::string both = co_await start(c, "multi_input");
  co_await about(c, "tasks/result", both);
  const std::string endless = co_await start(c, "slow_compute", R"({"seconds":60})");
  co_await about(c, "tasks/cancel", endless);
  co_await about(c, "tasks/result", endless);
  co_await about(c, "tasks/cancel", endless);  // too late
  co_await c.call("test_tool_with_task");
  co_await c.ask("tools/call", R"({"name":"greet","arguments":{"name":"Ada"},"task":{}})");
}

/// `tasks/update` with an answer to everything that the task asks.
awaitable<void> update(recorder& c, std::string id) {
  const json::value asking = co_await about(c, "tasks/get", id);
  json::object params = task(id);
  json::object& responses = params["inputResponses"].emplace_object();
  for (const auto& question : asked_by(asking))
    responses[question.key()] = recorder::reply_to(question.value().as_object());
  const std::int64_t n = co_await c.begin("tasks/update", std::move(params));
  co_await c.answer(n, "");
  co_await settle();
}

// The stream's notifications until the task is completed, then the end of the stream.
awaitable<void> listen(recorder& c, std::string id) {
  json::object params;
  json::object& wish = params["notifications"].emplace_object();
  wish["taskIds"].emplace_array().emplace_back(id);
  const std::int64_t stream = co_await c.begin("subscriptions/listen", std::move(params));
  for (;;) {
    const json::value told = co_await c.hear_of_extension();
    const json::object& what = told.at("params").as_object();
    if (what.contains("status") && what.at("status") == "completed") break;
  }
  co_await c.say(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" +
                 std::to_string(stream) + "}}");
  co_await settle();
}

awaitable<void> tasks_of_the_extension(recorder& c) {
  co_await c.call("greet", R"({"name":"Ada"})");
  const std::string slow = co_await start(c, "slow_compute", R"({"seconds":30,"label":"slowly"})");
  co_await about(c, "tasks/get", slow);
  co_await listen(c, slow);
  co_await about(c, "tasks/get", slow);
  for (const char* failing : {"failing_job", "protocol_error_job"}) {
    const std::string id = co_await start(c, failing);
    co_await sleep(2s);
    co_await about(c, "tasks/get", id);
  }
  const std::string deletion = co_await start(c, "confirm_delete", R"({"filename":"old.txt"})");
  co_await update(c, deletion);
  co_await about(c, "tasks/get", deletion);
  const std::string both = co_await start(c, "multi_input");
  co_await update(c, both);
  co_await about(c, "tasks/get", both);
  const std::string endless = co_await start(c, "slow_compute", R"({"seconds":60})");
  co_await about(c, "tasks/cancel", endless);
  co_await about(c, "tasks/get", endless);
  co_await about(c, "tasks/cancel", endless);

  // Asks before it becomes a task.
  const json::object params = call("test_tool_with_task");
  const std::int64_t first = co_await c.begin("tools/call", params);
  const json::value asking = co_await c.answer(first, "tools/call");
  json::object responses;
  for (const auto& question : asked_by(asking))
    responses[question.key()] = recorder::reply_to(question.value().as_object());
  const std::int64_t second =
      co_await c.begin("tools/call", retry(params, asking, std::move(responses)));
  const json::value started = co_await c.answer(second, "");
  const std::string id = id_of(result_of(started));
  co_await sleep(1s);
  co_await about(c, "tasks/get", id);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(golden_transcripts)

COMCP_TEST_CORO(tasks_are_what_the_files_of_tasks_tell) {
  for (const protocol::rules& r : protocol::all_rules()) {
    server s("everything", "1.0");
    everything::add_tasks(s);
    auto lines = co_await recorded(s, r, {}, without_tasks);
    std::vector<std::string> more;
    if (r.tasks_in_core) more = co_await recorded(s, r, ::test::everything(), experimental_tasks);
    if (r.era == protocol::era::modern)
      more = co_await recorded(s, r, declaring_tasks(), tasks_of_the_extension);
    lines.insert(lines.end(), more.begin(), more.end());
    BOOST_TEST_CONTEXT(r.name) {
      const std::string different = differs_from_golden(std::string(r.name) + ".tasks", lines);
      BOOST_TEST(different.empty(), different);
    }
    co_await s.stop();
  }
}

BOOST_AUTO_TEST_SUITE_END()
