#include "suggest.hpp"

#include <boost/test/unit_test.hpp>

using namespace comcp::program;

BOOST_AUTO_TEST_SUITE(program_suggest)

BOOST_AUTO_TEST_CASE(the_nearest_word_is_suggested_if_it_is_near) {
  const std::vector<std::string> known{"listen", "log-level", "max-rows", "max-result", "sqlite"};
  BOOST_TEST(nearest("lisen", known) == "listen");
  BOOST_TEST(nearest("lsiten", known) == "listen");
  BOOST_TEST(nearest("loglevel", known) == "log-level");
  BOOST_TEST(nearest("max_rows", known) == "max-rows");
  BOOST_TEST(nearest("rows", known) == "max-rows");
  BOOST_TEST(nearest("colour", known) == "");
  BOOST_TEST(nearest("", known) == "");
  BOOST_TEST(did_you_mean("sqlit", known) == "; did you mean 'sqlite'?");
  BOOST_TEST(did_you_mean("zzz", known) == "");
}

BOOST_AUTO_TEST_SUITE_END()
