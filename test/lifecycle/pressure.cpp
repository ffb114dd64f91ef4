// Readers that stop, handlers that won't, and very many of both: nobody else notices, memory stays.

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "comcp/scope/blocking.hpp"
#include "comcp/server/server.hpp"
#include "lifecycle/child.hpp"
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

long resident_kib(const std::string& process = "self") {
  std::ifstream in("/proc/" + process + "/statm");
  long size = 0;
  long resident = 0;
  in >> size >> resident;
  return resident * (::sysconf(_SC_PAGESIZE) / 1024);
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
      BOOST_TEST(s.stats().producers_waiting == 1U);  // nobody else had to
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

// COMCP_CYCLES=100000 makes it the long one.
BOOST_AUTO_TEST_CASE(connecting_and_leaving_very_often_leaves_nothing) {
  const char* wanted = std::getenv("COMCP_CYCLES");
  const int cycles = wanted ? std::atoi(wanted) : 3000;
  live_server s;
  const std::string texts[] = {post(initialize()), modern_call(1, "nap", R"({"ms":50})"),
                               modern_call(1, "steps", R"({"n":9,"ms":1})"), request("GET")};
  unsigned random = 1;
  long before = 0;
  {
    const live_session in(s);  // whose calls go on when their connections are gone
    for (int i = 0; i < cycles; ++i) {
      if (i == cycles / 4) before = resident_kib();
      random = random * 1664525 + 1013904223;
      const int kind = i % 6;
      const std::string of_session =
          kind < 4    ? ""
          : kind == 4 ? post(call(i, "nap", R"({"ms":5})"), in.headers())
                      : post(call(i, "steps", R"({"n":9,"ms":1})"), in.headers());
      const std::string& text = kind < 4 ? texts[kind] : of_session;
      const bool whole =
          (random & 0x20000) != 0 && kind != 0;  // a session that is begun would stay
      wire c = s.connect();
      c.send(std::string_view(text).substr(0, whole ? text.size() : random % text.size()));
      if (random & 0x10000) c.reset();
    }
  }
  s.check_baseline();
  BOOST_TEST_MESSAGE("resident: " << before << " KiB, then " << resident_kib() << " KiB");
  if (wanted) BOOST_TEST(resident_kib() < before + before / 10);
}

namespace {

/// everything_server as a process of its own: the descriptors and the memory are its alone.
class server_apart {
 public:
  explicit server_apart(int connections)
      : process_({"--listen", "127.0.0.1:0", "--connections", std::to_string(connections)}) {
    const std::string said = process_.read_errors_until("/mcp");
    port_ = static_cast<std::uint16_t>(std::stoi(said.substr(said.find("127.0.0.1:") + 10)));
  }

  wire connect() const { return wire(port_); }
  long memory_kib() const { return resident_kib(std::to_string(process_.pid())); }

  /// The headers of a new session.
  std::string open_session(wire& c) const {
    c.send(post(initialize()));
    const http_answer hello = c.read_answer();
    const std::string headers = "Mcp-Session-Id: " + hello.header("mcp-session-id") +
                                "\r\nMCP-Protocol-Version: 2025-06-18\r\n";
    c.send(post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})", headers));
    BOOST_TEST_REQUIRE(c.read_answer().status == 202);
    return headers;
  }

  /// Its counters contain this, now or soon.
  void until_it_says(const std::string& part) const {
    for (const auto end = std::chrono::steady_clock::now() + patience;;) {
      wire c = connect();
      c.send("GET /stats HTTP/1.1\r\nHost: localhost\r\n\r\n");
      const std::string said = c.read_answer().body;
      if (said.find(part) != std::string::npos) return;
      if (std::chrono::steady_clock::now() > end) {
        BOOST_ERROR("not " + part + " in " + said);
        return;
      }
      std::this_thread::sleep_for(5ms);
    }
  }

  int stop() {
    process_.signal(SIGTERM);
    return process_.wait();
  }

 private:
  child process_;
  std::uint16_t port_ = 0;
};

/// Microseconds of calls, sorted. Before each of them one of the sessions is active.
std::vector<double> time_calls(const server_apart& s, const std::vector<std::string>& active) {
  std::vector<double> all;
  wire c = s.connect();
  wire other = s.connect();
  for (std::size_t i = 0; i < 1000; ++i) {
    if (!active.empty()) {
      other.send(post(call(1, "greet", R"({"name":"a"})"), active[i % active.size()]));
      BOOST_TEST_REQUIRE(other.read_answer().status == 200);
    }
    const auto from = std::chrono::steady_clock::now();
    c.send(modern_call(1, "greet", R"({"name":"b"})"));
    answer_of(c, c.read_answer());
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - from;
    all.push_back(took.count());
  }
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

// COMCP_STREAMS=10000 makes it the long one: half of them GET, half of them listen, one in a hundred active.
BOOST_AUTO_TEST_CASE(very_many_idle_streams_cost_little_and_leave_calls_alone) {
  const char* wanted = std::getenv("COMCP_STREAMS");
  const int streams = wanted ? std::atoi(wanted) : 200;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  BOOST_TEST_REQUIRE(files.rlim_cur > static_cast<rlim_t>(streams + 100));
  server_apart s(streams + 50);
  const std::vector<double> alone = time_calls(s, {});
  const long before = s.memory_kib();
  wire shared = s.connect();
  std::vector<std::string> sessions;
  {
    std::vector<wire> open;
    const std::string listen_body =
        R"({"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},)"
        R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
        R"("io.modelcontextprotocol/clientCapabilities":{}}}})";
    for (int i = 0; i < streams; ++i) {
      open.push_back(s.connect());
      if (i % 2 == 0) {
        sessions.push_back(s.open_session(shared));
        open.back().send(request("GET", sessions.back()));
      } else {
        open.back().send(post(listen_body,
                              "MCP-Protocol-Version: 2026-07-28\r\n"
                              "Mcp-Method: subscriptions/listen\r\n"));
      }
      BOOST_TEST_REQUIRE(open.back().read_answer().is_stream());
    }
    const long during = s.memory_kib();
    const std::vector<std::string> active(sessions.begin(), sessions.begin() + 1 + streams / 100);
    const std::vector<double> beside = time_calls(s, active);
    BOOST_TEST_MESSAGE("per stream: " << static_cast<double>(during - before) / streams
                                      << " KiB; p99 alone " << alone[990] << " us, beside them "
                                      << beside[990] << " us");
    s.until_it_says("\"streams\":" + std::to_string(streams) + ',');
  }
  for (const std::string& session : sessions) {
    shared.send(request("DELETE", session));
    BOOST_TEST_REQUIRE(shared.read_answer().status == 204);
  }
  s.until_it_says(R"("sessions":0,"streams":0,"inFlight":0,"calls":0)");
  BOOST_TEST(s.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
