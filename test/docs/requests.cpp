// The code of docs/requests.md.

#include <string>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/scope/with_scope.hpp"
#include "server/support.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

// [progress]
struct index_args {
  int files = 0;
};
BOOST_DESCRIBE_STRUCT(index_args, (), (files))

comcp::awaitable<std::string> build_index(index_args args, comcp::request_context& context) {
  for (int i = 1; i <= args.files; ++i) {
    co_await comcp::sleep(100ms);  // a piece of the work
    // Sent only if the client asked for it; never after the answer, never backwards.
    co_await context.report_progress(i, args.files, "indexed file " + std::to_string(i));
  }
  co_return "done";
}
// [/progress]

// [logging]
comcp::awaitable<std::string> import_data(comcp::request_context& context) {
  using comcp::protocol::logging_level;
  co_await context.log(logging_level::debug, "opened the file", "importer");
  co_await context.log(logging_level::warning, "3 rows were skipped", "importer");
  co_return "imported";
}
// [/logging]

// [cancellation]
comcp::awaitable<std::string> export_data() {
  co_await comcp::with_cleanup(
      [] { return comcp::sleep(1h); },  // cancelled here, wherever "here" is
      []() -> comcp::awaitable<void> {
        co_await comcp::sleep(10ms);  // undo what was half done: this may wait, too
      },
      5s);  // but not for ever
  co_return "exported";
}
// [/cancellation]

// [parallel]
comcp::awaitable<int> ask_backend(int n) {
  co_await comcp::sleep(1s);
  co_return n;
}

comcp::awaitable<int> ask_all() {
  int sum = 0;
  co_await comcp::with_task_group([&](comcp::task_group& g) -> comcp::awaitable<void> {
    for (int n = 1; n <= 3; ++n) {
      g.start_soon([&sum, n]() -> comcp::awaitable<void> { sum += co_await ask_backend(n); });
    }
    co_return;
  });  // all have ended here, also when one failed or the request was cancelled
  co_return sum;
}
// [/parallel]

// [about]
comcp::awaitable<std::string> who_asks(comcp::request_context& context) {
  std::string text = context.client_info() ? context.client_info()->name : "somebody";
  text += context.client_capabilities().sampling ? " can sample" : " can't sample";
  if (const auto* trace = context.meta().verbatim.if_contains("traceparent")) {
    text += ", trace " + std::string(trace->as_string());
  }
  co_return text;
}
// [/about]

}  // namespace

BOOST_AUTO_TEST_SUITE(docs_requests)

COMCP_TEST_CORO(progress_and_logging) {
  server s("s", "1");
  s.tool("index", "", build_index).tool("import", "", import_data);
  co_await with_client(s, revision::v2025_11_25, [](client& c) -> awaitable<void> {
    co_await c.ask("tools/call", obj(R"({"name":"index","arguments":{"files":3},
                                         "_meta":{"progressToken":"t"}})"));
    BOOST_TEST(c.notifications.size() == 3U);
    BOOST_TEST(c.notifications.back().at("params").at("progress") == 3);
    c.notifications.clear();
    co_await c.ask("logging/setLevel", obj(R"({"level":"warning"})"));
    co_await c.ask("tools/call", obj(R"({"name":"import"})"));
    BOOST_TEST(c.notifications.size() == 1U);
    BOOST_TEST(c.notifications.back().at("params").at("data") == "3 rows were skipped");
  });
}

COMCP_TEST_CORO(cancellation_runs_the_cleanup_and_sends_nothing) {
  server s("s", "1");
  s.tool("export", "", export_data);
  co_await with_client(s, revision::v2025_11_25, [](client& c) -> awaitable<void> {
    co_await c.peer.request(7, "tools/call", obj(R"({"name":"export"})"));
    co_await sleep(1s);
    co_await c.peer.cancel(7);
    co_await c.peer.expect_silence(1min);
  });
}

COMCP_TEST_CORO(tasks_in_a_handler) {
  server s("s", "1");
  s.tool("all", "", ask_all);
  co_await with_client(s, revision::v2025_11_25, [](client& c) -> awaitable<void> {
    const auto begin = this_shard().now();
    auto a = co_await c.ask("tools/call", obj(R"({"name":"all"})"));
    BOOST_TEST(text_of(a) == "6");
    BOOST_TEST((this_shard().now() - begin == 1s));
  });
}

COMCP_TEST_CORO(what_is_known_of_the_caller) {
  server s("s", "1");
  s.tool("who", "", who_asks);
  co_await with_client(s, revision::v2026_07_28, [](client& c) -> awaitable<void> {
    auto a = co_await c.ask("tools/call", obj(R"({"name":"who"})"));
    BOOST_TEST(text_of(a).find("can't sample") != std::string::npos);
  });
}

BOOST_AUTO_TEST_SUITE_END()
