#include "comcp/http/fields.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using comcp::http::fields;
using comcp::http::iequals;
using comcp::http::is_field_value;
using comcp::http::is_token;
using comcp::http::trim_ows;

BOOST_AUTO_TEST_SUITE(http_fields)

BOOST_AUTO_TEST_CASE(names_are_found_without_regard_to_case) {
  fields f;
  f.add("Mcp-Session-Id", "abc");
  BOOST_TEST(f.find("MCP-SESSION-ID").value() == "abc");
  BOOST_TEST(f.contains("mcp-session-id"));
  BOOST_TEST(!f.find("mcp-session").has_value());
}

BOOST_AUTO_TEST_CASE(values_lose_only_the_white_space_around_them) {
  fields f;
  f.add("A", " \t x y\t ");
  BOOST_TEST(f.find("a").value() == "x y");
  BOOST_TEST(trim_ows("\r x").size() == 3u);  // CR is no optional white space
  BOOST_TEST(trim_ows("  \t").empty());
}

BOOST_AUTO_TEST_CASE(repeated_names_are_counted_and_joined_in_order) {
  fields f;
  f.add("Accept", "a/b").add("X", "1").add("accept", "c/d");
  BOOST_TEST(f.count("ACCEPT") == 2u);
  BOOST_TEST(f.joined("accept") == "a/b, c/d");
  BOOST_TEST(f.find("accept").value() == "a/b");
  BOOST_TEST(f.joined("none").empty());
  BOOST_TEST(f[2].name == "accept");
  BOOST_TEST(f[2].value == "c/d");
}

BOOST_AUTO_TEST_CASE(set_replaces_all_of_a_name_even_by_a_view_into_itself) {
  fields f;
  f.add("a", "1").add("b", "2").add("A", "3");
  f.set("A", *f.find("b"));
  BOOST_TEST(f.count("a") == 1u);
  BOOST_TEST(f.find("a").value() == "2");
  BOOST_TEST(f.erase("b") == 1u);
  BOOST_TEST(f.size() == 1u);
  f.clear();
  BOOST_TEST(f.empty());
}

BOOST_AUTO_TEST_CASE(nothing_can_be_smuggled_into_a_header) {
  fields f;
  BOOST_CHECK_THROW(f.add("X", "a\r\nSet-Cookie: b"), std::invalid_argument);
  BOOST_CHECK_THROW(f.add("X", "a\nb"), std::invalid_argument);
  BOOST_CHECK_THROW(f.add("X", std::string_view("a\0b", 3)), std::invalid_argument);
  BOOST_CHECK_THROW(f.add("X Y", "a"), std::invalid_argument);
  BOOST_CHECK_THROW(f.add("X:", "a"), std::invalid_argument);
  BOOST_CHECK_THROW(f.add("", "a"), std::invalid_argument);
  BOOST_TEST(f.empty());
}

BOOST_AUTO_TEST_CASE(list_headers_are_searched_by_element) {
  fields f;
  f.add("Connection", "Upgrade, keep-alive").add("connection", "TE , Close");
  BOOST_TEST(f.has_token("Connection", "close"));
  BOOST_TEST(f.has_token("Connection", "KEEP-ALIVE"));
  BOOST_TEST(!f.has_token("Connection", "keep"));
  fields quoted;
  quoted.add("X", "\"a, close\", b");
  BOOST_TEST(!quoted.has_token("X", "close"));
  BOOST_TEST(quoted.has_token("X", "b"));
}

BOOST_AUTO_TEST_CASE(copies_are_independent) {
  fields a;
  a.add("k", "v");
  fields b = a;
  fields c = std::move(a);
  b.set("k", "w");
  BOOST_TEST(c.find("k").value() == "v");
  BOOST_TEST(b.find("k").value() == "w");
}

BOOST_AUTO_TEST_CASE(character_classes_are_those_of_rfc_9110) {
  int tokens = 0, values = 0;
  for (int c = 0; c < 256; ++c) {
    const auto byte = static_cast<char>(c);
    tokens += is_token(std::string_view(&byte, 1)) ? 1 : 0;
    values += is_field_value(std::string_view(&byte, 1)) ? 1 : 0;
  }
  BOOST_TEST(tokens == 26 + 26 + 10 + 15);
  BOOST_TEST(values == 256 - 32 + 1 - 1);  // no controls but tab, no DEL
  BOOST_TEST(iequals("aZ", "Az"));
  BOOST_TEST(!iequals("a\x5b", "a\x7b"));  // '[' and '{' differ by the case bit only
}

BOOST_AUTO_TEST_SUITE_END()
