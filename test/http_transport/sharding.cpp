// Sessions whose requests arrive on another shard than their home: two shards, a port for each.

#include <boost/test/unit_test.hpp>

#include <array>
#include <future>

#include "comcp/http/server.hpp"
#include "comcp/scope/blocking.hpp"
#include "comcp/scope/runtime.hpp"
#include "comcp/scope/with_scope.hpp"
#include "http_transport/support.hpp"
#include "support/raw_client.hpp"

using namespace test;

namespace {

/// Two shards that serve one streamable_http_server; the test's client runs on the first.
class two_shards {
 public:
  explicit two_shards(streamable_http_options options = {}) : server(tools, std::move(options)) {}

  tool_server tools;  // sessions live on shard 0: only it touches what was seen
  streamable_http_server server;

  /// What a connection to the shard with this index says.
  awaitable<reply> ask(std::size_t shard, std::string text) {
    http_test::raw_client c;
    BOOST_TEST(co_await c.connect(ports_[shard]));
    co_await c.send(std::move(text));
    std::string bytes = co_await c.read_response();
    if (bytes.find("Content-Type: text/event-stream") != std::string::npos)
      bytes += co_await c.read_until("\r\n0\r\n\r\n");
    reply r = take_reply(bytes);
    co_return r;
  }

  awaitable<std::string> open(std::size_t shard) {
    const reply hello = co_await ask(shard, post_text(initialize_body()));
    const std::string id = hello.header("Mcp-Session-Id");
    const header_list session = {{"Mcp-Session-Id", id}};
    const reply ok = co_await ask(1 - shard, post_text(initialized_body, session));
    BOOST_TEST(ok.status == 202);
    co_return id;
  }

  std::uint16_t port(std::size_t shard) const { return ports_[shard]; }

  void run(std::function<awaitable<void>()> client) {
    runtime both(runtime_options().threads(2));
    std::promise<http::server*> listening[2];
    both.run([&](shard& here) -> awaitable<void> {
      const std::size_t i = here.index();
      http::server listener([this](http::exchange ex) {
        if (ex.request().path() == "/sse") return server.handle_sse(std::move(ex), "/messages");
        if (ex.request().path() == "/messages") return server.handle_sse_message(std::move(ex));
        return server.handle(std::move(ex));
      });
      co_await with_task_group([&](task_group& group) -> awaitable<void> {
        group.start_soon([this] { return server.run(); });
        group.start_soon([&] { return listener.serve(); });
        co_await checkpoint();
        ports_[i] = listener.port();
        listening[i].set_value(&listener);
        if (i != 0) co_return;
        http::server* other =
            co_await run_blocking([&] { return listening[1].get_future().get(); });
        co_await fail_after(30s, client);
        server.drain(0s);
        listener.drain(1s);
        both.at(1).post([other] { other->drain(1s); });
      });
    });
    BOOST_TEST(server.stats().sessions == 0U);
    BOOST_TEST(server.stats().streams == 0U);
    BOOST_TEST(server.stats().in_flight == 0U);
    BOOST_TEST(tools.seen.started == tools.seen.finished + tools.seen.unwound);
  }

 private:
  std::array<std::uint16_t, 2> ports_{};
};

header_list in(const std::string& id) {
  return {{"Mcp-Session-Id", id}};
}

std::string get_text(const std::string& id) {
  return request_text("GET", {{"Accept", "text/event-stream"}, {"Mcp-Session-Id", id}});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sharding)

BOOST_AUTO_TEST_CASE(a_session_is_reached_from_either_shard) {
  two_shards s;
  s.run([&]() -> awaitable<void> {
    const std::string id = co_await s.open(0);
    for (std::size_t shard : {1U, 0U, 1U}) {
      const reply echo =
          co_await s.ask(shard, post_text(call_body(1, "echo", R"({"text":"hi"})"), in(id)));
      BOOST_TEST(echo.status == 200);
      BOOST_TEST(echo.body.find("\"hi\"") != std::string::npos);
      const reply stream =
          co_await s.ask(shard, post_text(call_body(2, "progress", R"({"n":20,"ms":1})"), in(id)));
      BOOST_TEST(stream.events.size() == 21U);
      BOOST_TEST(stream.event(20).at("id") == 2);
      BOOST_TEST(stream.complete);
    }
    const reply unknown = co_await s.ask(1, post_text(call_body(1, "echo"), in(id + "0")));
    BOOST_TEST(unknown.status == 404);
    const header_list session = in(id);
    const reply deleted = co_await s.ask(1, request_text("DELETE", session));
    BOOST_TEST(deleted.status == 204);
    for (std::size_t shard : {0U, 1U}) {
      const reply gone = co_await s.ask(shard, post_text(call_body(1, "echo"), in(id)));
      BOOST_TEST(gone.status == 404);
    }
  });
}

BOOST_AUTO_TEST_CASE(a_stream_and_a_question_cross_shards) {
  two_shards s;
  s.run([&]() -> awaitable<void> {
    const std::string id = co_await s.open(0);
    http_test::raw_client get;
    BOOST_TEST(co_await get.connect(s.port(1)));
    co_await get.send(get_text(id));
    const std::string head = co_await get.read_until("data: \n\n");
    BOOST_TEST(head.starts_with("HTTP/1.1 200"));
    co_await s.ask(1, post_text(call_body(1, "note"), in(id)));
    const std::string pushed = co_await get.read_until("list_changed");
    BOOST_TEST(pushed.find("event-stream") == std::string::npos);

    http_test::raw_client calling;
    BOOST_TEST(co_await calling.connect(s.port(1)));
    co_await calling.send(post_text(call_body(2, "ask"), in(id)));
    co_await calling.read_until("data: \n\n");
    const std::string asked = co_await calling.read_until("\n\n");
    BOOST_TEST(asked.find("elicitation/create") != std::string::npos);
    const auto at = asked.find("\"id\":");
    const std::string number = asked.substr(at + 5, asked.find(',', at) - at - 5);
    const std::string answer =
        R"({"jsonrpc":"2.0","id":)" + number + R"(,"result":{"action":"decline"}})";
    const reply accepted = co_await s.ask(1, post_text(answer, in(id)));
    BOOST_TEST(accepted.status == 202);
    const std::string rest = co_await calling.read_until("\r\n0\r\n\r\n");
    BOOST_TEST(rest.find("decline") != std::string::npos);

    // The newcomer, on the home shard this time, replaces the stream on the other one.
    http_test::raw_client newcomer;
    BOOST_TEST(co_await newcomer.connect(s.port(0)));
    co_await newcomer.send(get_text(id));
    const std::string ended = co_await get.read_until("\r\n0\r\n\r\n");
    BOOST_TEST(ended.ends_with("\r\n0\r\n\r\n"));
    newcomer.reset();
  });
}

// C-16, S-SESS-12: the connection is lost on one shard, the client comes back on the other.
BOOST_AUTO_TEST_CASE(a_stream_is_resumed_from_either_shard) {
  two_shards s;
  s.run([&]() -> awaitable<void> {
    const std::string id = co_await s.open(0);
    for (const std::size_t lost_on : {0U, 1U}) {
      for (const std::size_t back_on : {0U, 1U}) {
        http_test::raw_client calling;
        BOOST_TEST(co_await calling.connect(s.port(lost_on)));
        co_await calling.send(post_text(call_body(2, "progress", R"({"n":20,"ms":1})"), in(id)));
        const std::string head = co_await calling.read_until("data: \n\n");
        const auto at = head.rfind("id: ") + 4;
        header_list back = in(id);
        back.emplace_back("Accept", "text/event-stream");
        back.emplace_back("Last-Event-ID", head.substr(at, head.find('\n', at) - at));
        calling.reset();
        const reply rest = co_await s.ask(back_on, request_text("GET", back));
        BOOST_TEST(rest.status == 200);
        BOOST_TEST(rest.complete);
        BOOST_TEST(rest.events.size() == 21U);
        BOOST_TEST(rest.event(20).at("id") == 2);
      }
    }
  });
}

// T-01: the stream on one shard, its client's messages on both.
BOOST_AUTO_TEST_CASE(messages_find_their_stream_from_either_shard) {
  two_shards s;
  s.run([&]() -> awaitable<void> {
    http_test::raw_client stream;
    BOOST_TEST(co_await stream.connect(s.port(0)));
    co_await stream.send(request_to("/sse", "GET", {}));
    co_await stream.read_until("data: ");
    std::string url = co_await stream.read_until("\n");
    url.pop_back();
    const header_list json = {{"Content-Type", "application/json"}};
    const auto post = [&](std::size_t shard, std::string body) -> awaitable<int> {
      const reply r = co_await s.ask(shard, request_to(url, "POST", json, body));
      co_return r.status;
    };
    BOOST_TEST(co_await post(1, initialize_body("2024-11-05")) == 202);
    const std::string hello = co_await stream.read_until("\n\n");
    BOOST_TEST(hello.find("serverInfo") != std::string::npos);
    BOOST_TEST(co_await post(0, std::string(initialized_body)) == 202);
    for (const std::size_t shard : {1U, 0U, 1U}) {
      BOOST_TEST(co_await post(shard, call_body(static_cast<int>(shard) + 1, "echo")) == 202);
      const std::string answer = co_await stream.read_until("done");
      BOOST_TEST(answer.find("\"result\"") != std::string::npos);
    }
    stream.reset();
    for (int tries = 0; s.server.stats().sessions != 0 && tries < 1000; ++tries)
      co_await sleep(1ms);
    BOOST_TEST(co_await post(0, call_body(9, "echo")) == 404);
    BOOST_TEST(co_await post(1, call_body(9, "echo")) == 404);
  });
}

// S-SESS-13 and H-11 over the border.
BOOST_AUTO_TEST_CASE(leaving_and_cancelling_cross_shards) {
  two_shards s(streamable_http_options().keep_alive(10ms));
  s.run([&]() -> awaitable<void> {
    const std::string id = co_await s.open(0);
    http_test::raw_client leaves;
    BOOST_TEST(co_await leaves.connect(s.port(1)));
    co_await leaves.send(post_text(call_body(1, "slow", R"({"ms":200})"), in(id)));
    const std::string begun = co_await leaves.read_until(":\n\n");
    BOOST_TEST(begun.find("event-stream") != std::string::npos);
    leaves.reset();

    http_test::raw_client cancelled;
    BOOST_TEST(co_await cancelled.connect(s.port(1)));
    co_await cancelled.send(post_text(call_body(2, "forever"), in(id)));
    co_await cancelled.read_until(":\n\n");
    const reply ok = co_await s.ask(1, post_text(cancel_body(2), in(id)));
    BOOST_TEST(ok.status == 202);
    const std::string rest = co_await cancelled.read_until("\r\n0\r\n\r\n");
    BOOST_TEST(rest.find("\"id\"") == std::string::npos);
    BOOST_TEST(rest.ends_with("\r\n0\r\n\r\n"));

    while (s.tools.seen.finished == 0)  // the call of the client that left goes on to its end
      co_await sleep(1ms);
    BOOST_TEST(s.tools.seen.unwound == 1);
  });
}

// An answer that can only be JSON, from another shard.
BOOST_AUTO_TEST_CASE(a_client_that_leaves_before_its_json_answer_is_noticed_across_shards) {
  two_shards s(streamable_http_options().answers(answer_form::json_only));
  s.run([&]() -> awaitable<void> {
    const std::string id = co_await s.open(0);
    http_test::raw_client leaves;
    BOOST_TEST(co_await leaves.connect(s.port(1)));
    co_await leaves.send(post_text(call_body(1, "forever"), in(id)));
    while (s.server.stats().in_flight == 0)
      co_await sleep(1ms);
    leaves.reset();
    while (s.server.stats().in_flight != 0)
      co_await sleep(1ms);
    BOOST_TEST(s.tools.seen.unwound == 0);  // its session has it still
    const reply ok = co_await s.ask(1, post_text(cancel_body(1), in(id)));
    BOOST_TEST(ok.status == 202);
    while (s.tools.seen.unwound == 0)
      co_await sleep(1ms);
    // One that takes longer than anybody waits without looking.
    const reply slow = co_await s.ask(1, post_text(call_body(2, "slow", R"({"ms":250})"), in(id)));
    BOOST_TEST(slow.status == 200);
    BOOST_TEST(slow.header("Content-Type") == "application/json");
    BOOST_TEST(slow.body.find("\"id\":2") != std::string::npos);
  });
}

BOOST_AUTO_TEST_CASE(many_calls_from_both_sides_each_get_their_own_answer) {
  two_shards s;
  s.run([&]() -> awaitable<void> {
    const std::string id = co_await s.open(0);
    int wrong = 0;
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      for (int i = 0; i < 60; ++i) {
        group.start_soon([&, i]() -> awaitable<void> {
          const std::string text = "text " + std::to_string(i);
          const std::string body = call_body(i, "echo", R"({"text":")" + text + "\"}");
          const reply r = co_await s.ask(static_cast<std::size_t>(i % 2), post_text(body, in(id)));
          if (r.body.find('"' + text + '"') == std::string::npos) ++wrong;
        });
      }
      co_return;
    });
    BOOST_TEST(wrong == 0);
  });
}

BOOST_AUTO_TEST_CASE(a_server_belongs_to_one_runtime_and_may_be_drained_behind_its_end) {
  tool_server tools;
  streamable_http_server mcp(tools);
  const auto run_in_a_runtime = [&] {
    runtime rt;
    rt.run([&](shard&) -> awaitable<void> {
      co_await with_cancel_scope([&](cancel_scope& scope) -> awaitable<void> {
        this_shard().post([stop = scope.remote()] { stop.cancel("soon"); });
        co_await mcp.run();
      });
    });
  };
  run_in_a_runtime();
  mcp.drain(1s);  // its shards are gone
  BOOST_CHECK_THROW(run_in_a_runtime(), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()
