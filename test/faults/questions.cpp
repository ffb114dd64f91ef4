// Questions of a task (2025-11-25) that are to be asked when memory runs out: whoever comes next for the task's
// result is asked.

#include <boost/test/unit_test.hpp>

#include <string>

#include "faults/failing_allocations.hpp"
#include "faults/memory_server.hpp"
#include "lifecycle/live_server.hpp"

using namespace faults;
using namespace std::chrono_literals;

namespace {

std::string begin_task(memory_server& s, const std::string& headers) {
  const std::string made = s.ask(lifecycle::post(
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask_later",)"
      R"("arguments":{"ms":5},"task":{"ttl":20000}}})",
      headers));
  constexpr std::string_view name = "\"taskId\":\"";
  const std::size_t at = made.find(name);
  BOOST_TEST_REQUIRE(at != std::string::npos, made);
  return made.substr(at + name.size(), made.find('"', at + name.size()) - at - name.size());
}

std::string come_for(int id, const std::string& task, const std::string& headers) {
  return lifecycle::post(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
                             R"(,"method":"tasks/result","params":{"taskId":")" + task + "\"}}",
                         headers);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(faults_questions)

BOOST_AUTO_TEST_CASE(a_question_that_found_no_memory_is_asked_by_who_comes_next) {
  const unfailing client;
  memory_server s;
  s.expected_warnings = {"bad_alloc", "did not answer in time", "the peer is gone"};
  std::size_t n = 1;
  for (bool struck = true; struck; ++n) {
    BOOST_TEST_CONTEXT("allocation " << n) {
      const std::string headers = s.open_session("2025-11-25");
      const std::string task = begin_task(s, headers);
      {
        memory_server::client first(s, {});
        const failing_allocation armed(n);
        first.send(come_for(2, task, headers));
        {
          const failing_again server;
          s.run();
        }
        struck = armed.struck();
      }
      s.ask(lifecycle::post(lifecycle::cancel(2), headers));
      {
        memory_server::client second(s, {});
        second.send(come_for(3, task, headers));
        s.run();
        const std::string got = second.peer().take_output();
        BOOST_TEST(got.find("elicitation/create") != std::string::npos, got);
      }
      s.close_session(headers);
      s.run();
    }
    BOOST_TEST_REQUIRE(n < 20000U);
  }
  BOOST_TEST(n > 10U);
  s.run(60s);
  s.check_baseline();
}

BOOST_AUTO_TEST_SUITE_END()
