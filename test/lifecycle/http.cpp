// Group H: one HTTP exchange, one response, complete or not at all.

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <thread>

#include "lifecycle/live_server.hpp"

using namespace lifecycle;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(lifecycle_http)

BOOST_AUTO_TEST_CASE(H_01_a_stream_that_ended_is_followed_by_nothing) {
  comcp::http_endpoint_options options;
  options.http_sse();
  live_server s(std::move(options));
  for (int i = 0; i < 20; ++i) {
    wire c = s.connect();
    c.send("GET /sse HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
    BOOST_TEST(c.read_answer().status == 200);
    BOOST_TEST(c.read_event()->name == "endpoint");
    c.half_close();
    c.close();
  }
  s.check_baseline();
}

// A hook that throws before the first event, where the head may be out already.
BOOST_AUTO_TEST_CASE(H_02_an_error_behind_the_head_ends_the_stream_and_nothing_else) {
  live_server s({}, [](comcp::server& server) {
    server.on_session_start([](comcp::session&) { throw std::runtime_error("the hook"); });
  });
  s.expected_warnings = {"hook"};
  {
    const live_session in(s);
    const http_answer a = in.ask(list_tools);
    BOOST_TEST(a.status == 200);
  }
  s.check_baseline();
}

// Whatever was begun is complete, however often the server is stopped under load.
BOOST_AUTO_TEST_CASE(H_04_a_server_that_stops_truncates_nothing) {
  for (int round = 0; round < 5; ++round) {
    live_server s;
    std::atomic<int> complete{0};
    std::atomic<int> refused{0};
    std::atomic<int> truncated{0};
    std::vector<std::thread> clients;
    for (int n = 0; n < 8; ++n)
      clients.emplace_back([&] {
        for (int i = 0; i < 25; ++i) {
          try {
            wire c = s.connect();
            c.send(post(initialize()));
            http_answer a;
            try {
              a = c.read_answer();
            } catch (const std::exception& e) {
              const std::string why = e.what();
              (why.ends_with("inside: ") ? refused : truncated) += 1;  // not a byte: refused
              continue;
            }
            if (a.is_stream() && !c.read_end()) ++truncated;
            ++complete;
          } catch (const std::exception&) {
            ++refused;
          }
        }
      });
    std::this_thread::sleep_for(5ms * round);
    s.drain(1s);
    s.join();
    for (std::thread& t : clients)
      t.join();
    BOOST_TEST(truncated == 0);
    BOOST_TEST(complete + refused == 200);
  }
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
    wire c = s.connect();
    std::string text = post(initialize());
    const std::string type = "Content-Type: application/json";
    text.replace(text.find(type), type.size(), "Content-Type: text/xml");
    c.send(text);
    BOOST_TEST(c.read_answer().status == 415);
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

BOOST_AUTO_TEST_CASE(H_19_streams_pass_proxies_and_stay_alive) {
  comcp::http_endpoint_options options;
  options.mcp(comcp::streamable_http_options().keep_alive(20ms));
  live_server s(std::move(options));
  {
    const live_session in(s);
    wire get = s.connect();
    get.send(request("GET", in.headers()));
    const http_answer head = get.read_answer();
    BOOST_TEST(head.header("cache-control").find("no-cache") != std::string::npos);
    BOOST_TEST(head.header("x-accel-buffering") == "no");
    s.until("a comment came", [&] { return !get.is_silent(); });
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(H_20_a_shutdown_with_open_streams_and_calls_ends_all_of_them_properly) {
  live_server s;
  std::vector<std::unique_ptr<live_session>> sessions;
  std::vector<wire> streams;
  std::vector<wire> calls;
  for (int i = 0; i < 50; ++i) {
    sessions.push_back(std::make_unique<live_session>(s));
    streams.push_back(s.connect());
    streams.back().send(request("GET", sessions.back()->headers()));
    BOOST_TEST_REQUIRE(streams.back().read_answer().status == 200);
  }
  for (int i = 0; i < 5; ++i) {
    calls.push_back(sessions[i]->send(call(i, "nap", R"({"ms":100})")));
    calls.push_back(sessions[i]->send(call(i + 10, "nap", R"({"ms":60000})")));
  }
  s.until("all run", [&] { return s.counts.started == 10; });
  const auto before = std::chrono::steady_clock::now();
  s.drain(500ms);
  for (wire& c : streams)
    BOOST_TEST(c.read_end());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const http_answer head = calls[i].read_answer();
    const std::string answer = answer_of(calls[i], head);
    if (i % 2 == 0) BOOST_TEST(answer.find("rested") != std::string::npos, answer);
  }
  s.join();
  BOOST_TEST((std::chrono::steady_clock::now() - before < 15s));
  BOOST_TEST(s.counts.completed == 5);
  BOOST_TEST(s.counts.unwound == 5);
  int named = 0;  // what was abandoned, each by its session
  for (const std::string& line : s.log->lines(comcp::log_level::info))
    named +=
        line.find("cancelling 1 requests that are not done: \"tools/call\" 1") != std::string::npos;
  BOOST_TEST(named == 5);
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
