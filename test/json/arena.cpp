#include "json/arena.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>

#include "comcp/json/value.hpp"

namespace json = comcp::json;

BOOST_AUTO_TEST_SUITE(json_arena)

BOOST_AUTO_TEST_CASE(is_as_small_after_many_large_messages_as_before) {
  json::arena_pool pool;
  const std::string text(10'000, 'x');
  // Twice as much for each would be more than any machine has.
  for (int message = 0; message < 100; ++message) {
    const json::arena_pool::lease lease = pool.take();
    const json::string held(text, lease.storage());
    BOOST_TEST_REQUIRE(held.size() == text.size());
  }
}

BOOST_AUTO_TEST_CASE(hands_out_its_own_memory_first_each_time) {
  json::arena_pool pool;
  const void* first = nullptr;
  for (int message = 0; message < 3; ++message) {
    const json::arena_pool::lease lease = pool.take();
    const json::storage_ptr storage = lease.storage();
    const void* const taken = storage->allocate(64);
    if (message == 0) first = taken;
    BOOST_TEST(taken == first);
    static_cast<void>(storage->allocate(10'000));
  }
}

BOOST_AUTO_TEST_CASE(what_was_lent_may_outlive_the_pool) {
  json::arena_pool::lease first;
  json::arena_pool::lease second;
  {
    json::arena_pool pool;
    first = pool.take();
    second = pool.take();
    static_cast<void>(pool.take());  // is back by then
  }
  const json::string held("still there, and too long for any optimization", first.storage());
  BOOST_TEST(held.starts_with("still"));
  second = {};
}

BOOST_AUTO_TEST_SUITE_END()
