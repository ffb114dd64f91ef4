// Tasks on several shards: made on one, asked for on another.

#include "comcp/scope/run_on.hpp"
#include "comcp/scope/runtime.hpp"
#include "tasks/support.hpp"

#include <boost/describe/class.hpp>

#include <atomic>

using namespace test;
using namespace std::chrono_literals;

namespace {

struct named_form {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(named_form, (), (name))

awaitable<std::string> ask_name(request_context& ctx) {
  const auto who = co_await ctx.elicit<named_form>("Who are you?");
  co_return who ? "Hello, " + who->name : "nobody";
}

session_options as_ada() {
  return session_options().on_behalf_of(std::make_shared<const principal>("ada"));
}

/// Until the status is this one; real time.
awaitable<json::object> until(client& c, std::string id, std::string status) {
  for (;;) {
    json::object t = co_await look(c, id);
    if (t.at("status") == json::value(status)) co_return t;
    co_await sleep(1ms);
  }
}

/// Runs `main` on the first of two shards; the second one lives meanwhile.
void on_two_shards(server& s, std::function<awaitable<void>(shard& other)> main) {
  runtime both(runtime_options().threads(2));
  event over;  // of the second shard
  both.run([&](shard& here) -> awaitable<void> {
    if (here.index() == 1) {
      co_await over.wait();
      co_return;
    }
    auto running = main(both.at(1));
    co_await std::move(running);
    co_await s.stop();
    both.at(1).post([&] { over.set(); });
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tasks_on_shards)

BOOST_AUTO_TEST_CASE(answers_and_cancellations_reach_the_handler_wherever_it_runs) {
  server s("s", "1");
  const auto all = tasks::make();
  s.extend(all);
  s.tool("asks", "", ask_name, optional_task);
  on_two_shards(s, [&](shard& other) -> awaitable<void> {
    std::vector<std::string> ids;
    auto make = [&](client& c) -> awaitable<void> {
      for (int i = 0; i < 2; ++i)
        ids.push_back(co_await begin(c, "asks"));
    };
    co_await run_on(other,
                    [&] { return with_client(s, modern, make, declaring_tasks(), as_ada()); });
    auto use = [&](client& c) -> awaitable<void> {
      co_await until(c, ids[0], "input_required");
      json::object params = task(ids[0]);
      params["inputResponses"] = parsed(R"({"q1":{"action":"accept","content":{"name":"Ada"}}})");
      co_await c.ask("tasks/update", params);
      const json::object t = co_await until(c, ids[0], "completed");
      BOOST_TEST(t.at("result").at("content").at(0).at("text") == "Hello, Ada");
      co_await c.ask("tasks/cancel", task(ids[1]));
      co_await until(c, ids[1], "cancelled");
    };
    co_await with_client(s, modern, use, declaring_tasks(), as_ada());
  });
  BOOST_TEST(all->running() == 0U);
}

BOOST_AUTO_TEST_CASE(a_result_is_waited_for_and_questions_are_answered_on_another_shard) {
  server s("s", "1");
  const auto all = tasks::make();
  s.extend(all);
  s.tool("asks", "", ask_name, optional_task);
  on_two_shards(s, [&](shard& other) -> awaitable<void> {
    std::string id;
    event done;
    auto make = [&](client& c) -> awaitable<void> { id = co_await begin(c, "asks"); };
    co_await run_on(other, [&] { return with_client(s, legacy, make, everything(), as_ada()); });
    auto use = [&](client& c) -> awaitable<void> {
      auto reply = [](const std::string&, const json::object&) {
        return parsed(R"({"action":"accept","content":{"name":"Ada"}})");
      };
      co_await c.peer.request(1, "tasks/result", task(id));
      json::value m = co_await c.peer.expect();
      while (!m.as_object().contains("method") || !m.as_object().contains("id"))
        m = co_await c.peer.expect();
      co_await c.peer.respond(m.at("id"), reply("", {}));
      const json::value answer = co_await c.answer(1, "tools/call");
      BOOST_TEST(text_of(answer) == "Hello, Ada");
    };
    co_await with_client(s, legacy, use, everything(), as_ada());
  });
  BOOST_TEST(all->running() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
