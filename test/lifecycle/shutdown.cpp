// The end of a server under load: H-04, H-20. Of a process, by signals: processes.cpp.

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "lifecycle/live_server.hpp"

using namespace lifecycle;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(lifecycle_shutdown)

// Whatever was begun is complete: twenty servers, two hundred connections each, the end at another moment each
// time. Half of the answers are large enough to be written in several steps.
BOOST_AUTO_TEST_CASE(H_04_a_server_that_stops_truncates_nothing) {
  constexpr int rounds = 20;
  constexpr int connections = 200;
  int all_complete = 0;
  int all_refused = 0;
  for (int round = 0; round < rounds; ++round) {
    live_server s;
    int refused = 0;
    int complete = 0;
    std::vector<wire> open;
    std::thread stopping;
    for (int i = 0; i < connections; ++i) {
      if (i == round * connections / rounds) stopping = std::thread([&] { s.drain(5s); });
      try {
        open.push_back(s.connect());
        open.back().send(i % 2 == 0 ? post(initialize())
                                    : modern_call(i, "big", R"({"bytes":300000})"));
      } catch (const std::exception&) {
        ++refused;
      }
    }
    for (wire& c : open) {
      try {
        if (c.is_closed_without_a_byte()) {
          ++refused;
          continue;
        }
        const http_answer a = c.read_answer();
        if (a.is_stream()) BOOST_TEST(c.read_end());
        (a.status == 200 ? complete : refused) += 1;
      } catch (const std::exception& e) {
        BOOST_ERROR("truncated: " + std::string(e.what()).substr(0, 200));
      }
    }
    stopping.join();
    s.join();
    BOOST_TEST(complete + refused == connections);
    all_complete += complete;
    all_refused += refused;
  }
  BOOST_TEST(all_complete > 0);
  BOOST_TEST(all_refused > 0);
}

// Idle streams of three kinds: those of 2025-11-25 are told when to come back.
BOOST_AUTO_TEST_CASE(H_20_a_shutdown_with_open_streams_and_calls_ends_all_of_them_properly) {
  live_server s;
  std::vector<std::unique_ptr<live_session>> sessions;
  std::vector<wire> streams;
  std::vector<wire> calls;
  std::vector<wire> polled;
  std::vector<wire> listeners;
  for (int i = 0; i < 50; ++i) {
    const bool polls = i % 2 == 1;
    sessions.push_back(std::make_unique<live_session>(s, polls ? "2025-11-25" : "2025-06-18"));
    std::vector<wire>& kind = polls ? polled : streams;
    kind.push_back(s.connect());
    kind.back().send(request("GET", sessions.back()->headers()));
    BOOST_TEST_REQUIRE(kind.back().read_answer().status == 200);
    listeners.push_back(s.connect());
    listeners.back().send(modern_listen(i));
    BOOST_TEST_REQUIRE(listeners.back().read_answer().is_stream());
    BOOST_TEST(listeners.back().read_event().has_value());
  }
  for (int i = 0; i < 5; ++i) {
    calls.push_back(sessions[i]->send(call(i, "nap", R"({"ms":100})")));
    calls.push_back(sessions[i]->send(call(i + 10, "nap", R"({"ms":60000})")));
  }
  s.until("all run", [&] { return s.counts.started == 10; });
  const auto before = std::chrono::steady_clock::now();
  s.drain(500ms);
  for (std::vector<wire>* kind : {&streams, &listeners})
    for (wire& c : *kind)
      BOOST_TEST(c.read_end());
  for (wire& c : polled) {
    std::string retry;
    while (const auto e = c.read_event())
      retry = e->retry;
    BOOST_TEST(retry == "30000");  // `retry_after`; the first event says another time
    BOOST_TEST(c.read_end());
  }
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

BOOST_AUTO_TEST_SUITE_END()
