// Task groups: rows T01 to T21, T32 to T34 of the conformance table.

#include "comcp/scope/task_group.hpp"

#include "expect.hpp"

using namespace comcp;
using namespace comcp::test;
using namespace std::chrono_literals;

namespace {

awaitable<void> fail_with_test_error() {
  throw test_error{"child"};
  co_return;
}

awaitable<void> fail_with_other_error() {
  throw other_error{"other"};
  co_return;
}

// Runs the statement's group and returns what leaves it.
template <class F>
awaitable<std::exception_ptr> failure_of(F body) {
  std::exception_ptr error;
  try {
    co_await with_task_group(std::move(body));
  } catch (...) {
    error = std::current_exception();
  }
  co_return error;
}

const exception_group* as_group(const std::exception_ptr& e) {
  try {
    if (e) std::rethrow_exception(e);
  } catch (const exception_group& g) {
    return &g;  // the exception_ptr keeps it alive
  } catch (...) {
  }
  return nullptr;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scope_task_group)

// T01
COMCP_TEST_CORO(all_children_finish_before_the_group_returns) {
  int finished = 0;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    for (int i = 1; i <= 3; ++i) {
      g.start_soon([&finished, i]() -> awaitable<void> {
        co_await sleep(std::chrono::seconds{i});
        ++finished;
      });
    }
    BOOST_TEST(g.children() == 3u);
    co_return;
  });
  BOOST_TEST(finished == 3);
}

// T02
COMCP_TEST_CORO(children_may_start_more_children) {
  int finished = 0;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      co_await sleep(1s);
      g.start_soon([&]() -> awaitable<void> {
        co_await sleep(1s);
        ++finished;
      });
      ++finished;
    });
    co_return;
  });
  BOOST_TEST(finished == 2);
}

// T03
COMCP_TEST_CORO(an_empty_group_yields_exactly_once) {
  std::string order;
  co_await with_task_group([&](task_group& outer) -> awaitable<void> {
    outer.start_soon([&]() -> awaitable<void> {
      order += 'a';
      co_await checkpoint();
      order += 'b';
    });
    co_await with_task_group([](task_group&) -> awaitable<void> { co_return; });
    order += 'h';
  });
  BOOST_TEST(order == "ahb");
}

// T04
COMCP_TEST_CORO(an_empty_group_in_a_cancelled_scope_does_not_throw) {
  bool after = false;
  co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
    s.cancel();
    co_await with_task_group([](task_group&) -> awaitable<void> { co_return; });
    after = true;
    EXPECT_CANCELLED(co_await checkpoint());
  });
  BOOST_TEST(after);
}

// T05
COMCP_TEST_CORO(a_child_started_and_cancelled_in_the_same_turn_runs_to_its_first_suspension) {
  bool ran = false;
  bool beyond = false;
  bool ran_io = false;
  bool beyond_io = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      ran = true;
      co_await sleep(1s);
      beyond = true;
    });
    g.start_soon([&]() -> awaitable<void> {
      ran_io = true;
      asio::steady_timer timer{this_shard().context(), std::chrono::hours{1}};
      co_await timer.async_wait(asio::use_awaitable);
      beyond_io = true;
    });
    g.cancel();
    co_return;
  });
  BOOST_TEST(ran);
  BOOST_TEST(!beyond);
  BOOST_TEST(ran_io);
  BOOST_TEST(!beyond_io);
}

// T06
COMCP_TEST_CORO(a_child_error_cancels_host_and_siblings_and_leaves_in_a_group) {
  bool host_cancelled = false;
  bool sibling_cancelled = false;
  const std::exception_ptr e = co_await failure_of([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      try {
        co_await sleep_forever();
      } catch (const cancelled&) {
        sibling_cancelled = true;
        throw;
      }
    });
    g.start_soon(fail_with_test_error);
    try {
      co_await sleep_forever();
    } catch (const cancelled&) {
      host_cancelled = true;
      BOOST_TEST((g.scope().why() == cancel_scope::cause::child_failed));
      throw;
    }
  });
  BOOST_TEST(host_cancelled);
  BOOST_TEST(sibling_cancelled);
  BOOST_REQUIRE(as_group(e));
  BOOST_TEST(as_group(e)->exceptions().size() == 1u);
  BOOST_TEST(as_group(e)->contains<test_error>());
}

// T07
COMCP_TEST_CORO(a_host_error_cancels_the_children) {
  bool child_cancelled = false;
  const std::exception_ptr e = co_await failure_of([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      try {
        co_await sleep_forever();
      } catch (const cancelled&) {
        child_cancelled = true;
        throw;
      }
    });
    co_await sleep(1s);
    throw test_error{"host"};
  });
  BOOST_TEST(child_cancelled);
  BOOST_REQUIRE(as_group(e));
  BOOST_TEST(as_group(e)->exceptions().size() == 1u);
}

// T08
COMCP_TEST_CORO(host_and_child_errors_are_both_in_the_group) {
  const std::exception_ptr e = co_await failure_of([&](task_group& g) -> awaitable<void> {
    g.start_soon(fail_with_test_error);
    throw other_error{"host"};
    co_return;
  });
  BOOST_REQUIRE(as_group(e));
  BOOST_TEST(as_group(e)->exceptions().size() == 2u);
  BOOST_TEST(as_group(e)->contains<test_error>());
  BOOST_TEST(as_group(e)->contains<other_error>());
}

// T09
COMCP_TEST_CORO(errors_of_two_children_are_both_in_the_group) {
  const std::exception_ptr e = co_await failure_of([&](task_group& g) -> awaitable<void> {
    g.start_soon(fail_with_test_error);
    g.start_soon(fail_with_other_error);
    co_return;
  });
  BOOST_REQUIRE(as_group(e));
  BOOST_TEST(as_group(e)->exceptions().size() == 2u);
}

// T10
COMCP_TEST_CORO(errors_of_nested_groups_nest_without_cancellations) {
  const std::exception_ptr e = co_await failure_of([&](task_group& outer) -> awaitable<void> {
    outer.start_soon([] { return sleep_forever(); });
    co_await with_task_group([&](task_group& inner) -> awaitable<void> {
      inner.start_soon([] { return sleep_forever(); });
      inner.start_soon(fail_with_test_error);
      co_await sleep_forever();
    });
  });
  const exception_group* outer = as_group(e);
  BOOST_REQUIRE(outer);
  BOOST_TEST(outer->exceptions().size() == 1u);
  const exception_group* inner = as_group(outer->exceptions()[0]);
  BOOST_REQUIRE(inner);
  BOOST_TEST(inner->exceptions().size() == 1u);
  BOOST_TEST(!outer->contains<cancelled>());
  BOOST_TEST(outer->contains<test_error>());
}

// T11
COMCP_TEST_CORO(cancellation_from_outside_leaves_as_a_single_cancellation) {
  std::exception_ptr left;
  co_await with_task_group([&](task_group& outer) -> awaitable<void> {
    outer.start_soon([&]() -> awaitable<void> {
      left = co_await failure_of([&](task_group& g) -> awaitable<void> {
        g.start_soon([] { return sleep_forever(); });
        g.start_soon([] { return sleep_forever(); });
        co_await sleep_forever();
      });
    });
    co_await sleep(1s);
    outer.cancel("outside");
  });
  BOOST_TEST(is_cancelled(left));
  BOOST_TEST(!as_group(left));
}

// T12
COMCP_TEST_CORO(cancel_reaches_children_of_children) {
  int cancelled_count = 0;
  auto wait = [&]() -> awaitable<void> {
    try {
      co_await sleep_forever();
    } catch (const cancelled&) {
      ++cancelled_count;
      throw;
    }
  };
  co_await with_task_group([&](task_group& a) -> awaitable<void> {
    a.start_soon([&]() -> awaitable<void> {
      co_await with_task_group([&](task_group& b) -> awaitable<void> {
        b.start_soon([&]() -> awaitable<void> {
          co_await with_task_group([&](task_group& c) -> awaitable<void> {
            c.start_soon(wait);
            co_await wait();
          });
        });
        co_await wait();
      });
    });
    co_await sleep(1s);
    a.cancel();
  });
  BOOST_TEST(cancelled_count == 3);
}

// T13
COMCP_TEST_CORO(cancelled_while_joining_children_are_cancelled_and_waited_for) {
  bool child_done = false;
  std::exception_ptr left;
  co_await with_task_group([&](task_group& outer) -> awaitable<void> {
    outer.start_soon([&]() -> awaitable<void> {
      left = co_await failure_of([&](task_group& g) -> awaitable<void> {
        g.start_soon([&]() -> awaitable<void> {
          co_await with_cleanup([] { return sleep_forever(); },
                                [&]() -> awaitable<void> {
                                  co_await sleep(2s);
                                  child_done = true;
                                },
                                5s);
        });
        co_return;  // joins
      });
      BOOST_TEST(child_done);
    });
    co_await sleep(1s);
    outer.cancel();
  });
  BOOST_TEST(child_done);
  BOOST_TEST(is_cancelled(left));
}

// T14
COMCP_TEST_CORO(a_shielded_child_delays_the_join_without_spinning) {
  const time_point start = this_shard().now();
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([]() -> awaitable<void> { co_await shielded([] { return sleep(5s); }); });
    co_await checkpoint();
    g.cancel();
  });
  BOOST_TEST((this_shard().now() - start == 5s));
}

// T15
COMCP_TEST_CORO(children_outside_of_the_hosts_shield_are_cancelled) {
  bool child_cancelled = false;
  bool host_done = false;
  co_await with_cancel_scope([&](cancel_scope& outer) -> awaitable<void> {
    co_await with_task_group([&](task_group& g) -> awaitable<void> {
      g.start_soon([&]() -> awaitable<void> {
        try {
          co_await sleep_forever();
        } catch (const cancelled&) {
          child_cancelled = true;
          throw;
        }
      });
      co_await shielded([&]() -> awaitable<void> {
        co_await checkpoint();
        outer.cancel();
        co_await sleep(1s);
        BOOST_TEST(child_cancelled);
        host_done = true;
      });
    });
  });
  BOOST_TEST(host_done);
}

// T16
COMCP_TEST_CORO(a_child_that_ends_its_own_cancelled_scope_does_not_cancel_the_group) {
  bool after = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon(
        []() -> awaitable<void> { co_await move_on_after(1s, [] { return sleep_forever(); }); });
    co_await sleep(2s);
    BOOST_TEST(!g.scope().cancel_called());
    after = true;
  });
  BOOST_TEST(after);
}

// T17
COMCP_TEST_CORO(a_child_started_in_a_cancelled_group_runs_to_its_first_suspension) {
  bool ran = false;
  bool beyond = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.cancel();
    g.start_soon([&]() -> awaitable<void> {
      ran = true;
      co_await asio::post(asio::use_awaitable);  // can't be cancelled: completes
      co_await checkpoint();
      beyond = true;
    });
    co_return;
  });
  BOOST_TEST(ran);
  BOOST_TEST(!beyond);
}

// T18
COMCP_TEST_CORO(a_cancelled_siblings_later_error_is_added) {
  const std::exception_ptr e = co_await failure_of([&](task_group& g) -> awaitable<void> {
    g.start_soon([]() -> awaitable<void> {
      try {
        co_await sleep_forever();
      } catch (const cancelled&) {
      }
      throw other_error{"while cleaning up"};
    });
    co_await checkpoint();
    g.start_soon(fail_with_test_error);
  });
  BOOST_REQUIRE(as_group(e));
  BOOST_TEST(as_group(e)->exceptions().size() == 2u);
  BOOST_TEST(as_group(e)->contains<other_error>());
}

// T19, T20, T21: a group that escaped is kept alive by the frame only until finish(); here the
// check itself is tested, in a task that outlives the group's body but not its frame.
COMCP_TEST_CORO(a_closed_group_refuses_children) {
  detail::scope_guard guard{scope_options{}};
  guard.begin(co_await asio::this_coro::cancellation_state);
  task_group g{guard};
  g.start_soon([] { return checkpoint(); });
  {
    detail::group_core& core = detail::core_of(g);
    while (core.children() != 0)
      co_await core.join();
    core.close();
  }
  BOOST_CHECK_THROW(g.start_soon([] { return checkpoint(); }), std::logic_error);
  BOOST_CHECK_THROW((void)g.spawn([] { return checkpoint(); }), std::logic_error);
  auto body = [](task_status<int> s) -> awaitable<void> {
    std::move(s).started(1);
    co_return;
  };
  BOOST_CHECK_THROW((void)g.start<int>(body), std::logic_error);
  g.cancel();
}

// T32
COMCP_TEST_CORO(a_thousand_children_are_cancelled_at_once) {
  int cancelled_count = 0;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    for (int i = 0; i != 1000; ++i) {
      g.start_soon([&]() -> awaitable<void> {
        try {
          co_await sleep_forever();
        } catch (const cancelled&) {
          ++cancelled_count;
          throw;
        }
      });
    }
    co_await sleep(1s);
    BOOST_TEST(this_shard().live_tasks() == 1001u);
    g.cancel();
  });
  BOOST_TEST(cancelled_count == 1000);
  BOOST_TEST(this_shard().live_tasks() == 1u);
}

// T33
COMCP_TEST_CORO(names_and_parents_of_tasks_are_in_the_dump) {
  std::string dump;
  co_await with_task_group(
      [&](task_group& g) -> awaitable<void> {
        g.start_soon(
            []() -> awaitable<void> {
              BOOST_TEST(current_task().name == "pump");
              event never;
              co_await never.wait();
            },
            "pump");
        g.start_soon([]() -> awaitable<void> { co_await sleep(1h); }, "sleeper");
        co_await sleep(1s);
        dump = this_shard().dump_scopes();
        g.cancel();
      },
      scope_options().name("connection"));
  BOOST_TEST(dump.find("scope \"root\"") != std::string::npos, dump);
  BOOST_TEST(dump.find("\n  scope \"connection\", age 1s\n") != std::string::npos, dump);
  BOOST_TEST(dump.find("\"pump\", age 1s, waits for an event since 1s\n") != std::string::npos,
             dump);
  BOOST_TEST(dump.find("\"sleeper\", age 1s, waits for time since 1s\n") != std::string::npos,
             dump);
}

// T34
COMCP_TEST_CORO(the_bodys_value_is_returned) {
  const std::string value = co_await with_task_group([](task_group& g) -> awaitable<std::string> {
    g.start_soon([] { return sleep(1s); });
    co_return "value";
  });
  BOOST_TEST(value == "value");
}

COMCP_TEST_CORO(a_body_without_value_because_of_its_own_cancel_throws_cancelled) {
  EXPECT_CANCELLED(co_await with_task_group([](task_group& g) -> awaitable<int> {
    g.cancel();
    co_await checkpoint();
    co_return 1;
  }));
}

COMCP_TEST_CORO(a_groups_own_cancel_is_absorbed) {
  bool beyond = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([] { return sleep_forever(); });
    g.cancel();
    co_await checkpoint();
    beyond = true;
  });
  BOOST_TEST(!beyond);
}

COMCP_TEST_CORO(an_aborted_operation_in_a_group_that_is_not_cancelled_is_an_error) {
  const std::exception_ptr e = co_await failure_of([&](task_group& g) -> awaitable<void> {
    g.start_soon([]() -> awaitable<void> {
      throw boost::system::system_error{asio::error::operation_aborted};
      co_return;
    });
    co_return;
  });
  BOOST_REQUIRE(as_group(e));
  BOOST_TEST(as_group(e)->exceptions().size() == 1u);
}

// S32
COMCP_TEST_CORO(an_aborted_operation_of_the_host_is_not_taken_for_a_cancellation) {
  const std::exception_ptr e = co_await failure_of([](task_group&) -> awaitable<void> {
    throw boost::system::system_error{asio::error::operation_aborted};
    co_return;
  });
  BOOST_REQUIRE(as_group(e));
  BOOST_TEST(as_group(e)->exceptions().size() == 1u);
}

// S28
COMCP_TEST_CORO(a_childs_group_leaves_its_cancellations_behind_in_a_cancelled_group) {
  const std::exception_ptr e = co_await failure_of([](task_group& g) -> awaitable<void> {
    g.start_soon([]() -> awaitable<void> {
      std::vector<std::exception_ptr> errors{std::make_exception_ptr(test_error{"e"}),
                                             std::make_exception_ptr(cancelled{})};
      throw exception_group{std::move(errors)};
      co_return;
    });
    g.cancel();
    co_return;
  });
  BOOST_REQUIRE(as_group(e));
  BOOST_TEST(as_group(e)->contains<test_error>());
  BOOST_TEST(!as_group(e)->contains<cancelled>());
}

COMCP_TEST_CORO(a_childs_closure_lives_until_the_child_has_ended) {
  auto value = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = value;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([v = std::move(value)]() -> awaitable<void> {
      co_await sleep(1s);
      BOOST_TEST(*v == 1);
    });
    co_return;
  });
  BOOST_TEST(watch.expired());
}

BOOST_AUTO_TEST_SUITE_END()
