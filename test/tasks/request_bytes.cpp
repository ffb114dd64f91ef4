// The bytes of a large request that became a task.

#include "comcp/session/request_budget.hpp"

#include "tasks/support.hpp"

using namespace test;

BOOST_AUTO_TEST_SUITE(tasks_request_bytes)

COMCP_TEST_CORO(count_until_the_task_ends) {
  constexpr std::size_t large = std::size_t{1} << 20;
  server s("s", "1");
  s.extend(tasks::make(on_virtual_time()));
  held_tool held;
  held.add_to(s, "held", required_task);
  const auto budget = std::make_shared<request_budget>(64 * large);
  auto scenario = [&](client& c) -> awaitable<void> {
    const std::string arguments = R"({"x":")" + std::string(large, 'x') + R"("})";
    co_await c.peer.request(1, "tools/call", call("held", arguments));
    const json::value answer = co_await c.answer(1, "");
    const std::string id = id_of(result_of(answer));
    co_await comcp::testing::wait_all_tasks_blocked();
    BOOST_TEST(budget->used() > large);
    BOOST_TEST(budget->used() < 2 * large);
    held.go.set();
    const std::string status = co_await settled_status(c, id);
    BOOST_TEST(status == "completed");
    BOOST_TEST(budget->used() == 0U);
  };
  co_await with_client(s, modern, scenario, declaring_tasks(), session_options().budget(budget));
  co_await s.stop();
}

BOOST_AUTO_TEST_SUITE_END()
