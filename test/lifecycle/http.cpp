// Group H: one HTTP exchange, one response, complete or not at all.

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lifecycle/live_server.hpp"

using namespace lifecycle;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(lifecycle_http)

// A second status line would be in the rest of what the connection brings, whoever ended the stream.
BOOST_AUTO_TEST_CASE(H_01_a_stream_that_ended_is_followed_by_nothing) {
  comcp::http_endpoint_options options;
  options.http_sse();
  live_server s(std::move(options));
  std::vector<std::unique_ptr<sse_client>> open;
  for (int i = 0; i < 20; ++i) {
    sse_client left(s);
    left.stream.half_close();
    BOOST_TEST(left.stream.read_rest().find("HTTP/1.1") == std::string::npos);
    sse_client gone(s);
    gone.stream.reset();
  }
  s.check_baseline();
  for (int i = 0; i < 20; ++i) {
    open.push_back(std::make_unique<sse_client>(s));
    if (i % 2 == 0) open.back()->shake_hands();
  }
  s.drain(1s);
  for (const auto& c : open) {
    const std::string rest = c->stream.read_rest();
    BOOST_TEST(rest.find("HTTP/1.1") == std::string::npos);
    BOOST_TEST(rest.ends_with("0\r\n\r\n"));
  }
}

BOOST_AUTO_TEST_CASE(H_02_a_hook_that_throws_costs_its_session_nothing) {
  std::atomic<int> called{0};
  live_server s({}, [&called](comcp::server& server) {
    server.on_session_start([&called](comcp::session&) {
      ++called;
      throw std::runtime_error("the hook");
    });
  });
  s.expected_warnings = {"hook"};
  {
    const live_session in(s);
    BOOST_TEST(called == 1);
    const http_answer a = in.ask(list_tools);
    BOOST_TEST(a.status == 200);
  }
  s.check_baseline();
}

namespace {

class full_store final : public comcp::event_store {
 public:
  comcp::awaitable<bool> append(std::uint64_t, std::uint64_t, std::string) override {
    throw std::runtime_error("the store is full");
    co_return false;
  }
  comcp::awaitable<std::optional<std::vector<comcp::stored_event>>> replay(std::uint64_t,
                                                                           std::uint64_t,
                                                                           std::size_t) override {
    throw std::runtime_error("the store is full");
    co_return std::nullopt;
  }
};

}  // namespace

// The stream has begun, and what is to keep its events throws from the first on.
BOOST_AUTO_TEST_CASE(H_02_a_store_that_throws_behind_the_head_costs_no_answer) {
  comcp::http_endpoint_options options;
  options.mcp(comcp::streamable_http_options().keep_events_in(
      [](std::string_view) { return std::make_shared<full_store>(); }));
  live_server s(std::move(options));
  s.expected_warnings = {"the store is full"};
  {
    const live_session in(s, "2025-11-25");
    wire c = in.send(call(1, "steps", R"({"n":3,"ms":1})", R"({"progressToken":1})"));
    const http_answer head = c.read_answer();
    BOOST_TEST_REQUIRE(head.is_stream());
    const std::string id = c.read_event()->id;
    BOOST_TEST(answer_of(c, head).find("walked") != std::string::npos);
    wire again = s.connect();
    again.send(request("GET", in.headers() + "Last-Event-ID: " + id + "\r\n"));
    // Refused before a stream begins; or, while the first one is just being left, a stream that breaks off: what it
    // lacks is the answer.
    const http_answer resumed = again.read_answer();
    if (resumed.is_stream())
      BOOST_CHECK_THROW(answer_of(again, resumed), std::runtime_error);
    else
      BOOST_TEST(resumed.status >= 400);
    const http_answer next = in.ask(list_tools);
    BOOST_TEST(next.status == 200);
  }
  s.check_baseline();
}

// A handler of the program's own: what it began is visibly cut, with no page about the error inside.
BOOST_AUTO_TEST_CASE(H_02_an_error_behind_the_head_ends_the_stream_and_nothing_else) {
  comcp::http_endpoint_options options;
  options.routes([](comcp::http::router& paths) {
    paths.add("/page", [](comcp::http::exchange ex) -> comcp::awaitable<void> {
      comcp::http::fields headers;
      const auto begun = co_await std::move(ex).start_stream(200, std::move(headers));
      throw std::runtime_error("the page");
    });
  });
  live_server s(std::move(options));
  s.expected_warnings = {"the page"};
  for (int i = 0; i < 10; ++i) {
    wire c = s.connect();
    c.send("GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n");
    BOOST_TEST(c.read_head().status == 200);
    BOOST_TEST(c.read_rest() == "");
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(H_06_a_notification_is_202_without_a_body_on_a_connection_that_goes_on) {
  live_server s;
  {
    const live_session in(s);
    wire c = s.connect();
    for (int i = 0; i < 5; ++i) {
      c.send(post(cancel(i), in.headers()));
      const http_answer a = c.read_answer();
      BOOST_TEST(a.status == 202);
      BOOST_TEST(a.body.empty());
      BOOST_TEST(c.is_silent());
    }
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(H_07_what_is_no_message_is_400_and_the_connection_goes_on) {
  live_server s;
  {
    const live_session in(s);
    wire c = s.connect();
    const std::pair<const char*, const char*> bad[] = {{"{", "-32700"},
                                                       {"nonsense", "-32700"},
                                                       {"{}", "-32600"},
                                                       {"7", "-32600"},
                                                       {R"({"jsonrpc":"1.0","id":1})", "-32600"}};
    for (const auto& [body, code] : bad) {
      c.send(post(body, in.headers()));
      const http_answer a = c.read_answer();
      BOOST_TEST(a.status == 400, body);
      BOOST_TEST(a.body.find(code) != std::string::npos, a.body);
    }
    c.send(post(list_tools, in.headers()));
    BOOST_TEST(c.read_answer().status == 200);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(H_08_a_body_that_is_too_large_is_refused_before_it_is_read) {
  comcp::http_endpoint_options options;
  options.mcp(comcp::streamable_http_options().conversation(
      comcp::session_options().codec_limits(comcp::jsonrpc::limits().max_bytes(1000))));
  live_server s(std::move(options));
  {
    wire c = s.connect();
    c.send(
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Accept: application/json, text/event-stream\r\nContent-Length: 100000000\r\n\r\n");
    const http_answer a = c.read_answer();
    BOOST_TEST(a.status == 413);
    BOOST_TEST(a.body.find("1000") != std::string::npos);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(H_10_what_can_not_be_taken_or_read_is_406_or_415) {
  live_server s;
  {
    const live_session in(s);
    const auto status_with = [&](std::string text, const std::string& header, const char* instead) {
      const std::size_t at = text.find(header + ":");
      text.replace(at, text.find("\r\n", at) + 2 - at, instead);
      wire c = s.connect();
      c.send(text);
      return c.read_answer().status;
    };
    const std::string ask = post(list_tools, in.headers());
    for (const std::string& text : {post(initialize()), ask, modern_call(1, "nap")}) {
      for (const char* none : {"Accept: text/plain\r\n", "Accept: text/event-stream\r\n",
                               "Accept: application/json;q=0, text/event-stream\r\n"})
        BOOST_TEST(status_with(text, "Accept", none) == 406, none);
      for (const char* other : {"Content-Type: text/xml\r\n", "Content-Type: text/plain\r\n"})
        BOOST_TEST(status_with(text, "Content-Type", other) == 415, other);
    }
    const std::string get = request("GET", in.headers());
    BOOST_TEST(status_with(get, "Accept", "Accept: application/json\r\n") == 406);
    BOOST_TEST(status_with(modern_listen(1), "Accept", "Accept: application/json\r\n") == 406);
    BOOST_TEST(status_with(ask, "Accept", "Accept: */*\r\n") == 200);
    BOOST_TEST(s.counts.started == 0);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(H_11_the_stream_of_a_cancelled_request_ends_and_frees_its_connection) {
  live_server s;
  {
    const live_session in(s);
    wire c = in.send(call(7, "steps", R"({"n":100000,"ms":20})", R"({"progressToken":1})"));
    BOOST_TEST_REQUIRE(c.read_answer().is_stream());
    in.ask(cancel(7));
    while (auto e = c.read_event())
      BOOST_TEST(e->data.find("\"id\":7") == std::string::npos);
    c.send(post(list_tools, in.headers()));  // the connection is free
    BOOST_TEST(c.read_answer().status == 200);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(H_13_an_unknown_version_header_is_400_and_says_so) {
  live_server s;
  {
    const live_session in(s);
    wire c = s.connect();
    c.send(post(list_tools,
                "Mcp-Session-Id: " + in.id() + "\r\nMCP-Protocol-Version: 1999-01-01\r\n"));
    const http_answer a = c.read_answer();
    BOOST_TEST(a.status == 400);
    BOOST_TEST(a.body.find("Unsupported protocol version") != std::string::npos, a.body);
  }
  s.check_baseline();
}

// 2025-03-26 is the revision with batches.
BOOST_AUTO_TEST_CASE(H_13_an_absent_version_header_means_2025_03_26) {
  comcp::http_endpoint_options options;
  options.mcp(comcp::streamable_http_options().sessions(comcp::session_use::none));
  live_server alone(std::move(options));
  const std::string batch = "[" + std::string(list_tools) + "]";
  for (const auto& [header, status] :
       {std::pair("", 200), std::pair("MCP-Protocol-Version: 2025-03-26\r\n", 200),
        std::pair("MCP-Protocol-Version: 2025-06-18\r\n", 400)}) {
    wire c = alone.connect();
    c.send(post(batch, header));
    BOOST_TEST(c.read_answer().status == status, header);
  }
  live_server s;  // a session knows its own
  {
    const live_session in(s);
    wire c = s.connect();
    c.send(post(list_tools, "Mcp-Session-Id: " + in.id() + "\r\n"));
    BOOST_TEST(c.read_answer().status == 200);
    c.send(post(batch, "Mcp-Session-Id: " + in.id() + "\r\n"));
    BOOST_TEST(c.read_answer().status == 400);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(H_15_removed_and_unknown_methods_of_the_modern_era) {
  live_server s;
  {
    for (const char* method : {"initialize", "ping", "no/such"}) {
      wire c = s.connect();
      const std::string body =
          R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) +
          R"(","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
          R"("io.modelcontextprotocol/clientCapabilities":{}}}})";
      c.send(post(
          body, "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: " + std::string(method) + "\r\n"));
      const http_answer a = c.read_answer();
      BOOST_TEST(a.status == 404, method);
      BOOST_TEST(a.body.find("-32601") != std::string::npos, a.body);
    }
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(H_15_envelopes_that_lack_something_or_are_of_no_known_version) {
  live_server s;
  const std::string version = R"("io.modelcontextprotocol/protocolVersion":)";
  const std::string capabilities = R"("io.modelcontextprotocol/clientCapabilities":{})";
  const auto ask = [&](const std::string& meta, const std::string& header) {
    wire c = s.connect();
    c.send(
        post(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{)" + meta + "}}}",
             "MCP-Protocol-Version: " + header + "\r\nMcp-Method: tools/list\r\n"));
    return c.read_answer();
  };
  for (const std::string& meta :
       {std::string(), capabilities, version + "\"2026-07-28\"", version + "7," + capabilities}) {
    const http_answer a = ask(meta, "2026-07-28");
    BOOST_TEST(a.status == 400, meta);
    BOOST_TEST(a.body.find("-32602") != std::string::npos, a.body);
  }
  const http_answer unknown = ask(version + "\"2099-01-01\"," + capabilities, "2099-01-01");
  BOOST_TEST(unknown.status == 400);
  BOOST_TEST(unknown.body.find("-32022") != std::string::npos, unknown.body);
  BOOST_TEST(unknown.body.find("\"2026-07-28\"") != std::string::npos, unknown.body);
  const http_answer known = ask(version + "\"2026-07-28\"," + capabilities, "2026-07-28");
  BOOST_TEST(known.status == 200);
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(H_19_streams_pass_proxies_and_stay_alive) {
  BOOST_TEST((comcp::streamable_http_options().keep_alive() <= 25s));
  comcp::http_endpoint_options options;
  options.http_sse().mcp(comcp::streamable_http_options().keep_alive(20ms));
  live_server s(std::move(options));
  {
    const live_session in(s);
    const std::string sse =
        "GET /sse HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
    const std::string work = R"({"ms":60000})";
    for (const std::string& text :
         {request("GET", in.headers()), post(call(1, "nap", work), in.headers()),
          modern_call(1, "nap", work), modern_listen(1), sse}) {
      wire c = s.connect();
      c.send(text);
      const http_answer head = c.read_answer();
      BOOST_TEST_REQUIRE(head.is_stream(), text);
      BOOST_TEST(head.header("cache-control").find("no-cache") != std::string::npos, text);
      BOOST_TEST(head.header("x-accel-buffering") == "no", text);
      if (text == sse || text == modern_listen(1)) BOOST_TEST(c.read_event().has_value());
      for (int i = 0; i < 5; ++i)
        BOOST_TEST(c.read_comment(), text);
    }
    in.ask(cancel(1));
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(H_21_other_methods_are_405_with_those_that_are_allowed) {
  live_server s;
  {
    for (const char* verb : {"PUT", "PATCH", "HEAD", "TRACE"}) {
      wire c = s.connect();
      c.send(request(verb));
      // HEAD is answered without the body that the head announces.
      const bool head = std::string_view(verb) == "HEAD";
      const http_answer a = head ? c.read_head() : c.read_answer();
      BOOST_TEST(a.status == 405, verb);
      BOOST_TEST(a.header("allow").find("POST") != std::string::npos, verb);
      c.send(modern_call(1, "nap"));  // the next answer begins where this one has ended
      BOOST_TEST(c.read_answer().status == 200, verb);
    }
    for (const char* verb : {"GET", "DELETE"}) {
      wire c = s.connect();
      c.send(request(verb, "MCP-Protocol-Version: 2026-07-28\r\n"));
      BOOST_TEST(c.read_answer().status == 405, verb);
    }
  }
  s.check_baseline();
}

// Every exchange, one byte in each packet.
BOOST_AUTO_TEST_CASE(bytes_that_come_one_by_one_are_the_same_conversation) {
  live_server s;
  {
    const live_session in(s);
    wire c = s.connect();
    c.send_slowly(post(call(1, "echo", R"({"text":"slow"})"), in.headers()));
    const http_answer a = c.read_answer();
    BOOST_TEST(a.body.find("slow") != std::string::npos);
    c.send_slowly(modern_call(2, "echo", R"({"text":"slow"})"));
    const http_answer b = c.read_answer();
    BOOST_TEST(answer_of(c, b).find("slow") != std::string::npos);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_SUITE_END()
