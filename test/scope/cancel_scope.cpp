// Cancel scopes: rows S01 to S13, S23 to S25, S30, S31, S35 of the conformance table.

#include "comcp/scope/cancel_scope.hpp"

#include <limits>

#include "expect.hpp"

using namespace comcp;
using namespace comcp::test;
using namespace std::chrono_literals;
using cause = cancel_scope::cause;

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
  BOOST_TEST((outcome.why == cause::deadline));
  BOOST_TEST((this_shard().now() - start == 2s));
}

// S02
COMCP_TEST_CORO(without_deadline_the_body_completes) {
  scope_outcome outcome;
  const bool completed = co_await with_cancel_scope(
      [&](cancel_scope& s) -> awaitable<void> {
        BOOST_TEST((s.deadline() == time_point::max()));
        co_await sleep(1h);
        BOOST_TEST(!s.cancel_called());
      },
      scope_options().outcome(outcome));
  BOOST_TEST(completed);
  BOOST_TEST(!outcome.cancel_called);
  BOOST_TEST(!outcome.cancelled_caught);
  const std::optional<int> value = co_await with_cancel_scope([]() -> awaitable<int> {
    co_await checkpoint();
    co_return 7;
  });
  BOOST_TEST((value == 7));
}

// S03
COMCP_TEST_CORO(deadline_of_zero_or_in_the_past_stops_at_the_first_suspension) {
  for (const duration limit : {duration::zero(), duration{-5s}, duration::min()}) {
    int steps = 0;
    const bool completed = co_await move_on_after(limit, [&](cancel_scope& s) -> awaitable<void> {
      ++steps;
      BOOST_TEST(s.cancel_called());
      BOOST_TEST((s.why() == cause::deadline));
      co_await checkpoint();
      ++steps;
    });
    BOOST_TEST(!completed);
    BOOST_TEST(steps == 1);
  }
}

COMCP_TEST_CORO(the_longest_limit_does_not_overflow) {
  const bool completed =
      co_await move_on_after(duration::max(), [](cancel_scope& s) -> awaitable<void> {
        BOOST_TEST(!s.cancel_called());
        co_await checkpoint();
      });
  BOOST_TEST(completed);
}

// S04
COMCP_TEST_CORO(each_suspension_in_a_cancelled_scope_throws_with_the_reason) {
  const bool completed = co_await with_cancel_scope([](cancel_scope& s) -> awaitable<void> {
    s.cancel("the user left");
    EXPECT_CANCELLED_BECAUSE(co_await sleep(1s), "the user left");
    EXPECT_CANCELLED_BECAUSE(co_await checkpoint(), "the user left");
    EXPECT_CANCELLED_BECAUSE(co_await sleep_forever(), "the user left");
    event e;
    EXPECT_CANCELLED_BECAUSE(co_await e.wait(), "the user left");
    co_await sleep(1s);
  });
  BOOST_TEST(!completed);
}

// S05
COMCP_TEST_CORO(cancel_without_a_later_suspension_counts_as_completed) {
  scope_outcome outcome;
  const bool completed = co_await with_cancel_scope(
      [](cancel_scope& s) -> awaitable<void> {
        s.cancel();
        co_return;
      },
      scope_options().outcome(outcome));
  BOOST_TEST(completed);
  BOOST_TEST(outcome.cancel_called);
  BOOST_TEST(!outcome.cancelled_caught);
}

// S06
COMCP_TEST_CORO(a_scope_entered_when_cancelled_stops_at_the_first_suspension) {
  int steps = 0;
  bool inner_completed = false;
  const bool completed = co_await with_cancel_scope([&](cancel_scope& outer) -> awaitable<void> {
    outer.cancel("before entry");
    inner_completed = co_await with_cancel_scope([&](cancel_scope& inner) -> awaitable<void> {
      ++steps;
      BOOST_TEST(!inner.cancel_called());
      BOOST_TEST(inner.effectively_cancelled());
      EXPECT_CANCELLED_BECAUSE(co_await sleep(1s), "before entry");
      co_await sleep(1s);
      ++steps;
    });
  });
  BOOST_TEST(!completed);
  BOOST_TEST(!inner_completed);
  BOOST_TEST(steps == 1);
}

// S07
COMCP_TEST_CORO(a_second_cancel_changes_neither_state_nor_reason) {
  co_await with_cancel_scope([](cancel_scope& s) -> awaitable<void> {
    s.cancel("first");
    s.cancel("second");
    BOOST_TEST(s.reason() == "first");
    BOOST_TEST((s.why() == cause::explicit_call));
    EXPECT_CANCELLED_BECAUSE(co_await checkpoint(), "first");
  });
}

// S08
COMCP_TEST_CORO(after_a_cancelled_scope_suspensions_work) {
  co_await move_on_after(1s, [] { return sleep_forever(); });
  const time_point start = this_shard().now();
  co_await sleep(3s);
  BOOST_TEST((this_shard().now() - start == 3s));
}

// S09
COMCP_TEST_CORO(two_scopes_in_a_row_can_both_be_cancelled) {
  BOOST_TEST(!co_await move_on_after(1s, [] { return sleep_forever(); }));
  BOOST_TEST(!co_await move_on_after(1s, [] { return sleep_forever(); }));
}

// S10
COMCP_TEST_CORO(inner_and_outer_cancelled_only_outer_catches) {
  scope_outcome inner_outcome;
  scope_outcome outer_outcome;
  bool between = false;
  co_await with_cancel_scope(
      [&](cancel_scope& outer) -> awaitable<void> {
        co_await with_cancel_scope(
            [&](cancel_scope& inner) -> awaitable<void> {
              inner.cancel("inner");
              outer.cancel("outer");
              co_await sleep(1s);
            },
            scope_options().outcome(inner_outcome));
        between = true;
      },
      scope_options().outcome(outer_outcome));
  BOOST_TEST(!between);
  BOOST_TEST(inner_outcome.cancel_called);
  BOOST_TEST(!inner_outcome.cancelled_caught);
  BOOST_TEST(outer_outcome.cancelled_caught);
}

namespace {

struct unwinding_result {
  scope_outcome inner;
  scope_outcome outer;
  bool between = false;
};

// The inner scope is cancelled; the outer one while the inner unwinds.
awaitable<void> cancel_outer_while_unwinding(unwinding_result& r, bool shield_inner) {
  co_await with_cancel_scope(
      [&](cancel_scope& outer) -> awaitable<void> {
        co_await with_cancel_scope(
            [&](cancel_scope& inner) -> awaitable<void> {
              inner.cancel("inner");
              try {
                co_await sleep(1s);
              } catch (...) {
                outer.cancel("outer");
                throw;
              }
            },
            scope_options().shield(shield_inner).outcome(r.inner));
        r.between = true;
      },
      scope_options().outcome(r.outer));
}

}  // namespace

// S11
COMCP_TEST_CORO(outer_cancelled_while_inner_unwinds_is_caught_by_outer) {
  unwinding_result r;
  co_await cancel_outer_while_unwinding(r, false);
  BOOST_TEST(!r.between);
  BOOST_TEST(!r.inner.cancelled_caught);
  BOOST_TEST(r.outer.cancelled_caught);
}

// S12
COMCP_TEST_CORO(outer_cancelled_while_shielded_inner_unwinds_is_caught_by_inner) {
  unwinding_result r;
  co_await cancel_outer_while_unwinding(r, true);
  BOOST_TEST(r.between);
  BOOST_TEST(r.inner.cancelled_caught);
  BOOST_TEST(r.outer.cancel_called);
  BOOST_TEST(!r.outer.cancelled_caught);
}

// S13
COMCP_TEST_CORO(three_levels_outermost_cancelled_nothing_between_runs) {
  int between = 0;
  const bool completed = co_await with_cancel_scope([&](cancel_scope& outer) -> awaitable<void> {
    co_await with_cancel_scope([&]() -> awaitable<void> {
      co_await with_cancel_scope([&](cancel_scope& innermost) -> awaitable<void> {
        outer.cancel();
        BOOST_TEST(outer.cancel_called());
        BOOST_TEST(!innermost.cancel_called());
        BOOST_TEST(innermost.effectively_cancelled());
        co_await checkpoint();
        ++between;
      });
      ++between;
    });
    ++between;
  });
  BOOST_TEST(!completed);
  BOOST_TEST(between == 0);
}

// S23
COMCP_TEST_CORO(earlier_outer_deadline_is_caught_by_outer) {
  scope_outcome inner;
  scope_outcome outer;
  co_await move_on_after(
      1s,
      [&]() -> awaitable<void> {
        co_await move_on_after(2s, [] { return sleep_forever(); }, scope_options().outcome(inner));
      },
      scope_options().outcome(outer));
  BOOST_TEST(!inner.cancel_called);
  BOOST_TEST(!inner.cancelled_caught);
  BOOST_TEST(outer.cancelled_caught);
}

// S24
COMCP_TEST_CORO(effective_deadline_is_the_nearest_up_to_a_shield) {
  const time_point start = this_shard().now();
  co_await move_on_after(1s, [&](cancel_scope& outer) -> awaitable<void> {
    BOOST_TEST((outer.effective_deadline() == start + 1s));
    co_await move_on_after(5s, [&](cancel_scope& s) -> awaitable<void> {
      BOOST_TEST((s.effective_deadline() == start + 1s));
      co_return;
    });
    co_await move_on_after(
        5s,
        [&](cancel_scope& s) -> awaitable<void> {
          BOOST_TEST((s.effective_deadline() == start + 5s));
          co_return;
        },
        scope_options().shield());
    co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
      s.cancel();
      BOOST_TEST((s.effective_deadline() == time_point::min()));
      co_return;
    });
  });
}

// S25
COMCP_TEST_CORO(a_deadline_can_be_moved_while_active) {
  const bool moved_later = co_await move_on_after(1s, [](cancel_scope& s) -> awaitable<void> {
    s.deadline(this_shard().now() + 10s);
    co_await sleep(5s);
  });
  BOOST_TEST(moved_later);
  const bool removed = co_await move_on_after(1s, [](cancel_scope& s) -> awaitable<void> {
    s.deadline(time_point::max());
    co_await sleep(5s);
  });
  BOOST_TEST(removed);
  const time_point start = this_shard().now();
  const bool moved_into_past = co_await move_on_after(1h, [&](cancel_scope& s) -> awaitable<void> {
    s.deadline(start - 1s);
    BOOST_TEST(s.cancel_called());
    co_await sleep(5s);
  });
  BOOST_TEST(!moved_into_past);
  BOOST_TEST((this_shard().now() == start));
}

// S30
COMCP_TEST_CORO(an_unrelated_error_in_a_cancelled_scope_passes) {
  scope_outcome outcome;
  EXPECT_THROWS(co_await with_cancel_scope(
                    [](cancel_scope& s) -> awaitable<void> {
                      s.cancel();
                      throw test_error{"mine"};
                      co_return;
                    },
                    scope_options().outcome(outcome)),
                test_error);
  BOOST_TEST(outcome.cancel_called);
  BOOST_TEST(!outcome.cancelled_caught);
}

// S31
COMCP_TEST_CORO(a_scope_is_cancelled_by_another_task) {
  bool completed = true;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    completed = co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
      g.start_soon([&s]() -> awaitable<void> {
        s.cancel("from a sibling");
        co_return;
      });
      co_await sleep_forever();
    });
  });
  BOOST_TEST(!completed);
}

// S35: each round opens a scope, and waits in it.
COMCP_TEST_CORO(a_loop_with_a_time_limit_that_swallows_cancellations_leaves_the_shard_responsive) {
  int swallowed = 0;
  bool stop = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
        s.cancel();
        while (!stop && swallowed < 100'000) {
          try {
            co_await fail_after(1s, [] { return sleep(2s); });
          } catch (const std::exception&) {
            ++swallowed;
          }
        }
      });
    });
    g.start_soon([&]() -> awaitable<void> {
      for (int others = 0; others < 10; ++others)
        co_await checkpoint();
      stop = true;
    });
    co_return;
  });
  BOOST_TEST(swallowed >= 32);
  BOOST_TEST(swallowed < 100);
}

// S35
COMCP_TEST_CORO(a_loop_that_swallows_cancellations_leaves_the_shard_responsive) {
  int swallowed = 0;
  int others = 0;
  bool stop = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
        s.cancel();
        while (!stop) {
          try {
            co_await sleep(1s);
          } catch (const std::exception&) {
            ++swallowed;
          }
        }
      });
    });
    g.start_soon([&]() -> awaitable<void> {
      while (++others < 10)
        co_await checkpoint();
      stop = true;
    });
    co_return;
  });
  BOOST_TEST(others == 10);
  BOOST_TEST(swallowed >= 32);
  BOOST_TEST(swallowed < 100);
}

COMCP_TEST_CORO(dropping_a_late_cancellation_leaves_the_task_cancelled) {
  co_await with_cancel_scope([](cancel_scope& s) -> awaitable<void> {
    s.cancel();
    for (int i = 0; i != 40; ++i) {
      try {
        awaitable<void> dropped = sleep(1s);
      } catch (const cancelled&) {
      }
    }
    EXPECT_CANCELLED(co_await asio::post(asio::use_awaitable));
  });
}

COMCP_TEST_CORO(a_catch_that_returns_normally_absorbs_nothing) {
  scope_outcome outcome;
  bool completed = co_await with_cancel_scope(
      [](cancel_scope& s) -> awaitable<void> {
        s.cancel();
        try {
          co_await sleep(1s);
        } catch (const cancelled&) {
        }
      },
      scope_options().outcome(outcome));
  BOOST_TEST(completed);
  BOOST_TEST(!outcome.cancelled_caught);
}

BOOST_AUTO_TEST_CASE(scopes_and_waits_need_a_task) {
  BOOST_CHECK_THROW((void)current_scope(), std::logic_error);
  BOOST_CHECK_THROW((void)current_task(), std::logic_error);
  BOOST_CHECK_THROW((void)this_shard(), std::logic_error);
  BOOST_CHECK_THROW((void)sleep(1s), std::logic_error);
  BOOST_CHECK_THROW((void)with_cancel_scope([] { return checkpoint(); }), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()
