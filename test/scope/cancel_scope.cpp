// Cancel scopes: rows S01 to S13 of the conformance table.

#include "comcp/scope/cancel_scope.hpp"

#include <string>

#include "comcp/scope/event.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/testing/coro_test.hpp"

using namespace comcp;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(scope_cancel)

// S01
COMCP_TEST_CORO(move_on_after_ends_the_body_at_the_deadline) {
  const time_point start = this_shard().now();
  scope_outcome outcome;
  bool after_wait = false;
  const bool completed = co_await move_on_after(
      2s,
      [&]() -> awaitable<void> {
        co_await sleep(1h);
        after_wait = true;
      },
      scope_options().outcome(outcome));
  BOOST_TEST(!completed);
  BOOST_TEST(!after_wait);
  BOOST_TEST(outcome.cancel_called);
  BOOST_TEST(outcome.cancelled_caught);
  BOOST_TEST((outcome.why == cancel_scope::cause::deadline));
  BOOST_TEST((this_shard().now() - start == 2s));
}

COMCP_TEST_CORO(group_cancel_reaches_children) {
  int ended = 0;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    for (int i = 0; i != 3; ++i) {
      g.start_soon([&]() -> awaitable<void> {
        try {
          co_await sleep_forever();
        } catch (...) {
          ++ended;
          throw;
        }
      });
    }
    co_await sleep(1s);
    g.cancel("enough");
  });
  BOOST_TEST(ended == 3);
}

BOOST_AUTO_TEST_SUITE_END()
