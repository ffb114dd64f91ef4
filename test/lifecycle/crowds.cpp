// Very many streams, and very many clients that leave: calls beside them stay quick, memory stays.
// scripts/soak runs the long forms, which set COMCP_STREAMS and COMCP_CYCLES.

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lifecycle/live_server.hpp"
#include "lifecycle/long_runs.hpp"
#include "lifecycle/process_baseline.hpp"

using namespace lifecycle;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(lifecycle_crowds)

BOOST_AUTO_TEST_CASE(connecting_and_leaving_very_often_leaves_nothing) {
  const auto [cycles, is_long] = wanted("COMCP_CYCLES", 3000);
  comcp::http_endpoint_options options;
  options.http_sse();
  live_server s(std::move(options));
  const std::string texts[] = {
      post(initialize()), modern_call(1, "nap", R"({"ms":50})"),
      modern_call(1, "steps", R"({"n":9,"ms":1})"), request("GET"),
      "GET /sse HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"};
  unsigned random = 1;
  std::vector<long> memory;  // behind each quarter
  {
    const live_session in(s);  // whose calls go on when their connections are gone
    for (int i = 0; i < cycles; ++i) {
      random = random * 1664525 + 1013904223;
      const int kind = i % 7;
      const std::string of_session =
          kind < 5    ? ""
          : kind == 5 ? post(call(i, "nap", R"({"ms":5})"), in.headers())
                      : post(call(i, "steps", R"({"n":9,"ms":1})"), in.headers());
      const std::string& text = kind < 5 ? texts[kind] : of_session;
      const bool whole =
          (random & 0x20000) != 0 && kind != 0;  // a session that is begun would stay
      wire c = s.connect();
      c.send(std::string_view(text).substr(0, whole ? text.size() : random % text.size()));
      if (random & 0x10000) c.reset();
      if ((i + 1) % (cycles / 4) == 0) memory.push_back(resident_kib());
    }
  }
  s.check_baseline();
  BOOST_TEST_REQUIRE(memory.size() >= 4U);
  BOOST_TEST_MESSAGE(cycles << " cycles, resident behind each quarter: " << memory[0] << ", "
                            << memory[1] << ", " << memory[2] << ", " << memory[3]
                            << " KiB, in the end " << resident_kib() << " KiB");
  // With three quarters of 100,000, sixteen bytes a time would be seen.
  if (is_long) BOOST_TEST(resident_kib() < memory[0] + memory[0] / 20);
}

namespace {

/// everything_server as a process of its own: the descriptors and the memory are its alone.
class server_apart {
 public:
  explicit server_apart(int connections)
      : process_(everything_server(
            {"--listen", "127.0.0.1:0", "--load", "--connections", std::to_string(connections)})),
        port_(process_.port()) {}

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
  std::uint16_t port_;
};

std::string uri_of(std::size_t n) {
  return "test://template/" + std::to_string(n) + "/data";
}

/// A GET stream, whose session has subscribed to a resource if one is named.
wire open_get(const server_apart& s, wire& shared, std::string& session, const std::string& uri) {
  session = s.open_session(shared);
  if (!uri.empty()) {
    shared.send(post(R"({"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":")" +
                         uri + R"("}})",
                     session));
    BOOST_TEST_REQUIRE(shared.read_answer().body.find("\"result\"") != std::string::npos);
  }
  wire c = s.connect();
  c.send(request("GET", session));
  BOOST_TEST_REQUIRE(c.read_answer().is_stream());
  return c;
}

wire open_listen(const server_apart& s, const std::string& uri) {
  const std::string filter = uri.empty() ? R"({"toolsListChanged":true})"
                                         : R"({"resourceSubscriptions":[")" + uri + "\"]}";
  wire c = s.connect();
  c.send(
      post(R"({"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":)" +
               filter +
               R"(,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
               R"("io.modelcontextprotocol/clientCapabilities":{}}}})",
           "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: subscriptions/listen\r\n"));
  BOOST_TEST_REQUIRE(c.read_answer().is_stream());
  const auto first = c.read_event();
  BOOST_TEST_REQUIRE((first && first->data.find("acknowledged") != std::string::npos));
  return c;
}

/// The active streams: pair n hears of resource n.
class listeners {
 public:
  std::vector<wire> get;
  std::vector<wire> listen;
};

/// Has the resources change one by one, at a pace; both who listen to one must hear of that, and of no other.
void announce(const server_apart& s, listeners& active, std::size_t resources) {
  wire c = s.connect();
  for (std::size_t i = 0; i < std::max<std::size_t>(resources, 50); ++i) {
    std::this_thread::sleep_for(5ms);
    const std::string uri = uri_of(i % resources);
    c.send(modern_call(1, "announce", R"({"uri":")" + uri + "\"}"));
    if (answer_of(c, c.read_answer()).find("Announced " + uri) == std::string::npos)
      throw std::runtime_error("not announced");
    for (std::vector<wire>* kind : {&active.get, &active.listen}) {
      if (kind->empty()) continue;
      const auto heard = (*kind)[i % resources].read_event();
      if (!heard || heard->data.find("notifications/resources/updated") == std::string::npos ||
          heard->data.find('"' + uri + '"') == std::string::npos)
        throw std::runtime_error("not of " + uri + ": " + (heard ? heard->data : "the end"));
    }
  }
}

/// The 99th percentile, in microseconds, of calls one after the other for as long as the resources change.
double p99_of_a_round(const server_apart& s, listeners& active, std::size_t resources) {
  auto announcing = std::async(std::launch::async, [&] { announce(s, active, resources); });
  std::vector<double> all;
  wire c = s.connect();
  while (all.size() < 1000 || announcing.wait_for(0s) != std::future_status::ready) {
    const auto from = std::chrono::steady_clock::now();
    c.send(modern_call(1, "greet", R"({"name":"b"})"));
    const std::string answer = answer_of(c, c.read_answer());
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - from;
    BOOST_TEST_REQUIRE(answer.find("Hello, b!") != std::string::npos);
    all.push_back(took.count());
  }
  BOOST_REQUIRE_NO_THROW(announcing.get());
  std::sort(all.begin(), all.end());
  return all[all.size() * 99 / 100];
}

double median(std::vector<double> of) {
  std::sort(of.begin(), of.end());
  return of[of.size() / 2];
}

}  // namespace

// Half of them GET, half of them listen; one in a hundred of each hears something a few times a second. The
// rounds with them alternate with rounds of a server that has none, so that whatever else the machine does
// concerns both.
BOOST_AUTO_TEST_CASE(very_many_idle_streams_cost_little_and_leave_calls_alone) {
  const auto [streams, is_long] = wanted("COMCP_STREAMS", 200);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  BOOST_TEST_REQUIRE(files.rlim_cur > static_cast<rlim_t>(streams + 100));
  const std::size_t resources = static_cast<std::size_t>(streams) / 200;
  server_apart empty(50);
  server_apart s(streams + 50);
  listeners nobody;
  for (const server_apart* each : {&empty, &s})
    p99_of_a_round(*each, nobody, resources);  // what only the first requests cost
  const long before = s.memory_kib();
  wire shared = s.connect();
  std::vector<std::string> sessions;
  {
    std::vector<wire> idle;
    listeners active;
    for (std::size_t i = 0; i < static_cast<std::size_t>(streams) / 2; ++i) {
      const std::string uri = i < resources ? uri_of(i) : "";
      (i < resources ? active.get : idle)
          .push_back(open_get(s, shared, sessions.emplace_back(), uri));
      (i < resources ? active.listen : idle).push_back(open_listen(s, uri));
    }
    const double each = static_cast<double>(s.memory_kib() - before) / static_cast<double>(streams);
    std::vector<double> alone;
    std::vector<double> beside;
    for (int round = 0; round < (is_long ? 15 : 1); ++round) {
      alone.push_back(p99_of_a_round(empty, nobody, resources));
      beside.push_back(p99_of_a_round(s, active, resources));
    }
    BOOST_TEST_MESSAGE(streams << " streams, " << 2 * resources << " active: " << each
                               << " KiB each; p99 of a call, median of " << alone.size()
                               << " rounds: " << median(alone) << " us without them, "
                               << median(beside) << " us with them, ratio "
                               << median(beside) / median(alone));
    if (is_long) {
      BOOST_TEST(each < 16);
      BOOST_TEST(median(beside) < 2 * median(alone));
    }
    s.until_it_says("\"streams\":" + std::to_string(streams) + ',');
  }
  for (const std::string& session : sessions) {
    shared.send(request("DELETE", session));
    BOOST_TEST_REQUIRE(shared.read_answer().status == 204);
  }
  s.until_it_says(R"("sessions":0,"streams":0,"inFlight":0,"calls":0)");
  for (server_apart* each : {&empty, &s})
    BOOST_TEST(each->stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
