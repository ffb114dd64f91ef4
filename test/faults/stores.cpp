// The stores in memory when memory runs out: what could not be kept leaves nothing behind that goes wrong later.

#include <boost/test/unit_test.hpp>

#include <memory>
#include <new>
#include <string>

#include "comcp/http_transport/event_store.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/tasks/task_store.hpp"
#include "comcp/testing/coro_test.hpp"
#include "faults/failing_allocations.hpp"

using namespace comcp;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(faults_stores)

COMCP_TEST_CORO(an_event_that_finds_no_memory_is_not_half_kept) {
  for (const std::uint64_t stream : {1U, 2U}) {
    bool struck = true;
    for (std::size_t n = 1; struck; ++n) {
      const auto usage = std::make_shared<event_store_usage>();
      memory_event_store store(event_store_limits().max_age(1min), usage);
      co_await store.append(1, 1, "first");
      std::string text(100, 'x');
      {
        const faults::failing_allocation armed(n);
        try {
          co_await store.append(stream, 2, std::move(text));
        } catch (const std::bad_alloc&) {
        }
        struck = armed.struck();
      }
      const std::size_t kept = struck ? 1 : 2;
      BOOST_TEST(store.count() == kept);
      BOOST_TEST(store.bytes() == (struck ? 5U : 105U));
      BOOST_TEST(usage->bytes == store.bytes());
      co_await sleep(2min);
      const bool fits = co_await store.append(1, 3, "later");
      BOOST_TEST(fits);
      BOOST_TEST(store.count() == 1U);
      BOOST_TEST(usage->bytes == 5U);
    }
  }
}

COMCP_TEST_CORO(a_task_that_finds_no_memory_is_not_half_kept) {
  task_record::time now(1'790'000'000s);
  bool struck = true;
  for (std::size_t n = 1; struck; ++n) {
    memory_task_store store(task_store_limits().clock([&] { return now; }));
    task_record task;
    task.id = "a-task-with-a-name-that-needs-memory";
    task.owner = "an-owner-with-a-name-that-needs-memory";
    task.created = task.updated = now;
    task.ttl = 1min;
    task.message = std::string(100, 'x');
    bool kept = false;
    {
      const faults::failing_allocation armed(n);
      try {
        kept = co_await store.add(task);
      } catch (const std::bad_alloc&) {
      }
      struck = armed.struck();
    }
    BOOST_TEST(kept == !struck);
    BOOST_TEST(store.count() == (kept ? 1U : 0U));
    now += 2min;
    const auto found = co_await store.find(task.id);
    BOOST_TEST(!found.has_value());
    BOOST_TEST(store.count() == 0U);
    const auto listed = co_await store.list(task.owner, "", 10);
    BOOST_TEST(listed.empty());
  }
}

COMCP_TEST_CORO(a_change_of_a_task_that_finds_no_memory_changes_nothing) {
  const task_record::time now(1'790'000'000s);
  // Its result fits, or doesn't.
  for (const std::size_t room : {1000U, 200U}) {
    bool struck = true;
    for (std::size_t n = 1; struck; ++n) {
      memory_task_store store(task_store_limits().max_bytes(room).clock([&] { return now; }));
      task_record task;
      task.id = "t";
      task.created = task.updated = now;
      task.status = task_record::stage::input_required;
      task.input_requests["question"] = std::string(50, '?');
      co_await store.add(task);
      const std::size_t before = store.bytes();
      const json::value text(std::string(300, 'x'));
      const auto finish = [&](task_record& t) {
        t.input_requests.clear();
        t.status = task_record::stage::completed;
        t.result["text"] = text;
        return true;
      };
      bool thrown = false;
      {
        const faults::failing_allocation armed(n);
        try {
          co_await store.update("t", finish);
        } catch (const std::bad_alloc&) {
          thrown = true;
        }
        struck = armed.struck();
      }
      BOOST_TEST(thrown == struck);
      const auto found = co_await store.find("t");
      BOOST_TEST_REQUIRE(found.has_value());
      if (struck) {
        BOOST_TEST((found->status == task_record::stage::input_required));
        BOOST_TEST(found->input_requests == task.input_requests);
        BOOST_TEST(found->result.empty());
        BOOST_TEST(store.bytes() == before);
      } else if (room == 1000U) {
        BOOST_TEST((found->status == task_record::stage::completed));
        BOOST_TEST(found->result.at("text") == text);
      } else {
        BOOST_TEST((found->status == task_record::stage::failed));
        BOOST_TEST(store.bytes() == 0U);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
