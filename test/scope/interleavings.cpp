// Cancellation that comes from another thread at any moment: each test is repeated with delays drawn
// from a fixed seed, and what must be met however the threads are scheduled (a cancellation before
// the end, one after it) is met by construction in some of the repetitions. Under TSan this is the
// proof that the ways between threads have no race.

#include <atomic>
#include <latch>
#include <optional>
#include <random>
#include <thread>

#include "comcp/scope/blocking.hpp"
#include "comcp/scope/errors.hpp"
#include "comcp/scope/run_on.hpp"
#include "comcp/scope/runtime.hpp"
#include "comcp/scope/sleep.hpp"
#include "expect.hpp"

using namespace comcp;
using namespace comcp::test;
using namespace std::chrono_literals;

namespace {

constexpr int repetitions = 400;

/// When the cancellation of a repetition comes; every kind has its share of the repetitions.
enum class moment { before_the_end, after_the_end, any };

moment moment_of(int repetition) {
  return static_cast<moment>(repetition % 8 < 2 ? repetition % 8 : 2);
}

/// Some work that the optimiser leaves alone.
void spin(unsigned turns) {
  for (std::atomic<unsigned> i{0}; i < turns; ++i) {
  }
}

class delays {
 public:
  explicit delays(unsigned seed) : random_{seed} {}
  /// Mostly short: the interesting moments lie close together.
  unsigned next() { return random_() % (random_() % 4 == 0 ? 20'000u : 800u); }
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }

 private:
  std::mt19937 random_;
};

awaitable<void> some_turns(unsigned n) {
  while (n-- != 0)
    co_await checkpoint();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scope_interleavings)

BOOST_AUTO_TEST_CASE(two_threads_cancel_a_scope_that_ends_by_itself) {
  runtime rt;
  delays d{1};
  int completed = 0;
  int contradictions = 0;
  int went_on = 0;
  rt.run([&](shard&) -> awaitable<void> {
    for (int i = 0; i != repetitions; ++i) {
      const moment when = moment_of(i);
      std::latch may_cancel{when == moment::after_the_end ? 1 : 0};
      std::jthread first;
      std::jthread second;
      scope_outcome outcome;
      const unsigned turns = d.below(40);
      const bool ended = co_await with_cancel_scope(
          [&](cancel_scope& s) -> awaitable<void> {
            const auto canceller = [&, stop = s.remote()](const char* reason) {
              return [&may_cancel, stop, reason, n = d.next()] {
                may_cancel.wait(), spin(n), stop.cancel(reason);
              };
            };
            first = std::jthread{canceller("1")};
            second = std::jthread{canceller("2")};
            if (when == moment::before_the_end) co_await sleep_forever();
            co_await some_turns(turns);
          },
          scope_options().outcome(outcome));
      if (when == moment::after_the_end) may_cancel.count_down();
      completed += ended;
      if (when == moment::before_the_end) BOOST_TEST(!ended);
      if (when == moment::after_the_end) BOOST_TEST(ended);
      if (ended == outcome.cancelled_caught) ++contradictions;
      if (outcome.cancelled_caught && outcome.reason != "1" && outcome.reason != "2") {
        ++contradictions;
      }
      co_await checkpoint();  // what comes too late must not hit us
      ++went_on;
    }
  });
  BOOST_TEST(contradictions == 0);
  BOOST_TEST(went_on == repetitions);
  BOOST_TEST_MESSAGE(completed << " of " << repetitions << " ended before they were cancelled");
}

BOOST_AUTO_TEST_CASE(blocking_work_is_cancelled_before_during_and_after_it_runs) {
  runtime rt;
  delays d{2};
  int calls = 0;
  int left_running = 0;
  int wrong_results = 0;
  int completed = 0;
  rt.run([&](shard&) -> awaitable<void> {
    for (int i = 0; i != repetitions; ++i) {
      const moment when = moment_of(i);
      std::latch may_cancel{when == moment::after_the_end ? 1 : 0};
      std::atomic<bool> running{false};
      std::atomic<bool> called{false};
      std::jthread other;
      int result = -1;
      const unsigned work = d.next();
      const bool polls = d.below(2) == 0;
      const bool ended = co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
        other = std::jthread{[&may_cancel, stop = s.remote(), n = d.next()] {
          may_cancel.wait(), spin(n), stop.cancel();
        }};
        result = co_await run_blocking([&](const blocking_token& token) {
          called = running = true;
          if (when == moment::before_the_end) {
            while (!token.stop_requested())
              std::this_thread::yield();
          } else {
            for (unsigned n = 0; n < work && !(polls && token.stop_requested()); n += 100)
              spin(100);
          }
          running = false;
          return 7;
        });
        if (when == moment::before_the_end) co_await sleep_forever();
      });
      if (when == moment::after_the_end) may_cancel.count_down();
      calls += called;
      completed += ended;
      if (when == moment::before_the_end) BOOST_TEST(!ended);
      if (when == moment::after_the_end) BOOST_TEST(ended);
      if (running) ++left_running;  // the task must have waited for the thread
      if (ended && result != 7) ++wrong_results;
    }
  });
  BOOST_TEST(left_running == 0);
  BOOST_TEST(wrong_results == 0);
  BOOST_TEST(calls > 0);
  BOOST_TEST_MESSAGE(completed << " of " << repetitions << " ended before they were cancelled");
  BOOST_TEST(rt.abandoned_jobs() == 0u);
}

BOOST_AUTO_TEST_CASE(abandoned_work_and_a_coroutine_called_from_its_thread) {
  auto owned = std::make_shared<std::atomic<int>>(0);
  auto refused = std::make_shared<std::atomic<int>>(0);
  delays d{3};
  runtime rt;
  rt.run([&](shard&) -> awaitable<void> {
    for (int i = 0; i != repetitions; ++i) {
      std::jthread other;
      co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
        other = std::jthread{[stop = s.remote(), n = d.next()] { spin(n), stop.cancel(); }};
        auto work = [owned, refused, n = d.next(),
                     turns = d.below(5)](const blocking_token& token) {
          spin(n);
          try {
            token.run_on_shard([turns] { return some_turns(turns); });
            ++*owned;
          } catch (const std::exception&) {  // the task has gone, or is cancelled
            ++*refused;
          }
        };
        co_await run_blocking(std::move(work), blocking_options().abandon_on_cancel());
      });
    }
  });
  BOOST_TEST(*owned + *refused <= repetitions);  // some never began
  BOOST_TEST(*owned + *refused > 0);
  BOOST_TEST(rt.abandoned_jobs() == 0u);
}

BOOST_AUTO_TEST_CASE(three_shards_call_and_cancel_each_other) {
  constexpr std::size_t shards = 3;
  runtime rt{runtime_options().threads(shards)};
  std::atomic<int> inside{0};
  std::atomic<int> bodies_left{0};
  std::atomic<int> completed{0};
  std::atomic<int> cancelled_calls{0};
  rt.run([&](shard& here) -> awaitable<void> {
    delays d{static_cast<unsigned>(10 + here.index())};
    for (int i = 0; i != repetitions; ++i) {
      shard& there = rt.at((here.index() + 1 + d.below(shards - 1)) % shards);
      shard& third = rt.at(d.below(shards));
      std::atomic<int> mine{0};
      const unsigned turns = d.below(12);
      const unsigned turns_before = d.below(12);
      const moment when = moment_of(i);
      std::optional<remote_canceller> late;
      const bool ended = co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
        if (when == moment::after_the_end) {
          late = s.remote();
        } else {
          third.post([stop = s.remote(), n = d.below(2000)] { spin(n), stop.cancel("third"); });
        }
        if (when == moment::before_the_end) co_await sleep_forever();
        co_await some_turns(turns_before);
        co_await run_on(there, [&]() -> awaitable<void> {
          ++inside, ++mine;
          std::exception_ptr error;
          try {
            co_await some_turns(turns);
          } catch (...) {
            error = std::current_exception();
          }
          --inside, --mine;
          if (error) std::rethrow_exception(error);
        });
      });
      if (late) late->cancel("late");  // must hit nobody
      if (mine != 0) ++bodies_left;    // the caller must have waited for its body
      ++(ended ? completed : cancelled_calls);
    }
  });
  BOOST_TEST(bodies_left == 0);
  BOOST_TEST(inside == 0);
  BOOST_TEST(completed + cancelled_calls == static_cast<int>(shards) * repetitions);
  BOOST_TEST(completed > 0);
  BOOST_TEST(cancelled_calls > 0);
  for (std::size_t i = 0; i != shards; ++i) {
    BOOST_TEST(rt.at(i).live_tasks() == 0u);
    BOOST_TEST(rt.at(i).live_scopes() == 0u);
  }
}

// Under TSan: whose thread frees an exception must be ordered behind whose thread has looked at it, by
// what TSan sees, and the count of its owners is not among that.
BOOST_AUTO_TEST_CASE(an_exception_from_another_shard_belongs_to_who_called) {
  runtime rt{runtime_options().threads(2)};
  std::atomic<int> seen{0};
  rt.run([&](shard& here) -> awaitable<void> {
    shard& there = rt.at(1 - here.index());
    for (int i = 0; i != repetitions; ++i) {
      std::exception_ptr error;
      co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
        here.post([stop = s.remote()] { stop.cancel("while it waits over there"); });
        try {
          co_await run_on(there, [] { return sleep_forever(); });
        } catch (...) {
          error = std::current_exception();
        }
        seen += is_cancelled(error);
        if (error) std::rethrow_exception(error);
      });
    }
  });
  BOOST_TEST(seen == 2 * repetitions);
}

BOOST_AUTO_TEST_SUITE_END()
