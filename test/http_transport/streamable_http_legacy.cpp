// Sessions over Streamable HTTP: 2025-03-26 to 2025-11-25.

#include <boost/test/unit_test.hpp>

#include "http_transport/support.hpp"

using namespace test;

namespace {

header_list in(const std::string& id, header_list more = {}) {
  more.emplace_back("Mcp-Session-Id", id);
  return more;
}

std::string get_text(const std::string& id) {
  return request_text("GET", {{"Accept", "text/event-stream"}, {"Mcp-Session-Id", id}});
}

std::string delete_text(const std::string& id) {
  return request_text("DELETE", {{"Mcp-Session-Id", id}});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(streamable_http_legacy)

// hosting:session:delete, transport:streamable-http:stateful
// hosting:session:create, hosting:session:reuse, S-SESS-01, S-SESS-05, S-HTTP-05, S-HTTP-06, S-HTTP-08
COMCP_TEST_CORO(a_session_is_opened_used_and_deleted) {
  for (const std::string version : {"2025-03-26", "2025-06-18", "2025-11-25"}) {
    world w;
    co_await w.run([&]() -> awaitable<void> {
      world::connection& c = w.connect();
      const reply hello = co_await c.ask(post_text(initialize_body(version)));
      BOOST_TEST(hello.status == 200);
      BOOST_TEST(hello.header("Content-Type") == "application/json");
      const std::string id = hello.header("Mcp-Session-Id");
      BOOST_TEST(id.size() >= 32U);
      BOOST_TEST(hello.json().at("result").at("protocolVersion").as_string() == version);
      check_schema(hello.body, version, "initialize");

      const header_list session = in(id, {{"MCP-Protocol-Version", version}});
      const reply accepted = co_await c.ask(post_text(initialized_body, session));
      BOOST_TEST(accepted.status == 202);
      BOOST_TEST(accepted.body.empty());
      BOOST_TEST(w.tools.seen.session_starts == 1);

      const reply answer =
          co_await c.ask(post_text(call_body(7, "echo", R"({"text":"hi"})"), session));
      BOOST_TEST(answer.status == 200);
      BOOST_TEST(answer.header("Content-Type") == "application/json");
      BOOST_TEST(answer.header("Mcp-Session-Id").empty());  // S-SESS-01: only on initialize
      BOOST_TEST(answer.json().at("id") == 7);
      check_schema(answer.body, version, "tools/call");

      BOOST_TEST(w.server.stats().sessions == 1U);
      const reply gone = co_await c.ask(request_text("DELETE", session));
      BOOST_TEST(gone.status == 204);
      BOOST_TEST(gone.body.empty());
      co_await testing::wait_all_tasks_blocked();
      BOOST_TEST(w.server.stats().sessions == 0U);
      BOOST_TEST(w.server.stats().sessions_deleted == 1U);
    });
  }
}

// hosting:session:unknown-id
// hosting:session:post-termination-404, S-SESS-04, T-02
COMCP_TEST_CORO(a_session_that_ended_or_never_was_is_404_and_the_text_says_what_to_do) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    world::connection& c = w.connect();
    const std::string ended = co_await w.open();
    const reply deleted = co_await c.ask(delete_text(ended));
    BOOST_TEST(deleted.status == 204);
    std::string never = ended;
    never.back() = never.back() == '0' ? '1' : '0';
    const std::string elsewhere = "ff" + ended.substr(1);
    for (const std::string& id :
         {ended, never, elsewhere, std::string("garbage"), std::string("0-")}) {
      for (const std::string& text :
           {post_text(call_body(3, "echo"), in(id)), post_text(initialized_body, in(id)),
            post_text(initialize_body(), in(id)), get_text(id), delete_text(id)}) {
        const reply r = co_await c.ask(text);
        BOOST_TEST(r.status == 404);
        BOOST_TEST(r.code() == -32600);
        BOOST_TEST(r.body.find("initialize") != std::string::npos);
      }
    }
    const reply r = co_await c.ask(post_text(call_body(3, "echo"), in(ended)));
    BOOST_TEST(r.json().at("id") == 3);
  });
}

// flow:multi-client:stateful-isolation
// hosting:session:isolation, flow:session:terminate-then-reconnect
COMCP_TEST_CORO(each_initialize_makes_a_session_of_its_own) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string a = co_await w.open();
    const std::string b = co_await w.open("2025-06-18");
    BOOST_TEST(a != b);
    BOOST_TEST(w.server.stats().sessions == 2U);
    world::connection& c = w.connect();
    const reply deleted = co_await c.ask(delete_text(a));
    BOOST_TEST(deleted.status == 204);
    const reply still = co_await c.ask(post_text(call_body(1, "echo"), in(b)));
    BOOST_TEST(still.status == 200);
    const std::string again = co_await w.open();
    const reply works = co_await c.ask(post_text(call_body(1, "echo"), in(again)));
    BOOST_TEST(works.status == 200);
  });
}

// hosting:session:reinitialize
COMCP_TEST_CORO(a_second_initialize_in_a_session_is_refused_by_it) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& c = w.connect();
    const reply r = co_await c.ask(post_text(initialize_body(), in(id)));
    BOOST_TEST(r.status == 200);
    BOOST_TEST(r.code() == -32600);
    BOOST_TEST(r.header("Mcp-Session-Id").empty());
    BOOST_TEST(w.server.stats().sessions == 1U);
  });
}

// T-08: nothing is left of an attempt that failed.
COMCP_TEST_CORO(a_failed_establishment_leaves_nothing) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string bad_params =
        R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{}}})";
    const std::pair<std::string, int> attempts[] = {
        {post_text(initialize_body(), {{"MCP-Protocol-Version", "1999-01-01"}}), 400},
        {request_text("POST", {{"Content-Type", "application/json"}, {"Accept", "text/plain"}},
                      initialize_body()),
         406},
        {request_text("POST", {{"Content-Type", "text/plain"}, {"Accept", "*/*"}},
                      initialize_body()),
         415},
        {post_text("{"), 400},
        {post_text(bad_params), 200},
        {request_text("GET", {{"Accept", "text/event-stream"}}), 400},
        {request_text("DELETE", {}), 400},
        {request_text("PUT", {}, "x"), 405},
    };
    for (const auto& [text, status] : attempts) {
      world::connection& c = w.connect();
      const reply r = co_await c.ask(text);
      BOOST_TEST_CONTEXT(text) {
        BOOST_TEST(r.status == status);
        BOOST_TEST(r.code() != 0);
        BOOST_TEST(r.header("Mcp-Session-Id").empty());
        BOOST_TEST(w.server.stats().sessions == 0U);
        // H-07: the connection goes on.
        const reply next = co_await c.ask(post_text(initialized_body));
        BOOST_TEST(next.status == 400);
      }
    }
    // S-01: the client leaves while its body is being read.
    world::connection& c = w.connect();
    const std::string whole = post_text(initialize_body());
    c.send(whole.substr(0, whole.size() - 20));
    co_await testing::wait_all_tasks_blocked();
    c.peer().fin();
    const reply nothing = co_await c.settle();
    BOOST_TEST(nothing.status == 0);
    BOOST_TEST(w.server.stats().sessions == 0U);
    BOOST_TEST(w.server.stats().sessions_opened == 0U);
  });
}

// T-10
COMCP_TEST_CORO(above_the_cap_clients_are_told_to_come_back_later) {
  world w(streamable_http_options().max_sessions(2).retry_after(std::chrono::seconds(7)));
  co_await w.run([&]() -> awaitable<void> {
    const std::string a = co_await w.open();
    co_await w.open();
    world::connection& c = w.connect();
    for (int i = 0; i < 20; ++i) {
      const reply r = co_await c.ask(post_text(initialize_body()));
      BOOST_TEST(r.status == 503);
      BOOST_TEST(r.header("Retry-After") == "7");
      BOOST_TEST(r.code() == -32603);
      BOOST_TEST(r.json().at("id") == 0);
    }
    BOOST_TEST(w.server.stats().sessions == 2U);
    BOOST_TEST(w.server.stats().sessions_turned_away == 20U);
    const reply served = co_await c.ask(post_text(call_body(1, "echo"), in(a)));
    BOOST_TEST(served.status == 200);
    co_await c.ask(delete_text(a));
    co_await w.open();  // there is room again
  });
}

// T-05: on by default, counted.
COMCP_TEST_CORO(idle_sessions_are_ended_and_busy_ones_are_not) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    for (int i = 0; i < 5; ++i)
      co_await w.open();
    const std::string streaming = co_await w.open();
    const std::string working = co_await w.open();
    const std::string used = co_await w.open();
    w.connect().send(get_text(streaming));
    w.connect().send(post_text(call_body(1, "slow", R"({"ms":7200000})"), in(working)));
    co_await sleep(29min);
    BOOST_TEST(w.server.stats().sessions == 8U);
    world::connection& c = w.connect();
    co_await c.ask(post_text(call_body(1, "echo"), in(used)));
    co_await sleep(5min);
    BOOST_TEST(w.server.stats().sessions == 3U);
    BOOST_TEST(w.server.stats().sessions_reaped == 5U);
    co_await sleep(30min);
    BOOST_TEST(w.server.stats().sessions == 2U);
    const reply r = co_await w.connect().ask(post_text(call_body(1, "echo"), in(used)));
    BOOST_TEST(r.status == 404);
    co_await sleep(3h);  // the call is over, the stream still open
    BOOST_TEST(w.server.stats().sessions == 1U);
  });
}

COMCP_TEST_CORO(without_an_idle_limit_sessions_stay) {
  world w(streamable_http_options().idle_limit(0s));
  co_await w.run([&]() -> awaitable<void> {
    co_await w.open();
    co_await sleep(1000h);
    BOOST_TEST(w.server.stats().sessions == 1U);
  });
}

// hosting:http:response-same-connection
// hosting:http:sse-close-after-response, transport:streamable-http:notifications, H-19, S-HTTP-23
COMCP_TEST_CORO(progress_makes_the_answer_a_stream_that_ends_with_it) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& c = w.connect();
    const reply begun =
        co_await c.ask(post_text(call_body(5, "progress", R"({"n":2,"ms":100})"), in(id)));
    BOOST_TEST(begun.status == 200);
    BOOST_TEST(begun.streams());
    BOOST_TEST(begun.header("Cache-Control") == "no-cache, no-transform");
    BOOST_TEST(begun.header("X-Accel-Buffering") == "no");
    BOOST_TEST(begun.events.size() == 1U);
    BOOST_TEST(!begun.complete);
    check_schema(*begun.events[0].data, "2025-11-25");
    BOOST_TEST(w.server.stats().streams == 1U);
    BOOST_TEST(w.server.stats().in_flight == 1U);
    co_await sleep(1s);
    const reply rest = co_await c.more();
    BOOST_TEST(rest.events.size() == 2U);
    BOOST_TEST(rest.event(0).at("method") == "notifications/progress");
    BOOST_TEST(rest.event(1).at("id") == 5);
    check_schema(*rest.events[1].data, "2025-11-25", "tools/call");
    BOOST_TEST(rest.complete);
    BOOST_TEST(w.server.stats().streams == 0U);
    // The connection serves on.
    const reply next = co_await c.ask(post_text(call_body(6, "echo"), in(id)));
    BOOST_TEST(next.json().at("id") == 6);
  });
}

// H-19, 05 §5.2: silence becomes a stream of comments.
COMCP_TEST_CORO(a_long_silence_is_kept_alive_by_comments) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& c = w.connect();
    c.send(post_text(call_body(5, "slow", R"({"ms":50000})"), in(id)));
    co_await sleep(14s);
    const reply nothing = co_await c.settle();
    BOOST_TEST(nothing.status == 0);
    co_await sleep(2s);
    const reply begun = co_await c.settle();
    BOOST_TEST(begun.streams());
    BOOST_TEST(begun.primed.size() == 1U);
    BOOST_TEST(begun.events.empty());
    co_await sleep(40s);
    const reply rest = co_await c.more();
    BOOST_TEST(rest.comments == 2U);
    BOOST_TEST(rest.events.size() == 1U);
    BOOST_TEST(rest.complete);
  });
}

// hosting:http:standalone-sse-no-response
// hosting:http:standalone-sse, transport:streamable-http:unrelated-messages, S-SESS-09, S-SESS-10
COMCP_TEST_CORO(messages_of_no_request_go_to_the_get_stream_and_nowhere_else) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& stream = w.connect();
    const reply open = co_await stream.ask(get_text(id));
    BOOST_TEST(open.status == 200);
    BOOST_TEST(open.streams());
    BOOST_TEST(open.header("Cache-Control") == "no-cache, no-transform");
    BOOST_TEST(open.header("X-Accel-Buffering") == "no");
    BOOST_TEST(open.primed.size() == 1U);  // the first byte comes at once
    world::connection& c = w.connect();
    const reply answer = co_await c.ask(post_text(call_body(5, "note"), in(id)));
    BOOST_TEST(answer.header("Content-Type") == "application/json");
    const reply pushed = co_await stream.more();
    BOOST_TEST(pushed.events.size() == 1U);
    BOOST_TEST(pushed.event(0).at("method") == "notifications/tools/list_changed");
    check_schema(*pushed.events.at(0).data, "2025-11-25");
    co_await sleep(31s);
    const reply alive = co_await stream.more();
    BOOST_TEST(alive.comments == 2U);
    BOOST_TEST(alive.events.empty());
    BOOST_TEST(!alive.complete);
  });
}

// E-05, 05 §4.2: the newcomer replaces the old stream, which is closed first.
COMCP_TEST_CORO(a_second_get_replaces_the_first) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& old_one = w.connect();
    co_await old_one.ask(get_text(id));
    world::connection& new_one = w.connect();
    const reply open = co_await new_one.ask(get_text(id));
    BOOST_TEST(open.status == 200);
    const reply ended = co_await old_one.more();
    BOOST_TEST(ended.complete);
    BOOST_TEST(w.server.stats().streams == 1U);
    co_await w.connect().ask(post_text(call_body(5, "note"), in(id)));
    const reply pushed = co_await new_one.more();
    BOOST_TEST(pushed.events.size() == 1U);
    const reply silent = co_await old_one.more();
    BOOST_TEST(silent.events.empty());
    // The connection of the old stream can be used.
    const reply next = co_await old_one.ask(post_text(call_body(6, "echo"), in(id)));
    BOOST_TEST(next.status == 200);
    // A client that left is no obstacle either.
    new_one.peer().reset();
    co_await testing::wait_all_tasks_blocked();
    BOOST_TEST(w.server.stats().streams == 0U);
    const reply third = co_await old_one.ask(get_text(id));
    BOOST_TEST(third.status == 200);
  });
}

// hosting:http:disconnect-not-cancel, S-SESS-13, S-07
COMCP_TEST_CORO(a_client_that_leaves_does_not_cancel) {
  for (const auto& [options, status] :
       {std::pair(streamable_http_options(), send_status::sent),
        std::pair(streamable_http_options().keep_no_events(), send_status::closed)}) {
    world w(options);
    co_await w.run([&]() -> awaitable<void> {
      const std::string id = co_await w.open();
      world::connection& waits = w.connect();
      waits.send(post_text(call_body(1, "slow", R"({"ms":5000})"), in(id)));
      world::connection& reads = w.connect();
      const reply begun =
          co_await reads.ask(post_text(call_body(2, "progress", R"({"n":4,"ms":1000})"), in(id)));
      BOOST_TEST(begun.streams());
      waits.peer().reset();
      reads.peer().fin();
      co_await testing::wait_all_tasks_blocked();
      BOOST_TEST(w.server.stats().in_flight == 0U);
      BOOST_TEST(w.tools.seen.started == 2);
      BOOST_TEST(w.tools.seen.finished == 0);
      co_await sleep(6s);
      BOOST_TEST(w.tools.seen.finished == 2);
      BOOST_TEST(w.tools.seen.unwound == 0);
      BOOST_TEST((w.tools.seen.statuses.front() == send_status::sent));
      // Kept for it, or dropped where nothing is kept: no error either way.
      BOOST_TEST((w.tools.seen.statuses.back() == status));
      const reply next = co_await w.connect().ask(post_text(call_body(3, "echo"), in(id)));
      BOOST_TEST(next.status == 200);
    });
  }
}

// H-11, C-04, C-07
COMCP_TEST_CORO(a_handler_that_goes_on_behind_its_answer_keeps_neither_connection_nor_id) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& c = w.connect();
    for (int i = 1; i <= 3; ++i) {
      const reply r = co_await c.ask(post_text(call_body(1, "tidy", R"({"ms":5000})"), in(id)));
      BOOST_TEST(r.status == 200);
      BOOST_TEST(w.tools.seen.started == i);
      BOOST_TEST(w.server.stats().in_flight == 0U);
    }
    const reply next = co_await c.ask(post_text(call_body(2, "echo"), in(id)));
    BOOST_TEST(next.status == 200);
    c.peer().reset();
    co_await sleep(6s);
    BOOST_TEST(w.tools.seen.finished == 4);
    BOOST_TEST(w.tools.seen.unwound == 0);
    // The end of the session ends them.
    co_await w.connect().ask(post_text(call_body(3, "tidy", R"({"ms":5000})"), in(id)));
    const reply gone = co_await w.connect().ask(request_text("DELETE", in(id)));
    BOOST_TEST(gone.status == 204);
    BOOST_TEST(w.tools.seen.unwound == 1);
  });
}

COMCP_TEST_CORO(a_cancelled_requests_stream_ends_without_an_answer) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& streaming = w.connect();
    co_await streaming.ask(post_text(call_body(7, "progress", R"({"n":1,"ms":60000})"), in(id)));
    world::connection& silent = w.connect();
    silent.send(post_text(call_body(8, "forever"), in(id)));
    world::connection& neighbour = w.connect();
    neighbour.send(post_text(call_body(9, "slow", R"({"ms":1000})"), in(id)));
    world::connection& c = w.connect();
    const reply a = co_await c.ask(post_text(cancel_body(7), in(id)));
    BOOST_TEST(a.status == 202);
    const reply b = co_await c.ask(post_text(cancel_body(8), in(id)));
    BOOST_TEST(b.status == 202);
    const reply rest = co_await streaming.more();
    BOOST_TEST(rest.complete);
    BOOST_TEST(rest.events.empty());
    const reply empty = co_await silent.settle();
    BOOST_TEST(empty.status == 200);
    BOOST_TEST(empty.streams());
    BOOST_TEST(empty.complete);
    BOOST_TEST(empty.events.empty());
    BOOST_TEST(w.tools.seen.unwound == 2);
    co_await sleep(1s);
    const reply other = co_await neighbour.settle();
    BOOST_TEST(other.json().at("id") == 9);
    // C-05: unknown and finished ids are ignored. The connections serve on.
    for (const int gone : {7, 9, 12345}) {
      const reply r = co_await silent.ask(post_text(cancel_body(gone), in(id)));
      BOOST_TEST(r.status == 202);
    }
  });
}

// S-04, C-12
COMCP_TEST_CORO(deleting_a_session_ends_its_calls_and_streams) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& stream = w.connect();
    co_await stream.ask(get_text(id));
    world::connection& streaming = w.connect();
    co_await streaming.ask(post_text(call_body(7, "progress", R"({"n":100,"ms":1000})"), in(id)));
    world::connection& silent = w.connect();
    silent.send(post_text(call_body(8, "slow", R"({"ms":3000})"), in(id)));
    co_await sleep(500ms);
    world::connection& c = w.connect();
    const reply deleted = co_await c.ask(delete_text(id));
    BOOST_TEST(deleted.status == 204);
    const reply get_end = co_await stream.more();
    BOOST_TEST(get_end.complete);
    const reply post_end = co_await streaming.more();
    BOOST_TEST(post_end.complete);
    BOOST_TEST(post_end.events.empty());
    const reply silent_end = co_await silent.settle();
    BOOST_TEST(silent_end.complete);
    BOOST_TEST(silent_end.events.empty());
    BOOST_TEST(w.tools.seen.unwound == 2);
    BOOST_TEST(w.tools.seen.session_ends == 1);
    BOOST_TEST(w.server.stats().sessions == 0U);
    const reply after = co_await c.ask(delete_text(id));
    BOOST_TEST(after.status == 404);
  });
}

// transport:streamable-http:server-to-client, 05 §4.6
COMCP_TEST_CORO(a_question_to_the_client_travels_on_the_calls_stream) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& get = w.connect();
    co_await get.ask(get_text(id));
    world::connection& calling = w.connect();
    const reply asked = co_await calling.ask(post_text(call_body(1, "ask"), in(id)));
    BOOST_TEST(asked.streams());
    BOOST_REQUIRE(asked.events.size() == 1U);
    BOOST_TEST(asked.event(0).at("method") == "elicitation/create");
    check_schema(*asked.events[0].data, "2025-11-25");
    const reply on_get = co_await get.more();
    BOOST_TEST(on_get.events.empty());  // S-SESS-10: one stream only
    const std::string answer = R"({"jsonrpc":"2.0","id":)" +
                               json::serialize(asked.event(0).at("id")) +
                               R"(,"result":{"action":"decline"}})";
    const reply accepted = co_await w.connect().ask(post_text(answer, in(id)));
    BOOST_TEST(accepted.status == 202);
    BOOST_TEST(accepted.body.empty());
    const reply rest = co_await calling.more();
    BOOST_TEST(rest.event(0).at("id") == 1);
    BOOST_TEST(json::serialize(rest.event(0)).find("decline") != std::string::npos);
    BOOST_TEST(rest.complete);
    // R-13: an answer to nothing is accepted and ignored.
    const reply ignored = co_await w.connect().ask(post_text(answer, in(id)));
    BOOST_TEST(ignored.status == 202);
  });
}

// transport:streamable-http:json-response
// hosting:http:json-response-mode, transport:streamable-http:json-response-restrictions
COMCP_TEST_CORO(a_server_that_answers_json_only_never_streams_an_answer) {
  world w(streamable_http_options().answers(answer_form::json_only));
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& c = w.connect();
    const header_list plain = {{"Content-Type", "application/json"},
                               {"Accept", "application/json"}};
    c.send(request_text("POST", in(id, plain), call_body(1, "progress", R"({"n":3,"ms":10000})")));
    co_await sleep(29s);
    const reply nothing = co_await c.settle();
    BOOST_TEST(nothing.status == 0);
    co_await sleep(2s);
    const reply answer = co_await c.settle();
    BOOST_TEST(answer.header("Content-Type") == "application/json");
    BOOST_TEST(answer.json().at("id") == 1);
    BOOST_TEST((w.tools.seen.statuses.front() == send_status::closed));
    // A question has no way to the client: it fails at once.
    const reply asked = co_await c.ask(post_text(call_body(2, "ask"), in(id)));
    BOOST_TEST(asked.json().at("id") == 2);
    BOOST_TEST(!w.tools.seen.error.empty());
    // Cancelled: there has to be a body, which is no answer.
    c.send(post_text(call_body(3, "forever"), in(id)));
    co_await testing::wait_all_tasks_blocked();
    co_await w.connect().ask(post_text(cancel_body(3), in(id)));
    const reply cancelled = co_await c.settle();
    BOOST_TEST(cancelled.status == 200);
    BOOST_TEST(cancelled.code() == -32800);
    BOOST_TEST(cancelled.json().at("id") == 3);
  });
}

// S-SESS-16, R-09
COMCP_TEST_CORO(concurrent_requests_of_a_session_each_get_their_own_answer) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    std::vector<world::connection*> all;
    for (int i = 0; i < 20; ++i) {
      all.push_back(&w.connect());
      all.back()->send(post_text(
          call_body(1000 + i, "slow", R"({"ms":)" + std::to_string(1000 - i * 40) + "}"), in(id)));
    }
    co_await sleep(2s);
    for (int i = 0; i < 20; ++i) {
      const reply r = co_await all[static_cast<std::size_t>(i)]->settle();
      BOOST_TEST(r.json().at("id") == 1000 + i);
    }
  });
}

// 07 §3: JSON-RPC errors are 200 in the legacy era. hosting:http:legacy-no-modern-vocabulary
COMCP_TEST_CORO(errors_of_requests_are_200) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& c = w.connect();
    const reply unknown =
        co_await c.ask(post_text(R"({"jsonrpc":"2.0","id":"x","method":"no/such"})", in(id)));
    BOOST_TEST(unknown.status == 200);
    BOOST_TEST(unknown.code() == -32601);
    BOOST_TEST(unknown.json().at("id") == "x");
    const reply thrown = co_await c.ask(post_text(call_body(1, "throw"), in(id)));
    BOOST_TEST(thrown.status == 200);
    BOOST_TEST(thrown.code() == -32603);
    BOOST_TEST(thrown.body.find("hunter2") == std::string::npos);
    const reply list =
        co_await c.ask(post_text(R"({"jsonrpc":"2.0","id":2,"method":"tools/list"})", in(id)));
    for (const char* word :
         {"resultType", "ttlMs", "cacheScope", "io.modelcontextprotocol", "2026-07-28"})
      BOOST_TEST(list.body.find(word) == std::string::npos);
  });
}

// S-RPC-08 to S-RPC-10, hosting:http:batch
COMCP_TEST_CORO(batches_are_answered_where_the_revision_has_them) {
  const std::string two = "[" + call_body(1, "slow", R"({"ms":100})") + "," + call_body(2, "echo") +
                          ",7," + std::string(initialized_body) + "]";
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string old_one = co_await w.open("2025-03-26");
    world::connection& c = w.connect();
    c.send(post_text(two, in(old_one)));
    co_await sleep(1s);
    const reply r = co_await c.settle();
    BOOST_TEST(r.streams());
    BOOST_TEST(r.complete);
    BOOST_TEST(r.events.size() == 3U);
    const reply none =
        co_await c.ask(post_text("[" + std::string(initialized_body) + "]", in(old_one)));
    BOOST_TEST(none.status == 202);
    const reply unusable = co_await c.ask(
        post_text(R"([{"jsonrpc":"2.0","id":1,"result":{},"error":{}}])", in(old_one)));
    BOOST_TEST(unusable.status == 202);

    const std::string new_one = co_await w.open("2025-11-25");
    const reply refused = co_await c.ask(post_text(two, in(new_one)));
    BOOST_TEST(refused.status == 400);
    BOOST_TEST(refused.code() == -32600);
  });
  world one_body(streamable_http_options().answers(answer_form::json_only));
  co_await one_body.run([&]() -> awaitable<void> {
    const std::string id = co_await one_body.open("2025-03-26");
    world::connection& c = one_body.connect();
    c.send(post_text(two, in(id)));
    co_await sleep(1s);
    const reply r = co_await c.settle();
    BOOST_TEST(r.header("Content-Type") == "application/json");
    BOOST_TEST(r.json().as_array().size() == 3U);
  });
}

// S-SESS-17: for anybody else the session doesn't exist.
COMCP_TEST_CORO(a_session_belongs_to_the_principal_that_opened_it) {
  const access_check by_header = [](const http::request_head& head,
                                    const http::peer_info&) -> awaitable<access_verdict> {
    const auto who = head.header("Authorization");
    if (!who) {
      http::response no(401);
      no.headers.set("WWW-Authenticate", "Bearer");
      co_return access_verdict::denied(std::move(no));
    }
    co_return access_verdict::granted(std::make_shared<const principal>(std::string(*who)));
  };
  world w(streamable_http_options().authorize(by_header));
  co_await w.run([&]() -> awaitable<void> {
    const header_list ann = {{"Authorization", "ann"}};
    const std::string id = co_await w.open("2025-11-25", "{}", ann);
    world::connection& c = w.connect();
    const reply hers = co_await c.ask(post_text(call_body(1, "echo"), in(id, ann)));
    BOOST_TEST(hers.status == 200);
    BOOST_TEST(w.tools.seen.subject == "ann");
    for (const std::string& text :
         {post_text(call_body(1, "echo"), in(id, {{"Authorization", "bob"}})),
          request_text("GET", in(id, {{"Accept", "text/event-stream"}, {"Authorization", "bob"}})),
          request_text("DELETE", in(id, {{"Authorization", "bob"}}))}) {
      const reply his = co_await c.ask(text);
      BOOST_TEST(his.status == 404);
    }
    for (const std::string& text :
         {post_text(call_body(1, "echo"), in(id)), get_text(id), delete_text(id)}) {
      const reply nobody = co_await c.ask(text);
      BOOST_TEST(nobody.status == 401);
      BOOST_TEST(nobody.header("WWW-Authenticate") == "Bearer");
    }
    BOOST_TEST(w.server.stats().sessions == 1U);
  });
}

// H-08
COMCP_TEST_CORO(a_body_above_the_limit_is_413_and_names_it) {
  world w(streamable_http_options().conversation(
      session_options().codec_limits(jsonrpc::limits().max_bytes(1000))));
  co_await w.run([&]() -> awaitable<void> {
    const reply r = co_await w.connect().ask(post_text(std::string(1001, ' ')));
    BOOST_TEST(r.status == 413);
    BOOST_TEST(r.body.find("1000") != std::string::npos);
    BOOST_TEST(r.code() != 0);
    const reply fits = co_await w.connect().ask(post_text(std::string(1000, ' ')));
    BOOST_TEST(fits.status == 400);
  });
}

// S-08: large answers to clients that don't read, then leave, hold nothing up.
COMCP_TEST_CORO(answers_nobody_reads_are_given_up) {
  const std::string big(300'000, 'x');
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    for (int i = 0; i < 15; ++i) {
      world::connection& c = w.connect();
      c.peer().window(100);
      c.send(post_text(call_body(i, "echo", R"({"text":")" + big + "\"}"), in(id)));
      co_await sleep(200ms);
      c.peer().reset();
    }
    co_await testing::wait_all_tasks_blocked();
    BOOST_TEST(w.server.stats().in_flight == 0U);
    const std::string fresh = co_await w.open();
    const reply r = co_await w.connect().ask(post_text(call_body(1, "echo"), in(fresh)));
    BOOST_TEST(r.status == 200);
  });
}

// S-08: also what no handler answers, where it is no stream.
COMCP_TEST_CORO(a_ping_is_answered_to_a_client_that_reads_slowly) {
  const std::string ping = R"({"jsonrpc":"2.0","id":7,"method":"ping"})";
  for (const auto& [version, form] : {std::pair("2024-11-05", answer_form::as_needed),
                                      std::pair("2025-11-25", answer_form::json_only)}) {
    world w(streamable_http_options().answers(form));
    co_await w.run([&]() -> awaitable<void> {
      const std::string id = co_await w.open(version);
      world::connection& c = w.connect();
      c.peer().no_try_write();  // as TLS does
      const reply first = co_await c.ask(post_text(ping, in(id)));
      BOOST_TEST(first.status == 200);
      BOOST_TEST(first.json().at("id") == 7);
      c.peer().window(10);
      c.send(post_text(ping, in(id)));
      co_await testing::wait_all_tasks_blocked();
      c.peer().window(1'000'000);
      const reply second = co_await c.settle();
      BOOST_TEST(second.complete);
      BOOST_TEST(second.json().at("id") == 7);
    });
  }
}

// T-13: a request before notifications/initialized harms nothing.
COMCP_TEST_CORO(a_request_before_the_handshake_is_complete_is_refused_alone) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    world::connection& c = w.connect();
    const reply hello = co_await c.ask(post_text(initialize_body()));
    const std::string id = hello.header("Mcp-Session-Id");
    const reply early = co_await c.ask(post_text(call_body(1, "echo"), in(id)));
    BOOST_TEST(early.status == 200);
    BOOST_TEST(early.code() == -32600);
    const reply done = co_await c.ask(post_text(initialized_body, in(id)));
    BOOST_TEST(done.status == 202);
    const reply served = co_await c.ask(post_text(call_body(2, "echo"), in(id)));
    BOOST_TEST(served.code() == 0);
  });
}

// A client that leaves while its session is being made is not left with one it doesn't know.
COMCP_TEST_CORO(a_client_that_leaves_during_initialize_leaves_no_session) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    world::connection& c = w.connect();
    c.peer().no_try_write();
    c.peer().window(0);
    c.send(post_text(initialize_body()));
    co_await testing::wait_all_tasks_blocked();
    BOOST_TEST(w.server.stats().sessions == 1U);
    c.peer().reset();
    co_await testing::wait_all_tasks_blocked();
    BOOST_TEST(w.server.stats().sessions == 0U);
  });
}

// H-20
COMCP_TEST_CORO(draining_ends_streams_properly_and_lets_calls_finish) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& stream = w.connect();
    co_await stream.ask(get_text(id));
    world::connection& quick = w.connect();
    quick.send(post_text(call_body(1, "slow", R"({"ms":1000})"), in(id)));
    world::connection& progress = w.connect();
    co_await progress.ask(post_text(call_body(2, "progress", R"({"n":1000,"ms":1000})"), in(id)));
    world::connection& forever = w.connect();
    forever.send(post_text(call_body(3, "forever"), in(id)));
    co_await testing::wait_all_tasks_blocked();

    w.server.drain(5s);
    BOOST_TEST(w.server.draining());
    const reply get_end = co_await stream.more();
    BOOST_TEST(get_end.complete);
    BOOST_REQUIRE(get_end.events.size() == 1U);  // S-SESS-15
    BOOST_TEST((get_end.events[0].retry == 30s));
    BOOST_TEST(!get_end.events[0].data);
    const reply refused = co_await w.connect().ask(post_text(initialize_body()));
    BOOST_TEST(refused.status == 503);
    const reply no_stream = co_await w.connect().ask(get_text(id));
    BOOST_TEST(no_stream.status == 503);
    co_await sleep(2s);
    const reply finished = co_await quick.settle();
    BOOST_TEST(finished.json().at("id") == 1);
    BOOST_TEST(w.server.stats().sessions == 1U);
    co_await sleep(4s);
    const reply cut = co_await progress.more();
    BOOST_TEST(cut.complete);
    BOOST_TEST((cut.events.back().retry == 30s));
    const reply silent = co_await forever.settle();
    BOOST_TEST(silent.complete);
    BOOST_TEST(w.server.stats().sessions == 0U);
    BOOST_TEST(w.tools.seen.unwound == 2);
  });
}

// E-06's other half: what a revision doesn't know it isn't sent.
COMCP_TEST_CORO(older_revisions_are_not_told_when_to_come_back) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open("2025-06-18");
    world::connection& stream = w.connect();
    co_await stream.ask(get_text(id));
    w.server.drain(1s);
    const reply end = co_await stream.more();
    BOOST_TEST(end.complete);
    BOOST_TEST(end.events.empty());
  });
}

BOOST_AUTO_TEST_SUITE_END()
