// HTTP+SSE of 2024-11-05: one stream that is the session, and a path for its client's messages.

#include <boost/test/unit_test.hpp>

#include "http_transport/support.hpp"

using namespace test;

namespace {

/// A client: its stream and where it posts to.
class client {
 public:
  explicit client(world& w) : w_(w), stream(w.connect()) {}

  /// Opens the stream.
  awaitable<void> open(header_list more = {}) {
    const reply r = co_await stream.ask(sse_text(more));
    BOOST_TEST(r.status == 200);
    BOOST_TEST(r.header("Content-Type") == "text/event-stream");
    BOOST_TEST(r.header("Mcp-Session-Id").empty());
    BOOST_REQUIRE(r.events.size() == 1U);
    BOOST_TEST(r.events[0].type == "endpoint");
    url = r.events[0].data.value_or("");
  }
  /// ... and shakes hands.
  awaitable<void> begin(std::string version = "2024-11-05") {
    co_await open();
    const reply hello = co_await say(initialize_body(version));
    BOOST_TEST(hello.event(0).at("result").at("protocolVersion").as_string() == version);
    co_await say(std::string(initialized_body));
  }
  /// What comes on the stream when this has been posted.
  awaitable<reply> say(std::string body) {
    const reply posted = co_await w_.connect().ask(message_text(url, body));
    BOOST_TEST(posted.status == 202);
    BOOST_TEST(posted.body.empty());
    co_return co_await stream.more();
  }
  awaitable<int> status_of(std::string body) {
    const reply posted = co_await w_.connect().ask(message_text(url, body));
    co_return posted.status;
  }

 private:
  world& w_;

 public:
  world::connection& stream;
  std::string url;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(http_sse)

// transport:sse, transport:sse:endpoint-event
COMCP_TEST_CORO(a_conversation_runs_over_its_stream) {
  for (const std::string version : {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}) {
    world w;
    co_await w.run([&]() -> awaitable<void> {
      client c(w);
      co_await c.begin(version);
      BOOST_TEST(c.url.starts_with("/messages?sessionId="));
      BOOST_TEST(c.url.size() > 50U);
      BOOST_TEST(w.tools.seen.session_starts == 1);
      const reply echo = co_await c.say(call_body(1, "echo", R"({"text":"hi"})"));
      BOOST_REQUIRE(echo.events.size() == 1U);
      BOOST_TEST(echo.events[0].type == "message");
      BOOST_TEST(!echo.events[0].id);  // no resuming here
      BOOST_TEST(echo.event(0).at("id") == 1);
      check_schema(*echo.events[0].data, version, "tools/call");
      const reply ping = co_await c.say(R"({"jsonrpc":"2.0","id":"p","method":"ping"})");
      BOOST_TEST(ping.event(0).at("id") == "p");
      co_await c.say(call_body(2, "progress", R"({"n":2,"ms":10})"));
      const reply fast = co_await c.say(call_body(3, "note"));
      co_await sleep(1s);
      const reply rest = co_await c.stream.more();
      BOOST_TEST(fast.events.size() == 2U);  // what belongs to no request comes here too
      BOOST_TEST(rest.events.size() == 2U);
      BOOST_TEST(rest.event(1).at("id") == 2);
      co_await sleep(40s);
      const reply alive = co_await c.stream.more();
      BOOST_TEST(alive.comments == 2U);
      BOOST_TEST(w.server.stats().sessions == 1U);
      BOOST_TEST(w.server.stats().streams == 1U);
    });
  }
}

// A question to the client and its answer; C-15: cancellation while a call runs.
COMCP_TEST_CORO(questions_and_cancellations_travel_both_ways) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    client c(w);
    co_await c.begin("2025-06-18");
    const reply asked = co_await c.say(call_body(1, "ask"));
    BOOST_TEST(asked.event(0).at("method") == "elicitation/create");
    const reply answered =
        co_await c.say(R"({"jsonrpc":"2.0","id":)" + json::serialize(asked.event(0).at("id")) +
                       R"(,"result":{"action":"decline"}})");
    BOOST_TEST(answered.event(0).at("id") == 1);
    co_await c.say(call_body(2, "forever"));
    const reply cancelled = co_await c.say(cancel_body(2));
    BOOST_TEST(cancelled.events.empty());
    BOOST_TEST(w.tools.seen.unwound == 1);
  });
}

// transport:sse:post:session-routing, T-01, T-02
COMCP_TEST_CORO(messages_reach_the_session_of_their_stream_and_no_other) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    client a(w);
    client b(w);
    co_await a.begin();
    co_await b.begin();
    const std::string streamable = co_await w.open();
    const reply only_a = co_await a.say(call_body(1, "echo"));
    BOOST_TEST(only_a.events.size() == 1U);
    const reply not_b = co_await b.stream.more();
    BOOST_TEST(not_b.events.empty());

    const std::string id = a.url.substr(a.url.find('=') + 1);
    std::string never = id;
    never.back() = never.back() == '0' ? '1' : '0';
    const std::pair<std::string, int> rows[] = {
        {"/messages", 400},
        {"/messages?", 400},
        {"/messages?session=" + id, 400},
        {"/messages?sessionId=", 400},
        {"/messages?sessionId=garbage", 400},
        {"/messages?sessionId=" + id + "&sessionId=" + id, 400},
        {"/messages?sessionId=" + never, 404},
        {"/messages?sessionId=ff" + id.substr(1), 404},  // a shard that isn't there
        {"/messages?sessionId=" + streamable, 404},      // reached otherwise
        {"/messages?x=1&sessionId=" + id + "&y", 202},
    };
    for (const auto& [url, status] : rows) {
      const reply r = co_await w.connect().ask(message_text(url, call_body(2, "echo")));
      BOOST_TEST_CONTEXT(url) {
        BOOST_TEST(r.status == status);
        if (status != 202) {
          BOOST_TEST(r.code() == -32600);
        }
      }
    }
    header_list by_header = {{"Mcp-Session-Id", id}};
    const reply other_way = co_await w.connect().ask(post_text(call_body(1, "echo"), by_header));
    BOOST_TEST(other_way.status == 404);

    const std::tuple<std::string, int> bad[] = {
        {request_to(a.url, "GET", {}), 405},
        {request_to(a.url, "DELETE", {}), 405},
        {request_to("/sse", "POST", {}, "{}"), 405},
        {request_to("/sse", "GET", {{"Accept", "application/json"}}), 406},
        {request_to(a.url, "POST", {{"Content-Type", "text/plain"}}, "{}"), 415},
        {message_text(a.url, "{"), 400},
        {message_text(a.url, "7"), 400},
        {message_text(a.url, "[]"), 400},
        {message_text(a.url, "[" + call_body(1, "echo") + "]"), 400},
    };
    for (const auto& [text, status] : bad) {
      const reply r = co_await w.connect().ask(text);
      BOOST_TEST_CONTEXT(text) BOOST_TEST(r.status == status);
    }
    BOOST_TEST(w.server.stats().sessions == 3U);
  });
}

// S-RPC-08: the revision decides, not the transport.
COMCP_TEST_CORO(a_batch_of_2025_03_26_is_taken_here_too) {
  world w;
  co_await w.run([&]() -> awaitable<void> {
    client c(w);
    co_await c.open();
    BOOST_TEST(co_await c.status_of("[" + initialize_body("2025-03-26") + "]") == 400);
    const reply hello = co_await c.say(initialize_body("2025-03-26"));
    BOOST_TEST(hello.events.size() == 1U);
    co_await c.say(std::string(initialized_body));
    const reply both =
        co_await c.say("[" + call_body(1, "echo") + "," + call_body(2, "echo") + "]");
    BOOST_TEST(both.events.size() == 2U);
  });
}

// 05 §2 step 6, S-10, H-01: closing the stream ends the session, all of it.
COMCP_TEST_CORO(the_session_ends_with_its_stream) {
  for (const bool politely : {false, true}) {
    world w;
    co_await w.run([&]() -> awaitable<void> {
      client c(w);
      co_await c.begin();
      co_await c.say(call_body(1, "forever"));
      co_await c.say(call_body(2, "progress", R"({"n":1000,"ms":10})"));
      if (politely)
        c.stream.peer().fin();
      else
        c.stream.peer().reset();
      co_await testing::wait_all_tasks_blocked();
      BOOST_TEST(w.tools.seen.unwound == 2);
      BOOST_TEST(w.tools.seen.session_ends == 1);
      BOOST_TEST(w.server.stats().sessions == 0U);
      BOOST_TEST(w.server.stats().streams == 0U);
      const reply late = co_await w.connect().ask(message_text(c.url, call_body(3, "echo")));
      BOOST_TEST(late.status == 404);
      BOOST_TEST(late.json().at("error").at("message").as_string().find("new stream") !=
                 std::string::npos);
      BOOST_TEST(late.json().at("error").at("message").as_string().size() > 0U);
    });
  }
}

// Wherever the stream breaks, the next one works and nothing is left (baseline).
COMCP_TEST_CORO(a_stream_can_break_after_any_step) {
  for (int step = 0; step < 6; ++step) {
    world w;
    co_await w.run([&]() -> awaitable<void> {
      client c(w);
      if (step == 0) c.stream.peer().no_try_write(), c.stream.peer().window(0);
      if (step == 0) {
        c.stream.send(sse_text());
        co_await testing::wait_all_tasks_blocked();
      }
      if (step > 0) co_await c.open();
      if (step > 1) co_await c.say(initialize_body("2024-11-05"));
      if (step > 2) co_await c.say(std::string(initialized_body));
      if (step > 3) co_await c.say(call_body(1, "forever"));
      if (step > 4) co_await c.say(call_body(2, "echo"));
      BOOST_TEST(w.server.stats().sessions == 1U);
      c.stream.peer().reset();
      co_await testing::wait_all_tasks_blocked();
      BOOST_TEST(w.server.stats().sessions == 0U);
      client next(w);
      co_await next.begin();
    });
  }
}

// Answers have no bound of their own: the messages of a client that doesn't read wait.
COMCP_TEST_CORO(a_client_that_does_not_read_is_held_back) {
  const std::string big(30'000, 'x');
  world w(streamable_http_options().conversation(session_options().max_outgoing_bytes(50'000)));
  co_await w.run([&]() -> awaitable<void> {
    client c(w);
    co_await c.begin();
    c.stream.peer().window(100);
    std::vector<world::connection*> posts;
    for (int i = 1; i <= 20; ++i) {
      posts.push_back(&w.connect());
      posts.back()->send(message_text(c.url, call_body(i, "echo", R"({"text":")" + big + "\"}")));
      co_await testing::wait_all_tasks_blocked();
    }
    BOOST_TEST(w.tools.seen.started < 10);
    c.stream.peer().reset();
    int accepted = 0;
    int refused = 0;
    for (world::connection* p : posts) {
      const reply r = co_await p->settle();
      ++(r.status == 202 ? accepted : refused);
      BOOST_TEST((r.status == 202 || r.status == 404));
    }
    BOOST_TEST(accepted == w.tools.seen.started);
    BOOST_TEST(refused > 10);
  });
}

// T-10, H-20, S-SESS-17
COMCP_TEST_CORO(caps_and_drains_and_principals_hold_here_too) {
  const access_check by_header = [](const http::request_head& head,
                                    const http::peer_info&) -> awaitable<access_verdict> {
    const auto who = head.header("Authorization");
    if (!who) co_return access_verdict::denied(http::response(401));
    co_return access_verdict::granted(std::make_shared<const principal>(std::string(*who)));
  };
  world w(streamable_http_options().max_sessions(1).authorize(by_header));
  co_await w.run([&]() -> awaitable<void> {
    const header_list ann = {{"Authorization", "ann"}};
    const reply nobody = co_await w.connect().ask(sse_text());
    BOOST_TEST(nobody.status == 401);
    client c(w);
    co_await c.open(ann);
    const reply full = co_await w.connect().ask(sse_text(ann));
    BOOST_TEST(full.status == 503);
    BOOST_TEST(full.header("Retry-After") == "30");
    const header_list bob = {{"Authorization", "bob"}};
    const reply his = co_await w.connect().ask(message_text(c.url, initialize_body(), bob));
    BOOST_TEST(his.status == 404);
    const reply none = co_await w.connect().ask(message_text(c.url, initialize_body()));
    BOOST_TEST(none.status == 401);
    for (const std::string& body :
         {initialize_body("2024-11-05"), std::string(initialized_body),
          call_body(1, "slow", R"({"ms":1000})"), call_body(2, "forever")}) {
      const reply hers = co_await w.connect().ask(message_text(c.url, body, ann));
      BOOST_TEST(hers.status == 202);
    }
    BOOST_TEST(w.tools.seen.subject == "ann");
    co_await c.stream.more();
    w.server.drain(5s);
    const reply late = co_await w.connect().ask(sse_text(ann));
    BOOST_TEST(late.status == 503);
    co_await sleep(2s);
    const reply finished = co_await c.stream.more();
    BOOST_TEST(finished.event(0).at("id") == 1);
    BOOST_TEST(!finished.complete);
    co_await sleep(4s);
    const reply end = co_await c.stream.more();
    BOOST_TEST(end.complete);
    BOOST_TEST(end.events.empty());
    BOOST_TEST(w.server.stats().sessions == 0U);
  });
}

BOOST_AUTO_TEST_SUITE_END()
