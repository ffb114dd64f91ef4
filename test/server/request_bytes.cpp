// The bytes of large requests count for as long as what they brought: streams and calls that outlive them.

#include "comcp/session/request_budget.hpp"

#include "server/answering.hpp"

#include <boost/describe/class.hpp>

using namespace test;
using namespace std::chrono_literals;

namespace {

struct empty_form {};
BOOST_DESCRIBE_STRUCT(empty_form, (), ())

constexpr std::size_t large = std::size_t{1} << 20;

std::shared_ptr<request_budget> make_budget() {
  return std::make_shared<request_budget>(64 * large);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(server_request_bytes)

COMCP_TEST_CORO(a_listen_stream_counts_until_it_ends) {
  server s("s", "1");
  s.resource_template("x:{+any}", "x", []() -> awaitable<std::string> { co_return ""; });
  const auto budget = make_budget();
  auto scenario = [&](client& c) -> awaitable<void> {
    json::object wish;
    wish["resourceSubscriptions"] = json::array({"x:" + std::string(large, 'x')});
    json::object params;
    params["notifications"] = std::move(wish);
    co_await c.peer.request(1, "subscriptions/listen", std::move(params));
    const json::value acknowledged = co_await c.next();
    co_await comcp::testing::wait_all_tasks_blocked();
    BOOST_TEST(budget->used() > large);
    BOOST_TEST(budget->used() < 2 * large);
    co_await c.peer.cancel(1);
    co_await comcp::testing::wait_all_tasks_blocked();
    BOOST_TEST(budget->used() == 0U);
  };
  auto options = session_options().budget(budget).max_outgoing_bytes(8 * large);
  co_await with_client(s, modern, scenario, {}, options);
}

COMCP_TEST_CORO(a_parked_call_counts_between_its_attempts) {
  server s("s", "1");
  s.tool(
      "asks", "",
      [](json::object, request_context& ctx) -> awaitable<json::value> {
        co_await ctx.elicit<empty_form>("?");
        co_return json::value();
      },
      tool_options().parked());
  const auto budget = make_budget();
  auto scenario = [&](client& c) -> awaitable<void> {
    const std::string arguments = R"({"x":")" + std::string(large, 'x') + R"("})";
    const json::value asking = co_await c.ask("tools/call", call("asks", arguments));
    BOOST_TEST(asks(asking));
    co_await comcp::testing::wait_all_tasks_blocked();
    BOOST_TEST(budget->used() > large);
    BOOST_TEST(budget->used() < 2 * large);
    co_await s.stop();
    co_await comcp::testing::wait_all_tasks_blocked();
    BOOST_TEST(budget->used() == 0U);
  };
  co_await with_client(s, modern, scenario, everything(), session_options().budget(budget));
}

BOOST_AUTO_TEST_SUITE_END()
