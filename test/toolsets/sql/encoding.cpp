#include "encoding.hpp"

#include <boost/test/unit_test.hpp>

using namespace comcp;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(sql_encoding)

BOOST_AUTO_TEST_CASE(base64_goes_there_and_back) {
  // RFC 4648, section 10.
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"},
                                                         {"\0\xff\x80"s, "AP+A"}};
  for (const auto& [bytes, text] : vectors) {
    BOOST_TEST(sql::encode_base64(bytes) == text);
    const auto back = sql::decode_base64(text);
    BOOST_TEST_REQUIRE(back.has_value());
    BOOST_TEST(std::string(back->begin(), back->end()) == bytes);
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_base64_is_refused) {
  for (const char* const text :
       {"Z", "Zg", "Zg=", "Zg===", "Z===", "Zh==", "Zm9=", "Zm 9v", "Zm9-", "=Zm9"}) {
    BOOST_TEST(!sql::decode_base64(text).has_value(), text);
  }
}

BOOST_AUTO_TEST_CASE(text_that_is_utf8_stays_as_it_is) {
  for (const std::string text : {"", "plain", "Zoë", "日本", "\U0001F3B5", "a\0b"}) {
    BOOST_TEST(sql::repair_utf8(text) == text);
  }
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf8_are_replaced) {
  const std::string r = "\xEF\xBF\xBD";
  BOOST_TEST(sql::repair_utf8("a\xff"
                              "b") == "a" + r + "b");
  BOOST_TEST(sql::repair_utf8("\xc3") == r);                          // cut short
  BOOST_TEST(sql::repair_utf8("\xc0\xaf") == r + r);                  // overlong
  BOOST_TEST(sql::repair_utf8("\xed\xa0\x80") == r + r + r);          // surrogate
  BOOST_TEST(sql::repair_utf8("\xf4\x90\x80\x80") == r + r + r + r);  // beyond Unicode
}

BOOST_AUTO_TEST_CASE(integers_that_a_double_would_round_are_strings) {
  BOOST_TEST(sql::integer_value(9007199254740991) == json::value(9007199254740991));
  BOOST_TEST(sql::integer_value(9007199254740992) == json::value("9007199254740992"));
  BOOST_TEST(sql::integer_value(INT64_MIN) == json::value("-9223372036854775808"));
}

BOOST_AUTO_TEST_CASE(the_size_of_json_is_what_serialize_writes) {
  const json::value values[] = {nullptr,
                                true,
                                false,
                                0,
                                -7,
                                1234567890123,
                                "",
                                "q\"\\\n\x01",
                                json::array{},
                                json::array{1, "a", nullptr},
                                json::object{},
                                json::object{{"blob", "AAAA"}}};
  for (const auto& v : values) {
    BOOST_TEST(sql::json_bytes(v) == json::serialize(v).size(), json::serialize(v));
  }
  BOOST_TEST(sql::json_bytes(json::value(1.0 / 3)) >= json::serialize(json::value(1.0 / 3)).size());
}

BOOST_AUTO_TEST_SUITE_END()
