// Shields, time limits, cleanup: rows S14 to S22, S26 to S29, S37 of the conformance table.

#include "comcp/scope/with_scope.hpp"

#include "expect.hpp"

using namespace comcp;
using namespace comcp::test;
using namespace std::chrono_literals;
using cause = cancel_scope::cause;

BOOST_AUTO_TEST_SUITE(scope_with)

// S14
COMCP_TEST_CORO(a_shielded_part_completes_and_the_next_suspension_throws) {
  bool shielded_done = false;
  bool after = false;
  const bool completed = co_await with_cancel_scope([&](cancel_scope& outer) -> awaitable<void> {
    co_await shielded([&]() -> awaitable<void> {
      outer.cancel("while shielded");
      co_await sleep(1s);
      co_await asio::post(asio::use_awaitable);
      shielded_done = true;
    });
    EXPECT_CANCELLED_BECAUSE(co_await sleep(1s), "while shielded");
    co_await sleep(1s);
    after = true;
  });
  BOOST_TEST(!completed);
  BOOST_TEST(shielded_done);
  BOOST_TEST(!after);
}

// S15
COMCP_TEST_CORO(inside_a_shield_nothing_is_pending_after_it_everything_is) {
  co_await with_cancel_scope([&](cancel_scope& outer) -> awaitable<void> {
    co_await shielded([&](cancel_scope& s) -> awaitable<void> {
      outer.cancel();
      BOOST_TEST((s.effective_deadline() == time_point::max()));
      BOOST_TEST(!s.effectively_cancelled());
      const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
      BOOST_TEST((state.cancelled() == asio::cancellation_type::none));
    });
    BOOST_TEST((current_scope().effective_deadline() == time_point::min()));
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    BOOST_TEST((state.cancelled() != asio::cancellation_type::none));
    EXPECT_CANCELLED(co_await sleep(1s));
    EXPECT_CANCELLED(co_await asio::post(asio::use_awaitable));
  });
}

// S16
COMCP_TEST_CORO(a_shielded_scope_can_be_cancelled_itself) {
  bool after = false;
  const bool completed = co_await with_cancel_scope(
      [&](cancel_scope& s) -> awaitable<void> {
        s.cancel();
        co_await sleep(1s);
        after = true;
      },
      scope_options().shield());
  BOOST_TEST(!completed);
  BOOST_TEST(!after);
}

// S17
COMCP_TEST_CORO(a_shielded_scope_has_its_own_deadline) {
  const time_point start = this_shard().now();
  const bool completed =
      co_await move_on_after(2s, [] { return sleep_forever(); }, scope_options().shield());
  BOOST_TEST(!completed);
  BOOST_TEST((this_shard().now() - start == 2s));
}

// S18
COMCP_TEST_CORO(shielded_cleanup_in_a_cancelled_scope_can_suspend) {
  bool cleaned = false;
  const time_point start = this_shard().now();
  co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
    s.cancel();
    EXPECT_CANCELLED(co_await sleep(1s));
    co_await shielded([&]() -> awaitable<void> {
      co_await sleep(3s);
      cleaned = true;
    });
    EXPECT_CANCELLED(co_await sleep(1s));
  });
  BOOST_TEST(cleaned);
  BOOST_TEST((this_shard().now() - start == 3s));
}

// S19
COMCP_TEST_CORO(a_shield_can_be_raised_and_lowered_while_active) {
  const time_point start = this_shard().now();
  bool protected_wait = false;
  bool after = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    co_await with_cancel_scope([&](cancel_scope& outer) -> awaitable<void> {
      co_await with_cancel_scope([&](cancel_scope& inner) -> awaitable<void> {
        inner.shield(true);
        outer.cancel();
        co_await sleep(1s);
        protected_wait = true;
        g.start_soon([&inner]() -> awaitable<void> {
          co_await sleep(1s);
          inner.shield(false);
        });
        co_await sleep_forever();
        after = true;
      });
    });
  });
  BOOST_TEST(protected_wait);
  BOOST_TEST(!after);
  BOOST_TEST((this_shard().now() - start == 2s));
}

// S20
COMCP_TEST_CORO(both_outer_scopes_cancelled_in_a_shield_throws_after_inner) {
  bool after_inner = false;
  co_await with_cancel_scope([&](cancel_scope& outer) -> awaitable<void> {
    co_await with_cancel_scope([&](cancel_scope& inner) -> awaitable<void> {
      co_await shielded([&]() -> awaitable<void> {
        inner.cancel();
        outer.cancel();
        co_await sleep(1s);
      });
    });
    after_inner = true;
    EXPECT_CANCELLED(co_await checkpoint());
  });
  BOOST_TEST(after_inner);
}

// S21
COMCP_TEST_CORO(only_outermost_cancelled_in_a_shield_throws_in_the_middle) {
  bool middle_caught = false;
  co_await with_cancel_scope([&](cancel_scope& outer) -> awaitable<void> {
    co_await with_cancel_scope([&](cancel_scope& inner) -> awaitable<void> {
      co_await shielded([&]() -> awaitable<void> {
        outer.cancel();
        co_await sleep(1s);
      });
      BOOST_TEST(!inner.cancel_called());
      try {
        co_await checkpoint();
      } catch (const cancelled&) {
        middle_caught = true;
        throw;
      }
    });
  });
  BOOST_TEST(middle_caught);
}

// S22
COMCP_TEST_CORO(fail_after_throws_for_its_deadline_only) {
  EXPECT_THROWS(co_await fail_after(1s, [] { return sleep_forever(); }), timeout_error);
  // Explicit cancel before the deadline.
  co_await fail_after(1s, [](cancel_scope& s) -> awaitable<void> {
    s.cancel();
    co_await sleep_forever();
  });
  // Explicit cancel, then the deadline passes before the exit.
  co_await fail_after(1s, [](cancel_scope& s) -> awaitable<void> {
    s.cancel();
    co_await shielded([] { return sleep(2s); });
    co_await sleep_forever();
  });
  // The texts.
  co_await move_on_after(1s, []() -> awaitable<void> {
    EXPECT_CANCELLED_BECAUSE(co_await sleep_forever(), "deadline");
  });
  co_await fail_after(1s, [](cancel_scope& s) -> awaitable<void> {
    s.cancel("custom");
    EXPECT_CANCELLED_BECAUSE(co_await sleep_forever(), "custom");
  });
  // The value.
  const int value = co_await fail_after(1s, []() -> awaitable<int> { co_return 5; });
  BOOST_TEST(value == 5);
  EXPECT_CANCELLED(co_await fail_after(1s, [](cancel_scope& s) -> awaitable<int> {
    s.cancel();
    co_await checkpoint();
    co_return 5;
  }));
}

// S26
COMCP_TEST_CORO(a_timeout_around_a_group_is_one_timeout_error) {
  EXPECT_THROWS(
      co_await fail_after(1s,
                          []() -> awaitable<void> {
                            co_await with_task_group([](task_group& g) -> awaitable<void> {
                              g.start_soon([] { return sleep_forever(); });
                              co_await sleep_forever();
                            });
                          }),
      timeout_error);
}

// S27
COMCP_TEST_CORO(a_new_fail_after_works_after_a_cancelled_group) {
  co_await with_task_group([](task_group& g) -> awaitable<void> {
    g.cancel();
    co_await checkpoint();
  });
  EXPECT_THROWS(co_await fail_after(1s, [] { return sleep_forever(); }), timeout_error);
  co_await fail_after(1s, [] { return sleep(500ms); });
}

namespace {

std::exception_ptr cancellation() {
  return std::make_exception_ptr(cancelled{"x"});
}
std::exception_ptr error() {
  return std::make_exception_ptr(test_error{"e"});
}

}  // namespace

// S28
COMCP_TEST_CORO(a_cancelled_scope_takes_the_cancellations_out_of_a_group) {
  const exception_group inner{{error(), cancellation()}};
  const exception_group outer{{cancellation(), std::make_exception_ptr(inner)}};
  std::string what;
  try {
    co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
      s.cancel();
      throw outer;
      co_return;
    });
  } catch (const exception_group& g) {
    what = g.what();
    BOOST_TEST(g.exceptions().size() == 1u);
    BOOST_CHECK_THROW(std::rethrow_exception(g.exceptions()[0]), exception_group);  // nesting kept
    BOOST_TEST(g.contains<test_error>());
    BOOST_TEST(!g.contains<cancelled>());
  }
  BOOST_TEST(what == "1 error: e");
}

// S29
COMCP_TEST_CORO(a_group_of_only_cancellations_is_absorbed) {
  const exception_group inner{{cancellation()}};
  const exception_group outer{{cancellation(), std::make_exception_ptr(inner)}};
  scope_outcome outcome;
  const bool completed = co_await with_cancel_scope(
      [&](cancel_scope& s) -> awaitable<void> {
        s.cancel();
        throw outer;
        co_return;
      },
      scope_options().outcome(outcome));
  BOOST_TEST(!completed);
  BOOST_TEST(outcome.cancelled_caught);
}

// S37
COMCP_TEST_CORO(a_dropped_result_leaves_the_tree_unchanged) {
  {
    [[maybe_unused]] auto dropped = shielded([] { return checkpoint(); });
    BOOST_TEST(this_shard().live_scopes() == 1u);
  }
  BOOST_TEST(this_shard().live_scopes() == 0u);
  co_await with_cancel_scope([](cancel_scope& s) -> awaitable<void> {
    s.cancel();
    {
      [[maybe_unused]] auto dropped = shielded([] { return checkpoint(); });
    }
    EXPECT_CANCELLED(co_await asio::post(asio::use_awaitable));
  });
}

COMCP_TEST_CORO(results_dropped_in_the_wrong_order_leave_the_tree_unchanged) {
  auto first = std::make_unique<awaitable<void>>(shielded([] { return checkpoint(); }));
  auto second = std::make_unique<awaitable<void>>(shielded([] { return checkpoint(); }));
  BOOST_TEST(this_shard().live_scopes() == 2u);
  first.reset();
  BOOST_TEST(this_shard().live_scopes() == 1u);
  second.reset();
  BOOST_TEST(this_shard().live_scopes() == 0u);
  co_await checkpoint();
}

COMCP_TEST_CORO(a_result_awaited_in_the_wrong_order_is_a_logic_error) {
  auto first = shielded([] { return checkpoint(); });
  auto second = shielded([] { return checkpoint(); });
  EXPECT_THROWS(co_await std::move(first), std::logic_error);
  co_await std::move(second);
}

COMCP_TEST_CORO(cleanup_runs_however_the_body_ended) {
  int cleaned = 0;
  auto cleanup = [&]() -> awaitable<void> {
    co_await sleep(1s);
    ++cleaned;
  };
  const int value =
      co_await with_cleanup([]() -> awaitable<int> { co_return 3; }, std::ref(cleanup), 5s);
  BOOST_TEST(value == 3);
  auto fails = []() -> awaitable<void> {
    throw test_error{"body"};
    co_return;
  };
  EXPECT_THROWS(co_await with_cleanup(fails, std::ref(cleanup), 5s), test_error);
  co_await move_on_after(
      1s, [&] { return with_cleanup([] { return sleep_forever(); }, std::ref(cleanup), 5s); });
  BOOST_TEST(cleaned == 3);
}

COMCP_TEST_CORO(cleanup_is_limited_in_time) {
  const time_point start = this_shard().now();
  co_await with_cleanup([]() -> awaitable<void> { co_return; }, [] { return sleep_forever(); }, 5s);
  BOOST_TEST((this_shard().now() - start == 5s));
}

COMCP_TEST_CORO(errors_of_body_and_cleanup_leave_together) {
  auto body = []() -> awaitable<void> {
    throw test_error{"body"};
    co_return;
  };
  auto cleanup = []() -> awaitable<void> {
    throw other_error{"cleanup"};
    co_return;
  };
  EXPECT_THROWS(co_await with_cleanup(body, cleanup, 5s), exception_group);
}

COMCP_TEST_CORO(move_only_values_come_out_of_scopes) {
  auto make = []() -> awaitable<std::unique_ptr<int>> {
    co_await checkpoint();
    co_return std::make_unique<int>(4);
  };
  std::optional<std::unique_ptr<int>> a = co_await with_cancel_scope(make);
  BOOST_TEST(**a == 4);
  std::unique_ptr<int> b = co_await shielded(make);
  BOOST_TEST(*b == 4);
}

COMCP_TEST_CORO(checkpoint_if_cancelled_gives_up_the_turn_only_to_throw) {
  int turns = 0;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      ++turns;
      co_return;
    });
    for (int i = 0; i != 3; ++i)
      co_await checkpoint_if_cancelled();
    BOOST_TEST(turns == 0);
    g.cancel("stop");
    EXPECT_CANCELLED_BECAUSE(co_await checkpoint_if_cancelled(), "stop");
  });
}

COMCP_TEST_CORO(a_shielded_checkpoint_gives_up_the_turn_and_never_throws) {
  int turns = 0;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      ++turns;
      co_return;
    });
    g.cancel();
    co_await cancel_shielded_checkpoint();
    BOOST_TEST(turns == 1);
    EXPECT_CANCELLED(co_await checkpoint());
  });
}

BOOST_AUTO_TEST_SUITE_END()
