#include "comcp/jsonrpc/request_id.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>
#include <unordered_set>

namespace {
using comcp::jsonrpc::request_id;
namespace json = comcp::json;

BOOST_AUTO_TEST_SUITE(jsonrpc_request_id)

// R-09: five distinct requests.
BOOST_AUTO_TEST_CASE(type_and_value_tell_ids_apart) {
  const std::unordered_set<request_id> all{0,
                                           "0",
                                           1,
                                           "1",
                                           std::numeric_limits<std::int64_t>::max(),
                                           std::numeric_limits<std::uint64_t>::max(),
                                           -1,
                                           ""};
  BOOST_TEST(all.size() == 8U);
  for (const request_id& id : all)
    BOOST_TEST((*request_id::from_json(id.to_json()) == id));
}

BOOST_AUTO_TEST_CASE(equal_numbers_are_equal_whatever_type_they_came_as) {
  BOOST_TEST((request_id(std::uint64_t{5}) == request_id(5)));
  BOOST_TEST((request_id(std::uint64_t{5}) == request_id(std::int64_t{5})));
  BOOST_TEST(request_id(std::uint64_t{5}).hash() == request_id(5).hash());
  BOOST_TEST((request_id::from_json(json::value(std::uint64_t{5})) == request_id(5)));
}

// S-RPC-06
BOOST_AUTO_TEST_CASE(only_strings_and_integers_are_ids) {
  for (const json::value& no :
       {json::value(nullptr), json::value(true), json::value(1.5), json::value(1.0),
        json::value(json::array{1}), json::value(json::object())})
    BOOST_TEST(!request_id::from_json(no));
}

BOOST_AUTO_TEST_CASE(an_id_as_text_is_json) {
  BOOST_TEST(request_id(-7).to_string() == "-7");
  BOOST_TEST(request_id("a\"\n").to_string() == R"("a\"\n")");
  BOOST_TEST(request_id("abc").text() == "abc");
  BOOST_TEST(request_id(5).text().empty());
  BOOST_TEST(request_id("").is_string());
  BOOST_TEST(!request_id(0).is_string());
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace
