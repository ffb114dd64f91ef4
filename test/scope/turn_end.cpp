// What is put off until a task first stops, and groups that mostly have no task.

#include "comcp/scope/detail/turn_end.hpp"
#include "comcp/scope/detail/rare_tasks.hpp"

#include <boost/asio/this_coro.hpp>

#include <functional>
#include <vector>

#include "comcp/scope/scope.hpp"
#include "comcp/testing/coro_test.hpp"

using namespace comcp;
using namespace std::chrono_literals;

namespace {

class note final : public detail::turn_end {
 public:
  explicit note(int& n) noexcept : n_(n) {}

 private:
  void on_turn_end() noexcept override { ++n_; }
  int& n_;
};

using host_body = std::function<awaitable<void>(task_group&)>;

awaitable<void> with_rare_tasks(const host_body& body) {
  detail::rare_tasks tasks;
  BOOST_TEST_REQUIRE(tasks.begin(co_await asio::this_coro::cancellation_state));
  try {
    co_await body(tasks.group());
  } catch (...) {
    tasks.host_failed();
  }
  while (tasks.running())
    co_await tasks.join();
  tasks.finish();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scope_turn_end)

COMCP_TEST_CORO(it_is_called_when_the_task_first_waits_and_once) {
  co_await checkpoint();  // in a turn from here on
  int called = 0;
  note n(called);
  n.at_turn_end(this_shard());
  BOOST_TEST(called == 0);
  co_await checkpoint();
  BOOST_TEST(called == 1);
  co_await sleep(1s);
  BOOST_TEST(called == 1);
}

COMCP_TEST_CORO(what_ends_before_the_turn_is_not_called) {
  int called = 0;
  {
    note n(called);
    n.at_turn_end(this_shard());
  }
  co_await checkpoint();
  BOOST_TEST(called == 0);
}

COMCP_TEST_CORO(it_may_ask_for_the_next_turns_end) {
  co_await checkpoint();  // in a turn from here on
  int called = 0;
  note first(called);
  note second(called);
  first.at_turn_end(this_shard());
  second.at_turn_end(this_shard());
  second.at_turn_end(this_shard());  // still once
  co_await checkpoint();
  BOOST_TEST(called == 2);
  second.at_turn_end(this_shard());
  co_await checkpoint();
  BOOST_TEST(called == 3);
}

COMCP_TEST_CORO(a_group_for_rare_tasks_ends_without_a_suspension_when_it_has_none) {
  co_await checkpoint();  // in a turn from here on
  int called = 0;
  note n(called);
  n.at_turn_end(this_shard());
  const host_body body = [](task_group&) -> awaitable<void> { co_return; };
  co_await with_rare_tasks(body);
  BOOST_TEST(called == 0);  // still the same turn
}

COMCP_TEST_CORO(a_group_for_rare_tasks_waits_for_them) {
  std::vector<int> order;
  const host_body body = [&](task_group& group) -> awaitable<void> {
    group.start_soon([&]() -> awaitable<void> {
      co_await sleep(1s);
      order.push_back(1);
    });
    co_return;
  };
  co_await with_rare_tasks(body);
  order.push_back(2);
  BOOST_TEST(order == (std::vector<int>{1, 2}), boost::test_tools::per_element());
}

COMCP_TEST_CORO(a_failing_task_of_such_a_group_cancels_its_host) {
  bool cancelled = false;
  bool failed = false;
  const host_body body = [&](task_group& group) -> awaitable<void> {
    group.start_soon([]() -> awaitable<void> {
      throw std::runtime_error("broken");
      co_return;
    });
    try {
      co_await sleep_forever();
    } catch (...) {
      cancelled = true;
      throw;
    }
  };
  try {
    co_await with_rare_tasks(body);
  } catch (const exception_group& group) {
    failed = group.contains<std::runtime_error>();
  }
  BOOST_TEST(cancelled);
  BOOST_TEST(failed);
}

BOOST_AUTO_TEST_SUITE_END()
