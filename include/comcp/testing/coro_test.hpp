#ifndef COMCP_TESTING_CORO_TEST_HPP
#define COMCP_TESTING_CORO_TEST_HPP

// Boost.Test cases whose body is a coroutine. Include Boost.Test first, or let this header do it.

#include <boost/test/unit_test.hpp>
#include <string>

#include "comcp/awaitable.hpp"
#include "comcp/testing/virtual_time.hpp"

/** A test case in virtual time: `COMCP_TEST_CORO(name) { co_await sleep(1h); }`.

    Fails on an escaped exception, on a deadlock (with the tree of scopes), and when a task or a
   scope is left at the end. Inside, comcp::this_shard() is the test's shard.
*/
#define COMCP_TEST_CORO(name)                                           \
  static ::comcp::awaitable<void> name##_body();                        \
  BOOST_AUTO_TEST_CASE(name) {                                          \
    ::comcp::testing::virtual_shard comcp_shard;                        \
    comcp_shard.run(&name##_body);                                      \
    const std::string comcp_left = comcp_shard.leftovers();             \
    BOOST_TEST(comcp_left.empty(), "left at the end:\n" << comcp_left); \
  }                                                                     \
  static ::comcp::awaitable<void> name##_body()

/// The same on a real io_context with the system clock, for tests with sockets, pipes and children.
/// Fails with the tree of scopes after 30 s.
#define COMCP_TEST_CORO_REAL(name)                                                   \
  static ::comcp::awaitable<void> name##_body();                                     \
  BOOST_AUTO_TEST_CASE(name) {                                                       \
    std::string comcp_left;                                                          \
    ::comcp::testing::run_real(&name##_body, std::chrono::seconds{30}, &comcp_left); \
    BOOST_TEST(comcp_left.empty(), "left at the end:\n" << comcp_left);              \
  }                                                                                  \
  static ::comcp::awaitable<void> name##_body()

#endif
