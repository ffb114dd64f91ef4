// Handlers that wait in memory while their client is asked. What the replayed ones do is in rounds.cpp.

#include "comcp/scope/event.hpp"
#include "comcp/scope/run_on.hpp"
#include "comcp/scope/runtime.hpp"
#include "server/answering.hpp"

#include <boost/describe/class.hpp>

using namespace test;
using namespace std::chrono_literals;

namespace {

struct named_form {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(named_form, (), (name))

/// Answers every question with the next of these letters.
answers with_letters(std::string letters) {
  return [all = std::move(letters), next = std::size_t{0}](const std::string&,
                                                           const json::object&) mutable {
    return named(std::string(1, all.at(next++)));
  };
}

/// The first attempt of a call: the result that asks.
awaitable<json::value> first_attempt(client& c, std::string tool) {
  const json::value asking = co_await c.ask("tools/call", call(tool));
  BOOST_TEST(asks(asking));
  co_return asking;
}

const tool_options parked = tool_options().parked();

/// Asks twice, and counts.
class two_questions {
 public:
  auto handler() {
    return [this](request_context& ctx) -> awaitable<std::string> {
      ++runs;
      const auto first = co_await ctx.elicit<named_form>("First?");
      ++between;
      const auto second = co_await ctx.elicit<named_form>("Second?");
      co_return first->name + "+" + second->name;
    };
  }
  int runs = 0;
  int between = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(server_parking)

COMCP_TEST_CORO(a_parked_handler_runs_once_however_often_it_asks_in_every_revision) {
  two_questions tool;
  server s("s", "1");
  s.tool("asks", "", tool.handler(), parked);
  int revisions = 0;
  auto scenario = [&](client& c) -> awaitable<void> {
    if (!c.rules.elicitation) co_return;
    ++revisions;
    const conversation all = co_await converse(c, "tools/call", call("asks"), with_letters("AB"));
    BOOST_TEST(text_of(all.answer) == "A+B");
    BOOST_TEST(all.questions.size() == 2U);
    BOOST_TEST(all.rounds == (c.rules.input_required ? 2 : 0));
  };
  co_await on_every_revision(s, scenario, everything());
  BOOST_TEST(tool.runs == revisions);
  BOOST_TEST(tool.between == revisions);
  BOOST_TEST(s.parked_calls() == 0U);
}

COMCP_TEST_CORO(questions_that_are_asked_together_travel_together) {
  server s("s", "1");
  s.tool(
      "asks", "",
      [](request_context& ctx) -> awaitable<std::string> {
        std::string one;
        std::string two;
        co_await with_task_group([&](task_group& group) -> awaitable<void> {
          group.start_soon(
              [&]() -> awaitable<void> { one = (co_await ctx.elicit<named_form>("1?"))->name; });
          group.start_soon(
              [&]() -> awaitable<void> { two = (co_await ctx.elicit<named_form>("2?"))->name; });
          co_return;
        });
        co_return one + two;
      },
      parked);
  auto scenario = [&](client& c) -> awaitable<void> {
    const conversation all = co_await converse(c, "tools/call", call("asks"), with_letters("ab"));
    BOOST_TEST(text_of(all.answer) == "ab");
    BOOST_TEST(all.rounds == 1);
  };
  co_await with_client(s, modern, scenario, everything());
}

COMCP_TEST_CORO(a_client_that_does_not_come_back_ends_its_call) {
  bool ended = false;
  server s("s", "1", server_options().rounds(round_options().lifetime(60s)));
  s.tool(
      "asks", "",
      [&](request_context& ctx) -> awaitable<std::string> {
        auto ask = [&]() -> awaitable<void> { co_await ctx.elicit<named_form>("?"); };
        auto end = [&]() -> awaitable<void> {
          ended = true;
          co_return;
        };
        co_await with_cleanup(std::ref(ask), std::ref(end), 1s);
        co_return "";
      },
      parked);
  auto scenario = [&](client& c) -> awaitable<void> {
    const json::value asking = co_await first_attempt(c, "asks");
    co_await sleep(59s);
    BOOST_TEST(!ended);
    BOOST_TEST(s.parked_calls() == 1U);
    co_await sleep(2s);
    BOOST_TEST(ended);
    BOOST_TEST(s.parked_calls() == 0U);
    json::object answer = responses("q1", named("late"));
    const json::value late =
        co_await c.ask("tools/call", retry(call("asks"), asking, std::move(answer)));
    BOOST_TEST(code_of(late) == -32602);
  };
  co_await with_client(s, modern, scenario, everything());
}

COMCP_TEST_CORO(a_client_that_leaves_while_nothing_is_asked_cancels_its_call) {
  event go;
  server s("s", "1");
  s.tool(
      "works", "",
      [&](request_context& ctx) -> awaitable<std::string> {
        co_await ctx.elicit<named_form>("?");
        co_await ctx.report_progress(1, 2, "working");
        co_await go.wait();
        co_return "";
      },
      parked);
  auto scenario = [&](client& c) -> awaitable<void> {
    const json::value asking = co_await first_attempt(c, "works");
    json::object answer = responses("q1", named("a"));
    json::object again = retry(call("works"), asking, std::move(answer));
    again["_meta"] = parsed(R"({"progressToken":"p"})");
    co_await c.peer.request(77, "tools/call", again);
    co_await comcp::testing::wait_all_tasks_blocked();
    BOOST_TEST(s.parked_calls() == 1U);
    co_await c.peer.cancel(77);
    co_await comcp::testing::wait_all_tasks_blocked();
    BOOST_TEST(s.parked_calls() == 0U);
  };
  co_await with_client(s, modern, scenario, everything());
}

COMCP_TEST_CORO(an_attempt_that_leaves_decides_nothing_over_one_that_goes_on) {
  event go;
  server s("s", "1");
  s.tool(
      "works", "",
      [&](request_context& ctx) -> awaitable<std::string> {
        co_await ctx.elicit<named_form>("?");
        co_await go.wait();
        co_return "done";
      },
      parked);
  auto scenario = [&](client& c) -> awaitable<void> {
    const json::value asking = co_await first_attempt(c, "works");
    for (const int id : {77, 78}) {
      json::object answer = responses("q1", named("a"));
      const json::object again = retry(call("works"), asking, std::move(answer));
      co_await c.peer.request(id, "tools/call", again);
      co_await comcp::testing::wait_all_tasks_blocked();
    }
    co_await c.peer.cancel(77);
    co_await comcp::testing::wait_all_tasks_blocked();
    BOOST_TEST(s.parked_calls() == 1U);
    go.set();
    const json::value outcome = co_await c.answer(78, "tools/call");
    BOOST_TEST(text_of(outcome) == "done");
  };
  co_await with_client(s, modern, scenario, everything());
  BOOST_TEST(s.parked_calls() == 0U);
}

COMCP_TEST_CORO(an_answer_that_is_none_is_refused_and_the_call_waits_on) {
  two_questions tool;
  server s("s", "1");
  s.tool("asks", "", tool.handler(), parked);
  auto scenario = [&](client& c) -> awaitable<void> {
    const json::value asking = co_await first_attempt(c, "asks");
    const json::value bad =
        co_await c.ask("tools/call", retry(call("asks"), asking, obj(R"({"q1":{"action":7}})")));
    BOOST_TEST(code_of(bad) == -32602);
    json::object answer = responses("q1", named("a"));
    const json::value next =
        co_await c.ask("tools/call", retry(call("asks"), asking, std::move(answer)));
    BOOST_TEST(asks(next));
    BOOST_TEST(tool.runs == 1);
    // The same answers once more: the call is further on, and asks what it asks now.
    json::object second = responses("q2", named("b"));
    const json::object last = retry(call("asks"), next, std::move(second));
    const json::value done = co_await c.ask("tools/call", last);
    BOOST_TEST(text_of(done) == "a+b");
    const json::value twice = co_await c.ask("tools/call", last);
    BOOST_TEST(code_of(twice) == -32602);
  };
  co_await with_client(s, modern, scenario, everything());
  BOOST_TEST(s.parked_calls() == 0U);
}

COMCP_TEST_CORO(too_many_parked_calls_are_refused_and_stopping_ends_them) {
  two_questions tool;
  server s("s", "1", server_options().max_parked_calls(1));
  s.tool("asks", "", tool.handler(), parked);
  auto scenario = [&](client& c) -> awaitable<void> {
    co_await first_attempt(c, "asks");
    const json::value refused = co_await c.ask("tools/call", call("asks"));
    BOOST_TEST(code_of(refused) == -32603);
    co_await s.stop();
    BOOST_TEST(s.parked_calls() == 0U);
    co_await first_attempt(c, "asks");
    co_await s.stop();
  };
  co_await with_client(s, modern, scenario, everything());
}

// What has parked may need longer than there is: who stops behind it gets its time, too.
COMCP_TEST_CORO(a_parked_call_that_does_not_end_leaves_time_for_the_hooks) {
  server s("s", "1");
  bool stopped = false;
  s.on_stop([&]() -> awaitable<void> {
    co_await sleep(1s);
    stopped = true;
  });
  const auto stubborn = [](request_context& ctx) -> awaitable<std::string> {
    auto ask = [&]() -> awaitable<void> { co_await ctx.elicit<named_form>("First?"); };
    auto tidy = [] { return sleep(6s); };
    co_await with_cleanup(ask, tidy, 8s);
    co_return "";
  };
  s.tool("asks", "", stubborn, parked);
  auto scenario = [&](client& c) -> awaitable<void> {
    co_await first_attempt(c, "asks");
    co_await move_on_after(5s, [&] { return s.stop(); });
    BOOST_TEST(stopped);
    co_await sleep(10s);
  };
  co_await with_client(s, modern, scenario, everything());
}

COMCP_TEST_CORO(stopping_without_any_time_calls_the_hooks_all_the_same) {
  two_questions tool;
  server s("s", "1");
  s.tool("asks", "", tool.handler(), parked);
  bool stopped = false;
  s.on_stop([&]() -> awaitable<void> {
    stopped = true;
    co_return;
  });
  auto scenario = [&](client& c) -> awaitable<void> {
    co_await first_attempt(c, "asks");
    co_await move_on_after(0s, [&] { return s.stop(); });
    BOOST_TEST(stopped);
    co_await comcp::testing::wait_all_tasks_blocked();
    BOOST_TEST(s.parked_calls() == 0U);
  };
  co_await with_client(s, modern, scenario, everything());
}

COMCP_TEST_CORO(cancelling_an_attempt_at_any_step_leaves_nothing_behind) {
  for (int step = 0; step < 30; ++step) {
    two_questions tool;
    server s("s", "1");
    s.tool("asks", "", tool.handler(), parked);
    auto scenario = [&](client& c) -> awaitable<void> {
      co_await c.peer.request(7, "tools/call", call("asks"));
      for (int i = 0; i < step; ++i)
        co_await checkpoint();
      co_await c.peer.cancel(7);
      co_await comcp::testing::wait_all_tasks_blocked();
      co_await sleep(1h);  // whether it had asked or not
      BOOST_TEST(s.parked_calls() == 0U, "step " << step);
    };
    co_await with_client(s, modern, scenario, everything());
  }
}

BOOST_AUTO_TEST_CASE(the_client_may_come_back_to_another_shard) {
  two_questions tool;
  server s("s", "1");
  s.tool("asks", "", tool.handler(), parked);
  runtime both(runtime_options().threads(2));
  event over;
  both.run([&](shard& here) -> awaitable<void> {
    if (here.index() == 1) {
      co_await over.wait();
      co_return;
    }
    json::value asking;
    auto first = [&](client& c) -> awaitable<void> { asking = co_await first_attempt(c, "asks"); };
    auto then = [&](client& c) -> awaitable<void> {
      json::object answer = responses("q1", named("Ada"));
      asking = co_await c.ask("tools/call", retry(call("asks"), asking, std::move(answer)));
      BOOST_TEST(asks(asking));
    };
    auto last = [&](client& c) -> awaitable<void> {
      json::object answer = responses("q2", named("Bob"));
      const json::value done =
          co_await c.ask("tools/call", retry(call("asks"), asking, std::move(answer)));
      BOOST_TEST(text_of(done) == "Ada+Bob");
    };
    co_await with_client(s, modern, first, everything());
    auto over_there = [&] { return with_client(s, modern, then, everything()); };
    co_await run_on(both.at(1), over_there);
    co_await with_client(s, modern, last, everything());
    co_await s.stop();
    both.at(1).post([&] { over.set(); });
  });
  BOOST_TEST(tool.runs == 1);
}

BOOST_AUTO_TEST_SUITE_END()
