// Handles and the start handshake: rows T22 to T31 of the conformance table.

#include "comcp/scope/task_handle.hpp"

#include "expect.hpp"

using namespace comcp;
using namespace comcp::test;
using namespace std::chrono_literals;

namespace {

awaitable<void> serve(task_status<int> ready) {
  co_await sleep(1s);
  std::move(ready).started(8080);
  co_await sleep_forever();
}

}  // namespace

// started() consumes the status.
template <class S>
concept started_on_lvalue = requires(S s) { s.started(1); };
static_assert(!started_on_lvalue<task_status<int>>);
static_assert(!std::is_copy_constructible_v<task_status<int>>);

BOOST_AUTO_TEST_SUITE(scope_task_handle)

// T22
COMCP_TEST_CORO(start_returns_the_value) {
  int port = 0;
  const time_point begin = this_shard().now();
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    port = co_await g.start<int>(serve, "server");
    BOOST_TEST((this_shard().now() - begin == 1s));
    g.cancel();
  });
  BOOST_TEST(port == 8080);
}

COMCP_TEST_CORO(a_task_that_started_and_ended_before_its_start_is_awaited_has_started) {
  int first = 0;
  int second = 0;
  const auto brief = [](task_status<int> status) -> awaitable<void> {
    std::move(status).started(2);
    co_return;
  };
  const auto slow = [](task_status<int> status) -> awaitable<void> {
    co_await sleep(1s);
    std::move(status).started(1);
  };
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    auto a = g.start<int>(slow);
    auto b = g.start<int>(brief);
    first = co_await std::move(a);
    second = co_await std::move(b);
  });
  BOOST_TEST(first == 1);
  BOOST_TEST(second == 2);
}

COMCP_TEST_CORO(start_without_a_value) {
  bool ready = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    co_await g.start<void>([&](task_status<void> status) -> awaitable<void> {
      ready = true;
      std::move(status).started();
      co_await sleep(1s);
    });
    BOOST_TEST(ready);
  });
}

// T23
COMCP_TEST_CORO(a_failure_before_started_goes_to_the_caller_only) {
  bool caught = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    try {
      co_await g.start<int>([](task_status<int>) -> awaitable<void> {
        co_await sleep(1s);
        throw test_error{"no port"};
      });
    } catch (const test_error&) {
      caught = true;
    }
    BOOST_TEST(!g.scope().cancel_called());
    co_await sleep(1s);
  });
  BOOST_TEST(caught);
}

// T24
COMCP_TEST_CORO(a_failure_after_started_goes_to_the_group) {
  int value = 0;
  EXPECT_THROWS(co_await with_task_group([&](task_group& g) -> awaitable<void> {
                  value = co_await g.start<int>([](task_status<int> s) -> awaitable<void> {
                    std::move(s).started(1);
                    co_await sleep(1s);
                    throw test_error{"later"};
                  });
                  co_await sleep_forever();
                }),
                exception_group);
  BOOST_TEST(value == 1);
}

// T25
COMCP_TEST_CORO(started_and_failure_in_the_same_turn_the_caller_sees_the_value) {
  int value = 0;
  EXPECT_THROWS(co_await with_task_group([&](task_group& g) -> awaitable<void> {
                  value = co_await g.start<int>([](task_status<int> s) -> awaitable<void> {
                    std::move(s).started(1);
                    throw test_error{"at once"};
                    co_return;
                  });
                }),
                exception_group);
  BOOST_TEST(value == 1);
}

// T26
COMCP_TEST_CORO(a_child_that_ends_without_started_is_a_logic_error) {
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    EXPECT_THROWS(co_await g.start<int>([](task_status<int>) -> awaitable<void> { co_return; }),
                  std::logic_error);
    BOOST_TEST(!g.scope().cancel_called());
  });
}

// T27
COMCP_TEST_CORO(a_cancelled_caller_of_start_cancels_and_awaits_the_child) {
  bool child_cancelled = false;
  bool child_ended = false;
  bool group_cancelled = false;
  bool completed = true;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    completed = co_await move_on_after(1s, [&]() -> awaitable<void> {
      co_await g.start<int>([&](task_status<int>) -> awaitable<void> {
        try {
          co_await sleep_forever();
        } catch (const cancelled&) {
          child_cancelled = true;
        }
        co_await shielded([] { return sleep(1s); });
        child_ended = true;
      });
    });
    BOOST_TEST(child_ended);
    group_cancelled = g.scope().cancel_called();
    co_await sleep(1s);
  });
  BOOST_TEST(!completed);
  BOOST_TEST(child_cancelled);
  BOOST_TEST(!group_cancelled);
}

// T27
COMCP_TEST_CORO(a_caller_that_is_cancelled_already_starts_nothing) {
  bool ran = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
      s.cancel();
      EXPECT_CANCELLED(co_await g.start<int>([&](task_status<int>) -> awaitable<void> {
        ran = true;
        co_return;
      }));
    });
  });
  BOOST_TEST(!ran);
}

COMCP_TEST_CORO(a_dropped_start_cancels_the_child) {
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    auto body = [](task_status<int>) { return sleep_forever(); };
    {
      [[maybe_unused]] auto dropped = g.start<int>(body);
    }
    co_await sleep(1s);
    BOOST_TEST(g.children() == 0u);
  });
}

// T28
COMCP_TEST_CORO(a_cancelled_caller_of_start_waits_for_a_shielded_child) {
  const time_point begin = this_shard().now();
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    const bool completed = co_await move_on_after(1s, [&]() -> awaitable<void> {
      co_await g.start<int>([&](task_status<int> s) -> awaitable<void> {
        co_await shielded([] { return sleep(5s); });
        std::move(s).started(1);  // too late: nobody wants it
        co_await sleep_forever();
      });
    });
    BOOST_TEST(!completed);
    BOOST_TEST((this_shard().now() - begin == 5s));
    BOOST_TEST(g.children() == 0u);
  });
}

// T24, T28
COMCP_TEST_CORO(a_failure_after_a_started_that_came_too_late_goes_to_the_group_only) {
  std::exception_ptr left;
  bool host_went_on = false;
  try {
    co_await with_task_group([&](task_group& g) -> awaitable<void> {
      co_await move_on_after(1s, [&]() -> awaitable<void> {
        co_await g.start<int>([](task_status<int> s) -> awaitable<void> {
          co_await shielded([] { return sleep(5s); });
          std::move(s).started(1);
          throw test_error{"later"};
        });
      });
      host_went_on = true;
    });
  } catch (const exception_group& g) {
    BOOST_TEST(g.exceptions().size() == 1u);
    left = g.find<test_error>();
  }
  BOOST_TEST(!host_went_on);  // the failure cancelled the group
  BOOST_TEST(bool(left));
}

// T29
COMCP_TEST_CORO(a_siblings_error_cancels_a_start) {
  bool start_cancelled = false;
  EXPECT_THROWS(co_await with_task_group([&](task_group& g) -> awaitable<void> {
                  g.start_soon([]() -> awaitable<void> {
                    co_await sleep(1s);
                    throw test_error{"sibling"};
                  });
                  try {
                    co_await g.start<int>([](task_status<int>) { return sleep_forever(); });
                  } catch (const cancelled&) {
                    start_cancelled = true;
                    throw;
                  }
                }),
                exception_group);
  BOOST_TEST(start_cancelled);
}

// T30
COMCP_TEST_CORO(a_started_child_belongs_to_the_groups_scope) {
  bool child_done = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    co_await with_cancel_scope([&](cancel_scope& inner) -> awaitable<void> {
      co_await g.start<void>([&](task_status<void> s) -> awaitable<void> {
        std::move(s).started();
        co_await sleep(5s);
        child_done = true;
      });
      inner.cancel();
      co_await checkpoint();
    });
  });
  BOOST_TEST(child_done);
}

// T31
COMCP_TEST_CORO(a_handle_has_value_error_and_cancelled_status) {
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    auto value = g.spawn([]() -> awaitable<int> {
      co_await sleep(1s);
      co_return 5;
    });
    auto victim = g.spawn([] { return sleep_forever(); }, "victim");
    bool other_done = false;
    auto other = g.spawn([&]() -> awaitable<void> {
      co_await sleep(2s);
      other_done = true;
    });
    BOOST_TEST((value.status() == task_state::running));
    const int result = co_await value.result();
    BOOST_TEST(result == 5);
    BOOST_TEST((value.status() == task_state::finished));
    BOOST_TEST(!value.error());
    EXPECT_THROWS(co_await value.result(), std::logic_error);

    victim.cancel();
    co_await victim.wait();
    BOOST_TEST((victim.status() == task_state::cancelled));
    EXPECT_THROWS(co_await victim.result(), task_cancelled);
    victim.cancel();
    BOOST_TEST(!g.scope().cancel_called());

    co_await other.result();
    BOOST_TEST(other_done);
    const time_point now = this_shard().now();
    co_await other.wait();
    co_await other.result();
    BOOST_TEST((this_shard().now() == now));
  });
}

// T31
COMCP_TEST_CORO(a_spawned_childs_error_is_in_handle_and_group) {
  std::optional<task_handle<void>> handle;
  EXPECT_THROWS(co_await with_task_group([&](task_group& g) -> awaitable<void> {
                  handle.emplace(g.spawn([]() -> awaitable<void> {
                    throw test_error{"x"};
                    co_return;
                  }));
                  co_await sleep_forever();
                }),
                exception_group);
  BOOST_TEST((handle->status() == task_state::failed));
  EXPECT_THROWS(co_await handle->result(), test_error);
}

BOOST_AUTO_TEST_SUITE_END()
