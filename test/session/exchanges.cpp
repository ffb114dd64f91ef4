#include "json/arena.hpp"
#include "session/session_access.hpp"
#include "session/support.hpp"

// A legacy session as Streamable HTTP drives it: each message brings an outbox of its own.

using namespace comcp;
using namespace std::chrono_literals;
using test::obj;
using testing::wait_all_tasks_blocked;

BOOST_AUTO_TEST_SUITE(session_with_exchanges)

namespace {

// A legacy session as Streamable HTTP drives it: each message with an outbox of its own.
struct exchanges {
  exchanges() : conversation(session::make(handler, session_options().drain_limit(0ms))) {}

  std::shared_ptr<outbox> post(std::string_view text) {
    auto box = outbox::make(outbox_options().ends_with_last_answer(true));
    auto decoded = decoder.decode(text);
    const auto accepted =
        std::visit([&](auto&& m) { return conversation->deliver(std::move(m), box); }, decoded);
    BOOST_TEST((accepted == session::delivery::accepted));
    return box;
  }
  void handshake() {
    post(
        R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
        R"("capabilities":{"roots":{}},"clientInfo":{"name":"c","version":"1"}}})");
    post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  }
  static std::string call(int id, std::string_view method, std::string_view params = "{}") {
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" +
           std::string(method) + R"(","params":)" + std::string(params) + "}";
  }

  test::scripted_handler handler;
  std::shared_ptr<session> conversation;
  jsonrpc::decoder decoder;
};

}  // namespace

COMCP_TEST_CORO(what_is_delivered_before_run_begins_starts_with_it) {
  exchanges e;
  e.handshake();
  auto box = e.post(exchanges::call(1, "test/echo"));
  BOOST_TEST(e.conversation->initialized());
  BOOST_TEST(e.conversation->in_flight_count() == 1u);
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return e.conversation->run(); });
    BOOST_TEST(json::parse((co_await box->next())->text) == test::result(1, "{}"));
    BOOST_TEST(!(co_await box->next()).has_value());
    e.conversation->close("done");
  });
}

namespace {

using detail::session_access;

/// A request whose handler somebody else runs.
awaitable<void> visit(exchanges& e, std::string text, std::shared_ptr<outbox> box) {
  auto decoded = e.decoder.decode(text);
  auto& request = std::get<jsonrpc::request>(std::get<jsonrpc::message>(decoded));
  auto begun = session_access::begin(*e.conversation, {}, std::move(request), box);
  BOOST_TEST_REQUIRE(begun.handling.has_value());
  const session_access::visit visiting(e.conversation, begun.request);
  co_await std::move(*begun.handling);
}

}  // namespace

COMCP_TEST_CORO(what_a_request_holds_in_an_arena_lasts_until_its_handler_has_ended) {
  json::arena_pool arenas;
  exchanges e;
  e.handshake();
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return e.conversation->run(); });
    co_await wait_all_tasks_blocked();
    auto memory = arenas.take();
    const std::string text = exchanges::call(1, "test/echo", R"({"a":["b",1]})");
    auto decoded = e.decoder.decode(text, memory.storage());
    auto box = outbox::make(outbox_options().ends_with_last_answer(true));
    auto& request = std::get<jsonrpc::request>(std::get<jsonrpc::message>(decoded));
    auto begun = session_access::begin(*e.conversation, std::move(memory), std::move(request), box);
    const session_access::visit visiting(e.conversation, begun.request);
    const auto another = arenas.take();  // would be the same one if it had been given back
    const json::string filler(2000, 'x', another.storage());
    co_await std::move(*begun.handling);
    BOOST_TEST(json::parse(box->try_next()->text) == test::result(1, R"({"a":["b",1]})"));
    e.conversation->close("done");
  });
}

// What is left of it is freed then: a string at the top through its table, which is in the arena.
COMCP_TEST_CORO(a_request_that_needs_no_handler_leaves_its_arena_to_its_caller) {
  json::arena_pool arenas;
  exchanges e;
  e.handshake();
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return e.conversation->run(); });
    co_await wait_all_tasks_blocked();
    const std::string params = '"' + std::string(1'000'000, 'x') + '"';
    for (const std::string_view method : {"ping", "no/such", "tools/list"}) {
      const std::string text = R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) +
                               R"(","params":)" + params + "}";
      auto memory = arenas.take();
      auto decoded = e.decoder.decode(text, memory.storage());
      auto& request = std::get<jsonrpc::request>(std::get<jsonrpc::message>(decoded));
      auto box = outbox::make(outbox_options().ends_with_last_answer(true));
      const auto begun =
          session_access::begin(*e.conversation, std::move(memory), std::move(request), box);
      BOOST_TEST(!begun.handling.has_value());
      BOOST_TEST(bool(memory), method);
    }
    e.conversation->close("done");
  });
}

COMCP_TEST_CORO(what_needs_no_handler_is_answered_before_it_could_be_run) {
  exchanges e;
  e.handshake();
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return e.conversation->run(); });
    co_await wait_all_tasks_blocked();
    auto box = outbox::make(outbox_options().ends_with_last_answer(true));
    const auto begun = session_access::begin(*e.conversation, {}, jsonrpc::request(3, "ping"), box);
    BOOST_TEST(!begun.handling.has_value());
    BOOST_TEST(json::parse(box->try_next()->text) == test::result(3, "{}"));
    e.conversation->close("done");
  });
}

// hosting:http:disconnect-not-cancel
COMCP_TEST_CORO(a_visiting_request_is_not_cancelled_by_who_runs_it) {
  exchanges e;
  e.handshake();
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return e.conversation->run(); });
    co_await wait_all_tasks_blocked();
    auto box = outbox::make(outbox_options().ends_with_last_answer(true));
    auto host = group.spawn(
        [&] { return visit(e, exchanges::call(7, "test/slow", R"({"ms":1000})"), box); });
    co_await wait_all_tasks_blocked();
    host.cancel("the exchange is over");
    BOOST_TEST((co_await box->next()).has_value());
    e.conversation->close("done");
  });
  BOOST_TEST(e.handler.seen.unwound == 0);
}

COMCP_TEST_CORO(the_end_of_a_session_cancels_visiting_requests_and_waits_for_them) {
  for (const auto& [answered, cancelled] :
       {std::pair(false, false), std::pair(true, false), std::pair(false, true)}) {
    exchanges e;
    e.handshake();
    bool run_is_over = false;
    bool was_over = true;
    e.handler.scripts["test/tidy"] = [&](jsonrpc::request, responder r,
                                         request_context&) -> awaitable<void> {
      responder kept = std::move(r);
      if (answered) std::move(kept).reply(json::object());
      auto work = [] { return sleep_forever(); };
      auto tidy = [&]() -> awaitable<void> {
        co_await sleep(100ms);
        was_over = run_is_over;
      };
      co_await with_cleanup(work, tidy, 1s);
    };
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      auto run = [&]() -> awaitable<void> {
        struct at_end {
          bool& over;
          ~at_end() { over = true; }
        };
        const at_end end{run_is_over};
        co_await e.conversation->run();
      };
      auto running = group.spawn(run);
      co_await wait_all_tasks_blocked();
      auto box = outbox::make(outbox_options().ends_with_last_answer(true));
      group.start_soon([&] { return visit(e, exchanges::call(7, "test/tidy"), box); });
      co_await wait_all_tasks_blocked();
      BOOST_TEST(e.conversation->in_flight_count() == (answered ? 0u : 1u));
      if (cancelled)
        running.cancel("from outside");
      else
        e.conversation->close("deleted");
      co_await wait_all_tasks_blocked();
      BOOST_TEST(box->try_next().has_value() == answered);
      BOOST_TEST(!run_is_over);
    });
    BOOST_TEST(run_is_over);
    BOOST_TEST(!was_over);
  }
}

COMCP_TEST_CORO(a_session_that_never_ran_ends_its_exchanges_when_it_is_destroyed) {
  exchanges e;
  e.handshake();
  auto box = e.post(exchanges::call(1, "test/echo"));
  e.conversation.reset();
  BOOST_TEST(box->closed());
  BOOST_TEST(box->unanswered() == 1u);
  co_return;
}

COMCP_TEST_CORO(H_11_a_cancelled_request_ends_its_exchange_without_an_answer) {
  exchanges e;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return e.conversation->run(); });
    e.handshake();
    auto box = e.post(exchanges::call(7, "test/slow", R"({"ms":60000})"));
    co_await wait_all_tasks_blocked();
    BOOST_TEST(!box->closed());
    e.post(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})");
    BOOST_TEST(!(co_await box->next()).has_value());
    BOOST_TEST(box->unanswered() == 1u);
    e.conversation->close("done");
  });
  BOOST_TEST(e.handler.seen.unwound == 1);
}

// hosting:http:disconnect-not-cancel
COMCP_TEST_CORO(C_16_S_SESS_13_a_lost_exchange_does_not_cancel_its_request) {
  exchanges e;
  std::vector<send_status> statuses;
  e.handler.scripts["test/progress"] = [&](jsonrpc::request, responder a,
                                           request_context& ctx) -> awaitable<void> {
    co_await sleep(10ms);
    statuses.push_back(co_await ctx.report_progress(1));
    statuses.push_back(std::move(a).reply(obj("{}")));
  };
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return e.conversation->run(); });
    e.handshake();
    auto box = e.post(exchanges::call(7, "test/progress", R"({"_meta":{"progressToken":1}})"));
    co_await wait_all_tasks_blocked();
    box->close();  // the client's TCP connection is gone
    co_await sleep(20ms);
    BOOST_TEST(e.handler.seen.finished == 1);
    e.conversation->close("done");
  });
  BOOST_TEST((statuses == std::vector<send_status>{send_status::closed, send_status::closed}));
}

COMCP_TEST_CORO(S_04_closing_a_session_ends_every_exchange_and_refuses_the_next) {
  exchanges e;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return e.conversation->run(); });
    e.handshake();
    auto first = e.post(exchanges::call(1, "test/slow", R"({"ms":3000})"));
    auto second = e.post(exchanges::call(2, "test/slow", R"({"ms":3000})"));
    co_await wait_all_tasks_blocked();
    BOOST_TEST(e.conversation->in_flight_count() == 2u);
    e.conversation->close("DELETE");
    e.conversation->close("again");
    BOOST_TEST(e.conversation->close_reason() == "DELETE");
    BOOST_TEST(!(co_await first->next()).has_value());
    BOOST_TEST(!(co_await second->next()).has_value());
  });
  BOOST_TEST(e.handler.seen.unwound == 2);
  BOOST_TEST(e.handler.seen.session_ends == 1);
  auto decoded = e.decoder.decode(exchanges::call(3, "test/echo"));
  auto late = outbox::make();
  const auto status = e.conversation->deliver(std::get<jsonrpc::message>(std::move(decoded)), late);
  BOOST_TEST((status == session::delivery::closed));
}

// hosting:http:no-broadcast
COMCP_TEST_CORO(S_SESS_10_each_message_goes_to_exactly_one_stream) {
  exchanges e;
  e.handler.scripts["test/ask"] = [&](jsonrpc::request, responder a,
                                      request_context& ctx) -> awaitable<void> {
    co_await ctx.report_progress(1);
    const auto roots = co_await ctx.call_peer("roots/list", json::object());
    std::move(a).reply(roots);
  };
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return e.conversation->run(); });
    e.handshake();
    BOOST_TEST((e.conversation->try_notify("notifications/tools/list_changed", nullptr) ==
                send_status::closed));
    auto get = outbox::make();
    e.conversation->attach_standalone(get);
    auto post = e.post(exchanges::call(1, "test/ask", R"({"_meta":{"progressToken":1}})"));
    const auto progress = co_await post->next();
    BOOST_TEST(json::parse(progress->text).at("method") == "notifications/progress");
    const auto question = co_await post->next();
    BOOST_TEST((question->what == frame::kind::request));
    BOOST_TEST((e.conversation->try_notify("notifications/tools/list_changed", nullptr) ==
                send_status::sent));
    json::object answer;
    answer["jsonrpc"] = "2.0";
    answer["id"] = json::parse(question->text).at("id");
    answer["result"] = obj(R"({"roots":[]})");
    e.post(json::serialize(answer));
    BOOST_TEST(json::parse((co_await post->next())->text) == test::result(1, R"({"roots":[]})"));
    BOOST_TEST(get->queued_count() == 1u);

    auto newer = outbox::make();  // E-05: the newcomer replaces the old stream
    e.conversation->attach_standalone(newer);
    BOOST_TEST(get->closed());
    BOOST_TEST(get->try_next().has_value());
    BOOST_TEST((e.conversation->try_notify("notifications/tools/list_changed", nullptr) ==
                send_status::sent));
    BOOST_TEST(newer->queued_count() == 1u);
    e.conversation->close("done");
  });
}

COMCP_TEST_CORO(a_session_knows_when_it_was_last_used) {
  exchanges e;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return e.conversation->run(); });
    e.handshake();
    const auto start = this_shard().now();
    BOOST_TEST((e.conversation->last_activity() == start));
    co_await sleep(10s);
    e.post(exchanges::call(1, "test/slow", R"({"ms":5000})"));
    BOOST_TEST((e.conversation->last_activity() == start + 10s));
    BOOST_TEST(e.conversation->in_flight_count() == 1u);
    co_await sleep(1min);
    BOOST_TEST((e.conversation->last_activity() == start + 15s));
    BOOST_TEST(e.conversation->in_flight_count() == 0u);
    e.conversation->close("idle");
  });
}

BOOST_AUTO_TEST_SUITE_END()
