// Readers that stop and handlers that won't: nobody else notices, memory stays.

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "comcp/scope/blocking.hpp"
#include "comcp/server/server.hpp"
#include "lifecycle/live_server.hpp"

using namespace lifecycle;
using namespace comcp;
using namespace std::chrono_literals;

namespace {

/// Sends progress as fast as it may.
void add_torrent(comcp::server& server, std::atomic<int>& sent) {
  server.tool("torrent", "", [&sent](request_context& ctx) -> awaitable<std::string> {
    const std::string text(1000, 'x');
    for (int i = 1; i <= 100000; ++i) {
      const send_status s = co_await ctx.report_progress(i, {}, text);
      if (s == send_status::closed) break;
      ++sent;
    }
    co_return "all sent";
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lifecycle_pressure)

// The queue is bounded in bytes, so the handler waits, which can be counted; other clients are served
// meanwhile.
BOOST_AUTO_TEST_CASE(a_reader_that_stops_suspends_its_own_producer_and_nobody_else) {
  std::atomic<int> sent{0};
  live_server s({}, [&](comcp::server& server) { add_torrent(server, sent); });
  {
    for (const bool modern : {false, true}) {
      const std::size_t one_queue = session_options().max_outgoing_bytes();
      sent = 0;
      const live_session in(s);
      wire c = s.connect();
      c.send(modern ? modern_call(1, "torrent")
                    : post(call(1, "torrent", "{}", R"({"progressToken":1})"), in.headers()));
      BOOST_TEST_REQUIRE(c.read_answer().is_stream());
      // What fits into the sockets' buffers and one queue; until they are full the queue drains now and then.
      int before = -1;
      s.until("it waits", [&] {
        return s.stats().producers_waiting == 1 && s.stats().queued_bytes >= one_queue &&
               std::exchange(before, sent.load()) == sent;
      });
      BOOST_TEST(sent < 50000);
      BOOST_TEST(s.stats().queued_bytes < 2 * one_queue);
      BOOST_TEST(s.stats().queued_bytes_peak >= one_queue);
      for (int i = 0; i < 20; ++i) {
        const http_answer a = in.ask(call(100 + i, "echo", R"({"text":"on"})"));
        BOOST_TEST(a.status == 200);
      }
      BOOST_TEST(s.stats().producers_waiting <= 1U);  // nobody else had to
      s.until("it waits",
              [&] { return s.stats().producers_waiting == 1; });  // buffers of sockets may grow
      c.reset();
      if (!modern) in.ask(cancel(1));
      s.until("it waits no more", [&] { return s.stats().producers_waiting == 0; });
    }
  }
  s.check_baseline();
  BOOST_TEST(s.stats().queued_bytes == 0U);
  BOOST_TEST(s.stats().producer_waits >= 2U);
}

// The blocking work ends when it likes; the call, the client and the server don't wait for it.
BOOST_AUTO_TEST_CASE(blocking_work_that_will_not_stop_is_left_alone) {
  std::atomic<int> begun{0};
  std::atomic<int> finished{0};
  live_server s({}, [&](comcp::server& server) {
    server.tool("stuck", "", [&]() -> awaitable<std::string> {
      auto work = [&] {
        ++begun;
        std::this_thread::sleep_for(600ms);
        ++finished;
        return std::string("late");
      };
      co_return co_await run_blocking(work, blocking_options().abandon_on_cancel());
    });
  });
  {
    const live_session in(s);
    std::vector<wire> open;
    for (int id = 1; id <= 60; ++id)  // more than the pool has threads
      open.push_back(in.send(call(id, "stuck")));
    s.until("the pool is full", [&] { return begun == 40; });
    for (int id = 1; id <= 60; ++id)
      in.ask(cancel(id));
    for (wire& c : open) {
      const http_answer head = c.read_answer();
      BOOST_TEST(answer_of(c, head) == "");
    }
    BOOST_TEST(finished == 0);  // nobody waited
    const http_answer a = in.ask(call(100, "echo", R"({"text":"on"})"));
    BOOST_TEST(a.status == 200);
    s.until("what had begun has ended", [&] { return finished == 40; });
    BOOST_TEST(begun == 40);  // what had not begun never did
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_SUITE_END()
