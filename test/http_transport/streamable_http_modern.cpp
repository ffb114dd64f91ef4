// 2026-07-28 over Streamable HTTP: stateless.

#include <boost/test/unit_test.hpp>

#include "http_transport/support.hpp"

using namespace test;

BOOST_AUTO_TEST_SUITE(streamable_http_modern)

// hosting:http:modern:tools-call-stateless, hosting:http:modern:no-session-id, S-HTTP-05, S-MOD-06
COMCP_TEST_CORO(a_call_needs_nothing_before_it) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const reply r = co_await w.connect().ask(modern_call("\"a\"", "echo", R"({"text":"hi"})"));
    BOOST_TEST(r.status == 200);
    BOOST_TEST(r.header("Content-Type") == "application/json");
    BOOST_TEST(r.json().at("id") == "a");
    BOOST_TEST(r.json().at("result").at("resultType") == "complete");
    check_schema(r.body, modern_version, "tools/call");
    BOOST_TEST(r.header("Mcp-Session-Id").empty());
    const reply list = co_await w.connect().ask(modern_text("1", "tools/list"));
    check_schema(list.body, modern_version, "tools/list");
    BOOST_TEST(w.server.stats().sessions == 0U);
    BOOST_TEST(w.server.stats().requests == 2U);
  });
}

// hosting:http:modern:no-session-id
// S-HTTP-19
COMCP_TEST_CORO(session_ids_and_event_ids_are_ignored) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const header_list leftovers = {{"Mcp-Session-Id", "0-whatever"}, {"Last-Event-ID", "7"}};
    const reply r = co_await w.connect().ask(modern_call("1", "progress", R"({"n":1})", leftovers));
    BOOST_TEST(r.streams());
    BOOST_TEST(r.header("Mcp-Session-Id").empty());
    BOOST_TEST(r.events.size() == 1U);
    BOOST_TEST(!r.events[0].id);
    BOOST_TEST(!r.events[0].retry);
    co_await sleep(1s);
  });
}

// A body is taken from where it was read: what follows it is the next request's.
COMCP_TEST_CORO(pipelined_requests_are_answered_in_order_wherever_they_are_cut) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    const header_list session = {{"Mcp-Session-Id", id}};
    const std::string first = modern_call("1", "echo", R"({"text":"a"})");
    const std::string all =
        first + post_text(call_body(2, "echo"), session) + modern_call("3", "echo");
    for (const std::size_t cut : {all.size(), first.size(), first.size() - 3, first.size() + 3}) {
      world::connection& c = w.connect();
      c.send(all.substr(0, cut));
      co_await testing::wait_all_tasks_blocked();
      c.send(all.substr(cut));
      for (int expected = 1; expected <= 3; ++expected) {
        const reply r = co_await c.settle();
        BOOST_TEST(r.status == 200);
        BOOST_TEST(r.json().at("id") == expected);
      }
    }
  });
}

// S-MOD-15, hosting:http:modern:legacy-fallthrough: both eras on one endpoint, even on one connection.
COMCP_TEST_CORO(both_eras_are_served_side_by_side) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    const header_list session = {{"Mcp-Session-Id", id}};
    world::connection& c = w.connect();
    for (int i = 0; i < 3; ++i) {
      const reply legacy = co_await c.ask(post_text(call_body(i, "echo"), session));
      BOOST_TEST(legacy.status == 200);
      BOOST_TEST(legacy.body.find("resultType") == std::string::npos);
      const reply modern = co_await c.ask(modern_call("1", "echo"));
      BOOST_TEST(modern.json().at("result").at("resultType") == "complete");
    }
    const std::string unknown =
        post_text(call_body(1, "echo"), {{"MCP-Protocol-Version", "1999-01-01"}});
    const reply refused = co_await c.ask(unknown);
    BOOST_TEST(refused.status == 400);
    BOOST_TEST(refused.body.find("Unsupported protocol version") != std::string::npos);
  });
}

struct refusal_row {
  const char* name;
  std::string text;
  int status;
  int code;
  const char* id;
};

// hosting:http:modern:handler-exception-internal-error, hosting:http:modern:initialize-removed
// 05 §5.5, S-HTTP-17, S-HTTP-24, H-15, hosting:http:modern:*
COMCP_TEST_CORO(every_error_has_its_status_its_code_and_the_requests_id) {
  const auto versioned = [](std::string_view body) {
    return post_text(body, {{"MCP-Protocol-Version", std::string(modern_version)}});
  };
  const std::string no_envelope = R"({"jsonrpc":"2.0","id":4,"method":"tools/list"})";
  const std::string v999 =
      post_text(modern_body("4", "tools/list", "", "v999.0.0"),
                {{"MCP-Protocol-Version", "v999.0.0"}, {"Mcp-Method", "tools/list"}});
  const std::vector<refusal_row> rows = {
      {"unknown method", modern_text("4", "no/such"), 404, -32601, "4"},
      {"initialize", modern_text("4", "initialize"), 404, -32601, "4"},
      {"ping", modern_text("4", "ping"), 404, -32601, "4"},
      {"logging/setLevel", modern_text("4", "logging/setLevel"), 404, -32601, "4"},
      {"resources/subscribe", modern_text("4", "resources/subscribe"), 404, -32601, "4"},
      {"resources/unsubscribe", modern_text("4", "resources/unsubscribe"), 404, -32601, "4"},
      {"no envelope", versioned(no_envelope), 400, -32602, "4"},
      {"unsupported version", v999, 400, -32022, "4"},
      {"no method header", versioned(modern_body("4", "tools/list")), 400, -32020, "4"},
      {"no version header", post_text(modern_body("4", "tools/list")), 400, -32020, "4"},
      {"wrong name", modern_call("4", "echo", "{}", {{"Mcp-Name", "other"}}), 400, -32020, "4"},
      {"no parameter header", modern_call("4", "annotated", R"({"region":"us"})"), 400, -32020,
       "4"},
      {"handler -32602", modern_call("4", "fail", R"({"code":-32602})"), 400, -32602, "4"},
      {"handler -32601", modern_call("4", "fail", R"({"code":-32601})"), 404, -32601, "4"},
      {"handler's own code", modern_call("4", "fail", R"({"code":42})"), 200, 42, "4"},
      {"handler throws", modern_call("4", "throw"), 200, -32603, "4"},
      {"not JSON", versioned("{"), 400, -32700, nullptr},
      {"response", versioned(R"({"jsonrpc":"2.0","id":4,"result":{}})"), 400, -32600, nullptr},
      {"batch", versioned("[" + modern_body("4", "tools/list") + "]"), 400, -32600, nullptr},
  };
  world w;
  co_await w.run([&]() -> awaitable<void> {
    world::connection& c = w.connect();
    for (const refusal_row& row : rows) {
      const reply r = co_await c.ask(row.text);
      BOOST_TEST_CONTEXT(row.name) {
        BOOST_TEST(r.status == row.status);
        BOOST_TEST(r.code() == row.code);
        BOOST_TEST(r.header("Content-Type") == "application/json");
        BOOST_TEST(r.body.find("hunter2") == std::string::npos);
        if (row.id != nullptr)
          BOOST_TEST(json::serialize(r.json().at("id")) == row.id);
        else
          BOOST_TEST(!r.json().as_object().contains("id"));
        check_schema(r.body, modern_version);
      }
    }
    // The server goes on.
    const reply fine = co_await c.ask(modern_call("1", "echo"));
    BOOST_TEST(fine.status == 200);
  });
}

// S-HTTP-14
COMCP_TEST_CORO(annotated_arguments_are_checked_against_the_catalogue) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const header_list right = {{"Mcp-Param-Region", "us"}};
    const reply r =
        co_await w.connect().ask(modern_call("1", "annotated", R"({"region":"us"})", right));
    BOOST_TEST(r.status == 200);
    const header_list wrong = {{"Mcp-Param-Region", "eu"}};
    const reply no =
        co_await w.connect().ask(modern_call("1", "annotated", R"({"region":"us"})", wrong));
    BOOST_TEST(no.status == 400);
    BOOST_TEST(no.code() == -32020);
  });
}

// hosting:http:modern:notification-post-202
COMCP_TEST_CORO(a_notification_is_accepted_and_cancels_nobody) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    world::connection& calling = w.connect();
    calling.send(modern_call("7", "slow", R"({"ms":1000})"));
    co_await testing::wait_all_tasks_blocked();
    const std::string cancel =
        post_text(cancel_body(7), {{"MCP-Protocol-Version", std::string(modern_version)}});
    const reply accepted = co_await w.connect().ask(cancel);
    BOOST_TEST(accepted.status == 202);
    BOOST_TEST(accepted.body.empty());
    co_await sleep(2s);
    const reply r = co_await calling.settle();
    BOOST_TEST(r.json().at("id") == 7);
  });
}

// S-HTTP-21, S-HTTP-22, S-HTTP-23, 05 §5.2
COMCP_TEST_CORO(a_notification_first_makes_a_stream_and_errors_on_it_are_events) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    world::connection& c = w.connect();
    const reply begun = co_await c.ask(modern_call("5", "progress", R"({"n":2,"ms":100})"));
    BOOST_TEST(begun.status == 200);
    BOOST_TEST(begun.streams());
    BOOST_TEST(begun.header("X-Accel-Buffering") == "no");
    BOOST_TEST(begun.event(0).at("method") == "notifications/progress");
    check_schema(*begun.events.at(0).data, modern_version);
    co_await sleep(1s);
    const reply rest = co_await c.more();
    BOOST_TEST(rest.complete);
    BOOST_TEST(rest.event(1).at("id") == 5);
    check_schema(*rest.events.at(1).data, modern_version, "tools/call");
  });
}

// 05 §5.2 (c)
COMCP_TEST_CORO(silence_becomes_a_stream_of_comments_at_the_keep_alive_limit) {
  world w(streamable_http_options().keep_alive(3s));
  co_await w.run([&]() -> awaitable<void> {
    world::connection& c = w.connect();
    c.send(modern_call("5", "slow", R"({"ms":10000})"));
    co_await sleep(2900ms);
    const reply nothing = co_await c.settle();
    BOOST_TEST(nothing.status == 0);
    co_await sleep(200ms);
    const reply begun = co_await c.settle();
    BOOST_TEST(begun.streams());
    BOOST_TEST(begun.comments == 1U);
    co_await sleep(10s);
    const reply rest = co_await c.more();
    BOOST_TEST(rest.comments == 2U);
    BOOST_TEST(rest.events.size() == 1U);
    BOOST_TEST(rest.complete);
  });
}

// S-HTTP-20, C-16's other half: the client's leaving is the cancel, in whatever form it waits.
COMCP_TEST_CORO(a_client_that_leaves_cancels_its_request) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    world::connection& waits = w.connect();
    waits.send(modern_call("1", "forever"));
    world::connection& closes = w.connect();
    closes.send(modern_call("1", "forever"));
    world::connection& reads = w.connect();
    co_await reads.ask(modern_call("1", "progress", R"({"n":1000,"ms":1000})"));
    world::connection& other = w.connect();
    other.send(modern_call("1", "slow", R"({"ms":1000})"));
    co_await testing::wait_all_tasks_blocked();
    BOOST_TEST(w.server.stats().in_flight == 4U);
    waits.peer().reset();
    closes.peer().fin();
    reads.peer().reset();
    co_await testing::wait_all_tasks_blocked();
    BOOST_TEST(w.tools.seen.unwound == 3);
    BOOST_TEST(w.server.stats().in_flight == 1U);
    BOOST_TEST(closes.peer().output().empty());
    co_await sleep(1s);
    const reply r = co_await other.settle();
    BOOST_TEST(r.status == 200);
  });
}

// R-11: routing is by exchange, never by id.
COMCP_TEST_CORO(equal_ids_of_different_clients_never_meet) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    int mismatches = 0;
    world::connection& a = w.connect();
    world::connection& b = w.connect();
    for (int i = 0; i < 1000; ++i) {
      const std::string n = std::to_string(i);
      a.send(modern_call("1", "echo", R"({"text":"a)" + n + "\"}"));
      b.send(modern_call("1", "echo", R"({"text":"b)" + n + "\"}"));
      const reply ra = co_await a.settle();
      const reply rb = co_await b.settle();
      if (ra.body.find("\"a" + n + "\"") == std::string::npos) ++mismatches;
      if (rb.body.find("\"b" + n + "\"") == std::string::npos) ++mismatches;
    }
    BOOST_TEST(mismatches == 0);
  });
}

// S-SUB-01, S-SUB-05; the frames come at once, also where answers are JSON only.
COMCP_TEST_CORO(a_subscription_is_a_stream_until_either_side_ends_it) {
  for (const answer_form form : {answer_form::as_needed, answer_form::json_only}) {
    world w(streamable_http_options().answers(form));
    co_await w.run([&]() -> awaitable<void> {
      world::connection& c = w.connect();
      const std::string listen =
          modern_text("\"L\"", "subscriptions/listen", R"("notifications":{})");
      const reply begun = co_await c.ask(listen);
      BOOST_TEST(begun.streams());
      BOOST_TEST(begun.event(0).at("method") == "notifications/subscriptions/acknowledged");
      check_schema(*begun.events.at(0).data, modern_version);
      co_await sleep(40s);
      const reply alive = co_await c.more();
      BOOST_TEST(alive.comments == 2U);
      BOOST_TEST(!alive.complete);
      world::connection& leaves = w.connect();
      co_await leaves.ask(listen);
      leaves.peer().reset();
      co_await testing::wait_all_tasks_blocked();
      BOOST_TEST(w.tools.seen.unwound == 1);
      w.tools.release.set();
      const reply rest = co_await c.more();
      BOOST_TEST(rest.event(0).at("id") == "L");
      BOOST_TEST(rest.complete);
    });
  }
}

// H-20 in this era: subscriptions end now, calls get the limit.
COMCP_TEST_CORO(draining_ends_subscriptions_now_and_calls_at_the_limit) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    world::connection& listens = w.connect();
    co_await listens.ask(modern_text("1", "subscriptions/listen", R"("notifications":{})"));
    world::connection& quick = w.connect();
    quick.send(modern_call("2", "slow", R"({"ms":1000})"));
    world::connection& silent = w.connect();
    silent.send(modern_call("3", "forever"));
    world::connection& talking = w.connect();
    co_await talking.ask(modern_call("4", "progress", R"({"n":1000,"ms":1000})"));
    co_await testing::wait_all_tasks_blocked();

    w.server.drain(5s);
    const reply not_yet = co_await listens.more();
    BOOST_TEST(!not_yet.complete);  // its server may answer it
    co_await sleep(200ms);
    const reply end = co_await listens.more();
    BOOST_TEST(end.complete);
    const reply refused = co_await w.connect().ask(modern_call("5", "echo"));
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(refused.json().at("id") == 5);
    co_await sleep(2s);
    const reply finished = co_await quick.settle();
    BOOST_TEST(finished.status == 200);
    const reply waiting = co_await silent.settle();
    BOOST_TEST(waiting.status == 0);
    co_await sleep(4s);
    const reply cut = co_await silent.settle();
    BOOST_TEST(cut.status == 503);
    BOOST_TEST(cut.json().at("id") == 3);
    const reply last = co_await talking.more();
    BOOST_TEST(last.complete);
    BOOST_TEST(w.tools.seen.unwound == 3);
    BOOST_TEST(w.server.stats().in_flight == 0U);
  });
}

// An answer is written by the call that gives it; what the client doesn't take yet follows when it does.
COMCP_TEST_CORO(an_answer_that_a_slow_reader_takes_in_parts_arrives_whole) {
  const std::string big(300'000, 'x');
  for (const bool in_parts : {true, false}) {
    world w;
    co_await w.run([&]() -> awaitable<void> {
      world::connection& c = w.connect();
      if (in_parts)
        c.peer().window(100);
      else
        c.peer().no_try_write();
      c.send(modern_call("1", "echo", R"({"text":")" + big + "\"}"));
      co_await testing::wait_all_tasks_blocked();
      if (in_parts) {
        BOOST_TEST(w.server.stats().in_flight == 1U);
        c.peer().window(1'000'000);
      }
      const reply r = co_await c.settle();
      BOOST_TEST(r.status == 200);
      BOOST_TEST(r.complete);
      BOOST_TEST(r.body.size() > big.size());
      const reply next = co_await c.ask(modern_call("2", "echo"));
      BOOST_TEST(next.status == 200);
      BOOST_TEST(w.server.stats().in_flight == 0U);
    });
  }
}

// ... and a client that leaves in the middle of it ends the exchange, and nothing else.
COMCP_TEST_CORO(a_client_that_leaves_in_the_middle_of_an_answer_leaves_nothing) {
  const std::string big(300'000, 'x');
  world w;
  co_await w.run([&]() -> awaitable<void> {
    world::connection& c = w.connect();
    c.peer().window(100);
    c.send(modern_call("1", "echo", R"({"text":")" + big + "\"}"));
    co_await testing::wait_all_tasks_blocked();
    BOOST_TEST(w.server.stats().in_flight == 1U);
    c.peer().reset();
    co_await testing::wait_all_tasks_blocked();
    BOOST_TEST(w.server.stats().in_flight == 0U);
    const reply fresh = co_await w.connect().ask(modern_call("2", "echo"));
    BOOST_TEST(fresh.status == 200);
  });
}

// S-SUB-05: a server that answers its subscriptions when it shuts down ends them gracefully.
COMCP_TEST_CORO(subscriptions_answered_at_the_drain_end_with_their_result) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    world::connection& listens = w.connect();
    co_await listens.ask(modern_text("1", "subscriptions/listen", R"("notifications":{})"));
    w.server.drain(5s);
    co_await testing::wait_all_tasks_blocked();
    w.tools.release.set();
    const reply end = co_await listens.more();
    BOOST_TEST(end.complete);
    BOOST_REQUIRE(end.events.size() == 1U);
    BOOST_TEST(end.event(0).at("id") == 1);
  });
}

// Hurrying: the shorter limit counts.
COMCP_TEST_CORO(a_second_drain_with_a_shorter_limit_hurries) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& legacy = w.connect();
    legacy.send(post_text(call_body(1, "forever"), {{"Mcp-Session-Id", id}}));
    world::connection& modern = w.connect();
    modern.send(modern_call("3", "forever"));
    co_await testing::wait_all_tasks_blocked();
    w.server.drain(1h);
    co_await sleep(1s);
    BOOST_TEST(w.server.stats().in_flight == 2U);
    w.server.drain(2s);
    co_await sleep(3s);
    BOOST_TEST(w.server.stats().in_flight == 0U);
    const reply cut = co_await modern.settle();
    BOOST_TEST(cut.status == 503);
  });
}

// The handler sees who asks and with what.
COMCP_TEST_CORO(the_handler_sees_headers_of_its_request) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const header_list agent = {{"User-Agent", "tester"}};
    co_await w.connect().ask(modern_call("1", "echo", "{}", agent));
    BOOST_TEST(w.tools.seen.agent == "tester");
    const std::string id = co_await w.open("2025-11-25", "{}", agent);
    w.tools.seen.agent.clear();
    const header_list session = {{"Mcp-Session-Id", id}};
    co_await w.connect().ask(post_text(call_body(1, "echo"), session));
    BOOST_TEST(w.tools.seen.agent == "tester");  // of the request that opened the session
  });
}

// hosting:session:cors-expose
// H-17
BOOST_AUTO_TEST_CASE(pages_of_allowed_origins_get_what_mcp_needs) {
  const http::cors_policy policy =
      streamable_http_cors(http::cors_policy().allow_origin("https://app.example"));
  http::request_head head;
  head.method = "OPTIONS";
  head.target = "/mcp";
  head.headers.add("Origin", "https://app.example").add("Access-Control-Request-Method", "DELETE");
  const auto preflight = policy.preflight(head);
  BOOST_REQUIRE(preflight.has_value());
  BOOST_TEST(preflight->status == 204);
  for (const char* name : {"MCP-Protocol-Version", "Mcp-Session-Id", "Last-Event-ID",
                           "Authorization", "Mcp-Method", "Mcp-Name", "Content-Type"})
    BOOST_TEST(preflight->headers.has_token("Access-Control-Allow-Headers", name));
  for (const char* method : {"GET", "POST", "DELETE"})
    BOOST_TEST(preflight->headers.has_token("Access-Control-Allow-Methods", method));
  http::fields out;
  head.method = "POST";
  policy.decorate(head, out);
  BOOST_TEST(out.has_token("Access-Control-Expose-Headers", "Mcp-Session-Id"));
  BOOST_TEST(out.has_token("Access-Control-Expose-Headers", "WWW-Authenticate"));
}

BOOST_AUTO_TEST_SUITE_END()
