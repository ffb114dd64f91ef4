#include "server/call_gate.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <string>

#include "comcp/scope/runtime.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/session/errors.hpp"
#include "comcp/testing/coro_test.hpp"

using namespace comcp;
using namespace std::chrono_literals;
using detail::call_gate;

namespace {

awaitable<void> stay(call_gate& gate, duration how_long, std::string* order, char name) {
  call_gate::place place = gate.try_enter();
  if (!place) {
    auto waited = co_await gate.enter();
    place = std::move(waited);
  }
  if (order) *order += name;
  co_await sleep(how_long);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(call_gates)

BOOST_AUTO_TEST_CASE(lend_as_many_places_as_there_are) {
  call_gate gate(2);
  auto a = gate.try_enter();
  {
    auto b = gate.try_enter();
    BOOST_TEST(bool(b));
    BOOST_TEST(!gate.try_enter());
    BOOST_TEST(gate.running() == 2U);
  }
  BOOST_TEST(gate.running() == 1U);
  auto moved = std::move(a);
  BOOST_TEST(!a);
  moved = {};
  BOOST_TEST(gate.running() == 0U);
}

BOOST_AUTO_TEST_CASE(let_others_have_a_place_that_is_lent) {
  call_gate gate(1);
  auto lent = gate.try_enter();
  lent.lend();
  lent.lend();
  BOOST_TEST(bool(lent));
  BOOST_TEST(gate.running() == 0U);
  auto other = gate.try_enter();
  BOOST_TEST(bool(other));
  lent.take_back();  // beyond the limit
  lent.take_back();
  BOOST_TEST(gate.running() == 2U);
  other = {};
  BOOST_TEST(!gate.try_enter());
  lent.lend();
  auto moved = std::move(lent);
  lent.take_back();
  moved = {};  // lent to the end
  BOOST_TEST(gate.running() == 0U);
  BOOST_TEST(bool(gate.try_enter()));
}

COMCP_TEST_CORO(serve_who_waits_in_order) {
  call_gate gate(1);
  std::string order;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    for (const char name : {'a', 'b', 'c'})
      group.start_soon([&, name] { return stay(gate, 1s, &order, name); });
    co_await sleep(500ms);
    BOOST_TEST(gate.waiting() == 2U);
    BOOST_TEST(order == "a");
    co_await sleep(1s);
    BOOST_TEST(order == "ab");
  });
  BOOST_TEST(order == "abc");
  BOOST_TEST(gate.running() == 0U);
}

COMCP_TEST_CORO(give_nothing_to_who_was_cancelled) {
  call_gate gate(1);
  auto held = gate.try_enter();
  co_await move_on_after(1s, [&]() -> awaitable<void> {
    auto never = co_await gate.enter();
    BOOST_ERROR("entered");
  });
  BOOST_TEST(gate.waiting() == 0U);
  held = {};
  BOOST_TEST(gate.running() == 0U);
  BOOST_TEST(bool(gate.try_enter()));
}

// The place was granted, but the wake-up is still on its way when the waiter is cancelled.
COMCP_TEST_CORO(take_back_a_place_granted_too_late) {
  call_gate gate(1);
  auto held = gate.try_enter();
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return stay(gate, 1s, nullptr, 'a'); });
    co_await sleep(1ms);
    BOOST_TEST(gate.waiting() == 1U);
    group.cancel();
    held = {};
  });
  BOOST_TEST(gate.running() == 0U);
  BOOST_TEST(gate.waiting() == 0U);
}

COMCP_TEST_CORO(turn_away_who_comes_when_too_many_wait) {
  call_gate gate(1, 1);
  std::string order;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    for (const char name : {'a', 'b'})
      group.start_soon([&, name] { return stay(gate, 1s, &order, name); });
    co_await testing::wait_all_tasks_blocked();
    std::string said;
    try {
      co_await stay(gate, 1s, &order, 'c');
    } catch (const request_error& e) {
      said = e.error().message;
    }
    BOOST_TEST(said.starts_with("The server is busy"));
  });
  BOOST_TEST(order == "ab");
  BOOST_TEST(gate.running() == 0U);
  BOOST_TEST(gate.waiting() == 0U);
}

BOOST_AUTO_TEST_CASE(hold_their_limit_over_several_shards) {
  call_gate gate(3);
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::atomic<int> served{0};
  runtime all(runtime_options().threads(4));
  all.run([&](shard&) -> awaitable<void> {
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      for (int i = 0; i < 200; ++i)
        group.start_soon([&]() -> awaitable<void> {
          call_gate::place place = gate.try_enter();
          if (!place) {
            auto waited = co_await gate.enter();
            place = std::move(waited);
          }
          const int now = ++inside;
          int before = most.load();
          while (before < now && !most.compare_exchange_weak(before, now)) {
          }
          co_await checkpoint();
          --inside;
          ++served;
        });
      co_return;
    });
  });
  BOOST_TEST(served.load() == 800);
  BOOST_TEST(most.load() <= 3);
  BOOST_TEST(gate.running() == 0U);
  BOOST_TEST(gate.waiting() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
