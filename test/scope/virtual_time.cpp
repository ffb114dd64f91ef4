// comcp::testing: the driver of virtual time itself.

#include "comcp/testing/virtual_time.hpp"

#include "expect.hpp"

using namespace comcp;
using namespace comcp::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(testing_virtual_time)

BOOST_AUTO_TEST_CASE(an_hour_takes_no_time) {
  testing::virtual_shard vs;
  const time_point start = vs.now();
  const auto real = std::chrono::steady_clock::now();
  vs.run([]() -> awaitable<void> { co_await sleep(1h); });
  BOOST_TEST((vs.now() - start == 1h));
  BOOST_TEST((std::chrono::steady_clock::now() - real < 10s));
}

BOOST_AUTO_TEST_CASE(a_deadlock_is_reported_with_the_tree) {
  testing::virtual_shard vs;
  std::string what;
  try {
    vs.run([]() -> awaitable<void> {
      co_await with_cancel_scope([] { return sleep_forever(); }, scope_options().name("stuck"));
    });
  } catch (const testing::deadlock_error& e) {
    what = e.what();
  }
  BOOST_TEST(what.find("scope \"stuck\"") != std::string::npos, what);
  BOOST_TEST(what.find("waits for cancellation") != std::string::npos, what);
}

BOOST_AUTO_TEST_CASE(a_task_may_end_after_its_deadlock_was_reported) {
  testing::virtual_shard vs;
  event go_on;
  BOOST_CHECK_THROW(vs.run([&] { return go_on.wait(); }), testing::deadlock_error);
  go_on.set();
  vs.run_until_idle();
  BOOST_TEST(vs.leftovers() == "");
}

BOOST_AUTO_TEST_CASE(an_error_of_the_body_is_thrown) {
  testing::virtual_shard vs;
  BOOST_CHECK_THROW(vs.run([]() -> awaitable<void> {
    throw test_error{"x"};
    co_return;
  }),
                    test_error);
  BOOST_TEST(vs.leftovers() == "");
}

BOOST_AUTO_TEST_CASE(advance_stops_at_each_deadline_on_the_way) {
  testing::virtual_shard vs;
  std::vector<std::chrono::seconds> woken;
  const time_point start = vs.now();
  vs.start([&]() -> awaitable<void> {
    for (int i = 0; i != 3; ++i) {
      co_await sleep(2s);
      woken.push_back(std::chrono::duration_cast<std::chrono::seconds>(this_shard().now() - start));
    }
  });
  vs.run_until_idle();
  BOOST_TEST(woken.empty());
  vs.advance(5s);
  BOOST_REQUIRE(woken.size() == 2u);
  BOOST_TEST((woken[1] == 4s));
  BOOST_TEST((vs.now() - start == 5s));
  BOOST_TEST(vs.live_tasks() == 1u);
  BOOST_TEST(vs.leftovers() != "");
  vs.advance(1s);
  BOOST_TEST(vs.live_tasks() == 0u);
}

COMCP_TEST_CORO(all_tasks_blocked_is_before_time_moves) {
  int steps = 0;
  const time_point start = this_shard().now();
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      for (int i = 0; i != 10; ++i) {
        co_await checkpoint();
        ++steps;
      }
      co_await sleep(1s);
      ++steps;
    });
    co_await testing::wait_all_tasks_blocked();
    BOOST_TEST(steps == 10);
    BOOST_TEST((this_shard().now() == start));
  });
}

BOOST_AUTO_TEST_CASE(run_real_gives_up_at_its_limit_with_the_tree) {
  std::string what;
  try {
    testing::run_real([] { return sleep_forever(); }, 5ms);
  } catch (const testing::deadlock_error& e) {
    what = e.what();
  }
  BOOST_TEST(what.find("waits for cancellation") != std::string::npos, what);
}

BOOST_AUTO_TEST_SUITE_END()
