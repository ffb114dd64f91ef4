// Group C: cancellation and structured concurrency, over the wire.

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "comcp/scope/sleep.hpp"
#include "comcp/scope/with_scope.hpp"
#include "lifecycle/live_server.hpp"

using namespace lifecycle;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(lifecycle_cancellation)

// Entering a scope twice, or leaving it elsewhere, can't be written: compile_fail/scope_*.cpp. What can: the
// same body again inside itself, each scope cancelled by its own, under a request that is cancelled as well.
BOOST_AUTO_TEST_CASE(C_01_scopes_inside_a_request_end_where_they_began) {
  std::atomic<int> absorbed{0};
  live_server s({}, [&absorbed](comcp::server& server) {
    server.tool("nested", "", [&absorbed]() -> comcp::awaitable<std::string> {
      std::function<comcp::awaitable<void>(int)> enter = [&](int depth) -> comcp::awaitable<void> {
        auto body = [&](comcp::cancel_scope& scope) -> comcp::awaitable<void> {
          if (depth > 0) co_await enter(depth - 1);
          co_await comcp::sleep(1ms);  // those inside have ended: this one has not
          scope.cancel();
          co_await comcp::sleep(10min);
        };
        if (!co_await comcp::with_cancel_scope(std::ref(body))) ++absorbed;
      };
      co_await enter(4);
      co_await comcp::sleep(20ms);
      co_return "whole";
    });
  });
  {
    const live_session in(s);
    const http_answer a = in.ask(call(1, "nested"));
    BOOST_TEST(a.body.find("whole") != std::string::npos, a.body);
    BOOST_TEST(absorbed == 5);
    for (int id = 2; id <= 31; ++id) {  // at any depth
      wire c = in.send(call(id, "nested"));
      std::this_thread::sleep_for(std::chrono::milliseconds(id % 15));
      in.ask(cancel(id));
      const http_answer head = c.read_answer();
      const std::string answer = answer_of(c, head);
      BOOST_TEST((answer.empty() || answer.find("whole") != std::string::npos), answer);
    }
    const http_answer next = in.ask(call(100, "nested"));
    BOOST_TEST(next.body.find("whole") != std::string::npos, next.body);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(C_04_a_cancelled_handler_unwinds_where_it_waits) {
  live_server s;
  {
    const live_session in(s);
    int id = 0;
    const auto took = live_server::fastest(10, [&] {
      wire c = in.send(call(++id, "nap", R"({"ms":60000})"));
      s.until("it runs", [&] { return s.counts.started == id; });
      in.ask(cancel(id));
      s.until("it has unwound", [&] { return s.counts.unwound == id; });
      const http_answer head = c.read_answer();
      BOOST_TEST(answer_of(c, head) == "");
    });
    BOOST_TEST(took.count() < 100);
    BOOST_TEST(s.counts.completed == 0);
    const http_answer next = in.ask(call(80, "echo", R"({"text":"on"})"));
    BOOST_TEST(next.status == 200);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(C_05_cancels_of_nothing_are_ignored) {
  live_server s;
  {
    const live_session in(s);
    in.ask(call(1, "echo", R"({"text":"a"})"));
    const auto before = s.log->lines(comcp::log_level::info);
    for (const char* nonsense :
         {R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})",
          R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"no"}})",
          R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}})",
          R"({"jsonrpc":"2.0","method":"notifications/cancelled"})"}) {
      const http_answer a = in.ask(nonsense);
      BOOST_TEST(a.status == 202);
    }
    const auto after = s.log->lines(comcp::log_level::info);  // no line above debug
    BOOST_TEST(after == before, boost::test_tools::per_element());
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(C_07_cancelling_one_leaves_its_neighbour) {
  live_server s;
  {
    const live_session in(s);
    wire one = in.send(call(1, "nap", R"({"ms":60000})"));
    wire two = in.send(call(2, "nap", R"({"ms":200})"));
    s.until("both run", [&] { return s.counts.started == 2; });
    in.ask(cancel(1));
    const http_answer head = two.read_answer();
    BOOST_TEST(answer_of(two, head).find("rested") != std::string::npos);
    BOOST_TEST(s.counts.unwound == 1);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(C_09_a_shielded_rollback_completes_and_runs_once) {
  live_server s;
  {
    const live_session in(s);
    wire c = in.send(call(7, "stubborn", R"({"ms":100})"));
    s.until("it runs", [&] { return s.counts.started == 1; });
    in.ask(cancel(7));
    in.ask(cancel(7));
    s.until("it has unwound", [&] { return s.counts.unwound == 1; });
    BOOST_TEST(s.counts.rolled_back == 1);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(C_11_a_question_that_timed_out_is_taken_back) {
  live_server s;
  s.expected_warnings = {"did not answer in time"};
  {
    const live_session in(s, "2025-11-25", R"({"elicitation":{}})");
    wire c = in.send(call(7, "ask", R"({"ms":50})"));
    const http_answer head = c.read_answer();
    BOOST_TEST_REQUIRE(head.is_stream());
    std::string asked;
    std::string taken_back;
    std::string answer;
    while (auto e = c.read_event()) {
      if (e->data.find("elicitation/create") != std::string::npos) asked = e->data;
      if (e->data.find("notifications/cancelled") != std::string::npos) taken_back = e->data;
      if (e->data.find("\"id\":7") != std::string::npos) answer = e->data;
    }
    BOOST_TEST(!asked.empty());
    BOOST_TEST(!taken_back.empty());
    BOOST_TEST(answer.find("isError") != std::string::npos);
    const http_answer late = in.ask(R"({"jsonrpc":"2.0","id":1,"result":{"action":"decline"}})");
    BOOST_TEST(late.status == 202);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(C_12_the_end_of_a_session_ends_everything_under_it) {
  live_server s;
  {
    const live_session in(s);
    std::vector<wire> open;
    for (int id = 1; id <= 5; ++id)
      open.push_back(in.send(call(id, "crowd", R"({"ms":60000})")));
    s.until("all run", [&] { return s.counts.started == 20; });
    wire bye = s.connect();
    bye.send(request("DELETE", in.headers()));
    BOOST_TEST(bye.read_answer().status / 100 == 2);
    s.until("all have unwound", [&] { return s.counts.unwound == 20; });
    s.until("the session is gone", [&] { return s.stats().sessions == 0; });
  }
  s.check_baseline();
}

// On connections of their own. On one, as standard streams are: processes.cpp.
BOOST_AUTO_TEST_CASE(C_15_a_cancel_by_another_connection_is_read_while_handlers_run) {
  live_server s;
  {
    const live_session in(s);
    wire slow = in.send(call(1, "nap", R"({"ms":60000})"));
    // Another shard may read the other connections first.
    s.until("it runs", [&] { return s.counts.started == 1; });
    const http_answer fast = in.ask(call(2, "echo", R"({"text":"on"})"));
    BOOST_TEST(fast.status == 200);
    in.ask(cancel(1));
    s.until("it has unwound", [&] { return s.counts.unwound == 1; });
  }
  s.check_baseline();
}

// In both eras: what a client that left means.
BOOST_AUTO_TEST_CASE(C_16_leaving_cancels_in_the_modern_era_only) {
  live_server s;
  {
    const live_session in(s);
    wire legacy = in.send(call(7, "nap", R"({"ms":300})"));
    s.until("it runs", [&] { return s.counts.started == 1; });
    legacy.reset();
    s.until("it went on", [&] { return s.counts.completed == 1; });
    BOOST_TEST(s.counts.unwound == 0);

    wire modern = s.connect();
    modern.send(modern_call(7, "nap", R"({"ms":60000})"));
    s.until("it runs", [&] { return s.counts.started == 2; });
    modern.reset();
    s.until("it was cancelled", [&] { return s.counts.unwound == 1; });
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_SUITE_END()
