// Event, lock, semaphore, condition, limiter: rows P01 to P21 of the conformance table.

#include "expect.hpp"

using namespace comcp;
using namespace comcp::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(scope_event)

// P01
COMCP_TEST_CORO(set_wakes_all_and_a_wait_on_a_set_event_still_suspends) {
  event e;
  int woken = 0;
  std::string order;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    for (int i = 0; i != 3; ++i) {
      g.start_soon([&]() -> awaitable<void> {
        co_await e.wait();
        ++woken;
      });
    }
    co_await sleep(1s);
    BOOST_TEST(e.waiting() == 3u);
    BOOST_TEST(!e.is_set());
    e.set();
    e.set();
    BOOST_TEST(woken == 0);  // never inline
    BOOST_TEST(e.waiting() == 0u);
    co_await sleep(1s);
    BOOST_TEST(woken == 3);
    g.start_soon([&]() -> awaitable<void> {
      order += 'c';
      co_return;
    });
    co_await e.wait();
    order += 'h';
  });
  BOOST_TEST(order == "ch");
}

namespace {

// Two tasks wait; in one turn the scope of the first is cancelled and the event set.
awaitable<bool> woken_after(bool cancel_first) {
  event e;
  bool woken = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    auto handle = g.spawn([&]() -> awaitable<void> {
      co_await e.wait();
      woken = true;
    });
    co_await sleep(1s);
    if (cancel_first) {
      handle.cancel();
      e.set();
    } else {
      e.set();
      handle.cancel();
    }
  });
  co_return woken;
}

}  // namespace

// P02
COMCP_TEST_CORO(cancel_then_set_the_waiter_is_cancelled) {
  const bool woken = co_await woken_after(true);
  BOOST_TEST(!woken);
}

// P03
COMCP_TEST_CORO(set_then_cancel_the_waiter_is_woken) {
  const bool woken = co_await woken_after(false);
  BOOST_TEST(woken);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(scope_lock)

// P04
COMCP_TEST_CORO(a_lock_excludes_first_come_first_served) {
  lock l;
  std::string order;
  int inside = 0;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    for (const char c : {'a', 'b', 'c'}) {
      g.start_soon([&, c]() -> awaitable<void> {
        lock::guard held = co_await l.acquire();
        BOOST_TEST(++inside == 1);
        co_await sleep(1s);
        order += c;
        --inside;
      });
    }
    co_await checkpoint();
    co_await checkpoint();
    BOOST_TEST(l.locked());
    BOOST_TEST(!l.try_acquire());
    BOOST_CHECK_EXCEPTION((void)l.acquire_nowait(), boost::system::system_error,
                          [](const auto& e) { return e.code() == stream_error::would_block; });
    BOOST_TEST(l.statistics().waiting == 2u);
  });
  BOOST_TEST(order == "abc");
  BOOST_TEST(!l.locked());
}

// P05
COMCP_TEST_CORO(a_second_acquire_and_a_strangers_release_are_logic_errors) {
  lock l;
  lock::guard held = co_await l.acquire();
  EXPECT_THROWS((void)co_await l.acquire(), std::logic_error);
  BOOST_CHECK_THROW((void)l.try_acquire(), std::logic_error);
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      BOOST_CHECK_THROW(held.release(), std::logic_error);
      co_return;
    });
    co_return;
  });
  held.release();
  BOOST_CHECK_THROW(held.release(), std::logic_error);
  BOOST_TEST(!l.locked());
}

// P06
COMCP_TEST_CORO(a_waiter_cancelled_before_release_leaves_the_lock_free) {
  lock l;
  lock::guard held = co_await l.acquire();
  co_await move_on_after(1s, [&]() -> awaitable<void> {
    co_await with_task_group([&](task_group& g) -> awaitable<void> {
      g.start_soon([&]() -> awaitable<void> { lock::guard mine = co_await l.acquire(); });
      co_return;
    });
  });
  BOOST_TEST(l.statistics().waiting == 0u);
  held.release();
  BOOST_TEST(!l.locked());
}

// P07
COMCP_TEST_CORO(release_hands_the_lock_over_inside_the_call) {
  lock l;
  lock::guard held = co_await l.acquire();
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> { lock::guard mine = co_await l.acquire(); }, "next");
    co_await sleep(1s);
    held.release();
    BOOST_TEST(l.locked());
    BOOST_TEST(l.statistics().owner->name == "next");
    BOOST_TEST(!l.try_acquire());
  });
}

// P08
COMCP_TEST_CORO(a_lock_handed_over_and_cancelled_in_one_turn_is_passed_on) {
  lock l;
  lock::guard held = co_await l.acquire();
  bool next_got_it = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    auto first = g.spawn([&]() -> awaitable<void> {
      lock::guard mine = co_await l.acquire();
      co_await checkpoint();
      BOOST_ERROR("must be cancelled here");
    });
    co_await sleep(1s);
    g.start_soon([&]() -> awaitable<void> {
      lock::guard mine = co_await l.acquire();
      next_got_it = true;
    });
    co_await sleep(1s);
    held.release();
    first.cancel();
  });
  BOOST_TEST(next_got_it);
  BOOST_TEST(!l.locked());
}

// P20
COMCP_TEST_CORO(the_statistics_of_a_lock_name_its_owner_in_each_step) {
  lock l;
  BOOST_TEST(!l.statistics().locked);
  BOOST_TEST(!l.statistics().owner);
  lock::guard held = co_await l.acquire();
  BOOST_TEST(l.statistics().locked);
  BOOST_TEST(l.statistics().owner->id == current_task().id);
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    auto gives_up = g.spawn([&]() -> awaitable<void> { (void)co_await l.acquire(); });
    g.start_soon(
        [&]() -> awaitable<void> {
          lock::guard mine = co_await l.acquire();
          BOOST_TEST(l.statistics().waiting == 0u);
          co_await sleep(1s);
        },
        "second");
    co_await sleep(1s);
    BOOST_TEST(l.statistics().waiting == 2u);
    gives_up.cancel();
    BOOST_TEST(l.statistics().waiting == 1u);
    held.release();
    BOOST_TEST(l.statistics().waiting == 0u);
    BOOST_TEST(l.statistics().owner->name == "second");
  });
  BOOST_TEST(!l.statistics().locked);
  BOOST_TEST(!l.statistics().owner);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(scope_semaphore)

// P09 (as P06, P07, P08)
COMCP_TEST_CORO(a_semaphore_hands_over_and_survives_cancelled_waiters) {
  semaphore s{1};
  semaphore::permit held = co_await s.acquire();
  co_await move_on_after(1s, [&]() -> awaitable<void> { (void)co_await s.acquire(); });
  BOOST_TEST(s.waiting() == 0u);
  bool next_got_it = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    auto first = g.spawn([&]() -> awaitable<void> {
      semaphore::permit mine = co_await s.acquire();
      co_await checkpoint();
      BOOST_ERROR("must be cancelled here");
    });
    co_await sleep(1s);
    g.start_soon([&]() -> awaitable<void> {
      semaphore::permit mine = co_await s.acquire();
      next_got_it = true;
    });
    co_await sleep(1s);
    held.release();
    // P10: the permit is the waiter's already.
    BOOST_TEST(!s.try_acquire());
    first.cancel();
  });
  BOOST_TEST(next_got_it);
  BOOST_TEST(s.value() == 1u);
}

// P09
COMCP_TEST_CORO(releasing_beyond_the_maximum_is_an_error) {
  semaphore s{1, 2};
  s.release();
  BOOST_CHECK_THROW(s.release(), std::logic_error);
  BOOST_TEST(s.value() == 2u);
  BOOST_CHECK_THROW(semaphore(3, 2), std::invalid_argument);
  co_return;
}

// P10
COMCP_TEST_CORO(nobody_barges_in_between_release_and_wake_up) {
  semaphore s{0};
  std::string order;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      (co_await s.acquire()).detach();
      order += 'w';
    });
    co_await sleep(1s);
    s.release();
    BOOST_TEST(!s.try_acquire());
    g.start_soon([&]() -> awaitable<void> {
      (co_await s.acquire()).detach();
      order += 'l';
    });
    co_await sleep(1s);
    s.release();
  });
  BOOST_TEST(order == "wl");
  BOOST_TEST(s.value() == 0u);
}

// P20
COMCP_TEST_CORO(value_and_waiters_of_a_semaphore_are_right_in_each_step) {
  semaphore s{1, 2};
  BOOST_TEST(s.maximum() == 2u);
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    semaphore::permit mine = co_await s.acquire();
    BOOST_TEST(s.value() == 0u);
    auto gives_up = g.spawn([&]() -> awaitable<void> { (void)co_await s.acquire(); });
    g.start_soon([&]() -> awaitable<void> { (void)co_await s.acquire(); });
    co_await sleep(1s);
    BOOST_TEST(s.waiting() == 2u);
    gives_up.cancel();
    BOOST_TEST(s.waiting() == 1u);
    mine.release();
    BOOST_TEST(s.waiting() == 0u);
    BOOST_TEST(s.value() == 0u);
  });
  BOOST_TEST(s.value() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(scope_condition)

// P11
COMCP_TEST_CORO(waiting_without_the_lock_is_an_error) {
  lock l;
  condition c{l};
  lock::guard nothing;
  EXPECT_THROWS(co_await c.wait(nothing), std::logic_error);
  BOOST_CHECK_THROW(c.notify(), std::logic_error);
  BOOST_CHECK_THROW(c.notify_all(), std::logic_error);
}

// P11
COMCP_TEST_CORO(the_lock_is_held_again_before_a_cancellation_leaves_wait) {
  lock l;
  condition c{l};
  const time_point start = this_shard().now();
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    auto waiter = g.spawn([&]() -> awaitable<void> {
      lock::guard held = co_await l.acquire();
      try {
        co_await c.wait(held);
      } catch (const cancelled&) {
        BOOST_TEST(bool(held));
        BOOST_TEST((this_shard().now() - start == 5s));
        throw;
      }
    });
    co_await sleep(1s);
    lock::guard mine = co_await l.acquire();
    waiter.cancel();
    co_await sleep(4s);
    mine.release();
    co_await waiter.wait();
    BOOST_TEST((waiter.status() == task_state::cancelled));
  });
  BOOST_TEST(!l.locked());
}

COMCP_TEST_CORO(waiting_in_a_cancelled_scope_keeps_the_lock) {
  lock l;
  condition c{l};
  lock::guard held = co_await l.acquire();
  co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
    s.cancel();
    EXPECT_CANCELLED(co_await c.wait(held));
    BOOST_TEST(bool(held));
    BOOST_TEST(l.locked());
  });
}

// P12
COMCP_TEST_CORO(a_notification_skips_a_cancelled_waiter) {
  lock l;
  condition c{l};
  std::string woken;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    auto wait = [&](char name) {
      return [&, name]() -> awaitable<void> {
        lock::guard held = co_await l.acquire();
        co_await c.wait(held);
        woken += name;
      };
    };
    auto first = g.spawn(wait('a'));
    auto second = g.spawn(wait('b'));
    co_await sleep(1s);
    BOOST_TEST(c.waiting() == 2u);
    lock::guard mine = co_await l.acquire();
    first.cancel();
    c.notify();
    mine.release();
    co_await second.wait();
  });
  BOOST_TEST(woken == "b");
}

// P13
COMCP_TEST_CORO(wait_for_checks_the_predicate_again) {
  lock l;
  condition c{l};
  int value = 0;
  bool done = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      lock::guard held = co_await l.acquire();
      co_await c.wait_for(held, [&] { return value == 2; });
      done = true;
    });
    for (int i = 0; i != 2; ++i) {
      co_await sleep(1s);
      BOOST_TEST(!done);
      lock::guard mine = co_await l.acquire();
      ++value;
      c.notify_all();
    }
  });
  BOOST_TEST(done);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(scope_limiter)

// P14
COMCP_TEST_CORO(borrowed_and_available_make_the_total) {
  capacity_limiter l{2};
  capacity_limiter::token mine = co_await l.acquire();
  BOOST_TEST(l.borrowed() == 1u);
  BOOST_TEST(l.available() == 1u);
  EXPECT_THROWS((void)co_await l.acquire(), std::logic_error);
  BOOST_CHECK_THROW((void)l.try_acquire(), std::logic_error);
  int a = 0;
  BOOST_CHECK_THROW(l.release_on_behalf_of(&a), std::logic_error);
  mine.release();
  BOOST_TEST(l.statistics().borrowed == 0u);
  BOOST_TEST(l.statistics().total == 2u);

  capacity_limiter none{0};
  BOOST_TEST(!none.try_acquire());
  BOOST_CHECK_THROW((void)none.acquire_nowait(), boost::system::system_error);
  BOOST_TEST(
      !co_await move_on_after(1s, [&]() -> awaitable<void> { (void)co_await none.acquire(); }));
}

// P15, P16
COMCP_TEST_CORO(raising_the_total_wakes_as_many_in_order_and_lowering_revokes_nothing) {
  capacity_limiter l{0};
  std::string order;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    for (const char c : {'a', 'b', 'c'}) {
      g.start_soon([&, c]() -> awaitable<void> {
        capacity_limiter::token mine = co_await l.acquire();
        order += c;
        co_await sleep(10s);
      });
    }
    co_await sleep(1s);
    BOOST_TEST(l.waiting() == 3u);
    l.total(2);
    co_await sleep(1s);
    BOOST_TEST(order == "ab");
    l.total(1);
    BOOST_TEST(l.borrowed() == 2u);
    BOOST_TEST(l.available() == 0u);
  });
  BOOST_TEST(order == "abc");
  BOOST_TEST(l.borrowed() == 0u);
}

// P17
COMCP_TEST_CORO(a_cancelled_waiter_does_not_lose_a_token) {
  capacity_limiter l{1};
  bool next_got_it = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    capacity_limiter::token mine = co_await l.acquire();
    auto first = g.spawn([&]() -> awaitable<void> {
      capacity_limiter::token t = co_await l.acquire();
      co_await checkpoint();
      BOOST_ERROR("must be cancelled here");
    });
    auto second = g.spawn([&]() -> awaitable<void> {
      capacity_limiter::token t = co_await l.acquire();
      next_got_it = true;
    });
    co_await sleep(1s);
    mine.release();
    first.cancel();
  });
  BOOST_TEST(next_got_it);
  BOOST_TEST(l.available() == 1u);
}

// P18
COMCP_TEST_CORO(tokens_can_be_borrowed_on_behalf_of_others) {
  capacity_limiter l{2};
  int a = 0;
  int b = 0;
  capacity_limiter::token first = co_await l.acquire_on_behalf_of(&a);
  EXPECT_THROWS((void)co_await l.acquire_on_behalf_of(&a), std::logic_error);
  std::optional<capacity_limiter::token> second = l.try_acquire_on_behalf_of(&b);
  BOOST_TEST(bool(second));
  second->detach();
  l.release_on_behalf_of(&b);
  BOOST_TEST(l.borrowed() == 1u);
  const limiter_statistics now = l.statistics();
  BOOST_REQUIRE(now.borrowers.size() == 1u);
  BOOST_TEST(now.borrowers[0] == reinterpret_cast<std::uintptr_t>(&a));
}

// P14
COMCP_TEST_CORO(a_borrower_waits_for_one_token_at_a_time) {
  capacity_limiter l{1};
  int a = 0;
  int b = 0;
  const capacity_limiter::token first = co_await l.acquire_on_behalf_of(&a);
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> { (void)co_await l.acquire_on_behalf_of(&b); });
    co_await testing::wait_all_tasks_blocked();
    EXPECT_THROWS((void)co_await l.acquire_on_behalf_of(&b), std::logic_error);
    g.cancel();
  });
}

// P19
COMCP_TEST_CORO(acquiring_in_a_cancelled_scope_does_not_acquire) {
  capacity_limiter limiter{1};
  semaphore sem{1};
  lock l;
  co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
    s.cancel();
    EXPECT_CANCELLED((void)co_await limiter.acquire());
    EXPECT_CANCELLED((void)co_await sem.acquire());
    EXPECT_CANCELLED((void)co_await l.acquire());
  });
  BOOST_TEST(limiter.borrowed() == 0u);
  BOOST_TEST(sem.value() == 1u);
  BOOST_TEST(!l.locked());
}

// P20
COMCP_TEST_CORO(the_statistics_of_a_limiter_are_right_in_each_step) {
  capacity_limiter l{1};
  auto is = [&](std::size_t total, std::size_t borrowed, std::size_t waiting) {
    const limiter_statistics now = l.statistics();
    return now.total == total && now.borrowed == borrowed && now.waiting == waiting;
  };
  BOOST_TEST(is(1, 0, 0));
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    capacity_limiter::token mine = co_await l.acquire();
    BOOST_TEST(is(1, 1, 0));
    auto gives_up = g.spawn([&]() -> awaitable<void> { (void)co_await l.acquire(); });
    g.start_soon([&]() -> awaitable<void> {
      capacity_limiter::token t = co_await l.acquire();
      co_await sleep(10s);
    });
    co_await sleep(1s);
    BOOST_TEST(is(1, 1, 2));
    gives_up.cancel();
    BOOST_TEST(is(1, 1, 1));
    l.total(2);
    BOOST_TEST(is(2, 2, 0));
    mine.release();
    BOOST_TEST(is(2, 1, 0));
  });
  BOOST_TEST(is(2, 0, 0));
}

// P21
BOOST_AUTO_TEST_CASE(primitives_can_be_made_outside_of_a_task) {
  event e;
  lock l;
  condition c{l};
  semaphore s{1};
  capacity_limiter limiter{1};
  auto [tx, rx] = make_memory_stream<int>(1);
  testing::virtual_shard vs;
  vs.run([&]() -> awaitable<void> {
    e.set();
    co_await e.wait();
    lock::guard g = co_await l.acquire();
    semaphore::permit p = co_await s.acquire();
    capacity_limiter::token t = co_await limiter.acquire();
    co_await tx.send(1);
    const int got = co_await rx.receive();
    BOOST_TEST(got == 1);
  });
  BOOST_TEST(vs.leftovers() == "");
}

BOOST_AUTO_TEST_SUITE_END()
