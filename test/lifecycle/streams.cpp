// Group S: connections that end while something is under way.

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>
#include <vector>

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
    std::atomic<int> opened{0};
    std::atomic<int> closed{0};
    live_server s({}, [&](comcp::server& server) {
      server.on_session_start([&](comcp::session&) { ++opened; });
      server.on_session_end([&](comcp::session&) { ++closed; });
    });
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
    BOOST_TEST(opened == 1);
    BOOST_TEST(closed == 1);
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
    BOOST_TEST(s.counts.send_closed == 0);  // all of it is kept for a client that comes back
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(S_07_where_nothing_is_kept_a_gone_stream_is_said_to_be_closed) {
  comcp::http_endpoint_options options;
  options.mcp(comcp::streamable_http_options().keep_no_events());
  live_server s(std::move(options));
  {
    const live_session in(s);
    wire c = in.send(call(8, "steps", R"({"n":40,"ms":5})", R"({"progressToken":1})"));
    BOOST_TEST_REQUIRE(c.read_answer().is_stream());
    BOOST_TEST(c.read_event().has_value());
    c.reset();
    s.until("it went on to its end", [&] { return s.counts.completed == 1; });
    BOOST_TEST(s.counts.send_closed > 0);
    BOOST_TEST(s.counts.unwound == 0);  // nothing was thrown
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
    const auto took = live_server::fastest(5, [&] {
      const live_session fresh(s);
      const http_answer a = fresh.ask(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
      BOOST_TEST(a.status == 200);
    });
    BOOST_TEST(took.count() < 1000);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(S_10_a_stream_that_nobody_reads_ends_with_its_client) {
  comcp::http_endpoint_options options;
  options.http_sse().mcp(comcp::streamable_http_options().keep_alive(std::chrono::milliseconds(5)));
  live_server s(std::move(options));
  {
    sse_client c(s);
    c.shake_hands();
    // More than the kernel takes for a client that doesn't read: the writer waits, heartbeats are due.
    // The next message waits for room.
    std::vector<wire> said;
    for (int id = 1; id <= 4; ++id)
      said.push_back(c.send(call(id, "big", R"({"bytes":8000000})")));
    s.until("the queue is full", [&] { return s.stats().queued_bytes > 1'000'000; });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    BOOST_TEST(s.stats().streams == 1U);
    c.stream.reset();
    s.until("nothing is queued", [&] { return s.stats().queued_bytes == 0; });
    BOOST_TEST(s.stats().producers_waiting == 0U);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(S_11_heartbeats_and_answers_share_a_stream_without_loss) {
  comcp::http_endpoint_options options;
  options.http_sse().mcp(comcp::streamable_http_options().keep_alive(std::chrono::milliseconds(1)));
  live_server s(std::move(options));
  {
    sse_client c(s);
    c.shake_hands();
    for (int id = 1; id <= 50; ++id) {
      c.say(call(id, "nap", R"({"ms":2})"));
      const auto e = c.stream.read_event();
      BOOST_TEST_REQUIRE(e.has_value());
      BOOST_TEST(e->data.find("\"id\":" + std::to_string(id) + ",") != std::string::npos, e->data);
    }
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_SUITE_END()
