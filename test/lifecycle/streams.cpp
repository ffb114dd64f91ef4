// Group S: connections that end while something is under way.

#include <boost/test/unit_test.hpp>

#include <thread>

#include "lifecycle/live_server.hpp"

using namespace lifecycle;

BOOST_AUTO_TEST_SUITE(lifecycle_streams)

BOOST_AUTO_TEST_CASE(S_01_a_body_that_never_ends_makes_nothing) {
  live_server s;
  for (const bool by_reset : {false, true}) {
    const std::string whole = post(initialize());
    for (std::size_t cut = 1; cut < whole.size(); cut += 7) {
      wire c = s.connect();
      c.send(std::string_view(whole).substr(0, cut));
      if (by_reset)
        c.reset();
      else
        c.close();
    }
  }
  BOOST_TEST(s.stats().sessions_opened == 0U);
  s.check_baseline();
  BOOST_TEST(s.log->lines(comcp::log_level::warning).empty());
}

BOOST_AUTO_TEST_CASE(S_03_an_early_refusal_starts_nothing) {
  live_server s;
  {
    const live_session in(s);
    for (int i = 0; i < 20; ++i) {
      wire c = s.connect();
      std::string text = post(call(i, "echo", R"({"text":"a"})"), in.headers());
      const std::string accept = "Accept: application/json, text/event-stream";
      text.replace(text.find(accept), accept.size(), "Accept: text/plain");
      c.send(text);
      BOOST_TEST(c.read_answer().status == 406);
    }
    BOOST_TEST(s.counts.started == 0);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(S_04_deleting_a_session_ends_its_running_call_properly) {
  live_server s;
  {
    const live_session in(s);
    wire c = in.send(call(7, "steps", R"({"n":1000,"ms":50})", R"({"progressToken":1})"));
    const http_answer head = c.read_answer();
    BOOST_TEST_REQUIRE(head.is_stream());
    BOOST_TEST(c.read_event().has_value());
    wire bye = s.connect();
    bye.send(request("DELETE", in.headers()));
    BOOST_TEST(bye.read_answer().status / 100 == 2);
    while (auto e = c.read_event())
      BOOST_TEST(e->data.find("\"id\":7") == std::string::npos);
    s.until("it has unwound", [&] { return s.counts.unwound == 1; });
    wire late = in.send(call(8, "echo", R"({"text":"a"})"));
    BOOST_TEST(late.read_answer().status == 404);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(S_06_a_disconnect_and_a_shutdown_at_once_close_once) {
  for (int i = 0; i < 10; ++i) {
    live_server s;
    const live_session in(s);
    wire get = s.connect();
    get.send(request("GET", in.headers()));
    BOOST_TEST(get.read_answer().status == 200);
    wire c = in.send(call(7, "nap", R"({"ms":60000})"));
    s.until("it runs", [&] { return s.counts.started == 1; });
    std::thread other([&] { s.drain(std::chrono::milliseconds(10)); });
    get.reset();
    c.reset();
    other.join();
    s.join();
    BOOST_TEST(s.stats().sessions == 0U);
    BOOST_TEST(s.counts.started == s.counts.unwound + s.counts.completed);
  }
}

BOOST_AUTO_TEST_CASE(S_07_a_handler_whose_stream_is_gone_hears_it_as_a_value) {
  live_server s;
  {
    wire c = s.connect();
    c.send(modern_call(7, "steps", R"({"n":1000,"ms":5})"));
    const http_answer head = c.read_answer();
    BOOST_TEST_REQUIRE(head.is_stream());
    BOOST_TEST(c.read_event().has_value());
    c.reset();
    s.until("it was cancelled", [&] { return s.counts.unwound == 1; });

    const live_session in(s);
    wire kept = in.send(call(8, "steps", R"({"n":20,"ms":5})", R"({"progressToken":1})"));
    BOOST_TEST_REQUIRE(kept.read_answer().is_stream());
    kept.reset();
    s.until("it went on to its end", [&] { return s.counts.completed == 1; });
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(S_08_aborted_large_answers_do_not_hold_up_later_ones) {
  live_server s;
  {
    const live_session in(s);
    for (int i = 0; i < 15; ++i) {
      wire c = in.send(call(i, "big", R"({"bytes":4000000})"));
      c.read_answer();
      c.reset();
    }
    const live_session fresh(s);
    const http_answer a = fresh.ask(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
    BOOST_TEST(a.status == 200);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(S_10_a_stream_that_nobody_reads_ends_with_its_client) {
  comcp::http_endpoint_options options;
  options.http_sse().mcp(comcp::streamable_http_options().keep_alive(std::chrono::milliseconds(5)));
  live_server s(std::move(options));
  {
    wire c = s.connect();
    c.send("GET /sse HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
    BOOST_TEST(c.read_answer().status == 200);
    BOOST_TEST(c.read_event()->name == "endpoint");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // heartbeats that nobody reads
    BOOST_TEST(s.stats().streams == 1U);
    c.reset();
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(S_11_heartbeats_and_answers_share_a_stream_without_loss) {
  comcp::http_endpoint_options options;
  options.http_sse().mcp(comcp::streamable_http_options().keep_alive(std::chrono::milliseconds(1)));
  live_server s(std::move(options));
  {
    wire c = s.connect();
    c.send("GET /sse HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
    BOOST_TEST(c.read_answer().status == 200);
    const std::string target = c.read_event()->data;
    const auto say = [&](const std::string& body) {
      wire p = s.connect();
      p.send("POST " + target +
             " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
             "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
      BOOST_TEST(p.read_answer().status == 202);
    };
    say(initialize("2024-11-05"));
    BOOST_TEST(c.read_event()->data.find("\"hello\"") != std::string::npos);
    say(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    for (int id = 1; id <= 50; ++id) {
      say(call(id, "nap", R"({"ms":2})"));
      const auto e = c.read_event();
      BOOST_TEST_REQUIRE(e.has_value());
      BOOST_TEST(e->data.find("\"id\":" + std::to_string(id) + ",") != std::string::npos, e->data);
    }
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_SUITE_END()
