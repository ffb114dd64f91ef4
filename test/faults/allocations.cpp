// Typical conversations whose N-th allocation fails, for every N: a request is lost at most, with an error or
// the end of its connection, nobody is told anything wrong, and the server goes on. Nothing is leaked: the leak
// sanitizer looks.
//
// COMCP_FIRST_ALLOCATION=n begins there and traces what it finds, COMCP_CONVERSATION=text plays those with it in their names,
// COMCP_ALLOCATIONS_ON_SOCKETS=1 plays some with a kernel, too.

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <string>

#include "faults/dialogues.hpp"
#include "faults/failing_allocations.hpp"
#include "faults/memory_server.hpp"
#include "lifecycle/live_server.hpp"

using namespace faults;
using namespace std::chrono_literals;

namespace {

std::size_t first_allocation() {
  const char* wanted = std::getenv("COMCP_FIRST_ALLOCATION");
  return wanted ? std::strtoul(wanted, nullptr, 10) : 1;
}

bool is_wanted(const dialogue& what) {
  const char* wanted = std::getenv("COMCP_CONVERSATION");
  return !wanted || what.name.find(wanted) != std::string::npos;
}

/// @param leaves how long what it leaves behind lives
void sweep(const dialogue& what, comcp::duration leaves = {}) {
  const std::vector<played> fault_free = play_without_faults(what, leaves);
  memory_server s;
  // What fails is worth a line.
  s.expected_warnings = {"did not answer in time", "the peer is gone", "bad_alloc"};
  std::size_t n = first_allocation();
  for (bool struck = true; struck; ++n) {
    BOOST_TEST_CONTEXT("allocation " << n) {
      const auto fails = [&](const std::function<void()>& steps) {
        const failing_allocation armed(n);
        steps();
        struck = armed.struck();
      };
      client_options how;
      how.around = fails;
      const played got = play(s, what, how);
      const std::string wrong = find_lie(got, fault_free);
      if (!wrong.empty() && std::getenv("COMCP_FIRST_ALLOCATION")) print_last_failure();
      BOOST_TEST(wrong.empty(), wrong);
      s.run(leaves);
      s.check_baseline();
    }
    BOOST_TEST_REQUIRE(n < 20000U);
  }
  BOOST_TEST(n > 10U);
  BOOST_TEST_MESSAGE(what.name << ": " << n << " allocations");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(failing_allocations)

BOOST_AUTO_TEST_CASE(an_allocation_that_fails_costs_its_request_at_most) {
  for (const dialogue& what : dialogues())
    BOOST_TEST_CONTEXT(what.name) {
      if (is_wanted(what)) sweep(what);
    }
}

// Tasks and parked calls live on behind their request, whose connection goes after 45 s.
BOOST_AUTO_TEST_CASE(what_lives_on_behind_its_request_costs_no_more) {
  for (const dialogue& what : detached_dialogues())
    BOOST_TEST_CONTEXT(what.name) {
      if (is_wanted(what)) sweep(what, 60s);
    }
}

// With a kernel, a listener and two threads: which allocation it is differs from run to run.
BOOST_AUTO_TEST_CASE(neither_does_it_cost_a_server_on_a_socket_more) {
  if (!std::getenv("COMCP_ALLOCATIONS_ON_SOCKETS")) return;  // it takes real time
  const unfailing client;
  comcp::http_endpoint_options options;
  options.mcp(comcp::streamable_http_options().idle_limit(400ms));
  lifecycle::live_server s(std::move(options));
  s.expected_warnings = {"bad_alloc", "cannot accept"};
  {
    const lifecycle::live_session in(s, "2025-11-25");
    const std::string texts[] = {
        lifecycle::modern_call(1, "steps", R"({"n":2,"ms":1})"),
        lifecycle::post(lifecycle::call(1, "echo", R"({"text":"a"})"), in.headers())};
    for (const std::string& text : texts) {
      std::size_t n = 1;
      for (bool struck = true; struck && n < 2000; ++n) {
        lifecycle::wire c = s.connect();
        const failing_allocation armed(n);
        c.send(text);
        c.read_bytes(1, 300ms);
        c.read_bytes(600, 20ms);
        struck = armed.struck();
      }
      BOOST_TEST_MESSAGE("over a socket: " << n << " allocations");
    }
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_SUITE_END()
