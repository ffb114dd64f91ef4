#include "comcp/json/value.hpp"

#include <boost/test/unit_test.hpp>

namespace json = comcp::json;

BOOST_AUTO_TEST_SUITE(json_value)

BOOST_AUTO_TEST_CASE(numbers_are_equal_by_value_not_by_kind) {
  BOOST_TEST(json::equal(1, 1.0));
  BOOST_TEST(json::equal(std::uint64_t{1}, std::int64_t{1}));
  BOOST_TEST(!json::equal(1, 1.5));
  BOOST_TEST(!json::equal(1, true));
  BOOST_TEST(!json::equal(0, false));
  BOOST_TEST(!json::equal(json::value(9007199254740993), json::value(9007199254740992.0)));
}

BOOST_AUTO_TEST_CASE(order_counts_in_arrays_and_not_in_objects) {
  BOOST_TEST(
      json::equal(json::parse(R"({"a":1,"b":[1,2]})"), json::parse(R"({"b":[1.0,2],"a":1})")));
  BOOST_TEST(!json::equal(json::parse("[1,2]"), json::parse("[2,1]")));
  BOOST_TEST(!json::equal(json::parse("[1]"), json::parse("[1,1]")));
  BOOST_TEST(!json::equal(json::parse(R"({"a":1})"), json::parse(R"({"b":1})")));
  BOOST_TEST(!json::equal(json::parse(R"({"a":1})"), json::parse(R"({"a":1,"b":2})")));
}

BOOST_AUTO_TEST_CASE(kinds_have_names_for_sentences) {
  BOOST_TEST(json::describe_kind(nullptr) == "null");
  BOOST_TEST(json::describe_kind(1) == "an integer");
  BOOST_TEST(json::describe_kind(std::uint64_t{1}) == "an integer");
  BOOST_TEST(json::describe_kind(1.5) == "a number");
  BOOST_TEST(json::describe_kind("x") == "a string");
  BOOST_TEST(json::describe_kind(true) == "a boolean");
  BOOST_TEST(json::describe_kind(json::array{}) == "an array");
  BOOST_TEST(json::describe_kind(json::object{}) == "an object");
}

BOOST_AUTO_TEST_CASE(pointer_tokens_are_escaped) {
  std::string pointer;
  json::append_pointer_token(pointer, "a/b");
  json::append_pointer_token(pointer, "m~n");
  json::append_pointer_token(pointer, "");
  BOOST_TEST(pointer == "/a~1b/m~0n/");
}

BOOST_AUTO_TEST_SUITE_END()
