// The extension io.modelcontextprotocol/tasks. spec: 2026-07-28, extensions/tasks

#include "tasks/extension.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

awaitable<std::string> quick() {
  co_return "quick";
}
awaitable<std::string> fails() {
  throw tool_error("it broke");
  co_return "";
}
awaitable<std::string> errs() {
  throw request_error(jsonrpc::error_object(-32050, "no such thing"));
  co_return "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tasks_extension)

// S-TASK-11, S-TASK-18
COMCP_TEST_CORO(only_who_declares_tasks_gets_one) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time()));
  s.tool("may", "", quick, optional_task).tool("must", "", quick, required_task);
  s.tool("never", "", quick);
  co_await with_client(s, modern, [&](client& c) -> awaitable<void> {
    json::value answer = co_await c.ask("tools/call", call_as_task("may"));
    BOOST_TEST(text_of(answer) == "quick");
    answer = co_await c.ask("tools/call", call("must"));
    BOOST_TEST(code_of(answer) == -32021);
    BOOST_TEST(
        error_of(answer).at("data") ==
        parsed(R"({"requiredCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}})"));
    answer = co_await c.ask("tools/list");
    for (const json::value& t : result_of(answer).at("tools").as_array())
      BOOST_TEST(!t.as_object().contains("execution"));
    answer = co_await c.ask("server/discover");
    const json::object& can = result_of(answer).at("capabilities").as_object();
    BOOST_TEST(!can.contains("tasks"));
    BOOST_TEST(can.at("extensions").as_object().contains("io.modelcontextprotocol/tasks"));
  });
  co_await with_tasks_client(s, [&](client& c) -> awaitable<void> {
    const json::value answer = co_await c.ask("tools/call", call_as_task("never"));
    BOOST_TEST(text_of(answer) == "quick");
    for (const char* gone : {"tasks/result", "tasks/list"}) {
      const json::value refused = co_await c.ask(gone, task("t"));
      BOOST_TEST(code_of(refused) == -32601, gone);
    }
  });
  co_await s.stop();
}

// S-TASK-12, S-TASK-13, S-TASK-14, S-TASK-15
COMCP_TEST_CORO(a_task_shows_what_became_of_it) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time().poll_interval(100ms)));
  held_tool held;
  held.add_to(s, "held", optional_task);
  s.tool("fails", "", fails, optional_task).tool("errs", "", errs, optional_task);
  co_await with_tasks_client(s, [&](client& c) -> awaitable<void> {
    co_await c.peer.request(1, "tools/call", call("held"));
    const json::value answer = co_await c.answer(1, "");
    json::object t = result_of(answer);
    BOOST_TEST(t.at("resultType") == "task");
    BOOST_TEST(t.at("status") == "working");
    BOOST_TEST(t.at("ttlMs") == 3600000);
    BOOST_TEST(t.at("pollIntervalMs") == 100);
    BOOST_TEST(std::string(t.at("createdAt").as_string()).ends_with("Z"));
    for (const char* foreign : {"task", "ttl", "pollInterval", "result", "error", "inputRequests",
                                "requestState", "content"})
      BOOST_TEST(!t.contains(foreign), foreign);
    const std::string id = id_of(t);
    BOOST_TEST(id.size() >= 32U);

    t = co_await look(c, id);
    BOOST_TEST(t.at("resultType") == "complete");
    BOOST_TEST(t.at("status") == "working");
    BOOST_TEST(!t.contains("result"));
    held.go.set();
    co_await comcp::testing::wait_all_tasks_blocked();
    t = co_await look(c, id);
    BOOST_TEST(t.at("status") == "completed");
    BOOST_TEST(t.at("result") == parsed(R"({"content":[{"type":"text","text":"done"}]})"));

    const std::string failed = co_await begin(c, "fails");
    BOOST_TEST(co_await settled_status(c, failed) == "completed");
    t = co_await look(c, failed);
    BOOST_TEST(t.at("result").at("isError") == true);

    const std::string erred = co_await begin(c, "errs");
    BOOST_TEST(co_await settled_status(c, erred) == "failed");
    t = co_await look(c, erred);
    BOOST_TEST(t.at("error") == parsed(R"({"code":-32050,"message":"no such thing"})"));
    BOOST_TEST(t.at("statusMessage") == "no such thing");
    BOOST_TEST(!t.contains("result"));

    for (const char* method : {"tasks/get", "tasks/update", "tasks/cancel"}) {
      const json::value refused = co_await c.ask(method, answers_for("nobody", "{}"));
      BOOST_TEST(code_of(refused) == -32602, method);
    }
  });
  co_await s.stop();
}

// S-TASK-19
COMCP_TEST_CORO(who_does_not_declare_tasks_has_none_of_their_methods) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time()));
  s.tool("may", "", quick, optional_task);
  co_await with_client(s, modern, [&](client& c) -> awaitable<void> {
    for (const char* method : {"tasks/get", "tasks/update", "tasks/cancel"}) {
      const json::value answer = co_await c.ask(method, task("t"));
      BOOST_TEST(code_of(answer) == -32021, method);
    }
    const json::value answer =
        co_await c.ask("subscriptions/listen", obj(R"({"notifications":{"taskIds":["t"]}})"));
    BOOST_TEST(code_of(answer) == -32021);
  });
  co_await s.stop();
}

COMCP_TEST_CORO(cancelling_is_acknowledged_however_often) {
  server s("s", "1");
  const auto all = tasks::make(on_virtual_time());
  s.extend(all);
  held_tool held;
  held.add_to(s, "held", optional_task);
  s.tool("asks", "", ask_name, optional_task);
  co_await with_tasks_client(s, [&](client& c) -> awaitable<void> {
    for (const char* tool : {"held", "asks"}) {
      const std::string id = co_await begin(c, tool);
      co_await comcp::testing::wait_all_tasks_blocked();
      for (int i = 0; i < 2; ++i)
        check_ack(co_await c.ask("tasks/cancel", task(id)));
      BOOST_TEST(co_await settled_status(c, id) == "cancelled");
      BOOST_TEST(all->running() == 0U);
      const json::object t = co_await look(c, id);
      BOOST_TEST(!t.contains("inputRequests"));
    }
  });
  co_await s.stop();
}

// Whatever the moment: the task is cancelled, its handler has ended, and nothing is left.
COMCP_TEST_CORO(cancelling_at_any_step_ends_the_task) {
  for (int step = 0; step < 40; ++step) {
    server s("s", "1");
    const auto all = tasks::make(on_virtual_time());
    s.extend(all);
    s.tool("asks", "", ask_name, optional_task);
    co_await with_tasks_client(s, [&](client& c) -> awaitable<void> {
      const std::string id = co_await begin(c, "asks");
      for (int i = 0; i < step; ++i)
        co_await checkpoint();
      check_ack(co_await c.ask("tasks/cancel", task(id)));
      BOOST_TEST(co_await settled_status(c, id) == "cancelled", "step " << step);
    });
    BOOST_TEST(all->running() == 0U, "step " << step);
    co_await s.stop();
  }
}

COMCP_TEST_CORO(a_listener_hears_of_the_tasks_it_named) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time()));
  held_tool held;
  held.add_to(s, "held", optional_task);
  s.tool("asks", "", ask_name, optional_task);
  co_await with_tasks_client(s, [&](client& c) -> awaitable<void> {
    const std::string id = co_await begin(c, "held");
    const std::string other = co_await begin(c, "asks");
    co_await comcp::testing::wait_all_tasks_blocked();
    json::object wish = obj(R"({"notifications":{"taskIds":["nobody"]}})");
    wish["notifications"].at("taskIds").as_array().emplace_back(id);
    co_await c.peer.request("L", "subscriptions/listen", wish);
    json::value m = co_await c.peer.expect();
    BOOST_TEST(m.at("method") == "notifications/subscriptions/acknowledged");
    BOOST_TEST(m.at("params").at("notifications").at("taskIds") == json::array{id});
    co_await c.peer.request(7, "tasks/cancel", task(other));
    m = co_await c.peer.expect();
    BOOST_TEST(m.at("id") == 7);
    held.go.set();
    m = co_await c.peer.expect();
    BOOST_TEST(m.at("method") == "notifications/tasks");
    const json::object& t = m.at("params").as_object();
    BOOST_TEST(t.at("taskId") == json::value(id));
    BOOST_TEST(t.at("status") == "completed");
    BOOST_TEST(t.at("result").at("content").at(0).at("text") == "done");
    BOOST_TEST(t.at("_meta").at("io.modelcontextprotocol/subscriptionId") == "L");
    co_await c.peer.expect_silence();
    for (const char* bad :
         {R"({"notifications":{"taskIds":7}})", R"({"notifications":{"taskIds":[7]}})"}) {
      const json::value refused = co_await c.ask("subscriptions/listen", obj(bad));
      BOOST_TEST(code_of(refused) == -32602, bad);
    }
  });
  co_await s.stop();
}

// S-TASK-20
COMCP_TEST_CORO(another_principals_task_is_unknown) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time()));
  held_tool held;
  held.add_to(s, "held", optional_task);
  std::string id;
  auto make = [&](client& c) -> awaitable<void> { id = co_await begin(c, "held"); };
  co_await with_client(s, modern, make, declaring_tasks(), as("ada"));
  auto look_for_it = [&](client& c) -> awaitable<void> {
    for (const char* method : {"tasks/get", "tasks/update", "tasks/cancel"}) {
      const json::value answer = co_await c.ask(method, answers_for(id, "{}"));
      BOOST_TEST(code_of(answer) == -32602, method);
    }
  };
  co_await with_client(s, modern, look_for_it, declaring_tasks(), as("eve"));
  co_await with_client(s, modern, look_for_it, declaring_tasks());
  auto its_own = [&](client& c) -> awaitable<void> {
    BOOST_TEST(co_await settled_status(c, id) == "working");
  };
  co_await with_client(s, modern, its_own, declaring_tasks(), as("ada"));
  co_await s.stop();
}

COMCP_TEST_CORO(progress_becomes_the_status_message) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time()));
  event go;
  s.tool(
      "works", "",
      [&](request_context& ctx) -> awaitable<std::string> {
        co_await ctx.log(protocol::logging_level::error, "not for tasks");
        co_await ctx.report_progress(1, 2, "half of it");
        co_await go.wait();
        co_return "ready";
      },
      optional_task);
  co_await with_tasks_client(s, [&](client& c) -> awaitable<void> {
    json::object params = call("works");
    params["_meta"] = parsed(R"({"progressToken":"p","io.modelcontextprotocol/logLevel":"debug"})");
    co_await c.peer.request(1, "tools/call", params);
    const json::value made = co_await c.answer(1, "");
    const std::string id = id_of(result_of(made));
    BOOST_TEST(co_await settled_status(c, id) == "working");
    const json::object t = co_await look(c, id);
    BOOST_TEST(t.at("statusMessage") == "half of it");
    go.set();
    BOOST_TEST(co_await settled_status(c, id) == "completed");
    BOOST_TEST(c.notifications.empty());
  });
  co_await s.stop();
}

COMCP_TEST_CORO(when_there_are_too_many_a_tool_that_can_answers_directly) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time().max_running(1)));
  held_tool held;
  held.add_to(s, "held", optional_task);
  s.tool("may", "", quick, optional_task).tool("must", "", quick, required_task);
  co_await with_tasks_client(s, [&](client& c) -> awaitable<void> {
    co_await begin(c, "held");
    json::value answer = co_await c.ask("tools/call", call("may"));
    BOOST_TEST(text_of(answer) == "quick");
    answer = co_await c.ask("tools/call", call("must"));
    BOOST_TEST(code_of(answer) == -32603);
  });
  co_await s.stop();
}

COMCP_TEST_CORO(stopping_the_server_ends_its_tasks_as_failed) {
  const auto store = std::make_shared<memory_task_store>(task_store_limits().clock(virtual_now));
  server s("s", "1");
  const auto all = tasks::make(on_virtual_time().store(store));
  s.extend(all);
  held_tool held;
  held.add_to(s, "held", optional_task);
  s.tool("asks", "", ask_name, optional_task);
  std::vector<std::string> ids;
  co_await with_tasks_client(s, [&](client& c) -> awaitable<void> {
    ids.push_back(co_await begin(c, "held"));
    ids.push_back(co_await begin(c, "asks"));
  });
  BOOST_TEST(all->running() == 2U);
  co_await s.stop();
  BOOST_TEST(all->running() == 0U);
  BOOST_TEST(held.ended == 1);
  for (const std::string& id : ids) {
    const auto t = co_await store->find(id);
    BOOST_TEST_REQUIRE(t.has_value());
    BOOST_TEST((t->status == task_record::stage::failed));
    BOOST_TEST(t->error.code == -32603);
    BOOST_TEST(t->input_requests.empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()
