// Group E: clients that come back for what they missed.

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <vector>

#include "lifecycle/live_server.hpp"

using namespace lifecycle;
using namespace std::chrono_literals;

namespace {

/// Everything that a GET with this id brings, until the stream ends.
std::vector<stream_event> resume(const live_server& s, const live_session& in, std::string id) {
  wire c = s.connect();
  c.send(request("GET", in.headers() + "Last-Event-ID: " + id + "\r\n"));
  BOOST_TEST_REQUIRE(c.read_answer().status == 200);
  std::vector<stream_event> all;
  while (auto e = c.read_event())
    all.push_back(*e);
  return all;
}

/// Those events that are more than a place to come back to.
std::vector<std::string> messages(const std::vector<stream_event>& events) {
  std::vector<std::string> all;
  for (const stream_event& e : events)
    if (!e.data.empty()) all.push_back(e.data);
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lifecycle_resumption)

BOOST_AUTO_TEST_CASE(E_01_what_comes_back_is_of_its_own_stream_only) {
  live_server s;
  {
    const live_session in(s, "2025-11-25");
    wire a = in.send(call(1, "steps", R"({"n":6,"ms":20})", R"({"progressToken":"a"})"));
    wire b = in.send(call(2, "steps", R"({"n":6,"ms":20})", R"({"progressToken":"b"})"));
    BOOST_TEST_REQUIRE(a.read_answer().is_stream());
    BOOST_TEST_REQUIRE(b.read_answer().is_stream());
    std::string id;
    int seen = 0;
    while (seen == 0) {
      const auto e = a.read_event();
      id = e->id;
      seen += e->data.find("progressToken") != std::string::npos;
    }
    a.reset();
    const auto missed = resume(s, in, id);
    int steps = seen;
    for (const auto& e : missed) {
      BOOST_TEST(e.data.find("\"b\"") == std::string::npos);
      steps += e.data.find("progressToken") != std::string::npos;
    }
    BOOST_TEST(steps == 6);
    BOOST_TEST_REQUIRE(!missed.empty());
    BOOST_TEST(missed.back().data.find("\"id\":1") != std::string::npos);
    while (b.read_event()) {
    }
  }
  s.check_baseline();
}

// The connection is lost just before the answer.
BOOST_AUTO_TEST_CASE(E_03_the_answer_survives_its_connection_once) {
  live_server s;
  {
    const live_session in(s, "2025-11-25");
    for (int i = 1; i <= 10; ++i) {
      wire c = in.send(call(i, "steps", R"({"n":1,"ms":30})", R"({"progressToken":1})"));
      BOOST_TEST_REQUIRE(c.read_answer().is_stream());
      const std::string id = c.read_event()->id;
      BOOST_TEST_REQUIRE(!id.empty());
      c.reset();
      int answers = 0;
      for (const auto& e : resume(s, in, id))
        answers += e.data.find("walked") != std::string::npos;
      BOOST_TEST(answers == 1);
    }
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(E_05_a_new_GET_takes_the_place_of_the_old_one) {
  live_server s;
  {
    const live_session in(s);
    wire old = s.connect();
    old.send(request("GET", in.headers()));
    BOOST_TEST(old.read_answer().status == 200);
    for (int i = 0; i < 5; ++i) {
      wire fresh = s.connect();
      fresh.send(request("GET", in.headers()));
      BOOST_TEST(fresh.read_answer().status == 200);
      while (old.read_event()) {
      }
      old = std::move(fresh);
    }
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(E_06_the_priming_event_comes_first_and_to_2025_11_25_only) {
  live_server s;
  {
    for (const char* revision : {"2025-06-18", "2025-11-25"}) {
      const live_session in(s, revision);
      wire c = in.send(call(1, "steps", R"({"n":1,"ms":1})", R"({"progressToken":1})"));
      BOOST_TEST_REQUIRE(c.read_answer().is_stream());
      const auto first = c.read_event();
      BOOST_TEST_REQUIRE(first.has_value());
      BOOST_TEST((first->data.empty() && !first->id.empty()) ==
                 (std::string_view(revision) == "2025-11-25"));
      while (c.read_event()) {
      }
    }
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(E_09_what_is_kept_is_bounded_and_what_is_pushed_out_is_counted) {
  comcp::http_endpoint_options options;
  options.mcp(comcp::streamable_http_options().keep_events(
      comcp::event_store_limits().max_stream_events(5)));
  live_server s(std::move(options));
  {
    const live_session in(s, "2025-11-25");
    wire c = in.send(call(1, "steps", R"({"n":50,"ms":1})", R"({"progressToken":1})"));
    BOOST_TEST_REQUIRE(c.read_answer().is_stream());
    const std::string id = c.read_event()->id;
    while (c.read_event()) {
    }
    BOOST_TEST(s.stats().events_evicted == 46U);  // of fifty steps and an answer
    const auto kept = messages(resume(s, in, id));
    BOOST_TEST_REQUIRE(kept.size() == 5U);
    BOOST_TEST(kept.front().find("\"progress\":47") != std::string::npos, kept.front());
    BOOST_TEST(kept.back().find("walked") != std::string::npos, kept.back());
  }
  s.check_baseline();
}

// In bytes, of a session and of the server: neither takes from another session.
BOOST_AUTO_TEST_CASE(E_09_bytes_that_are_kept_are_bounded_for_a_session_and_for_all) {
  constexpr std::size_t of_session = 3000;
  constexpr std::size_t of_all = 5000;
  comcp::http_endpoint_options options;
  options.mcp(comcp::streamable_http_options().keep_events(
      comcp::event_store_limits().max_bytes(of_session).max_total_bytes(of_all)));
  live_server s(std::move(options));
  {
    std::vector<std::unique_ptr<live_session>> sessions;
    std::vector<std::string> ids;
    std::size_t first_alone = 0;
    for (int i = 0; i < 4; ++i) {
      sessions.push_back(std::make_unique<live_session>(s, "2025-11-25"));
      wire c =
          sessions.back()->send(call(1, "steps", R"({"n":60,"ms":1})", R"({"progressToken":1})"));
      BOOST_TEST_REQUIRE(c.read_answer().is_stream());
      ids.push_back(c.read_event()->id);
      while (c.read_event())
        BOOST_TEST(s.stats().event_bytes <= (i == 0 ? of_session : of_all));
      if (i == 0) first_alone = messages(resume(s, *sessions[0], ids[0])).size();
    }
    BOOST_TEST(s.stats().event_bytes > of_session);
    BOOST_TEST(s.stats().events_evicted > 50U);
    const auto first = messages(resume(s, *sessions[0], ids[0]));
    BOOST_TEST(first.size() == first_alone);
    BOOST_TEST_REQUIRE(first.size() > 5U);
    BOOST_TEST(first.back().find("walked") != std::string::npos);
  }
  s.until("what was kept went with its session", [&] { return s.stats().event_bytes == 0; });
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(E_10_the_modern_era_has_nothing_to_resume) {
  live_server s;
  {
    wire c = s.connect();
    c.send(modern_call(1, "steps", R"({"n":2,"ms":1})"));
    BOOST_TEST_REQUIRE(c.read_answer().is_stream());
    while (auto e = c.read_event())
      BOOST_TEST(e->id.empty());
    wire get = s.connect();
    get.send(request("GET", "MCP-Protocol-Version: 2026-07-28\r\nLast-Event-ID: 1\r\n"));
    BOOST_TEST(get.read_answer().status == 405);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_SUITE_END()
