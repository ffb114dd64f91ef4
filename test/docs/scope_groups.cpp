// The code of docs/scopes.md about task groups, primitives, streams and testing; check_docs keeps
// the two alike.

#include <string>
#include <vector>

#include "scope/expect.hpp"

using namespace comcp;
using namespace comcp::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(docs_groups)

namespace {

awaitable<std::string> get(std::string url) {
  co_await sleep(1s);
  co_return "page of " + url;
}

// [group]
awaitable<std::vector<std::string>> get_all(const std::vector<std::string>& urls) {
  std::vector<std::string> pages(urls.size());
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    for (std::size_t i = 0; i != urls.size(); ++i) {
      g.start_soon([&pages, &urls, i]() -> awaitable<void> { pages[i] = co_await get(urls[i]); });
    }
    co_return;
  });  // waits for all; if one fails, the others are cancelled and an exception_group is thrown
  co_return pages;
}
// [/group]

}  // namespace

COMCP_TEST_CORO(group) {
  const std::vector<std::string> urls{"a", "b"};
  const auto pages = co_await get_all(urls);
  BOOST_TEST(pages[1] == "page of b");
}

namespace {

awaitable<int> open_port() {
  co_await sleep(1s);
  co_return 8080;
}

// [start]
awaitable<void> serve(task_status<int> ready) {
  const int port = co_await open_port();  // an error up to here goes to the caller of start()
  std::move(ready).started(port);         // from here on to the group
  co_await sleep_forever();
}

awaitable<void> main_task() {
  co_await with_task_group([](task_group& g) -> awaitable<void> {
    const int port = co_await g.start<int>(serve, "server");
    BOOST_TEST(port == 8080);
    g.cancel();
  });
}
// [/start]

awaitable<int> compute() {
  co_await sleep(2s);
  co_return 42;
}

}  // namespace

COMCP_TEST_CORO(start) {
  co_await main_task();
}

COMCP_TEST_CORO(handles) {
  int result = 0;
  // [handle]
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    task_handle<int> answer = g.spawn(compute);
    task_handle<void> spinner = g.spawn([] { return sleep_forever(); }, "spinner");
    result = co_await answer.result();  // its value, or its error
    spinner.cancel();                   // this task alone; the group goes on
  });
  // [/handle]
  BOOST_TEST(result == 42);
}

namespace {

struct disk_full : std::runtime_error {
  disk_full() : std::runtime_error{"disk full"} {}
};

awaitable<void> write_log() {
  throw disk_full{};
  co_return;
}

}  // namespace

COMCP_TEST_CORO(errors) {
  bool full = false;
  std::string text;
  // [errors]
  try {
    co_await with_task_group([](task_group& g) -> awaitable<void> {
      g.start_soon(write_log);
      co_await sleep_forever();  // cancelled when write_log() fails
    });
  } catch (const exception_group& errors) {
    for (const std::exception_ptr& e : errors.exceptions())
      text += describe(e);  // "disk full"
    full = errors.contains<disk_full>();
  }
  // [/errors]
  BOOST_TEST(full);
  BOOST_TEST(text == "disk full");
}

COMCP_TEST_CORO(primitives) {
  int inside = 0;
  // [primitives]
  event ready;
  lock exclusive;
  semaphore two{2};
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    for (int i = 0; i != 3; ++i) {
      g.start_soon([&]() -> awaitable<void> {
        co_await ready.wait();
        semaphore::permit permit = co_await two.acquire();  // at most two of us ...
        lock::guard guard = co_await exclusive.acquire();   // ... and here one at a time
        ++inside;
        co_await sleep(1s);
      });  // guard and permit are given back by their destructors
    }
    ready.set();
    co_return;
  });
  // [/primitives]
  BOOST_TEST(inside == 3);
}

COMCP_TEST_CORO(conditions) {
  // [condition]
  lock l;
  condition changed{l};
  int level = 0;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      lock::guard held = co_await l.acquire();
      co_await changed.wait_for(held, [&] { return level >= 2; });
      level = 0;  // the lock is held again
    });
    for (int i = 0; i != 2; ++i) {
      co_await sleep(1s);
      lock::guard held = co_await l.acquire();
      ++level;
      changed.notify_all();
    }
  });
  // [/condition]
  BOOST_TEST(level == 0);
}

COMCP_TEST_CORO(streams) {
  int sum = 0;
  // [stream]
  auto [tx, rx] = make_memory_stream<int>(8);  // 0: send() waits until the item was taken
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    for (int producer = 0; producer != 2; ++producer) {
      g.start_soon([mine = tx.clone()]() mutable -> awaitable<void> {
        for (int i = 1; i <= 10; ++i)
          co_await mine.send(i);  // waits while the buffer is full
      });                         // the clone is closed with its task
    }
    tx.close();
    while (std::optional<int> item = co_await rx.next())
      sum += *item;
  });  // next() is empty when all senders are closed and everything was received
  // [/stream]
  BOOST_TEST(sum == 110);
}

COMCP_TEST_CORO(what_children_may_refer_to) {
  std::size_t lengths = 0;
  // [captures]
  std::size_t total = 0;  // outlives the group: children may refer to it
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    std::string text = "a local of the body";
    // g.start_soon([&] { return use(text); });  // wrong: text dies before the children are joined
    g.start_soon([&total, text]() -> awaitable<void> {  // its own copy, in a closure that the
      co_await sleep(1s);                               // group keeps until the child has ended
      total += text.size();
    });
    co_return;
  });
  // [/captures]
  lengths = total;
  BOOST_TEST(lengths == 19u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(docs_testing)

namespace {

awaitable<int> retry(int& calls) {
  for (duration wait = 1s;; wait *= 2) {
    if (++calls == 4) co_return calls;
    co_await sleep(wait);
  }
}

}  // namespace

// [test-coro]
COMCP_TEST_CORO(retries_back_off_exponentially) {
  int calls = 0;
  const time_point start = this_shard().now();
  const int result = co_await retry(calls);
  BOOST_TEST(result == 4);
  BOOST_TEST((this_shard().now() - start == 7s));  // exactly, and without waiting for it
}
// [/test-coro]

// [not-yet]
COMCP_TEST_CORO(a_waiter_goes_on_when_the_event_is_set_and_not_before) {
  event e;
  bool woken = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      co_await e.wait();
      woken = true;
    });
    co_await testing::wait_all_tasks_blocked();  // all others wait; time hasn't moved
    BOOST_TEST(!woken);
    e.set();
    co_await testing::wait_all_tasks_blocked();
    BOOST_TEST(woken);
  });
}
// [/not-yet]

// [virtual-shard]
BOOST_AUTO_TEST_CASE(a_heartbeat_beats_every_ten_seconds) {
  testing::virtual_shard vs;
  int beats = 0;
  vs.start([&]() -> awaitable<void> {
    for (;;) {
      co_await sleep(10s);
      ++beats;
    }
  });
  vs.advance(9s);
  BOOST_TEST(beats == 0);
  vs.advance(21s);
  BOOST_TEST(beats == 3);
  vs.shard().cancel("end of the test");
  vs.run_until_idle();
  BOOST_TEST(vs.leftovers() == "");  // no task and no scope is left, otherwise the tree
}
// [/virtual-shard]

// [deadlock]
BOOST_AUTO_TEST_CASE(a_task_that_nobody_can_wake_is_reported_with_the_tree) {
  testing::virtual_shard vs;
  event never;
  try {
    vs.run([&]() -> awaitable<void> { co_await never.wait(); });
  } catch (const testing::deadlock_error& e) {
    BOOST_TEST(std::string{e.what()}.find("waits for an event") != std::string::npos);
  }
}
// [/deadlock]

BOOST_AUTO_TEST_SUITE_END()
