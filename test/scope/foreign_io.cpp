// Scopes around Asio's own operations: rows S32 to S34, S36 of the conformance table, and what we rely
// on in Asio's coroutines, so that a new version that differs fails here.

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "expect.hpp"

using namespace comcp;
using namespace comcp::test;
using namespace std::chrono_literals;
using socket_type = asio::local::stream_protocol::socket;

namespace {

struct socket_pair {
  socket_pair() : a{this_shard().context()}, b{this_shard().context()} {
    asio::local::connect_pair(a, b);
  }
  socket_type a;
  socket_type b;
};

awaitable<char> read_byte(socket_type& s) {
  char c = 0;
  co_await s.async_read_some(asio::buffer(&c, 1), asio::use_awaitable);
  co_return c;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scope_foreign_io)

// S32
COMCP_TEST_CORO(an_operation_aborted_by_close_is_not_a_cancellation) {
  socket_pair p;
  scope_outcome outcome;
  bool caught = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      p.a.close();
      co_return;
    });
    try {
      co_await with_cancel_scope([&]() -> awaitable<void> { co_await read_byte(p.a); },
                                 scope_options().outcome(outcome));
    } catch (const boost::system::system_error& e) {
      caught = e.code() == asio::error::operation_aborted;
    }
  });
  BOOST_TEST(caught);
  BOOST_TEST(!outcome.cancelled_caught);
}

// S33
COMCP_TEST_CORO(the_socket_is_usable_after_a_cancelled_read) {
  socket_pair p;
  const bool completed =
      co_await move_on_after(1s, [&]() -> awaitable<void> { co_await read_byte(p.a); });
  BOOST_TEST(!completed);
  const testing::expect_io io;
  co_await asio::async_write(p.b, asio::buffer("x", 1), asio::use_awaitable);
  const char c = co_await read_byte(p.a);
  BOOST_TEST(c == 'x');
}

namespace {

awaitable<void> third_party(socket_type& s) {
  std::array<char, 100> buffer{};
  for (;;)
    co_await asio::async_read(s, asio::buffer(buffer), asio::use_awaitable);
}

}  // namespace

// S34
COMCP_TEST_CORO(a_foreign_coroutine_in_a_scope_is_cancelled) {
  socket_pair p;
  const bool completed = co_await move_on_after(1s, [&] { return third_party(p.a); });
  BOOST_TEST(!completed);
}

// S36
COMCP_TEST_CORO(a_result_that_was_complete_before_the_cancel_is_delivered) {
  socket_pair p;
  boost::system::error_code ec;
  asio::write(p.b, asio::buffer("y", 1), ec);
  char got = 0;
  const bool completed = co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
    // Both are in the same turn: the read is complete when the cancellation arrives.
    asio::post(this_shard().context(), [&s] { s.cancel(); });
    got = co_await read_byte(p.a);
    co_await checkpoint();
  });
  BOOST_TEST(!completed);
  BOOST_TEST(got == 'y');
}

COMCP_TEST_CORO(a_scope_cancels_a_whole_operator_expression) {
  using namespace asio::experimental::awaitable_operators;
  socket_pair p;
  const bool completed = co_await move_on_after(
      1s, [&]() -> awaitable<void> { co_await (third_party(p.a) || sleep_forever()); });
  BOOST_TEST(!completed);
}

COMCP_TEST_CORO(our_waits_work_in_operands) {
  using namespace asio::experimental::awaitable_operators;
  const time_point start = this_shard().now();
  const auto first = co_await (sleep(1s) || sleep(1h));
  BOOST_TEST(first.index() == 0u);
  co_await (sleep(1s) && sleep(2s));
  BOOST_TEST((this_shard().now() - start == 3s));
}

COMCP_TEST_CORO(scopes_work_in_operands) {
  using namespace asio::experimental::awaitable_operators;
  const time_point start = this_shard().now();
  auto forever = [] { return sleep_forever(); };
  // The shorter limit wins; the other operand is cancelled.
  const auto first = co_await (move_on_after(2s, forever) || move_on_after(1s, forever));
  BOOST_TEST(first.index() == 1u);
  BOOST_TEST(!std::get<1>(first));
  BOOST_TEST((this_shard().now() - start == 1s));
  // Both limits hold.
  const auto [a, b] = co_await (move_on_after(2s, forever) && move_on_after(1s, forever));
  BOOST_TEST(!a);
  BOOST_TEST(!b);
  BOOST_TEST((this_shard().now() - start == 3s));
  // Values, nesting, groups.
  auto group = []() -> awaitable<int> {
    co_return co_await with_task_group([](task_group& g) -> awaitable<int> {
      g.start_soon([] { return sleep(1s); });
      co_return co_await fail_after(1h, []() -> awaitable<int> {
        co_await sleep(1s);
        co_return 4;
      });
    });
  };
  const auto value = co_await (group() || sleep(1h));
  BOOST_TEST(std::get<0>(value) == 4);
  // An operand that suspends first and opens its scope later.
  auto late = [&]() -> awaitable<bool> {
    co_await sleep(1s);
    co_return co_await move_on_after(1s, forever);
  };
  const auto [c, d] = co_await (late() && late());
  BOOST_TEST(!c);
  BOOST_TEST(!d);
  BOOST_TEST(this_shard().live_scopes() == 0u);
  BOOST_TEST(this_shard().live_tasks() == 1u);
}

COMCP_TEST_CORO(a_losing_operand_cleans_up_in_its_scope) {
  using namespace asio::experimental::awaitable_operators;
  bool cleaned = false;
  auto loser = [&]() -> awaitable<void> {
    co_await with_cancel_scope([&]() -> awaitable<void> {
      co_await with_cleanup([] { return sleep_forever(); },
                            [&]() -> awaitable<void> {
                              co_await sleep(1s);
                              cleaned = true;
                            },
                            5s);
    });
  };
  const auto result = co_await (loser() || sleep(1s));
  BOOST_TEST(result.index() == 1u);
  BOOST_TEST(cleaned);
}

COMCP_TEST_CORO(a_losing_operand_cleans_up_without_a_scope_of_its_own) {
  using namespace asio::experimental::awaitable_operators;
  int cleaned = 0;
  auto cleanup = [&]() -> awaitable<void> {
    co_await sleep(1s);
    ++cleaned;
  };
  const auto first =
      co_await (with_cleanup([] { return sleep_forever(); }, std::ref(cleanup), 5s) || sleep(1s));
  BOOST_TEST(first.index() == 1u);
  BOOST_TEST(cleaned == 1);
  // What comes behind it is refused as before.
  bool went_on = false;
  auto loser = [&]() -> awaitable<void> {
    try {
      co_await with_cleanup([] { return sleep_forever(); }, std::ref(cleanup), 5s);
    } catch (const cancelled&) {
    }
    co_await asio::post(asio::use_awaitable);
    went_on = true;
  };
  const auto second = co_await (loser() || sleep(1s));
  BOOST_TEST(second.index() == 1u);
  BOOST_TEST(cleaned == 2);
  BOOST_TEST(!went_on);
}

COMCP_TEST_CORO(a_losing_operand_that_waits_for_a_condition_gets_its_lock_back) {
  using namespace asio::experimental::awaitable_operators;
  lock l;
  condition c{l};
  bool held_at_the_end = false;
  auto loser = [&]() -> awaitable<void> {
    lock::guard held = co_await l.acquire();
    try {
      co_await c.wait(held);
    } catch (const cancelled&) {
      held_at_the_end = bool(held) && l.locked();
      throw;
    }
  };
  const auto first = co_await (loser() || sleep(1s));
  BOOST_TEST(first.index() == 1u);
  BOOST_TEST(held_at_the_end);
  BOOST_TEST(!l.locked());
}

COMCP_TEST_CORO(a_scope_cancels_scopes_in_operands) {
  using namespace asio::experimental::awaitable_operators;
  int ended = 0;
  auto operand = [&]() -> awaitable<void> {
    co_await with_cancel_scope([&]() -> awaitable<void> {
      EXPECT_CANCELLED_BECAUSE(co_await sleep_forever(), "deadline");
      ++ended;
      co_await sleep_forever();
    });
  };
  const bool completed =
      co_await move_on_after(1s, [&]() -> awaitable<void> { co_await (operand() && operand()); });
  BOOST_TEST(!completed);
  BOOST_TEST(ended == 2);
}

COMCP_TEST_CORO(an_error_in_a_scope_of_an_operand_comes_out) {
  using namespace asio::experimental::awaitable_operators;
  auto fails = []() -> awaitable<void> { co_await fail_after(1s, [] { return sleep_forever(); }); };
  // Both operands fail then, the second one with a cancellation; Asio's exception holds the first.
  std::exception_ptr first;
  try {
    co_await (fails() && sleep(1h));
  } catch (const asio::multiple_exceptions& e) {
    first = e.first_exception();
  }
  BOOST_REQUIRE(first != nullptr);
  BOOST_CHECK_THROW(std::rethrow_exception(first), timeout_error);
}

namespace {

using int_channel = asio::experimental::channel<void(boost::system::error_code, int)>;

}  // namespace

// Without a buffer: one that has a buffer refuses all that is sent after a cancelled receive, until
// it is reset (Boost 1.81).
COMCP_TEST_CORO(a_cancelled_operation_of_a_channel_has_moved_nothing) {
  int_channel channel{co_await asio::this_coro::executor, 0};
  bool completed = co_await move_on_after(
      1s, [&]() -> awaitable<void> { (void)co_await channel.async_receive(asio::use_awaitable); });
  BOOST_TEST(!completed);
  completed = co_await move_on_after(1s, [&]() -> awaitable<void> {
    co_await channel.async_send(boost::system::error_code{}, 7, asio::use_awaitable);
  });
  BOOST_TEST(!completed);
  int got = 0;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      co_await channel.async_send(boost::system::error_code{}, 8, asio::use_awaitable);
    });
    got = co_await channel.async_receive(asio::use_awaitable);
  });
  BOOST_TEST(got == 8);
}

// S32
COMCP_TEST_CORO(cancelling_a_channel_is_not_a_cancellation_of_the_scope) {
  int_channel channel{co_await asio::this_coro::executor, 1};
  boost::system::error_code code;
  scope_outcome outcome;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      channel.cancel();
      co_return;
    });
    try {
      co_await with_cancel_scope(
          [&]() -> awaitable<void> { (void)co_await channel.async_receive(asio::use_awaitable); },
          scope_options().outcome(outcome));
    } catch (const boost::system::system_error& e) {
      code = e.code();
    }
  });
  BOOST_TEST((code == asio::experimental::error::channel_cancelled));
  BOOST_TEST(!outcome.cancelled_caught);
}

COMCP_TEST_CORO(foreign_code_outside_of_the_tree_is_told_so) {
  std::string what;
  co_await asio::co_spawn(
      this_shard().context(),
      [&]() -> awaitable<void> {
        co_await asio::post(asio::use_awaitable);
        try {
          (void)current_scope();
        } catch (const std::logic_error& e) {
          what = e.what();
        }
        co_return;
      },
      asio::use_awaitable);
  BOOST_TEST(what.find("not inside of a task") != std::string::npos);
}

COMCP_TEST_CORO(the_executor_of_a_task_may_outlive_it) {
  std::optional<asio::any_io_executor> executor;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> { executor = co_await asio::this_coro::executor; });
    co_return;
  });
  co_await checkpoint();
  bool ran = false;
  asio::post(*executor, [&] {
    ran = true;
    BOOST_CHECK_THROW((void)current_scope(), std::logic_error);
  });
  co_await sleep(1s);
  BOOST_TEST(ran);
}

// What we rely on: emitting "none" resets the flag of the coroutine's state, and terminal sets it.
BOOST_AUTO_TEST_CASE(emitting_none_clears_a_cancellation_state) {
  asio::cancellation_signal signal;
  const asio::cancellation_state state{signal.slot()};
  signal.emit(asio::cancellation_type::terminal);
  BOOST_TEST((state.cancelled() == asio::cancellation_type::terminal));
  signal.emit(asio::cancellation_type::none);
  BOOST_TEST((state.cancelled() == asio::cancellation_type::none));
}

// What we rely on: awaiting anything in a cancelled coroutine throws, through the whole of its frames.
COMCP_TEST_CORO(asio_itself_throws_at_each_await_of_a_cancelled_task) {
  co_await with_cancel_scope([](cancel_scope& s) -> awaitable<void> {
    s.cancel();
    EXPECT_CANCELLED(co_await asio::post(asio::use_awaitable));
    EXPECT_CANCELLED(co_await []() -> awaitable<void> { co_return; }());
  });
}

// P1: a task that is cancelled and ends without a context switch completes all the same.
COMCP_TEST_CORO(a_cancelled_task_that_never_switches_completes) {
  for (int i = 0; i != 3; ++i) {
    co_await with_task_group([](task_group& g) -> awaitable<void> {
      g.start_soon([&g]() -> awaitable<void> {
        g.cancel();
        co_return;
      });
      co_return;
    });
  }
}

// The group was cancelled before the child began: its cancellation must reach both operands.
COMCP_TEST_CORO(a_cancellation_that_came_first_reaches_operands_with_scopes) {
  using namespace asio::experimental::awaitable_operators;
  socket_pair p;
  bool threw = false;
  const time_point begin = this_shard().now();
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      try {
        co_await (move_on_after(5s, [] { return sleep(1h); }) || third_party(p.a));
      } catch (const std::exception&) {
        threw = true;
        throw;
      }
    });
    g.cancel();
    co_return;
  });
  BOOST_TEST(threw);
  BOOST_TEST((this_shard().now() == begin));
}

BOOST_AUTO_TEST_SUITE_END()
