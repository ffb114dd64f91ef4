// Tasks that ask: what they wait for, what is known when they begin once more, and what they hold meanwhile.
// spec: 2026-07-28, extensions/tasks

#include "tasks/extension.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

using namespace test;
using namespace std::chrono_literals;

namespace {

struct city_form {
  std::string city;
};
BOOST_DESCRIBE_STRUCT(city_form, (), (city))

const tool_options by_handler = tool_options().task(task_support::optional, task_start::by_handler);

}  // namespace

BOOST_AUTO_TEST_SUITE(tasks_that_ask)

// S-TASK-16, S-TASK-17
COMCP_TEST_CORO(questions_stand_in_the_task_and_answers_come_by_update) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time()));
  s.tool(
      "asks", "",
      [](request_context& ctx) -> awaitable<std::string> {
        std::string name;
        std::string city;
        co_await with_task_group([&](task_group& group) -> awaitable<void> {
          group.start_soon([&]() -> awaitable<void> {
            name = (co_await ctx.elicit<named_form>("Name?", call_options().key("k")))->name;
          });
          group.start_soon([&]() -> awaitable<void> {
            city = (co_await ctx.elicit<city_form>("City?", call_options().key("k")))->city;
          });
          co_return;
        });
        const auto more = co_await ctx.elicit<named_form>("More?", call_options().key("k"));
        co_return name + city + (more ? more->name : "");
      },
      optional_task);
  co_await with_tasks_client(s, [&](client& c) -> awaitable<void> {
    const std::string id = co_await begin(c, "asks");
    BOOST_TEST(co_await settled_status(c, id) == "input_required");
    json::object t = co_await look(c, id);
    const json::object both = t.at("inputRequests").as_object();
    BOOST_TEST(both.size() == 2U);
    BOOST_TEST(both.at("k").at("method") == "elicitation/create");
    BOOST_TEST(both.at("k").at("params").at("message") == "Name?");
    BOOST_TEST(both.at("k-2").at("params").at("message") == "City?");
    BOOST_TEST(!t.contains("requestState"));

    // What is no answer is refused, and changes nothing; unknown keys are ignored.
    json::value answer = co_await c.ask(
        "tasks/update", answers_for(id, R"({"k":{"action":"accept","content":{"name":7}},
                            "k-2":{"action":"accept","content":{"city":"Rome"}}})"));
    BOOST_TEST(code_of(answer) == -32602);
    BOOST_TEST(
        std::string(error_of(answer).at("message").as_string()).starts_with("/inputResponses/k"));
    answer = co_await c.ask("tasks/update", answers_for(id, R"({"other":{"action":"decline"}})"));
    check_ack(answer);
    t = co_await look(c, id);
    BOOST_TEST(t.at("inputRequests") == both);

    answer =
        co_await c.ask("tasks/update",
                       answers_for(id, R"({"k-2":{"action":"accept","content":{"city":"Rome"}}})"));
    check_ack(answer);
    t = co_await look(c, id);
    BOOST_TEST(t.at("status") == "input_required");
    BOOST_TEST(t.at("inputRequests").as_object().size() == 1U);
    answer = co_await c.ask(
        "tasks/update", answers_for(id, R"({"k":{"action":"accept","content":{"name":"Ada"}}})"));
    check_ack(answer);
    co_await comcp::testing::wait_all_tasks_blocked();
    t = co_await look(c, id);
    BOOST_TEST(t.at("inputRequests").as_object().contains("k-3"));  // a key is never used again
    answer = co_await c.ask(
        "tasks/update", answers_for(id, R"({"k-3":{"action":"accept","content":{"name":"!"}}})"));
    BOOST_TEST(co_await settled_status(c, id) == "completed");
    t = co_await look(c, id);
    BOOST_TEST(t.at("result").at("content").at(0).at("text") == "AdaRome!");
    answer = co_await c.ask("tasks/update", answers_for(id, R"({"k":{"action":"decline"}})"));
    check_ack(answer);
    for (const char* bad : {"[]", "null", "7"}) {
      answer = co_await c.ask("tasks/update", answers_for(id, bad));
      BOOST_TEST(code_of(answer) == -32602, bad);
    }
  });
  co_await s.stop();
}

COMCP_TEST_CORO(a_handler_may_ask_first_and_become_a_task_then) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time()));
  int runs = 0;
  int orders = 0;
  event go;
  const auto greets = [&](request_context& ctx) -> awaitable<std::string> {
    ++runs;
    auto order = [&]() -> awaitable<int> { co_return ++orders; };
    const int number = co_await ctx.once("order", std::ref(order));
    const auto who = co_await ctx.elicit<named_form>("Who are you?");
    ctx.continue_as_task();
    co_await go.wait();
    const auto again = co_await ctx.elicit<named_form>("And your friend?");
    co_return who->name + "+" + again->name + " " + std::to_string(number);
  };
  s.tool("greets", "", greets, by_handler);
  co_await with_tasks_client(s, [&](client& c) -> awaitable<void> {
    co_await c.peer.request(1, "tools/call", call("greets"));
    const json::value asking = co_await c.answer(1, "tools/call");
    BOOST_TEST_REQUIRE(asks(asking));
    BOOST_TEST(!result_of(asking).contains("taskId"));
    const json::object again = retry(call("greets"), asking,
                                     obj(R"({"q1":{"action":"accept","content":{"name":"Ada"}}})"));
    co_await c.peer.request(2, "tools/call", again);
    const json::value made = co_await c.answer(2, "");
    BOOST_TEST(result_of(made).at("resultType") == "task");
    BOOST_TEST(!result_of(made).contains("requestState"));
    BOOST_TEST(!result_of(made).contains("inputRequests"));
    const std::string id = id_of(result_of(made));
    BOOST_TEST(co_await settled_status(c, id) == "working");
    go.set();
    BOOST_TEST(co_await settled_status(c, id) == "input_required");
    json::object t = co_await look(c, id);
    BOOST_TEST(t.at("inputRequests").as_object().begin()->key() == "q2");
    co_await c.ask("tasks/update",
                   answers_for(id, R"({"q2":{"action":"accept","content":{"name":"Bob"}}})"));
    BOOST_TEST(co_await settled_status(c, id) == "completed");
    t = co_await look(c, id);
    BOOST_TEST(t.at("result").at("content").at(0).at("text") == "Ada+Bob 1");
    BOOST_TEST(runs == 3);
  });
  // A client without tasks gets the answer itself.
  co_await with_client(
      s, modern,
      [&](client& c) -> awaitable<void> {
        auto reply = [](const std::string&, const json::object&) {
          return parsed(R"({"action":"accept","content":{"name":"Eve"}})");
        };
        const conversation all = co_await converse(c, "tools/call", call("greets"), reply);
        BOOST_TEST(text_of(all.answer) == "Eve+Eve 2");
      },
      everything());
  co_await s.stop();
}

// Two tasks of a handler: one asks, which ends the attempt, the other would go on as a task then.
COMCP_TEST_CORO(who_has_asked_becomes_no_task_that_nobody_knows) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time()));
  int runs = 0;
  const auto greets = [&](request_context& ctx) -> awaitable<std::string> {
    ++runs;
    std::string name;
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      group.start_soon([&]() -> awaitable<void> {
        co_await shielded([] { return sleep(1ms); });
        ctx.continue_as_task();
      });
      const auto who = co_await ctx.elicit<named_form>("Who are you?");
      name = who->name;
    });
    co_return name;
  };
  s.tool("greets", "", greets, by_handler);
  co_await with_tasks_client(s, [&](client& c) -> awaitable<void> {
    co_await c.peer.request(1, "tools/call", call("greets"));
    const json::value asking = co_await c.answer(1, "tools/call");
    BOOST_TEST_REQUIRE(asks(asking));
    co_await sleep(1s);
    BOOST_TEST(runs == 1);
    const json::object again = retry(call("greets"), asking,
                                     obj(R"({"q1":{"action":"accept","content":{"name":"Ada"}}})"));
    co_await c.peer.request(2, "tools/call", again);
    const json::value made = co_await c.answer(2, "");
    BOOST_TEST(result_of(made).at("resultType") == "task");
    const std::string id = id_of(result_of(made));
    co_await sleep(1s);
    BOOST_TEST(co_await settled_status(c, id) == "completed");
    BOOST_TEST(runs == 3);
  });
  co_await s.stop();
}

// The client declares nothing that can be asked.
COMCP_TEST_CORO(what_was_done_once_is_done_once_for_who_can_not_be_asked_either) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time()));
  int orders = 0;
  const auto ordered = [&](request_context& ctx) -> awaitable<std::string> {
    auto order = [&]() -> awaitable<int> { co_return ++orders; };
    const int number = co_await ctx.once("order", std::ref(order));
    ctx.continue_as_task();
    co_return "order " + std::to_string(number);
  };
  s.tool("orders", "", ordered, by_handler);
  json::object declared;
  declared["extensions"] = declaring_tasks().at("extensions");
  co_await with_client(
      s, modern,
      [&](client& c) -> awaitable<void> {
        const std::string id = co_await begin(c, "orders");
        BOOST_TEST(co_await settled_status(c, id) == "completed");
        const json::object t = co_await look(c, id);
        BOOST_TEST(t.at("result").at("content").at(0).at("text") == "order 1");
        BOOST_TEST(orders == 1);
      },
      declared);
  co_await s.stop();
}

COMCP_TEST_CORO(without_a_place_for_a_task_nothing_is_done_or_asked_again) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time().max_running(0)));
  int orders = 0;
  const auto greets = [&](request_context& ctx) -> awaitable<std::string> {
    auto order = [&]() -> awaitable<int> { co_return ++orders; };
    const int number = co_await ctx.once("order", std::ref(order));
    const auto who = co_await ctx.elicit<named_form>("Who are you?");
    ctx.continue_as_task();
    co_return who->name + " " + std::to_string(number);
  };
  s.tool("greets", "", greets, by_handler);
  co_await with_tasks_client(s, [&](client& c) -> awaitable<void> {
    const auto reply = [](const std::string&, const json::object&) -> json::value {
      return named("Ada");
    };
    const conversation all = co_await converse(c, "tools/call", call("greets"), reply);
    BOOST_TEST(text_of(all.answer) == "Ada 1");
    BOOST_TEST(all.questions.size() == 1U);
    BOOST_TEST(orders == 1);
  });
  co_await s.stop();
}

// docs/scopes.md, operands of && and ||
COMCP_TEST_CORO(both_operands_of_one_wait_may_ask) {
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time()));
  const auto asks_both = [](request_context& ctx) -> awaitable<std::string> {
    using namespace asio::experimental::awaitable_operators;
    auto both = ctx.elicit<named_form>("Name?", call_options().key("name")) &&
                ctx.elicit<city_form>("City?", call_options().key("city"));
    const auto answers = co_await std::move(both);
    co_return std::get<0>(answers)->name + " of " + std::get<1>(answers)->city;
  };
  s.tool("asks", "", asks_both, optional_task);
  co_await with_tasks_client(s, [&](client& c) -> awaitable<void> {
    const std::string id = co_await begin(c, "asks");
    BOOST_TEST(co_await settled_status(c, id) == "input_required");
    json::object t = co_await look(c, id);
    BOOST_TEST_REQUIRE(t.at("inputRequests").as_object().size() == 2U);
    const json::value ack = co_await c.ask(
        "tasks/update", answers_for(id, R"({"name":{"action":"accept","content":{"name":"Ada"}},
                            "city":{"action":"accept","content":{"city":"Rome"}}})"));
    check_ack(ack);
    BOOST_TEST(co_await settled_status(c, id) == "completed");
    t = co_await look(c, id);
    BOOST_TEST(t.at("result").at("content").at(0).at("text") == "Ada of Rome");
  });
  co_await s.stop();
}

COMCP_TEST_CORO(a_task_that_waits_for_answers_keeps_nobody_waiting) {
  server s("s", "1", server_options().max_concurrent_calls(2));
  s.extend(tasks::make(on_virtual_time().max_running(2)));
  held_tool held;
  held.add_to(s, "held", {});
  s.tool("asks", "", ask_name, optional_task);
  s.tool("echo", "", []() -> awaitable<std::string> { co_return "echo"; });
  co_await with_tasks_client(s, [&](client& c) -> awaitable<void> {
    std::vector<std::string> ids;
    for (int i = 0; i < 2; ++i) {
      ids.push_back(co_await begin(c, "asks"));
      BOOST_TEST(co_await settled_status(c, ids.back()) == "input_required");
    }
    BOOST_TEST(s.running_calls() == 0U);
    const json::value answer = co_await c.ask("tools/call", call("echo"));
    BOOST_TEST(text_of(answer) == "echo");

    // Nor do they wait for those who took their places meanwhile.
    for (const int id : {91, 92})
      co_await c.peer.request(id, "tools/call", call("held"));
    co_await comcp::testing::wait_all_tasks_blocked();
    BOOST_TEST(s.running_calls() == 2U);
    for (const std::string& id : ids) {
      co_await c.ask("tasks/update",
                     answers_for(id, R"({"q1":{"action":"accept","content":{"name":"Ada"}}})"));
      BOOST_TEST(co_await settled_status(c, id) == "completed");
    }
    BOOST_TEST(s.running_calls() == 2U);
    co_await c.peer.request(93, "tools/call", call("echo"));
    co_await comcp::testing::wait_all_tasks_blocked();
    BOOST_TEST(s.waiting_calls() == 1U);
    held.go.set();
    co_await c.answer(91, "tools/call");
    co_await c.answer(92, "tools/call");
    const json::value last = co_await c.answer(93, "tools/call");
    BOOST_TEST(text_of(last) == "echo");
    BOOST_TEST(s.running_calls() == 0U);
  });
  co_await s.stop();
}

BOOST_AUTO_TEST_SUITE_END()
