#include "server/waiters.hpp"

#include <memory>
#include <optional>

#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/testing/coro_test.hpp"

using namespace comcp;
using detail::waiters;

BOOST_AUTO_TEST_SUITE(server_waiters)

COMCP_TEST_CORO(who_waits_hears_of_its_name_and_of_nothing_else) {
  waiters all;
  int woken = 0;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&]() -> awaitable<void> {
      waiters::waiter mine(all, "a");
      co_await mine.wait();
      ++woken;
      co_await mine.wait();
      ++woken;
    });
    co_await checkpoint();
    all.wake("b");
    co_await sleep(std::chrono::seconds(1));
    BOOST_TEST(woken == 0);
    all.wake("a");
    all.wake("a");  // is the same news
    co_await sleep(std::chrono::seconds(1));
    BOOST_TEST(woken == 1);
    all.wake("a");
  });
  BOOST_TEST(woken == 2);
}

COMCP_TEST_CORO(what_happened_since_the_construction_is_not_missed) {
  waiters all;
  waiters::waiter mine(all, "a");
  all.wake("a");
  co_await checkpoint();
  co_await mine.wait();
}

COMCP_TEST_CORO(a_ring_may_come_when_everything_has_gone) {
  auto all = std::make_unique<waiters>();
  std::optional<waiters::waiter> mine;
  mine.emplace(*all, "a");
  all->wake("a");
  mine.reset();
  all.reset();
  co_await checkpoint();
}

BOOST_AUTO_TEST_SUITE_END()
