#include "comcp/sql/pool.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

#include "database.hpp"

using namespace comcp;

BOOST_AUTO_TEST_SUITE(sql_pool)

BOOST_AUTO_TEST_CASE(a_connection_that_was_given_back_is_lent_again) {
  const testing::database file;
  sql::pool lender(file.file(), sql::access::read_only);
  {
    auto lent = lender.borrow();
  }
  BOOST_TEST(lender.idle() == 1U);
  {
    auto lent = lender.borrow();
    BOOST_TEST(lender.idle() == 0U);
    BOOST_TEST(lent->query("SELECT 1").row_count == 1U);
  }
  BOOST_TEST(lender.idle() == 1U);
}

BOOST_AUTO_TEST_CASE(nobody_waits_and_only_so_many_stay_open) {
  const testing::database file;
  sql::pool lender(file.file(), sql::access::read_only, {}, 2);
  {
    auto a = lender.borrow();
    auto b = lender.borrow();
    auto c = lender.borrow();
    BOOST_TEST(c->query("SELECT 1").row_count == 1U);
  }
  BOOST_TEST(lender.idle() == 2U);
}

BOOST_AUTO_TEST_CASE(many_threads_may_borrow) {
  const testing::database file("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
  sql::pool lender(file.file(), sql::access::read_only, {}, 2);
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 50; ++round) {
          auto lent = lender.borrow();
          if (lent->query("SELECT a FROM t").rows == testing::rows_of("[[1]]")) ++good;
        }
      });
    }
  }
  BOOST_TEST(good == 200);
  BOOST_TEST(lender.idle() <= 2U);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_an_error_of_borrowing) {
  const testing::temporary_directory directory;
  sql::pool lender(directory.path() / "none.db", sql::access::read_only);
  BOOST_CHECK_THROW(lender.borrow(), sql::error);
  BOOST_TEST(lender.idle() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
