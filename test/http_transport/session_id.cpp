#include "http_transport/session_id.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>

using namespace comcp::detail;

BOOST_AUTO_TEST_SUITE(session_id)

// S-SESS-01, S-SESS-02, hosting:session:id-charset
BOOST_AUTO_TEST_CASE(ids_are_long_random_visible_ascii_and_know_their_home) {
  std::set<std::string> seen;
  for (const std::size_t shard : {0U, 1U, 15U, 16U, 255U}) {
    const std::string id = make_session_id(shard);
    BOOST_TEST(std::ranges::all_of(id, [](char c) { return c >= 0x21 && c <= 0x7e; }));
    BOOST_TEST((id.size() - id.find('-') - 1) * 4 >= 128U);
    BOOST_TEST((home_shard_of(id) == shard));
    BOOST_TEST(is_session_id(id));
    BOOST_TEST(seen.insert(id).second);
  }
}

BOOST_AUTO_TEST_CASE(whatever_else_a_client_sends_is_no_session_id) {
  const std::string good = make_session_id(1);
  BOOST_TEST(home_shard_of(good).has_value());
  for (const std::string& id :
       {std::string(), std::string("-"), good + "0", good.substr(1), "g" + good.substr(1),
        good.substr(0, good.size() - 1), "12345" + good.substr(1), std::string(60, 'a'),
        good.substr(0, 10) + "G" + good.substr(11), std::string("1-"), " " + good,
        "-1" + good.substr(1)})
    BOOST_TEST_CONTEXT(id) BOOST_TEST(!is_session_id(id));
  for (const std::string& id :
       {std::string(), std::string("-"), good.substr(1), "g" + good.substr(1),
        "12345" + good.substr(1), std::string(60, 'a'), " " + good, "-1" + good.substr(1)})
    BOOST_TEST_CONTEXT(id) BOOST_TEST(!home_shard_of(id).has_value());
}

BOOST_AUTO_TEST_CASE(the_short_form_gives_too_little_away_to_be_used) {
  const std::string id = make_session_id(3);
  BOOST_TEST(short_form(id).size() == 10U);
  BOOST_TEST(id.starts_with(short_form(id)));
  BOOST_TEST(short_form("no hyphen").size() <= 9U);
}

BOOST_AUTO_TEST_SUITE_END()
