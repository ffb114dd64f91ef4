// The code of docs/tasks.md and docs/extensions.md.

#include "comcp/tasks/tasks.hpp"

#include "comcp/scope/sleep.hpp"
#include "tasks/support.hpp"

#include <boost/describe/class.hpp>

#include <chrono>

using namespace test;

namespace {

// [tasks-handler]
struct scene {
  std::string name;
  int frames = 1;
};
BOOST_DESCRIBE_STRUCT(scene, (), (name, frames))

comcp::awaitable<std::string> render(scene wanted, comcp::request_context& ctx) {
  for (int done = 0; done < wanted.frames; ++done) {
    co_await comcp::sleep(std::chrono::minutes(1));  // one frame
    co_await ctx.report_progress(done + 1, wanted.frames, "frame " + std::to_string(done + 1));
  }
  co_return wanted.name + ".mp4";
}
// [/tasks-handler]

void register_it(comcp::server& server) {
  // [tasks-register]
  server.extend(comcp::tasks::make());
  server.tool("render", "Renders a scene", render,
              comcp::tool_options().task(comcp::task_support::optional));
  // [/tasks-register]
}

// [tasks-by-handler]
struct consent {
  bool start = false;
};
BOOST_DESCRIBE_STRUCT(consent, (), (start))

comcp::awaitable<std::string> render_if_wanted(comcp::request_context& ctx) {
  const auto answer = co_await ctx.elicit<consent>("This takes an hour. Start?");
  if (!answer || !answer->start) co_return "Not rendered.";
  ctx.continue_as_task();  // the client gets its task here
  co_await comcp::sleep(std::chrono::hours(1));
  co_return "film.mp4";
}
// [/tasks-by-handler]

void register_the_other(comcp::server& server) {
  // [tasks-by-handler-register]
  server.tool(
      "render_if_wanted", "Asks, then renders", render_if_wanted,
      comcp::tool_options().task(comcp::task_support::optional, comcp::task_start::by_handler));
  // [/tasks-by-handler-register]
}

// [extension]
class audit final : public comcp::extension {
 public:
  audit() : extension("example.com/audit") {
    add(comcp::extension_method(
        "audit/list", [this](json::object, comcp::request_context& ctx) { return list(ctx); }));
  }

 private:
  comcp::awaitable<json::object> list(comcp::request_context& ctx) {
    json::object result;
    result["asker"] = ctx.on_behalf_of() ? ctx.on_behalf_of()->subject : "anybody";
    co_return result;
  }
};
// [/extension]

}  // namespace

BOOST_AUTO_TEST_SUITE(docs_tasks)

COMCP_TEST_CORO(a_long_call_in_both_designs) {
  comcp::server server("films", "1");
  register_it(server);
  for (const revision r : {legacy, modern})
    co_await with_client(
        server, r,
        [&](client& c) -> awaitable<void> {
          json::object params = call("render", R"({"name":"rain","frames":45})");
          if (c.rules.tasks_in_core) params["task"] = parsed(R"({"ttl":3600000})");
          co_await c.peer.request(1, "tools/call", params);
          const json::value made = co_await c.answer(1, "");
          const std::string id =
              c.rules.tasks_in_core ? id_of(created(made)) : id_of(result_of(made));
          co_await comcp::sleep(std::chrono::minutes(46));
          BOOST_TEST(co_await settled_status(c, id) == "completed");
        },
        declaring_tasks());
  co_await server.stop();
}

COMCP_TEST_CORO(asks_then_goes_on_as_a_task) {
  comcp::server server("films", "1");
  register_it(server);
  register_the_other(server);
  co_await with_client(
      server, modern,
      [&](client& c) -> awaitable<void> {
        co_await c.peer.request(1, "tools/call", call("render_if_wanted"));
        const json::value asking = co_await c.answer(1, "tools/call");
        BOOST_TEST_REQUIRE(asks(asking));
        co_await c.peer.request(
            2, "tools/call",
            retry(call("render_if_wanted"), asking,
                  obj(R"({"q1":{"action":"accept","content":{"start":true}}})")));
        const json::value made = co_await c.answer(2, "");
        BOOST_TEST(result_of(made).at("status") == "working");
      },
      declaring_tasks());
  co_await server.stop();
}

COMCP_TEST_CORO(an_extension_has_methods_of_its_own) {
  comcp::server server("films", "1");
  // [extension-register]
  server.extend(std::make_shared<audit>());
  // [/extension-register]
  co_await with_client(
      server, modern,
      [&](client& c) -> awaitable<void> {
        co_await c.peer.request(1, "audit/list");
        const json::value answer = co_await c.answer(1, "");
        BOOST_TEST(result_of(answer).at("asker") == "anybody");
      },
      obj(R"({"extensions":{"example.com/audit":{}}})"));
}

BOOST_AUTO_TEST_SUITE_END()
