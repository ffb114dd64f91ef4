// The experimental tasks of 2025-11-25. spec: basic/utilities/tasks

#include "tasks/support.hpp"

#include <algorithm>

#include <boost/describe/class.hpp>

using namespace test;
using namespace std::chrono_literals;

namespace {

struct named_form {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(named_form, (), (name))

constexpr std::string_view related = "io.modelcontextprotocol/related-task";

std::string related_to(const json::value& carrier) {
  return std::string(carrier.at("_meta").at(related).at("taskId").as_string());
}

awaitable<std::string> ask_name(request_context& ctx) {
  const auto who = co_await ctx.elicit<named_form>("Who are you?");
  co_return who ? "Hello, " + who->name : "nobody";
}

awaitable<std::string> fails() {
  throw tool_error("it broke");
  co_return "";
}
awaitable<std::string> errs() {
  throw request_error(jsonrpc::error_object(-32602, "no such thing"));
  co_return "";
}
awaitable<std::string> quick() {
  co_return "quick";
}

/// Can't change anything while it fails.
class failing_store final : public task_store {
 public:
  awaitable<bool> add(task_record t) override { return kept_.add(std::move(t)); }
  awaitable<std::optional<task_record>> find(std::string id) override {
    return kept_.find(std::move(id));
  }
  awaitable<std::optional<task_record>> update(std::string id, change how) override {
    if (fails || failures_left > 0) {
      failures_left = std::max(0, failures_left - 1);
      throw std::runtime_error("the disk is full");
    }
    return kept_.update(std::move(id), std::move(how));
  }
  awaitable<std::vector<task_record>> list(std::string owner,
                                           std::string after,
                                           std::size_t limit) override {
    return kept_.list(std::move(owner), std::move(after), limit);
  }
  awaitable<void> remove(std::string id) override { return kept_.remove(std::move(id)); }

  bool fails = false;
  int failures_left = 0;

 private:
  memory_task_store kept_{task_store_limits().clock(virtual_now)};
};

/// Answers the next question of the server; the message.
awaitable<json::value> answer_question(client& c, std::string_view result) {
  json::value m = co_await c.next();
  while (!m.as_object().contains("id"))
    m = co_await c.next();
  co_await c.peer.respond(m.at("id"), parsed(result));
  co_return m;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tasks_of_2025_11_25)

// tasks:create:via-tool-call, tasks:lifecycle:initial-working, tasks:create:ttl-honored, tasks:get,
// tasks:result:terminal, tasks:result:related-task-meta, protocol:meta:related-task, S-TASK-01,
// S-TASK-02, tasks:status-notification
COMCP_TEST_CORO(a_call_becomes_a_task_whose_result_waits_for_its_client) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time().poll_interval(250ms).max_ttl(1h)));
  held_tool held;
  held.add_to(s, "held", optional_task);
  co_await with_client(s, legacy, [&](client& c) -> awaitable<void> {
    co_await c.peer.request(1, "tools/call", call_as_task("held", R"({"ttl":7200000})"));
    const json::value answer = co_await c.answer(1, "");
    const std::string wrong =
        comcp::test::check_value(result_of(answer), c.rules, "CreateTaskResult");
    BOOST_TEST(wrong.empty(), wrong);
    const json::object t = created(answer);
    BOOST_TEST(status_of(t) == "working");
    BOOST_TEST(t.at("ttl") == 3600000);  // the server's maximum
    BOOST_TEST(t.at("pollInterval") == 250);
    BOOST_TEST(t.at("createdAt") == t.at("lastUpdatedAt"));

    const std::string id = id_of(t);
    json::object seen = co_await look(c, id);
    BOOST_TEST(seen.at("ttl") == 3600000);
    BOOST_TEST(status_of(seen) == "working");

    // The result is waited for, and other requests go on meanwhile.
    co_await c.peer.request(2, "tasks/result", task(id));
    seen = co_await look(c, id);
    BOOST_TEST(held.started == 1);
    held.go.set();
    const json::value result = co_await c.answer(2, "tools/call");
    BOOST_TEST(text_of(result) == "done");
    BOOST_TEST(related_to(result_of(result)) == id);
    BOOST_TEST(co_await settled_status(c, id) == "completed");

    // Again, and the status was told on the way.
    co_await c.peer.request(3, "tasks/result", task(id));
    const json::value again = co_await c.answer(3, "tools/call");
    BOOST_TEST(text_of(again) == "done");
    BOOST_TEST_REQUIRE(!c.notifications.empty());
    const json::value& told = c.notifications.front();
    BOOST_TEST(told.at("method") == "notifications/tasks/status");
    BOOST_TEST(told.at("params").at("taskId") == json::value(id));
    BOOST_TEST(told.at("params").at("status") == "completed");
    BOOST_TEST(told.at("params").as_object().contains("createdAt"));
  });
  co_await s.stop();
}

// tasks:result:failed, S-TASK-02
COMCP_TEST_CORO(a_failure_is_the_failure_of_the_call_itself) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time()));
  s.tool("fails", "", fails, optional_task).tool("errs", "", errs, optional_task);
  co_await with_client(s, legacy, [&](client& c) -> awaitable<void> {
    const std::string failed = co_await begin(c, "fails");
    BOOST_TEST(co_await settled_status(c, failed) == "failed");
    co_await c.peer.request(1, "tasks/result", task(failed));
    json::value answer = co_await c.answer(1, "tools/call");
    BOOST_TEST(is_tool_error(answer));
    BOOST_TEST(text_of(answer) == "it broke");
    BOOST_TEST(related_to(result_of(answer)) == failed);

    const std::string erred = co_await begin(c, "errs");
    BOOST_TEST(co_await settled_status(c, erred) == "failed");
    const json::object seen = co_await look(c, erred);
    BOOST_TEST(seen.at("statusMessage") == "no such thing");
    co_await c.peer.request(2, "tasks/result", task(erred));
    answer = co_await c.answer(2, "tools/call");
    BOOST_TEST(code_of(answer) == -32602);
    BOOST_TEST(error_of(answer).at("message") == "no such thing");
  });
  co_await s.stop();
}

// tasks:list:pagination, tasks:list:invalid-cursor
COMCP_TEST_CORO(tasks_are_listed_in_pages_from_the_oldest_on) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time().page_size(2)));
  s.tool("quick", "", quick, optional_task);
  co_await with_client(s, legacy, [&](client& c) -> awaitable<void> {
    std::vector<std::string> made;
    for (int i = 0; i < 5; ++i) {
      made.push_back(co_await begin(c, "quick"));
      co_await sleep(5ms);
    }
    std::vector<std::string> listed;
    json::object params;
    for (int pages = 0; pages < 3; ++pages) {
      const json::value answer = co_await c.ask("tasks/list", params);
      for (const json::value& t : result_of(answer).at("tasks").as_array())
        listed.push_back(id_of(t.as_object()));
      const json::value* next = result_of(answer).if_contains("nextCursor");
      BOOST_TEST((next == nullptr) == (pages == 2));
      if (next) params["cursor"] = *next;
    }
    BOOST_TEST(listed == made, boost::test_tools::per_element());
    params["cursor"] = "nonsense";
    const json::value refused = co_await c.ask("tasks/list", params);
    BOOST_TEST(code_of(refused) == -32602);
  });
  co_await s.stop();
}

COMCP_TEST_CORO(a_page_may_be_of_any_size) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time().page_size(std::numeric_limits<std::size_t>::max())));
  s.tool("quick", "", quick, optional_task);
  co_await with_client(s, legacy, [&](client& c) -> awaitable<void> {
    co_await begin(c, "quick");
    const json::value answer = co_await c.ask("tasks/list");
    BOOST_TEST(result_of(answer).at("tasks").as_array().size() == 1U);
    BOOST_TEST(!result_of(answer).contains("nextCursor"));
  });
  co_await s.stop();
}

// tasks:cancel:working, tasks:cancel:remains-cancelled, tasks:cancel:terminal-rejected,
// tasks:unknown-id, S-TASK-03
COMCP_TEST_CORO(cancelling_is_final_and_stops_the_handler) {
  server s("s", "1");
  const auto all = tasks::make(on_virtual_time());
  s.extend(all);
  held_tool held;
  held.add_to(s, "held", optional_task);
  bool stubborn_went_on = false;
  event stubborn_go;
  s.tool(
      "stubborn", "",
      [&]() -> awaitable<std::string> {
        auto body = [&]() -> awaitable<void> { return stubborn_go.wait(); };
        co_await shielded(std::ref(body));
        stubborn_went_on = true;
        co_return "too late";
      },
      optional_task);
  co_await with_client(s, legacy, [&](client& c) -> awaitable<void> {
    const std::string id = co_await begin(c, "held");
    BOOST_TEST(co_await settled_status(c, id) == "working");
    json::value answer = co_await c.ask("tasks/cancel", task(id));
    BOOST_TEST(status_of(result_of(answer)) == "cancelled");
    BOOST_TEST(co_await settled_status(c, id) == "cancelled");
    BOOST_TEST(held.ended == 1);
    answer = co_await c.ask("tasks/cancel", task(id));
    BOOST_TEST(code_of(answer) == -32602);
    co_await c.peer.request(70, "tasks/result", task(id));
    answer = co_await c.answer(70, "tools/call");
    BOOST_TEST(code_of(answer) == -32602);

    const auto told = std::ranges::count_if(c.notifications, [&](const json::value& n) {
      return n.at("method") == "notifications/tasks/status";
    });
    BOOST_TEST(told == 1);  // once, not again at the handler's end

    const std::string stubborn = co_await begin(c, "stubborn");
    co_await comcp::testing::wait_all_tasks_blocked();
    answer = co_await c.ask("tasks/cancel", task(stubborn));
    BOOST_TEST(status_of(result_of(answer)) == "cancelled");
    stubborn_go.set();
    BOOST_TEST(co_await settled_status(c, stubborn) == "cancelled");
    BOOST_TEST(stubborn_went_on);
    BOOST_TEST(all->running() == 0U);

    for (const char* method : {"tasks/get", "tasks/result", "tasks/cancel"}) {
      answer = co_await c.ask(method, task("nobody"));
      BOOST_TEST(code_of(answer) == -32602, method);
      answer = co_await c.ask(method, json::object());
      BOOST_TEST(code_of(answer) == -32602, method);
    }
  });
  co_await s.stop();
}

// tasks:tool-level:forbidden-with-task-32601, tasks:tool-level:required-no-task-32601, S-TASK-04
COMCP_TEST_CORO(a_tool_says_whether_it_runs_as_a_task) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time()));
  s.tool("never", "", quick).tool("may", "", quick, optional_task);
  s.tool("must", "", quick, required_task);
  co_await with_client(s, legacy, [&](client& c) -> awaitable<void> {
    json::value answer = co_await c.ask("tools/list");
    const json::array& listed = result_of(answer).at("tools").as_array();
    BOOST_TEST(listed.at(0).at("execution").at("taskSupport") == "optional");
    BOOST_TEST(listed.at(1).at("execution").at("taskSupport") == "required");
    BOOST_TEST(!listed.at(2).as_object().contains("execution"));
    answer = co_await c.ask("tools/call", call_as_task("never"));
    BOOST_TEST(code_of(answer) == -32601);
    answer = co_await c.ask("tools/call", call("must"));
    BOOST_TEST(code_of(answer) == -32601);
    answer = co_await c.ask("tools/call", call("may"));
    BOOST_TEST(text_of(answer) == "quick");
    for (const char* bad : {"7", R"({"ttl":"long"})", R"({"ttl":-1})"}) {
      answer = co_await c.ask("tools/call", call_as_task("may", bad));
      BOOST_TEST(code_of(answer) == -32602, bad);
    }
  });
  co_await s.stop();
}

// tasks:no-capability:ignore-task-param, S-TASK-05
COMCP_TEST_CORO(without_the_capability_the_wish_is_ignored) {
  server without("s", "1");
  without.tool("must", "", quick, required_task);
  server with("s", "1");
  with.extend(tasks::make(on_virtual_time()));
  with.tool("must", "", quick, required_task);
  for (const protocol::rules& r : protocol::all_rules()) {
    if (r.era == protocol::era::modern) continue;
    BOOST_TEST_CONTEXT(r.name) {
      auto scenario = [&](client& c) -> awaitable<void> {
        const json::value answer = co_await c.ask("tools/call", call_as_task("must"));
        BOOST_TEST(text_of(answer) == "quick");
        const json::value unknown = co_await c.ask("tasks/list");
        BOOST_TEST(code_of(unknown) == -32601);
      };
      co_await with_client(without, r.id, scenario);
      if (!r.tasks_in_core) co_await with_client(with, r.id, scenario);
    }
  }
  co_await with.stop();
}

// tasks:side-channel:queue, tasks:side-channel:elicitation, tasks:side-channel:sampling,
// tasks:lifecycle:input-required, tasks:side-channel:drain-fifo
COMCP_TEST_CORO(questions_wait_for_the_client_who_comes_for_the_result) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time()));
  s.tool(
      "asks", "",
      [](request_context& ctx) -> awaitable<std::string> {
        co_await ctx.notify("notifications/message", parsed(R"({"level":"info","data":"first"})"));
        const std::string greeting = co_await ask_name(ctx);
        protocol::create_message_params p;
        p.messages.emplace_back(protocol::role::user, content_block(std::string("France?")));
        p.max_tokens = 10;
        const auto said = co_await ctx.sample(std::move(p));
        co_return greeting + ", " + said.model;
      },
      optional_task);
  co_await with_client(
      s, legacy,
      [&](client& c) -> awaitable<void> {
        const std::string id = co_await begin(c, "asks");
        BOOST_TEST(co_await settled_status(c, id) == "input_required");
        co_await c.peer.expect_silence();  // nobody has come for the result
        co_await c.peer.request(1, "tasks/result", task(id));
        json::value asked =
            co_await answer_question(c, R"({"action":"accept","content":{"name":"Ada"}})");
        BOOST_TEST(asked.at("method") == "elicitation/create");
        BOOST_TEST(related_to(asked.at("params")) == id);
        asked = co_await answer_question(
            c, R"({"role":"assistant","content":{"type":"text","text":"Paris"},"model":"m"})");
        BOOST_TEST(asked.at("method") == "sampling/createMessage");
        BOOST_TEST(related_to(asked.at("params")) == id);
        const json::value answer = co_await c.answer(1, "tools/call");
        BOOST_TEST(text_of(answer) == "Hello, Ada, m");
        BOOST_TEST(co_await settled_status(c, id) == "completed");
      },
      everything());
  co_await s.stop();
}

// tasks:side-channel:drop-on-cancel
COMCP_TEST_CORO(a_question_is_asked_again_when_its_asker_left_and_dropped_with_its_task) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time()));
  s.tool("asks", "", ask_name, optional_task);
  co_await with_client(
      s, legacy,
      [&](client& c) -> awaitable<void> {
        const std::string id = co_await begin(c, "asks");
        co_await c.peer.request(1, "tasks/result", task(id));
        json::value asked = co_await c.next();
        while (!asked.as_object().contains("id"))
          asked = co_await c.next();
        co_await c.peer.cancel(1);  // the client gives up waiting, not the task
        json::value taken_back = co_await c.next();
        BOOST_TEST(taken_back.at("method") == "notifications/cancelled");
        BOOST_TEST(taken_back.at("params").at("requestId") == asked.at("id"));
        BOOST_TEST(co_await settled_status(c, id) == "input_required");

        co_await c.peer.request(2, "tasks/result", task(id));
        asked = co_await c.next();
        BOOST_TEST(asked.at("method") == "elicitation/create");
        const json::value cancelled = co_await c.ask("tasks/cancel", task(id));
        BOOST_TEST(status_of(result_of(cancelled)) == "cancelled");
        const json::value answer = co_await c.answer(2, "tools/call");
        BOOST_TEST(code_of(answer) == -32602);
        // A late answer is nobody's.
        co_await c.peer.respond(asked.at("id"), parsed(R"({"action":"decline"})"));
        BOOST_TEST(co_await settled_status(c, id) == "cancelled");

        // Not asked at all: cancelled before anybody came.
        const std::string other = co_await begin(c, "asks");
        BOOST_TEST(co_await settled_status(c, other) == "input_required");
        co_await c.ask("tasks/cancel", task(other));
        co_await c.peer.request(3, "tasks/result", task(other));
        const json::value over = co_await c.answer(3, "tools/call");
        BOOST_TEST(code_of(over) == -32602);
      },
      everything());
  co_await s.stop();
}

// The second one has looked before the first was cancelled, and found nothing to ask.
COMCP_TEST_CORO(a_question_that_comes_back_is_asked_by_who_waits_already) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time()));
  s.tool("asks", "", ask_name, optional_task);
  co_await with_client(
      s, legacy,
      [&](client& c) -> awaitable<void> {
        const std::string id = co_await begin(c, "asks");
        co_await c.peer.request(1, "tasks/result", task(id));
        const auto question = [&]() -> awaitable<json::value> {
          for (;;) {
            json::value m = co_await c.next();
            const json::value* method = m.as_object().if_contains("method");
            if (method && *method == "elicitation/create") co_return m;
          }
        };
        co_await question();
        co_await c.peer.request(2, "tasks/result", task(id));
        co_await comcp::testing::wait_all_tasks_blocked();
        co_await c.peer.cancel(1);
        const json::value again = co_await question();
        co_await c.peer.respond(again.at("id"), parsed(R"({"action":"decline"})"));
        const json::value answer = co_await c.answer(2, "tools/call");
        BOOST_TEST(text_of(answer) == "nobody");
      },
      everything());
  co_await s.stop();
}

// tasks:side-channel:stream, tasks:progress:after-create, tasks:request-cancel:no-task-cancel
COMCP_TEST_CORO(progress_goes_on_after_the_task_was_created) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time()));
  event step;
  event last;
  s.tool(
      "works", "",
      [&](request_context& ctx) -> awaitable<std::string> {
        co_await ctx.report_progress(1, 3, "begun");
        co_await step.wait();
        co_await ctx.report_progress(2, 3, "half");
        co_await last.wait();
        co_return "ready";
      },
      optional_task);
  co_await with_client(s, legacy, [&](client& c) -> awaitable<void> {
    json::object params = call_as_task("works");
    params["_meta"] = parsed(R"({"progressToken":"p"})");
    co_await c.peer.request(1, "tools/call", params);
    const json::value answer = co_await c.answer(1, "");
    const std::string id = id_of(created(answer));
    co_await c.peer.cancel(1);  // of a request that is over: the task goes on
    json::value told = co_await c.next();
    BOOST_TEST(told.at("method") == "notifications/progress");
    BOOST_TEST(told.at("params").at("progressToken") == "p");
    BOOST_TEST(told.at("params").at("progress") == 1);
    BOOST_TEST(related_to(told.at("params")) == id);
    co_await c.peer.request(2, "tasks/result", task(id));
    co_await comcp::testing::wait_all_tasks_blocked();
    step.set();
    told = co_await c.next();
    BOOST_TEST(told.at("params").at("progress") == 2);
    last.set();
    const json::value result = co_await c.answer(2, "tools/call");
    BOOST_TEST(text_of(result) == "ready");
  });
  co_await s.stop();
}

// tasks:auth:context-isolation, S-TASK-20
COMCP_TEST_CORO(a_task_is_its_makers_alone) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time()));
  held_tool held;
  held.add_to(s, "held", optional_task);
  std::string id;
  co_await with_client(
      s, legacy, [&](client& c) -> awaitable<void> { id = co_await begin(c, "held"); }, {},
      as("ada"));
  const auto cannot = [&](client& c) -> awaitable<void> {
    for (const char* method : {"tasks/get", "tasks/result", "tasks/cancel"}) {
      const json::value answer = co_await c.ask(method, task(id));
      BOOST_TEST(code_of(answer) == -32602, method);
    }
    const json::value listed = co_await c.ask("tasks/list");
    BOOST_TEST(result_of(listed).at("tasks").as_array().empty());
  };
  co_await with_client(s, legacy, cannot, {}, as("eve"));
  co_await with_client(s, legacy, cannot);
  // Its maker comes back with another session.
  co_await with_client(
      s, legacy,
      [&](client& c) -> awaitable<void> {
        held.go.set();
        co_await c.peer.request(1, "tasks/result", task(id));
        const json::value answer = co_await c.answer(1, "tools/call");
        BOOST_TEST(text_of(answer) == "done");
        BOOST_TEST(id.size() >= 32U);
      },
      {}, as("ada"));
  co_await s.stop();
}

COMCP_TEST_CORO(without_a_principal_tasks_end_with_their_session) {
  server s("s", "1");
  const auto store = std::make_shared<memory_task_store>(task_store_limits().clock(virtual_now));
  const auto all = tasks::make(on_virtual_time().store(store));
  s.extend(all);
  held_tool held;
  held.add_to(s, "held", optional_task);
  s.tool("quick", "", quick, optional_task);
  co_await with_client(s, legacy, [&](client& c) -> awaitable<void> {
    const std::string running = co_await begin(c, "held");
    const std::string over = co_await begin(c, "quick");
    BOOST_TEST(co_await settled_status(c, running) == "working");
    BOOST_TEST(store->count() == 2U);
  });
  co_await comcp::testing::wait_all_tasks_blocked();
  BOOST_TEST(all->running() == 0U);
  BOOST_TEST(held.ended == 1);
  BOOST_TEST(store->count() == 0U);
  co_await s.stop();
}

COMCP_TEST_CORO(a_task_whose_time_is_over_is_gone_with_its_handler) {
  server s("s", "1");
  const auto all = tasks::make(on_virtual_time().ttl(10s));
  s.extend(all);
  held_tool held;
  held.add_to(s, "held", optional_task);
  co_await with_client(s, legacy, [&](client& c) -> awaitable<void> {
    const std::string id = co_await begin(c, "held");
    co_await sleep(9s);
    BOOST_TEST(co_await settled_status(c, id) == "working");
    co_await c.peer.request(1, "tasks/result", task(id));
    co_await sleep(1s);
    co_await comcp::testing::wait_all_tasks_blocked();
    BOOST_TEST(held.ended == 1);
    BOOST_TEST(all->running() == 0U);
    const json::value waited = co_await c.answer(1, "");  // who waited for its result hears it
    BOOST_TEST(code_of(waited) == -32602);
    const json::value answer = co_await c.ask("tasks/get", task(id));
    BOOST_TEST(code_of(answer) == -32602);
  });
  co_await s.stop();
}

COMCP_TEST_CORO(too_many_tasks_are_refused) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time().max_running(1)));
  held_tool held;
  held.add_to(s, "held", optional_task);
  co_await with_client(s, legacy, [&](client& c) -> awaitable<void> {
    co_await begin(c, "held");
    const json::value answer = co_await c.ask("tools/call", call_as_task("held"));
    BOOST_TEST(code_of(answer) == -32603);
    held.go.set();
    co_await comcp::testing::wait_all_tasks_blocked();
    co_await begin(c, "held");
  });
  co_await s.stop();
}

// A store's trouble costs the result, and nothing else.
COMCP_TEST_CORO(a_task_whose_end_could_not_be_stored_has_ended_all_the_same) {
  const auto store = std::make_shared<failing_store>();
  server s("s", "1");
  const auto all = tasks::make(on_virtual_time().max_running(1).store(store));
  s.extend(all);
  held_tool held;
  held.add_to(s, "held", optional_task);
  co_await with_client(s, legacy, [&](client& c) -> awaitable<void> {
    const std::string id = co_await begin(c, "held");
    co_await c.peer.request(2, "tasks/result", task(id));
    co_await comcp::testing::wait_all_tasks_blocked();
    store->fails = true;
    held.go.set();
    const json::value answer = co_await c.answer(2, "");
    BOOST_TEST(code_of(answer) == -32603);
    co_await comcp::testing::wait_all_tasks_blocked();
    BOOST_TEST(all->running() == 0U);
    store->fails = false;
    co_await begin(c, "held");  // its place is free
  });
  co_await s.stop();
}

COMCP_TEST_CORO(a_store_out_of_reach_for_a_moment_costs_a_task_nothing) {
  const auto store = std::make_shared<failing_store>();
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time().store(store)));
  held_tool held;
  held.add_to(s, "held", optional_task);
  co_await with_client(s, legacy, [&](client& c) -> awaitable<void> {
    const std::string id = co_await begin(c, "held");
    co_await c.peer.request(2, "tasks/result", task(id));
    co_await comcp::testing::wait_all_tasks_blocked();
    store->failures_left = 5;
    held.go.set();
    BOOST_TEST(text_of(co_await c.answer(2, "tools/call")) == "done");
    BOOST_TEST(status_of(co_await look(c, id)) == "completed");
  });
  co_await s.stop();
}

// tasks:bidirectional
COMCP_TEST_CORO(a_handler_may_make_tasks_of_its_client) {
  server s("s", "1");
  s.tool("asks", "", [](request_context& ctx) -> awaitable<std::string> {
    auto params = parsed(R"({"messages":[{"role":"user","content":{"type":"text","text":"?"}}],
                             "maxTokens":9,"task":{"ttl":60000}})");
    const json::value made = co_await ctx.call_peer("sampling/createMessage", params);
    const std::string id(made.at("task").at("taskId").as_string());
    const json::value seen = co_await ctx.call_peer("tasks/get", task(id));
    const json::value listed = co_await ctx.call_peer("tasks/list", json::object());
    const json::value result = co_await ctx.call_peer("tasks/result", task(id));
    const json::value ended = co_await ctx.call_peer("tasks/cancel", task(id));
    co_return std::string(seen.at("status").as_string()) + " " +
        std::string(result.at("model").as_string()) + " " +
        std::string(ended.at("status").as_string()) + " " +
        std::to_string(listed.at("tasks").as_array().size());
  });
  json::object can = everything();
  can["tasks"] = parsed(R"({"list":{},"cancel":{},"requests":{"sampling":{"createMessage":{}}}})");
  const std::string t = R"("taskId":"t1","createdAt":"2026-01-01T00:00:00Z",)"
                        R"("lastUpdatedAt":"2026-01-01T00:00:00Z","ttl":60000,"status":)";
  co_await with_client(
      s, legacy,
      [&](client& c) -> awaitable<void> {
        co_await c.peer.request(1, "tools/call", call("asks"));
        co_await answer_question(c, R"({"task":{)" + t + R"("working"}})");
        co_await answer_question(c, "{" + t + R"("working"})");
        co_await answer_question(c, R"({"tasks":[{)" + t + R"("working"}]})");
        co_await answer_question(
            c, R"({"role":"assistant","content":{"type":"text","text":"!"},"model":"m"})");
        co_await answer_question(c, "{" + t + R"("cancelled"})");
        const json::value answer = co_await c.answer(1, "tools/call");
        BOOST_TEST(text_of(answer) == "working m cancelled 1");
      },
      can);
}

BOOST_AUTO_TEST_SUITE_END()
