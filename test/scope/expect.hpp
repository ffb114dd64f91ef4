#ifndef COMCP_TEST_SCOPE_EXPECT_HPP
#define COMCP_TEST_SCOPE_EXPECT_HPP

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <string>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "comcp/scope/scope.hpp"
#include "comcp/testing/coro_test.hpp"

/// The statement (with a co_await) ends with a cancellation.
#define EXPECT_CANCELLED(statement)                                           \
  do {                                                                        \
    bool comcp_caught = false;                                                \
    try {                                                                     \
      statement;                                                              \
    } catch (const boost::system::system_error& comcp_e) {                    \
      comcp_caught = comcp_e.code() == boost::asio::error::operation_aborted; \
    }                                                                         \
    BOOST_TEST(comcp_caught, "not cancelled: " #statement);                   \
  } while (false)

/// The same, with a text in what().
#define EXPECT_CANCELLED_BECAUSE(statement, text)          \
  do {                                                     \
    std::string comcp_what = "nothing thrown";             \
    try {                                                  \
      statement;                                           \
    } catch (const boost::system::system_error& comcp_e) { \
      comcp_what = comcp_e.what();                         \
    }                                                      \
    BOOST_TEST(comcp_what.find(text) != std::string::npos, \
               comcp_what << " does not say " << text);    \
  } while (false)

/// The statement ends with an exception of that type.
#define EXPECT_THROWS(statement, type)                                \
  do {                                                                \
    bool comcp_caught = false;                                        \
    try {                                                             \
      statement;                                                      \
    } catch (const type&) {                                           \
      comcp_caught = true;                                            \
    }                                                                 \
    BOOST_TEST(comcp_caught, "did not throw " #type ": " #statement); \
  } while (false)

namespace comcp::test {

/// An error that is nobody's cancellation.
struct test_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct other_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace comcp::test

#endif
