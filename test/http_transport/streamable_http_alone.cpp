// The legacy era on a server that keeps no sessions.

#include <boost/test/unit_test.hpp>

#include "http_transport/support.hpp"

using namespace test;

namespace {

streamable_http_options alone() {
  return streamable_http_options().sessions(session_use::none);
}

std::string list_body(int id) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"tools/list"})";
}

std::string body_of(std::string_view method, std::string_view params) {
  return R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) + R"(","params":)" +
         std::string(params) + "}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(streamable_http_alone)

// transport:streamable-http:stateless, hosting:stateless:no-session-id, hosting:stateless:no-reuse
COMCP_TEST_CORO(each_message_is_answered_as_if_it_were_the_only_one) {
  for (const std::string version : {"2025-03-26", "2025-06-18", "2025-11-25"}) {
    world w(alone());
    co_await w.run([&]() -> awaitable<void> {
      const header_list says = {{"MCP-Protocol-Version", version}};
      world::connection& c = w.connect();
      const reply hello = co_await c.ask(post_text(initialize_body(version)));
      BOOST_TEST(hello.status == 200);
      BOOST_TEST(hello.header("Mcp-Session-Id").empty());
      BOOST_TEST(hello.json().at("result").at("protocolVersion").as_string() == version);
      check_schema(hello.body, version, "initialize");
      const reply ready = co_await c.ask(post_text(initialized_body, says));
      BOOST_TEST(ready.status == 202);
      const reply list = co_await c.ask(post_text(list_body(2), says));
      BOOST_TEST(list.json().at("id") == 2);
      check_schema(list.body, version, "tools/list");
      const reply stream =
          co_await c.ask(post_text(call_body(3, "progress", R"({"n":2,"ms":10})"), says));
      BOOST_TEST(stream.streams());
      BOOST_TEST(stream.primed.empty());  // nobody could come back
      BOOST_TEST(!stream.events[0].id);
      co_await sleep(1s);
      const reply rest = co_await c.more();
      BOOST_TEST(rest.event(1).at("id") == 3);
      BOOST_TEST(rest.complete);
      // A session id, from elsewhere or made up, means nothing here.
      header_list with_id = says;
      with_id.emplace_back("Mcp-Session-Id", "0-123");
      const reply ignored = co_await c.ask(post_text(list_body(4), with_id));
      BOOST_TEST(ignored.json().at("id") == 4);
      const reply again = co_await c.ask(post_text(initialize_body(version)));
      BOOST_TEST(again.status == 200);
      BOOST_TEST(w.server.stats().sessions == 0U);
      BOOST_TEST(w.server.stats().sessions_opened == 0U);
      BOOST_TEST(w.tools.seen.session_starts == 0);
    });
  }
}

// transport:streamable-http:stateless-restrictions, H-21
COMCP_TEST_CORO(what_needs_a_session_is_refused_clearly) {
  world w(alone());
  co_await w.run([&]() -> awaitable<void> {
    world::connection& c = w.connect();
    const header_list takes_streams = {{"Accept", "text/event-stream"}};
    for (const std::string_view method : {"GET", "DELETE"}) {
      const reply r = co_await c.ask(request_text(method, takes_streams));
      BOOST_TEST(r.status == 405);
      BOOST_TEST(r.header("Allow") == "POST");
    }
    const reply hello = co_await c.ask(post_text(initialize_body()));
    BOOST_TEST(hello.body.find("listChanged") == std::string::npos);
    BOOST_TEST(hello.body.find("subscribe") == std::string::npos);
    BOOST_TEST(hello.body.find("logging") == std::string::npos);
    for (const auto& [method, params] : {std::pair("resources/subscribe", R"({"uri":"a:b"})"),
                                         std::pair("resources/unsubscribe", R"({"uri":"a:b"})"),
                                         std::pair("logging/setLevel", R"({"level":"debug"})")}) {
      const reply r = co_await c.ask(post_text(body_of(method, params)));
      BOOST_TEST(r.status == 200);
      BOOST_TEST(r.code() == -32601);
    }
    const reply named =
        co_await c.ask(post_text(body_of("resources/subscribe", R"({"uri":"a:b"})")));
    BOOST_TEST(named.body.find("needs a session") != std::string::npos);
    const reply asks = co_await c.ask(post_text(call_body(1, "ask")));
    BOOST_TEST(asks.status == 200);
    BOOST_TEST(asks.body.find("elicitation/create") == std::string::npos);
    BOOST_TEST(w.tools.seen.error ==
               "the server keeps no sessions, so that it can't ask its clients");
    const reply poll = co_await c.ask(post_text(call_body(1, "poll", R"({"ms":0})")));
    BOOST_TEST(poll.status == 200);
    BOOST_TEST((w.tools.seen.statuses.back() == send_status::skipped));
    const reply answer = co_await c.ask(post_text(R"({"jsonrpc":"2.0","id":1,"result":{}})"));
    BOOST_TEST(answer.status == 400);
    const reply cancel = co_await c.ask(post_text(cancel_body(1)));
    BOOST_TEST(cancel.status == 202);
  });
}

// hosting:stateless:concurrent-clients, R-11: ids of different clients never meet.
COMCP_TEST_CORO(clients_with_the_same_ids_get_their_own_answers) {
  world w(alone());
  co_await w.run([&]() -> awaitable<void> {
    std::vector<world::connection*> all;
    for (int i = 0; i < 30; ++i) {
      all.push_back(&w.connect());
      all.back()->send(post_text(
          call_body(1, "progress", R"({"n":1,"ms":)" + std::to_string(300 - i * 10) + "}")));
    }
    co_await testing::wait_all_tasks_blocked();
    BOOST_TEST(w.server.stats().sessions == 30U);
    co_await sleep(1s);
    for (world::connection* c : all) {
      const reply r = co_await c->settle();
      BOOST_TEST(r.events.size() == 2U);
      BOOST_TEST(r.complete);
    }
    BOOST_TEST(w.server.stats().sessions == 0U);
  });
}

// S-SESS-13 holds as well, within the cap; T-10
COMCP_TEST_CORO(a_client_that_leaves_does_not_cancel_and_its_call_counts) {
  world w(alone().max_sessions(1));
  co_await w.run([&]() -> awaitable<void> {
    world::connection& c = w.connect();
    c.send(post_text(call_body(1, "slow", R"({"ms":1000})")));
    co_await testing::wait_all_tasks_blocked();
    c.peer().reset();
    co_await testing::wait_all_tasks_blocked();
    const reply busy = co_await w.connect().ask(post_text(call_body(1, "echo")));
    BOOST_TEST(busy.status == 503);
    BOOST_TEST(busy.header("Retry-After") == "30");
    BOOST_TEST(busy.json().at("id") == 1);
    co_await sleep(2s);
    BOOST_TEST(w.tools.seen.finished == 1);
    const reply free = co_await w.connect().ask(post_text(call_body(1, "echo")));
    BOOST_TEST(free.status == 200);
  });
}

// H-20
COMCP_TEST_CORO(draining_lets_lone_calls_finish) {
  world w(alone());
  co_await w.run([&]() -> awaitable<void> {
    world::connection& quick = w.connect();
    quick.send(post_text(call_body(1, "slow", R"({"ms":1000})")));
    world::connection& forever = w.connect();
    forever.send(post_text(call_body(2, "forever")));
    co_await testing::wait_all_tasks_blocked();
    w.server.drain(3s);
    const reply refused = co_await w.connect().ask(post_text(call_body(3, "echo")));
    BOOST_TEST(refused.status == 503);
    co_await sleep(4s);
    const reply done = co_await quick.settle();
    BOOST_TEST(done.json().at("id") == 1);
    const reply cut = co_await forever.settle();
    BOOST_TEST(cut.complete);
    BOOST_TEST(w.tools.seen.unwound == 1);
  });
}

// S-RPC-08, S-RPC-09, S-SESS-07: without the header a message speaks 2025-03-26.
COMCP_TEST_CORO(batches_are_taken_where_the_stated_revision_has_them) {
  const std::string two = "[" + call_body(1, "echo") + "," + call_body(2, "echo") + "]";
  world w(alone());
  co_await w.run([&]() -> awaitable<void> {
    world::connection& c = w.connect();
    const reply taken = co_await c.ask(post_text(two));
    BOOST_TEST(taken.events.size() == 2U);
    const header_list later = {{"MCP-Protocol-Version", "2025-06-18"}};
    const reply refused = co_await c.ask(post_text(two, later));
    BOOST_TEST(refused.status == 400);
    BOOST_TEST(refused.code() == -32600);
    const reply hello = co_await c.ask(post_text("[" + initialize_body() + "]"));
    BOOST_TEST(hello.status == 400);
    const reply told = co_await c.ask(post_text("[" + std::string(initialized_body) + "]"));
    BOOST_TEST(told.status == 202);
    const reply unusable =
        co_await c.ask(post_text(R"([{"jsonrpc":"2.0","id":1,"result":{},"error":{}}])"));
    BOOST_TEST(unusable.status == 202);
  });
}

// hosting:http:modern:tools-call-stateless: the modern era is what it always was.
COMCP_TEST_CORO(the_modern_era_is_served_beside_it) {
  world w(alone());
  co_await w.run([&]() -> awaitable<void> {
    const reply r = co_await w.connect().ask(modern_call("1", "echo"));
    BOOST_TEST(r.status == 200);
    BOOST_TEST(r.json().at("result").at("resultType") == "complete");
  });
}

BOOST_AUTO_TEST_SUITE_END()
