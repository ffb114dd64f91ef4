#include "comcp/session/request_context.hpp"

#include "session/support.hpp"

// What a handler can say before its answer: progress, logs, questions.

using namespace comcp;
using namespace std::chrono_literals;
using test::bench;
using test::obj;
using testing::wait_all_tasks_blocked;

namespace {

using peer_ref = testing::raw_peer&;

// Asks `method` with the request's params; keeps the answer or what was thrown.
test::scripted_handler::script asks(test::trace& seen, std::string method, duration timeout = {}) {
  return [&seen, method, timeout](jsonrpc::request r, responder a,
                                  request_context& ctx) -> awaitable<void> {
    json::value params = r.params.is_object() ? r.params : json::value(json::object());
    std::string outcome;
    try {
      const auto answer =
          co_await ctx.call_peer(method, std::move(params), call_options().timeout(timeout));
      outcome = "answer " + json::serialize(answer);
    } catch (const peer_error& e) {
      outcome = "peer error " + std::to_string(e.error().code) + " " + e.error().message;
    } catch (const session_error& e) {
      outcome = e.code().message();
    }
    seen.errors.push_back(outcome);
    json::object result;
    result["outcome"] = outcome;
    std::move(a).reply(std::move(result));
  };
}

std::string outcome(const json::value& message) {
  return std::string(message.at("result").at("outcome").as_string());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(request_context_progress)

// protocol:progress:monotonic, protocol:progress:stops-after-completion, protocol:progress:callback
COMCP_TEST_CORO(S_PROG_01_progress_needs_a_token_increases_and_stops_at_the_answer) {
  bench b;
  b.handler.scripts["test/progress"] = [&](jsonrpc::request, responder a,
                                           request_context& ctx) -> awaitable<void> {
    auto& s = b.handler.seen.statuses;
    s.push_back(co_await ctx.report_progress(1, 4, "one"));
    s.push_back(co_await ctx.report_progress(1));  // not more than before
    s.push_back(co_await ctx.report_progress(0.5));
    s.push_back(co_await ctx.report_progress(std::numeric_limits<double>::quiet_NaN()));
    s.push_back(co_await ctx.report_progress(2.5));
    std::move(a).reply(obj("{}"));
    s.push_back(co_await ctx.report_progress(3));
  };
  using enum send_status;
  const auto check = [&](std::vector<send_status> expected) {
    BOOST_TEST((b.handler.seen.statuses == expected));
    b.handler.seen.statuses.clear();
  };
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(1, "test/progress", obj(R"({"_meta":{"progressToken":"t"}})"));
    BOOST_TEST(co_await peer.expect_text() ==
               R"({"jsonrpc":"2.0","method":"notifications/progress","params":)"
               R"({"progressToken":"t","progress":1,"total":4,"message":"one"}})");
    BOOST_TEST(co_await peer.expect_text() ==
               R"({"jsonrpc":"2.0","method":"notifications/progress","params":)"
               R"({"progressToken":"t","progress":2.5}})");
    BOOST_TEST(co_await peer.expect() == test::result(1, "{}"));
    co_await peer.expect_silence();
    check({sent, skipped, skipped, skipped, sent, closed});

    co_await peer.request(2, "test/progress");  // protocol:progress:no-token
    BOOST_TEST(co_await peer.expect() == test::result(2, "{}"));
    check({skipped, skipped, skipped, skipped, skipped, skipped});
  });
}

COMCP_TEST_CORO(the_message_of_progress_is_left_out_where_the_revision_lacks_it) {
  bench b(protocol::revision::v2024_11_05);
  b.handler.scripts["test/progress"] = [&](jsonrpc::request, responder a,
                                           request_context& ctx) -> awaitable<void> {
    co_await ctx.report_progress(1, {}, "text");
    std::move(a).reply(obj("{}"));
  };
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(1, "test/progress", obj(R"({"_meta":{"progressToken":0}})"));
    const auto progress = co_await peer.expect();
    BOOST_TEST(progress.at("params").at("progressToken") == 0);
    BOOST_TEST(!progress.at("params").as_object().contains("message"));
    co_await peer.expect();
  });
}

COMCP_TEST_CORO(S_07_progress_to_a_peer_that_is_gone_says_closed_and_does_not_throw) {
  bench b;
  b.handler.scripts["test/progress"] = [&](jsonrpc::request, responder a,
                                           request_context& ctx) -> awaitable<void> {
    co_await shielded([] { return sleep(1s); });
    b.handler.seen.statuses.push_back(send_status::full);
    co_await shielded([&]() -> awaitable<void> {
      b.handler.seen.statuses.back() = co_await ctx.report_progress(1);
    });
    std::move(a).reply(obj("{}"));
  };
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(1, "test/progress", obj(R"({"_meta":{"progressToken":0}})"));
    co_await wait_all_tasks_blocked();
  });
  BOOST_TEST((b.handler.seen.statuses.at(0) == send_status::closed));
  BOOST_TEST(b.sink->quiet());
}

COMCP_TEST_CORO(a_peer_that_does_not_read_suspends_the_handler_that_tells_it_too_much) {
  auto ends = make_memory_transports(100);
  test::scripted_handler handler;
  int told = 0;
  handler.scripts["test/chatty"] = [&](jsonrpc::request, responder a,
                                       request_context& ctx) -> awaitable<void> {
    for (int i = 0; i < 1000; ++i) {
      co_await ctx.report_progress(i);
      ++told;
    }
    std::move(a).reply(obj("{}"));
  };
  testing::raw_peer peer(std::move(ends.second));
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon(
        [&] { return serve(*ends.first, handler, session_options().max_outgoing_bytes(1000)); });
    co_await peer.handshake();
    co_await peer.request(1, "test/chatty", obj(R"({"_meta":{"progressToken":0}})"));
    co_await wait_all_tasks_blocked();
    BOOST_TEST(told < 50);
    for (int i = 0; i < 1000; ++i) {
      BOOST_TEST_REQUIRE((co_await peer.expect()).at("params").at("progress") == i);
    }
    BOOST_TEST(co_await peer.expect() == test::result(1, "{}"));
    BOOST_TEST(told == 1000);
    peer.close();
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(request_context_log)

namespace {

test::scripted_handler::script logs_twice(test::trace& seen) {
  return [&seen](jsonrpc::request, responder a, request_context& ctx) -> awaitable<void> {
    using protocol::logging_level;
    seen.statuses.push_back(co_await ctx.log(logging_level::info, "quiet"));
    seen.statuses.push_back(co_await ctx.log(logging_level::error, obj(R"({"x":1})"), "db"));
    std::move(a).reply(obj("{}"));
  };
}

}  // namespace

// logging:message:filtered, logging:message:fields
COMCP_TEST_CORO(S_LOG_04_the_level_of_the_session_decides_in_the_legacy_era) {
  bench b;
  b.handler.scripts["test/log"] = logs_twice(b.handler.seen);
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(1, "test/log");  // the server's default is info
    BOOST_TEST((co_await peer.expect()).at("params") ==
               json::parse(R"({"level":"info","data":"quiet"})"));
    BOOST_TEST((co_await peer.expect()).at("params") ==
               json::parse(R"({"level":"error","logger":"db","data":{"x":1}})"));
    co_await peer.expect();
    co_await peer.request(2, "logging/setLevel", obj(R"({"level":"warning"})"));
    BOOST_TEST(co_await peer.expect() == test::result(2, "{}"));
    co_await peer.request(3, "test/log");
    BOOST_TEST((co_await peer.expect()).at("params").at("level") == "error");
    BOOST_TEST((co_await peer.expect()).at("id") == 3);
  });
  BOOST_TEST(b.handler.seen.log_levels.at(0) == "warning");
}

COMCP_TEST_CORO(S_LOG_01_nothing_is_logged_by_a_server_that_does_not_declare_it) {
  bench b;
  b.handler.logging = false;
  b.handler.scripts["test/log"] = logs_twice(b.handler.seen);
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(1, "test/log");
    BOOST_TEST((co_await peer.expect()).at("id") == 1);
    co_await peer.request(2, "logging/setLevel", obj(R"({"level":"warning"})"));
    BOOST_TEST(test::error_code_of(co_await peer.expect()) == -32601);
  });
  BOOST_TEST((b.handler.seen.statuses.at(1) == send_status::skipped));
}

// logging:per-request:opt-in, logging:per-request:threshold
COMCP_TEST_CORO(S_LOG_02_the_level_of_the_request_decides_in_the_modern_era_and_none_means_none) {
  bench b(protocol::revision::v2026_07_28);
  b.handler.scripts["test/log"] = logs_twice(b.handler.seen);
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.request(1, "test/log");
    BOOST_TEST((co_await peer.expect()).at("id") == 1);
    auto params = obj(R"({"_meta":{"io.modelcontextprotocol/logLevel":"error"}})");
    co_await peer.request(2, "test/log", params);
    BOOST_TEST((co_await peer.expect()).at("params").at("level") == "error");
    BOOST_TEST((co_await peer.expect()).at("id") == 2);
    co_await peer.request(3, "test/log");  // nothing is remembered
    BOOST_TEST((co_await peer.expect()).at("id") == 3);
    params = obj(R"({"_meta":{"io.modelcontextprotocol/logLevel":"loud"}})");
    co_await peer.request(4, "test/log", params);  // logging:per-request:invalid-level
    BOOST_TEST(test::error_code_of(co_await peer.expect()) == -32602);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(request_context_call_peer)

COMCP_TEST_CORO(a_question_is_asked_and_answered_while_the_request_is_open) {
  bench b(protocol::revision::v2025_11_25, obj(R"({"roots":{}})"));
  b.handler.scripts["test/ask"] = asks(b.handler.seen, "roots/list");
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(1, "test/ask");
    const auto question = co_await peer.expect();
    BOOST_TEST(question.at("method") == "roots/list");
    co_await peer.respond(question.at("id"), obj(R"({"roots":[]})"));
    BOOST_TEST(outcome(co_await peer.expect()) == R"(answer {"roots":[]})");

    co_await peer.request(2, "test/ask");
    const auto again = co_await peer.expect();
    BOOST_TEST((again.at("id") != question.at("id")));
    json::object refusal;
    refusal["jsonrpc"] = "2.0";
    refusal["id"] = again.at("id");
    refusal["error"] = obj(R"({"code":-1,"message":"no"})");
    co_await peer.send(json::serialize(refusal));
    BOOST_TEST(outcome(co_await peer.expect()) == "peer error -1 no");
  });
}

COMCP_TEST_CORO(the_ids_of_both_directions_have_nothing_to_do_with_each_other) {
  bench b(protocol::revision::v2025_11_25, obj(R"({"roots":{}})"));
  b.handler.scripts["test/ask"] = asks(b.handler.seen, "roots/list");
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(1, "test/ask");
    const auto question = co_await peer.expect();
    BOOST_TEST(question.at("id") == 1);  // the same number as that of the client's request
    co_await peer.cancel(1);             // cancels the client's own
    co_await peer.expect();              // our question is taken back
    co_await peer.expect_silence();
  });
}

COMCP_TEST_CORO(
    C_11_a_question_that_is_not_answered_in_time_is_taken_back_and_a_late_answer_ignored) {
  bench b(protocol::revision::v2025_11_25, obj(R"({"elicitation":{}})"));
  b.handler.scripts["test/ask"] = asks(b.handler.seen, "elicitation/create", 1s);
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(1, "test/ask");
    const auto question = co_await peer.expect();
    const auto start = this_shard().now();
    const auto cancelled = co_await peer.expect();
    BOOST_TEST((this_shard().now() - start == 1s));
    BOOST_TEST(cancelled.at("method") == "notifications/cancelled");
    BOOST_TEST(cancelled.at("params").at("requestId") == question.at("id"));
    BOOST_TEST(outcome(co_await peer.expect()) == "the peer did not answer in time");
    co_await peer.respond(question.at("id"), obj("{}"));
    co_await peer.expect_silence();
    co_await peer.request(2, "tools/list");
    BOOST_TEST((co_await peer.expect()).at("id") == 2);
  });
  BOOST_TEST(b.sink->quiet());
}

// protocol:cancel:server-to-client, protocol:cancel:sender-targeting
COMCP_TEST_CORO(a_cancelled_handler_takes_its_question_back) {
  bench b(protocol::revision::v2025_11_25, obj(R"({"sampling":{}})"));
  b.handler.scripts["test/ask"] = asks(b.handler.seen, "sampling/createMessage");
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request("mine", "test/ask");
    const auto question = co_await peer.expect();
    co_await peer.cancel("mine");
    const auto cancelled = co_await peer.expect();
    BOOST_TEST(cancelled.at("method") == "notifications/cancelled");
    BOOST_TEST(cancelled.at("params").at("requestId") == question.at("id"));
    co_await peer.expect_silence();
  });
  BOOST_TEST(b.handler.seen.unwound == 1);
}

COMCP_TEST_CORO(S_LIFE_05_only_declared_capabilities_are_used) {
  bench b;
  b.handler.scripts["test/ask"] = asks(b.handler.seen, "sampling/createMessage");
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(1, "test/ask");
    BOOST_TEST(outcome(co_await peer.expect()) == "the client did not declare this capability");
  });
}

COMCP_TEST_CORO(S_MOD_07_no_request_leaves_the_server_in_the_modern_era) {
  bench b(protocol::revision::v2026_07_28, obj(R"({"roots":{}})"));
  b.handler.scripts["test/ask"] = asks(b.handler.seen, "roots/list");
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.request(1, "test/ask");
    BOOST_TEST(outcome(co_await peer.expect()) ==
               "the protocol revision has no such request from server to client");
  });
}

COMCP_TEST_CORO(S_MOD_06_a_modern_request_sees_nothing_of_the_legacy_session_beside_it) {
  bench b(protocol::revision::v2025_11_25, obj(R"({"roots":{},"sampling":{}})"));
  b.handler.scripts["test/who"] = [&](jsonrpc::request, responder a,
                                      request_context& ctx) -> awaitable<void> {
    json::object result;
    result["version"] = ctx.rules().name;
    result["client"] = ctx.client_info() != nullptr ? ctx.client_info()->name : "unknown";
    result["roots"] = ctx.client_capabilities().roots;
    result["session"] = ctx.conversation() != nullptr;
    std::move(a).reply(std::move(result));
    co_return;
  };
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    auto ends = make_memory_transports();
    const testing::raw_peer modern(std::move(ends.second), protocol::revision::v2026_07_28);
    co_await peer.handshake();
    co_await peer.request(1, "test/who");
    BOOST_TEST(
        co_await peer.expect() ==
        test::result(
            1, R"({"version":"2025-11-25","client":"raw_peer","roots":true,"session":true})"));
    co_await peer.send(modern.request_text(2, "test/who", {}));
    BOOST_TEST(
        co_await peer.expect() ==
        test::result(
            2, R"({"version":"2026-07-28","client":"unknown","roots":false,"session":false})"));
  });
}

// protocol:error:connection-closed, lifecycle:ping
COMCP_TEST_CORO(a_ping_of_the_server_is_answered_and_the_end_of_the_session_fails_what_is_open) {
  bench b;
  session* conversation = nullptr;
  b.handler.scripts["test/who"] = [&](jsonrpc::request, responder a,
                                      request_context& ctx) -> awaitable<void> {
    conversation = ctx.conversation();
    std::move(a).reply(obj("{}"));
    co_return;
  };
  std::string failed;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return serve(*b.server_end, b.handler, b.options); }, "serve");
    co_await b.peer.handshake();
    co_await b.peer.request(1, "test/who");
    co_await b.peer.expect();
    auto ping = group.spawn([&] { return conversation->call_peer("ping", json::object()); });
    const auto question = co_await b.peer.expect();
    co_await b.peer.respond(question.at("id"), json::object());
    co_await ping.wait();
    group.start_soon([&]() -> awaitable<void> {
      try {
        co_await conversation->call_peer("ping", json::object());
      } catch (const session_error& e) {
        failed = e.code().message();
      }
    });
    co_await b.peer.expect();
    b.peer.close();
  });
  BOOST_TEST(failed == "the peer is gone");
}

BOOST_AUTO_TEST_SUITE_END()
