#include "comcp/http_transport/event_store.hpp"

#include <boost/test/unit_test.hpp>

#include "comcp/scope/sleep.hpp"
#include "comcp/testing/coro_test.hpp"
#include "http_transport/event_id.hpp"

using namespace comcp;
using namespace std::chrono_literals;

namespace {

/// "1 2 3", or "-" when nothing is known of the stream.
awaitable<std::string> numbers(event_store& store,
                               std::uint64_t stream,
                               std::uint64_t after,
                               std::size_t max_bytes = 1'000'000) {
  const auto got = co_await store.replay(stream, after, max_bytes);
  if (!got) co_return "-";
  std::string text;
  for (const stored_event& e : *got) {
    BOOST_TEST(e.text.starts_with(std::to_string(stream) + ":" + std::to_string(e.number)));
    text += (text.empty() ? "" : " ") + std::to_string(e.number);
  }
  co_return text;
}

awaitable<bool> add(event_store& store,
                    std::uint64_t stream,
                    std::uint64_t number,
                    std::size_t size = 10) {
  std::string text = std::to_string(stream) + ":" + std::to_string(number);
  text.resize(size, '.');
  co_return co_await store.append(stream, number, std::move(text));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(event_store_)

// S-SESS-12, E-01, hosting:resume:stream-scoped
COMCP_TEST_CORO(replay_gives_what_came_later_on_that_stream_only) {
  memory_event_store store;
  for (std::uint64_t n = 1; n <= 3; ++n) {
    BOOST_TEST(co_await add(store, 0, n));
    BOOST_TEST(co_await add(store, 7, n));
  }
  BOOST_TEST(co_await numbers(store, 7, 0) == "1 2 3");
  BOOST_TEST(co_await numbers(store, 7, 2) == "3");
  BOOST_TEST(co_await numbers(store, 7, 3) == "");
  BOOST_TEST(co_await numbers(store, 0, 1) == "2 3");
  BOOST_TEST(co_await numbers(store, 5, 0) == "-");
  BOOST_TEST(store.count() == 6U);
  BOOST_TEST(store.bytes() == 60U);
}

COMCP_TEST_CORO(replay_comes_in_pieces_of_the_size_asked_for) {
  memory_event_store store;
  for (std::uint64_t n = 1; n <= 5; ++n)
    co_await add(store, 1, n, 100);
  BOOST_TEST(co_await numbers(store, 1, 0, 250) == "1 2");
  BOOST_TEST(co_await numbers(store, 1, 2, 300) == "3 4 5");
  BOOST_TEST(co_await numbers(store, 1, 0, 1) == "1");  // never nothing while there is something
}

// E-09: each bound pushes out the oldest, and says how many.
COMCP_TEST_CORO(every_bound_pushes_out_the_oldest) {
  const auto usage = std::make_shared<event_store_usage>();
  {
    memory_event_store store(event_store_limits().max_stream_events(2), usage);
    co_await add(store, 2, 1);
    for (std::uint64_t n = 1; n <= 4; ++n)
      co_await add(store, 1, n);
    BOOST_TEST(co_await numbers(store, 1, 0) == "3 4");
    BOOST_TEST(co_await numbers(store, 2, 0) == "1");  // a neighbour keeps its own
    BOOST_TEST(usage->evicted == 2U);
    BOOST_TEST(usage->bytes == 30U);
  }
  BOOST_TEST(usage->bytes == 0U);
  {
    memory_event_store store(event_store_limits().max_events(3), usage);
    co_await add(store, 1, 1);
    for (std::uint64_t n = 1; n <= 3; ++n)
      co_await add(store, 2, n);
    BOOST_TEST(co_await numbers(store, 1, 0) == "-");
    BOOST_TEST(co_await numbers(store, 2, 0) == "1 2 3");
  }
  {
    memory_event_store store(event_store_limits().max_bytes(100), usage);
    for (std::uint64_t n = 1; n <= 3; ++n)
      co_await add(store, 1, n, 40);
    BOOST_TEST(co_await numbers(store, 1, 0) == "2 3");
    BOOST_TEST(!co_await add(store, 1, 4, 101));  // alone too large: the others stay
    BOOST_TEST(co_await numbers(store, 1, 0) == "2 3");
  }
  {
    memory_event_store store(event_store_limits().max_age(10s), usage);
    co_await add(store, 1, 1);
    co_await sleep(6s);
    co_await add(store, 1, 2);
    co_await sleep(6s);
    BOOST_TEST(co_await numbers(store, 1, 0) == "2");
    co_await sleep(6s);
    BOOST_TEST(co_await numbers(store, 1, 0) == "-");
  }
  {
    memory_event_store store(event_store_limits().max_age(0s), usage);
    co_await add(store, 1, 1);
    co_await sleep(1000h);
    BOOST_TEST(co_await numbers(store, 1, 0) == "1");
  }
  BOOST_TEST(usage->bytes == 0U);
}

// E-09: over all sessions; one session never pushes out another's.
COMCP_TEST_CORO(sessions_share_a_total_without_taking_from_each_other) {
  const auto usage = std::make_shared<event_store_usage>();
  const auto limits = event_store_limits().max_total_bytes(100);
  memory_event_store first(limits, usage);
  memory_event_store second(limits, usage);
  for (std::uint64_t n = 1; n <= 3; ++n)
    BOOST_TEST(co_await add(first, 1, n, 30));
  BOOST_TEST(!co_await add(second, 1, 1, 30));
  BOOST_TEST(usage->bytes == 90U);
  BOOST_TEST(co_await add(first, 1, 4, 30));
  BOOST_TEST(co_await numbers(first, 1, 0) == "2 3 4");
  BOOST_TEST(co_await add(second, 1, 2, 10));
  BOOST_TEST(co_await numbers(second, 1, 0) == "2");
}

// S-SESS-11: an id names its session, its stream and its place there; nothing else is taken for one.
BOOST_AUTO_TEST_CASE(event_ids_have_one_spelling) {
  const std::string session = "1f-0123456789abcdef";
  BOOST_TEST(detail::event_prefix(session, 42) == "01234567.42.");
  const auto id = detail::parse_event_id("01234567.42.18446744073709551615", session);
  BOOST_REQUIRE(id);
  BOOST_TEST(id->stream == 42U);
  BOOST_TEST(id->number == 18446744073709551615U);
  for (const std::string_view bad :
       {"", ".", "01234567", "01234567.", "01234567.1", "01234567.1.", "01234567..1",
        "01234567.1.x", "01234567.1.1 ", "01234567.01.1", "01234567.1.+1", "01234567.-1.1",
        "01234567.1.18446744073709551616", "01234568.1.1", "0123456.1.1", "012345678.1.1", "1.1",
        "01234567.1.1.1"})
    BOOST_TEST_CONTEXT(bad) BOOST_TEST(!detail::parse_event_id(bad, session));
}

BOOST_AUTO_TEST_SUITE_END()
