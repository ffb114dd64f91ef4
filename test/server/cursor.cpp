#include "server/cursor.hpp"

#include <boost/test/unit_test.hpp>

using comcp::detail::make_cursor;
using comcp::detail::read_cursor;

BOOST_AUTO_TEST_SUITE(cursors)

BOOST_AUTO_TEST_CASE(gives_back_the_key) {
  using namespace std::string_literals;
  for (const std::string& key : {"a"s, "get_weather"s, "b\xc3\xa9"s, std::string(300, 'x'), ""s})
    BOOST_TEST(read_cursor("tools", make_cursor("tools", key)).value() == key);
}

BOOST_AUTO_TEST_CASE(is_stable_from_process_to_process) {
  BOOST_TEST(make_cursor("tools", "add") == "v8Jr72FkZA");
}

// S-PAGE-01
BOOST_AUTO_TEST_CASE(refuses_every_other_text) {
  const std::string good = make_cursor("tools", "add");
  BOOST_TEST(!read_cursor("prompts", good));
  for (const std::string& bad :
       {std::string(), std::string("invalid-cursor"), std::string("AAAA"), good + "A", good + "=",
        good.substr(1), std::string("%%%"), std::string("YWRk")})
    BOOST_TEST_CONTEXT(bad) {
      BOOST_TEST(!read_cursor("tools", bad));
    }
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    BOOST_TEST_CONTEXT(bad) {
      BOOST_TEST(!read_cursor("tools", bad));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
