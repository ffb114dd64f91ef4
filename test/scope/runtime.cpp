// Shards, runtime, hops, remote cancellation: real threads.

#include "comcp/scope/runtime.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <csignal>
#include <latch>
#include <mutex>
#include <set>
#include <thread>

#include "comcp/scope/run_on.hpp"
#include "expect.hpp"

using namespace comcp;
using namespace comcp::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(scope_runtime)

BOOST_AUTO_TEST_CASE(run_starts_main_on_each_shard_and_returns_when_all_have_ended) {
  runtime rt{runtime_options().threads(3)};
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::set<std::size_t> shards;
  // Boost.Test's checks are for one thread at a time.
  std::atomic<int> on_their_shard{0};
  rt.run([&](shard& s) -> awaitable<void> {
    if (&s == &this_shard()) ++on_their_shard;
    co_await checkpoint();
    const std::lock_guard held{mutex};
    threads.insert(std::this_thread::get_id());
    shards.insert(s.index());
  });
  BOOST_TEST(on_their_shard == 3);
  BOOST_TEST(threads.size() == 3u);
  BOOST_TEST(shards.size() == 3u);
  BOOST_TEST(rt.shard_count() == 3u);
  for (std::size_t i = 0; i != 3; ++i)
    BOOST_TEST(rt.at(i).live_tasks() == 0u);
  BOOST_CHECK_THROW(rt.run([](shard&) { return checkpoint(); }), std::logic_error);
}

BOOST_AUTO_TEST_CASE(the_first_error_ends_all_shards_and_is_thrown) {
  runtime rt{runtime_options().threads(2)};
  BOOST_CHECK_THROW(rt.run([](shard& s) -> awaitable<void> {
    if (s.index() == 1) throw test_error{"main"};
    co_await sleep_forever();
  }),
                    test_error);
}

BOOST_AUTO_TEST_CASE(a_task_sees_the_trees_of_all_shards) {
  runtime rt{runtime_options().threads(3)};
  std::atomic<int> ready{0};
  std::string text;
  std::string json;
  rt.run([&](shard& s) -> awaitable<void> {
    if (s.index() != 0) {
      const std::string name = "worker of " + std::to_string(s.index());
      co_await with_cancel_scope(
          [&] {
            ++ready;
            return sleep_forever();
          },
          scope_options().name(name));
    }
    while (ready != 2)
      co_await sleep(1ms);
    text = co_await rt.collect_scopes();
    json = co_await rt.collect_scopes(tree_format::json);
    rt.cancel();
  });
  BOOST_TEST(text.starts_with("shard 0: 1 tasks"), text);
  BOOST_TEST(text.find("\nshard 1: 1 tasks, 1 scopes\n") != std::string::npos, text);
  BOOST_TEST(text.find("\"worker of 2\"") != std::string::npos, text);
  const boost::json::value all = boost::json::parse(json);
  const auto& shards = all.at("shards").as_array();
  BOOST_REQUIRE(shards.size() == 3u);
  for (std::size_t i = 0; i != 3; ++i)
    BOOST_TEST(shards[i].at("shard").to_number<std::size_t>() == i);
  const auto& scopes = shards[2].at("scopes").as_array();
  BOOST_REQUIRE(scopes.size() == 2u);
  BOOST_TEST(scopes[1].at("name").as_string() == "worker of 2");
  BOOST_TEST(scopes[1].at("parent").to_number<int>() == 0);
  const auto& tasks = shards[2].at("tasks").as_array();
  BOOST_REQUIRE(tasks.size() == 1u);
  BOOST_TEST(tasks[0].at("scope").to_number<int>() == 1);
  BOOST_TEST(tasks[0].at("waits_for").as_string() == "cancellation");
}

BOOST_AUTO_TEST_CASE(another_thread_sees_the_trees_and_which_shard_is_stuck) {
  runtime rt{runtime_options().threads(2)};
  std::latch stuck{1};
  std::latch go_on{1};
  std::string text;
  std::string json;
  std::thread watchdog{[&] {
    stuck.wait();
    text = rt.dump_scopes(tree_format::text, 50ms);
    json = rt.dump_scopes(tree_format::json, 50ms);
    go_on.count_down();
    rt.cancel();
  }};
  rt.run([&](shard& s) -> awaitable<void> {
    if (s.index() == 1) {
      stuck.count_down();
      go_on.wait();
    }
    co_await sleep_forever();
  });
  watchdog.join();
  BOOST_TEST(text.find("waits for cancellation") != std::string::npos, text);
  BOOST_TEST(text.ends_with("shard 1: no answer\n"), text);
  BOOST_TEST(json.ends_with(",{\"shard\":1,\"error\":\"no answer\"}]}"), json);
}

BOOST_AUTO_TEST_CASE(the_thread_of_a_shard_can_wait_for_the_trees) {
  runtime rt{runtime_options().threads(2)};
  std::string text;
  rt.run([&](shard& s) -> awaitable<void> {
    if (s.index() == 0) {
      text = rt.dump_scopes();
      rt.cancel();
    }
    co_await sleep_forever();
  });
  BOOST_TEST(text.find("\"main\"") != std::string::npos, text);
  BOOST_TEST(text.find(", runs\n") != std::string::npos, text);
  BOOST_TEST(text.find("shard 1: 1 tasks") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(cancel_from_another_thread_ends_the_mains) {
  runtime rt{runtime_options().threads(2)};
  std::latch running{2};
  std::thread other{[&] {
    running.wait();
    rt.cancel("SIGTERM");
    rt.cancel("again");
  }};
  std::atomic<int> reasons{0};
  rt.run([&](shard&) -> awaitable<void> {
    running.count_down();
    try {
      co_await sleep_forever();
    } catch (const cancelled& e) {
      if (e.reason() == "SIGTERM") ++reasons;
      throw;
    }
  });
  other.join();
  BOOST_TEST(reasons == 2);
}

BOOST_AUTO_TEST_CASE(run_on_runs_on_the_other_shard_and_brings_the_result_back) {
  runtime rt{runtime_options().threads(2)};
  std::string value;
  rt.run([&](shard& s) -> awaitable<void> {
    if (s.index() != 0) co_return;
    shard& other = rt.at(1);
    const auto here = std::this_thread::get_id();
    auto body = [&]() -> awaitable<std::string> {
      if (&this_shard() != &other) throw other_error{"wrong shard"};
      if (std::this_thread::get_id() == here) throw other_error{"wrong thread"};
      co_await sleep(1ms);
      co_return "from there";
    };
    value = co_await run_on(other, body);
    BOOST_REQUIRE(&this_shard() == &s);
    auto fails = []() -> awaitable<void> {
      throw test_error{"there"};
      co_return;
    };
    EXPECT_THROWS(co_await run_on(other, fails), test_error);
  });
  BOOST_TEST(value == "from there");
}

BOOST_AUTO_TEST_CASE(run_on_forwards_the_callers_cancellation_and_waits) {
  runtime rt{runtime_options().threads(2)};
  std::atomic<bool> cleaned{false};
  bool completed = true;
  bool waited = false;
  rt.run([&](shard& s) -> awaitable<void> {
    if (s.index() != 0) co_return;
    completed = co_await move_on_after(5ms, [&] {
      return run_on(rt.at(1), [&]() -> awaitable<void> {
        co_await with_cleanup([] { return sleep_forever(); },
                              [&]() -> awaitable<void> {
                                co_await sleep(2ms);
                                cleaned = true;
                              },
                              1s);
      });
    });
    waited = cleaned;
  });
  BOOST_TEST(!completed);
  BOOST_TEST(waited);
}

COMCP_TEST_CORO(run_on_the_own_shard_works_too) {
  const int value = co_await run_on(this_shard(), []() -> awaitable<int> {
    co_await sleep(1h);
    co_return 3;
  });
  BOOST_TEST(value == 3);
}

BOOST_AUTO_TEST_CASE(a_remote_canceller_works_from_any_thread_and_after_the_end) {
  runtime rt;
  remote_canceller remote;
  bool completed = true;
  rt.run([&](shard&) -> awaitable<void> {
    std::thread other;
    completed = co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
      remote = s.remote();
      other = std::thread{[remote] { remote.cancel("from a thread"); }};
      EXPECT_CANCELLED_BECAUSE(co_await sleep_forever(), "from a thread");
      co_await checkpoint();
    });
    other.join();
    remote.cancel("too late");
    co_await checkpoint();
  });
  BOOST_TEST(!completed);
  remote.cancel("much too late");
  remote_canceller{}.cancel("nothing");
}

BOOST_AUTO_TEST_CASE(a_shard_embeds_in_a_users_io_context) {
  asio::io_context io;
  bool done = false;
  std::exception_ptr error;
  {
    shard s{io};
    s.start_root(
        [&]() -> awaitable<void> {
          co_await move_on_after(1ms, [] { return sleep_forever(); });
          co_await fail_after(1h, [] { return checkpoint(); });
          done = true;
          throw test_error{"root"};
        },
        "root", [&](std::exception_ptr e) { error = std::move(e); });
    io.run();  // ends by itself: no timer keeps it alive
    BOOST_TEST(s.live_tasks() == 0u);
    s.start_root([]() -> awaitable<void> { co_await sleep_forever(); });
    s.cancel("stop");
    io.restart();
    io.run();
    BOOST_TEST(s.live_tasks() == 0u);
  }
  BOOST_TEST(done);
  BOOST_TEST(bool(error));
  io.restart();
  io.run();
}

BOOST_AUTO_TEST_CASE(a_shard_with_its_own_context_destroys_waiting_tasks) {
  auto value = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = value;
  {
    shard s;
    s.start_root([v = std::move(value)]() -> awaitable<void> {
      co_await with_task_group([&](task_group& g) -> awaitable<void> {
        g.start_soon([] { return sleep_forever(); });
        g.start_soon([]() -> awaitable<void> {
          asio::steady_timer timer{this_shard().context(), std::chrono::hours{1}};
          co_await timer.async_wait(asio::use_awaitable);
        });
        auto handle = g.spawn([] { return sleep(1h); });
        auto body = [](task_status<int>) { return sleep_forever(); };
        co_await g.start<int>(body);
      });
    });
    s.start_root([]() -> awaitable<void> { co_await sleep_forever(); });
    for (int i = 0; i != 20; ++i)
      s.context().poll();
    BOOST_TEST(s.live_tasks() == 6u);
    BOOST_TEST(!watch.expired());
  }
  BOOST_TEST(watch.expired());
}

BOOST_AUTO_TEST_CASE(tasks_are_destroyed_before_those_whose_frames_they_use) {
  int given_back = 0;
  {
    shard s;
    s.start_root([&]() -> awaitable<void> {
      struct counted {
        explicit counted(int& n) : count{n} {}
        ~counted() { count += alive; }
        int& count;
        int alive = 1;
      };
      semaphore places{2};
      counted in_host{given_back};
      co_await with_task_group([&](task_group& outer) -> awaitable<void> {
        outer.start_soon([&]() -> awaitable<void> {
          auto first = co_await places.acquire();
          co_await with_task_group([&](task_group& inner) -> awaitable<void> {
            inner.start_soon([&]() -> awaitable<void> {
              auto second = co_await places.acquire();
              co_await sleep_forever();
            });
            co_await with_cancel_scope([] { return sleep_forever(); });
          });
        });
        co_return;
      });
    });
    for (int i = 0; i != 20; ++i)
      s.context().poll();
    BOOST_TEST(s.live_tasks() == 3u);
  }
  BOOST_TEST(given_back == 1);
}

BOOST_AUTO_TEST_CASE(a_group_that_dies_before_its_tasks_ends_the_process_and_says_why) {
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(ends[1], 2);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::signal(SIGABRT, SIG_DFL);  // not the test framework
    shard s;
    s.start_root([]() -> awaitable<void> {
      co_await with_task_group([](task_group& g) -> awaitable<void> {
        g.start_soon([] { return sleep_forever(); });
        co_await checkpoint();
        auto refused =
            asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(
                [](auto&&) { throw std::bad_alloc(); }, asio::use_awaitable);
        co_await std::move(refused);
      });
    });
    for (int i = 0; i != 20; ++i) {
      try {
        s.context().poll();
      } catch (const std::bad_alloc&) {
      }
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string said;
  char buffer[256];
  for (ssize_t n = 0; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    said.append(buffer, static_cast<std::size_t>(n));
  ::close(ends[0]);
  int status = 0;
  BOOST_REQUIRE(::waitpid(pid, &status, 0) == pid);
  BOOST_TEST(WIFSIGNALED(status));
  BOOST_TEST(
      said.find("the host of a task group was destroyed before its tasks") != std::string::npos,
      said);
}

BOOST_AUTO_TEST_CASE(a_shard_serves_the_others_until_none_has_tasks) {
  runtime rt{runtime_options().threads(2)};
  std::atomic<bool> served{false};
  rt.run([&](shard& s) -> awaitable<void> {
    if (s.index() != 0) co_return;
    s.start_root([&]() -> awaitable<void> {
      auto cleanup = [&]() -> awaitable<void> {
        for (int i = 0; i != 1000; ++i)  // the other one has nothing to do meanwhile
          co_await checkpoint();
        co_await run_on(rt.at(1), [&]() -> awaitable<void> {
          co_await checkpoint();
          served = true;
        });
      };
      co_await with_cleanup([] { return sleep_forever(); }, std::move(cleanup), 30s);
    });
    co_await checkpoint();
  });
  BOOST_TEST(served);
}

BOOST_AUTO_TEST_CASE(who_waits_for_work_on_a_shard_that_goes_hears_of_it) {
  for (const bool begun : {true, false}) {
    asio::io_context io;
    shard origin{io};
    auto target = std::make_unique<shard>();
    std::string why;
    origin.start_root([&]() -> awaitable<void> {
      try {
        co_await run_on(*target, [] { return sleep_forever(); });
      } catch (const cancelled& e) {
        why = e.reason();
      }
    });
    const auto turn = [&] {
      for (int i = 0; i != 20; ++i) {
        io.poll();
        io.restart();
        if (target && begun) target->context().poll();
      }
    };
    turn();
    BOOST_TEST(target->live_tasks() == (begun ? 1u : 0u));
    BOOST_TEST(origin.live_tasks() == 1u);
    target.reset();
    turn();
    BOOST_TEST(why == "the shard is gone");
    BOOST_TEST(origin.live_tasks() == 0u);
  }
}

BOOST_AUTO_TEST_CASE(who_waits_hears_of_an_end_that_its_shard_did_not_survive) {
  asio::io_context io;
  shard origin{io};
  asio::io_context target_io;
  auto target = std::make_unique<shard>(target_io);
  bool ended = false;
  origin.start_root([&]() -> awaitable<void> {
    co_await run_on(*target, []() -> awaitable<void> { co_return; });
    ended = true;
  });
  const auto turn = [&] {
    io.poll();
    io.restart();
  };
  turn();
  do {
    target_io.run_one();
  } while (target->live_tasks() != 0);
  target.reset();
  turn();
  BOOST_TEST(ended);
  BOOST_TEST(origin.live_tasks() == 0u);
}

BOOST_AUTO_TEST_CASE(work_posted_to_a_shard_that_is_gone_is_dropped) {
  asio::io_context io;
  auto s = std::make_unique<shard>(io);
  bool ran = false;
  s->post([&] { ran = true; });
  s.reset();
  io.run();
  BOOST_TEST(!ran);
}

COMCP_TEST_CORO_REAL(the_real_clock_drives_sleeps_and_deadlines) {
  const auto start = std::chrono::steady_clock::now();
  co_await sleep(2ms);
  BOOST_TEST(!co_await move_on_after(2ms, [] { return sleep_forever(); }));
  // A shorter deadline than the one the timer is armed for.
  co_await move_on_after(1h, []() -> awaitable<void> { co_await sleep(1ms); });
  const auto took = std::chrono::steady_clock::now() - start;
  BOOST_TEST((took >= 5ms));
}

BOOST_AUTO_TEST_SUITE_END()
