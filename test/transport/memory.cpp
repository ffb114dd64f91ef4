#include "comcp/transport/memory.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "comcp/scope/task_group.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/testing/coro_test.hpp"

using namespace comcp;
using testing::wait_all_tasks_blocked;

namespace {

using texts = std::vector<std::string>;

awaitable<std::string> read_text(transport& t) {
  const read_result got = co_await t.read();
  if (got.what() == read_result::kind::end) co_return "<end>";
  co_return std::string(got.text());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(memory_transport)

COMCP_TEST_CORO(what_one_end_writes_the_other_reads_in_order) {
  auto [a, b] = make_memory_transports();
  const texts several{"1", "2"};
  const texts one{"back"};
  BOOST_TEST((co_await a->write(several) == write_status::written));
  BOOST_TEST((co_await b->write(one) == write_status::written));
  BOOST_TEST(co_await read_text(*b) == "1");
  BOOST_TEST(co_await read_text(*b) == "2");
  BOOST_TEST(co_await read_text(*a) == "back");
}

COMCP_TEST_CORO(a_full_direction_suspends_the_writer_and_one_message_always_fits) {
  auto ends = make_memory_transports(4);
  transport& a = *ends.first;
  transport& b = *ends.second;
  bool written = false;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&]() -> awaitable<void> {
      const texts messages{"longer than four", "22", "33", "4"};
      co_await a.write(messages);
      written = true;
    });
    co_await wait_all_tasks_blocked();
    BOOST_TEST(!written);
    BOOST_TEST(co_await read_text(b) == "longer than four");
    co_await wait_all_tasks_blocked();
    BOOST_TEST(!written);
    BOOST_TEST(co_await read_text(b) == "22");
    co_await wait_all_tasks_blocked();
    BOOST_TEST(written);
    BOOST_TEST(co_await read_text(b) == "33");
    BOOST_TEST(co_await read_text(b) == "4");
  });
}

COMCP_TEST_CORO(what_was_written_before_a_close_is_still_read) {
  auto [a, b] = make_memory_transports();
  const texts one{"last words"};
  co_await a->write(one);
  a->close();
  a->close();
  BOOST_TEST(co_await read_text(*b) == "last words");
  BOOST_TEST(co_await read_text(*b) == "<end>");
  BOOST_TEST((co_await b->write(one) == write_status::closed));
  BOOST_TEST((co_await a->write(one) == write_status::closed));
  BOOST_TEST(co_await read_text(*a) == "<end>");
}

COMCP_TEST_CORO(closing_either_end_wakes_whoever_waits) {
  for (const bool own : {true, false}) {
    auto ends = make_memory_transports(1);
    transport& a = *ends.first;
    transport& b = *ends.second;
    std::string read;
    write_status written = write_status::written;
    const texts too_much{"1", "2"};
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      group.start_soon([&]() -> awaitable<void> { read = co_await read_text(a); });
      group.start_soon([&]() -> awaitable<void> { written = co_await a.write(too_much); });
      co_await wait_all_tasks_blocked();
      (own ? a : b).close();
    });
    BOOST_TEST(read == "<end>");
    BOOST_TEST((written == write_status::closed));
  }
}

COMCP_TEST_CORO(a_destroyed_end_is_a_closed_one) {
  auto ends = make_memory_transports();
  ends.first.reset();
  BOOST_TEST(co_await read_text(*ends.second) == "<end>");
}

COMCP_TEST_CORO(a_cancelled_read_has_consumed_nothing) {
  auto ends = make_memory_transports();
  const texts one{"kept"};
  const bool came = co_await move_on_after(
      std::chrono::seconds(1), [&]() -> awaitable<void> { co_await ends.first->read(); });
  BOOST_TEST(!came);
  co_await ends.second->write(one);
  BOOST_TEST(co_await read_text(*ends.first) == "kept");
}

BOOST_AUTO_TEST_SUITE_END()
