// Blocking work: rows W01 to W09 of the conformance table. The threads are real, time is not.

#include "comcp/scope/blocking.hpp"

#include <atomic>
#include <future>
#include <latch>
#include <thread>

#include "expect.hpp"

using namespace comcp;
using namespace comcp::test;
using namespace std::chrono_literals;

namespace {

// Something a thread waits for until the test lets it go.
class gate {
 public:
  void open() { promise_.set_value(); }
  void pass() const { future_.wait(); }

 private:
  std::promise<void> promise_;
  std::shared_future<void> future_{promise_.get_future().share()};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(scope_blocking)

// W01
COMCP_TEST_CORO(cancelled_before_the_start_the_function_does_not_run) {
  bool ran = false;
  co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
    s.cancel();
    EXPECT_CANCELLED(co_await run_blocking([&] { ran = true; }));
  });
  BOOST_TEST(!ran);
}

// W01
COMCP_TEST_CORO(work_that_waits_for_a_thread_is_withdrawn_when_cancelled) {
  capacity_limiter two{2};
  blocking_pool one{1};
  this_shard().pool(one);
  gate g;
  std::atomic<bool> ran{false};
  const auto options = blocking_options().limiter(two);
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return run_blocking([&] { g.pass(); }, options); });
    co_await checkpoint();
    co_await checkpoint();
    co_await checkpoint();
    auto second = group.spawn([&] { return run_blocking([&] { ran = true; }, options); });
    co_await checkpoint();
    co_await checkpoint();
    co_await checkpoint();
    second.cancel();
    co_await second.wait();
    BOOST_TEST((second.status() == task_state::cancelled));
    g.open();
  });
  BOOST_TEST(!ran);
  BOOST_TEST(two.borrowed() == 0u);
}

COMCP_TEST_CORO(cancelled_at_any_turn_it_gives_its_token_back) {
  capacity_limiter one{1};
  for (int turns = 0; turns != 8; ++turns) {
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      auto work = group.spawn(
          [&] { return run_blocking([] {}, blocking_options().limiter(one).abandon_on_cancel()); });
      for (int i = 0; i != turns; ++i)
        co_await checkpoint();
      work.cancel();
    });
    // Also in work that has the place of another in memory.
    co_await run_blocking([] {}, blocking_options().limiter(one));
    BOOST_TEST_CONTEXT(turns << " turns") {
      BOOST_TEST(one.borrowed() == 0u);
    }
  }
}

// W02
COMCP_TEST_CORO(result_and_exception_come_back) {
  const auto here = std::this_thread::get_id();
  auto where = [] { return std::this_thread::get_id(); };
  const auto there = co_await run_blocking(where);
  BOOST_TEST((there != here));
  auto pointer = co_await run_blocking([] { return std::make_unique<int>(3); });
  BOOST_TEST(*pointer == 3);
  EXPECT_THROWS(co_await run_blocking([] { throw test_error{"there"}; }), test_error);
}

// W03
COMCP_TEST_CORO(a_limiter_bounds_parallel_runs) {
  capacity_limiter two{2};
  std::atomic<int> now{0};
  std::atomic<int> most{0};
  const auto options = blocking_options().limiter(two);
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    for (int i = 0; i != 8; ++i) {
      group.start_soon([&] {
        return run_blocking(
            [&] {
              const int n = ++now;
              int seen = most;
              while (n > seen && !most.compare_exchange_weak(seen, n)) {
              }
              std::this_thread::yield();
              --now;
            },
            options);
      });
    }
    co_return;
  });
  BOOST_TEST(most <= 2);
  BOOST_TEST(most >= 1);
  blocking_pool pool;
  BOOST_TEST(pool.max_threads() == 40u);
}

// W04, W07
COMCP_TEST_CORO(without_abandon_the_task_ends_after_the_thread) {
  std::atomic<bool> thread_done{false};
  bool task_saw_it = false;
  const bool completed = co_await move_on_after(1s, [&]() -> awaitable<void> {
    gate started;
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      group.start_soon([&]() -> awaitable<void> {
        co_await run_blocking([&](const blocking_token& token) {
          started.open();
          while (!token.stop_requested())
            std::this_thread::yield();
          thread_done = true;
        });
        task_saw_it = thread_done;
        co_await checkpoint();
        BOOST_ERROR("cancelled");
      });
      co_await run_blocking([&] { started.pass(); });
      current_scope().cancel();
      co_await checkpoint();
    });
  });
  BOOST_TEST(completed);  // it was the group's scope
  BOOST_TEST(task_saw_it);
}

// W05, W06
COMCP_TEST_CORO(with_abandon_the_task_ends_first_and_the_token_with_the_thread) {
  capacity_limiter one{1};
  auto owned = std::make_shared<gate>();
  auto started = std::make_shared<gate>();
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    auto work = group.spawn([&]() -> awaitable<void> {
      auto f = [owned, started] {
        started->open();
        owned->pass();
      };
      co_await run_blocking(std::move(f), blocking_options().abandon_on_cancel().limiter(one));
    });
    co_await run_blocking([&] { started->pass(); });
    work.cancel();
    co_await work.wait();
    BOOST_TEST((work.status() == task_state::cancelled));
    BOOST_TEST(one.borrowed() == 1u);  // the thread still runs
    owned->open();
    {
      capacity_limiter::token mine = co_await one.acquire();  // the bound is real
    }
  });
  BOOST_TEST(one.borrowed() == 0u);
}

// W07
COMCP_TEST_CORO(the_token_throws_a_cancellation_in_the_thread) {
  bool completed = true;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    gate started;
    auto work = group.spawn([&]() -> awaitable<void> {
      co_await run_blocking([&](const blocking_token& token) {
        started.open();
        for (;;) {
          token.check();
          std::this_thread::yield();
        }
      });
    });
    co_await run_blocking([&] { started.pass(); });
    work.cancel();
    co_await work.wait();
    completed = work.status() == task_state::finished;
    BOOST_TEST((work.status() == task_state::cancelled));
  });
  BOOST_TEST(!completed);
}

COMCP_TEST_CORO(an_interrupt_function_wakes_the_work) {
  gate until_interrupted;
  gate started;
  int interrupts = 0;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    auto work = group.spawn([&] {
      return run_blocking(
          [&] {
            started.open();
            until_interrupted.pass();
            throw test_error{"interrupted"};  // as a database would
          },
          [&] {
            ++interrupts;
            until_interrupted.open();
          });
    });
    co_await run_blocking([&] { started.pass(); });
    work.cancel();
    co_await work.wait();
    BOOST_TEST((work.status() == task_state::cancelled));
  });
  BOOST_TEST(interrupts == 1);
}

// W08
COMCP_TEST_CORO(work_posted_from_the_thread_runs_on_the_shard) {
  shard& here = this_shard();
  event posted;
  co_await run_blocking([&] { here.post([&] { posted.set(); }); });
  co_await posted.wait();
}

// W08
COMCP_TEST_CORO(a_coroutine_run_from_the_thread_is_in_the_hosts_scope) {
  const auto here = std::this_thread::get_id();
  std::string name;
  const int value = co_await with_task_group(
      [&](task_group&) -> awaitable<int> {
        cancel_scope* host_scope = &current_scope();
        co_return co_await run_blocking([&](const blocking_token& token) {
          return token.run_on_shard([&]() -> awaitable<int> {
            if (std::this_thread::get_id() != here) throw test_error{"wrong thread"};
            if (&current_scope() != host_scope) throw test_error{"wrong scope"};
            name = current_scope().name();
            co_await sleep(1h);
            co_return 6;
          });
        });
      },
      scope_options().name("host"));
  BOOST_TEST(value == 6);
  BOOST_TEST(name == "host");
  EXPECT_THROWS(co_await run_blocking([](const blocking_token& token) {
                  token.run_on_shard([]() -> awaitable<void> {
                    throw test_error{"there"};
                    co_return;
                  });
                }),
                test_error);
  EXPECT_THROWS(
      co_await run_blocking(
          [](const blocking_token& token) { token.run_on_shard([] { return checkpoint(); }); },
          blocking_options().abandon_on_cancel()),
      std::logic_error);
}

// W08
COMCP_TEST_CORO(a_coroutine_run_from_the_thread_is_cancelled_with_the_host) {
  bool cancelled_there = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    event waiting;
    auto work = g.spawn([&] {
      return run_blocking([&](const blocking_token& token) {
        token.run_on_shard([&]() -> awaitable<void> {
          waiting.set();
          try {
            co_await sleep_forever();
          } catch (const cancelled&) {
            cancelled_there = true;
            throw;
          }
        });
      });
    });
    co_await waiting.wait();
    work.cancel();
    co_await work.wait();
    BOOST_TEST((work.status() == task_state::cancelled));
  });
  BOOST_TEST(cancelled_there);
}

// W08
BOOST_AUTO_TEST_CASE(a_thread_that_needs_a_shard_hears_that_it_is_gone) {
  for (const bool at_once : {false, true}) {
    for (int round = 0; round != 50; ++round) {
      blocking_pool pool{1, 60s};
      auto owner = std::make_unique<shard>();
      owner->pool(pool);
      gate started;
      gate go_on;
      std::atomic<int> outcome{0};
      owner->start_root([&]() -> awaitable<void> {
        co_await run_blocking([&](const blocking_token& token) {
          started.open();
          if (!at_once) go_on.pass();
          try {
            token.run_on_shard([] { return sleep_forever(); });
          } catch (const cancelled& e) {
            outcome = e.reason() == "the shard is gone" ? 1 : 2;
          }
        });
      });
      for (int i = 0; i != 5; ++i)
        owner->context().poll();
      started.pass();
      owner.reset();
      go_on.open();
      BOOST_TEST(pool.shut_down() == 0u);
      BOOST_REQUIRE(outcome == 1);
    }
  }
}

// W09
BOOST_AUTO_TEST_CASE(work_that_a_pool_drops_when_it_shuts_down_is_told) {
  auto hold = std::make_shared<gate>();
  auto started = std::make_shared<gate>();
  blocking_pool pool{1, 1ms};
  testing::virtual_shard vs;
  vs.shard().pool(pool);
  std::string why;
  vs.run([&]() -> awaitable<void> {
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      group.start_soon([&] {
        return run_blocking([hold, started] {
          started->open();
          hold->pass();
        });
      });
      while (pool.pending() != 1)
        co_await checkpoint();
      started->pass();
      group.start_soon([&]() -> awaitable<void> {
        try {
          co_await run_blocking([] {});
        } catch (const std::logic_error& e) {
          why = e.what();
        }
      });
      while (pool.pending() != 2)
        co_await checkpoint();
      BOOST_TEST(pool.shut_down() == 1u);
      hold->open();
    });
  });
  BOOST_TEST(why == "comcp: the blocking pool is shut down");
}

// W09
BOOST_AUTO_TEST_CASE(shutdown_lets_abandoned_threads_go_within_its_limit) {
  auto hold = std::make_shared<gate>();
  auto finished = std::make_shared<std::latch>(1);
  {
    blocking_pool pool{2, 1ms};
    testing::virtual_shard vs;
    vs.shard().pool(pool);
    vs.run([&]() -> awaitable<void> {
      auto started = std::make_shared<gate>();
      auto work = [hold, started, finished] {
        started->open();
        hold->pass();
        finished->count_down();
      };
      co_await with_task_group([&](task_group& group) -> awaitable<void> {
        auto child = group.spawn(
            [&] { return run_blocking(std::move(work), blocking_options().abandon_on_cancel()); });
        co_await run_blocking([&] { started->pass(); });
        child.cancel();
      });
    });
    BOOST_TEST(pool.shut_down() == 1u);
    BOOST_CHECK_THROW(pool.submit(nullptr), std::logic_error);
  }
  hold->open();  // the thread finishes alone, without touching freed memory
  finished->wait();
}

BOOST_AUTO_TEST_SUITE_END()
