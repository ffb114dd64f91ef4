#include "comcp/http_transport/header_value.hpp"

#include <boost/test/unit_test.hpp>

using namespace comcp;

BOOST_AUTO_TEST_SUITE(header_value)

// S-HTTP-13; the vectors of the transport page and of the official suite.
BOOST_AUTO_TEST_CASE(published_vectors_hold_both_ways) {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="},
      {" padded ", "=?base64?IHBhZGRlZCA=?="},
      {"line1\nline2", "=?base64?bGluZTEKbGluZTI=?="},
      {"=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="},
      {"us-west1", "us-west1"},
      {"", ""},
      {"two words", "two words"},
      {"\ttab", "=?base64?CXRhYg==?="},
  };
  for (const auto& [text, value] : vectors) {
    BOOST_TEST(encode_header_value(text) == value);
    BOOST_TEST(decode_header_value(value).value_or("nothing") == text);
    BOOST_TEST(header_value_equals(value, text));
  }
}

BOOST_AUTO_TEST_CASE(text_that_only_resembles_an_encoded_value_stays_plain) {
  for (const std::string_view text :
       {"=?base64?SGVsbG8=", "SGVsbG8=", "SGVsbG8=?=", "=?BASE64?SGk=?=", "=?base64SGk=?="}) {
    BOOST_TEST(encode_header_value(text) == text);
    BOOST_TEST(decode_header_value(text).value_or("nothing") == text);
  }
}

BOOST_AUTO_TEST_CASE(overlapping_markers_are_encoded_and_read_as_they_are) {
  BOOST_TEST(encode_header_value("=?base64?=") == "=?base64?PT9iYXNlNjQ/PQ==?=");
  BOOST_TEST(decode_header_value("=?base64?=").value_or("nothing") == "=?base64?=");
}

BOOST_AUTO_TEST_CASE(an_encoded_value_may_say_what_need_not_be_encoded) {
  BOOST_TEST(decode_header_value("=?base64?SGVsbG8=?=").value_or("nothing") == "Hello");
  BOOST_TEST(decode_header_value("=?base64?"
                                 "?=")
                 .value_or("nothing") == "");
}

BOOST_AUTO_TEST_CASE(base64_that_is_bad_or_not_canonical_is_refused) {
  for (const std::string_view value : {
           "=?base64?SGVsbG8?=",      // no padding
           "=?base64?SGVs!!!bG8=?=",  // alphabet
           "=?base64?SGVsbG8==?=",    // too much padding
           "=?base64?SGVsbG9=?=",     // bits left over
           "=?base64?SGVsbG9===?=",   // nonsense padding
           "=?base64?SGk=SGk=?=",     // padding inside
           "=?base64?====?=",         // only padding
           "=?base64?S===?=",         // one digit
           "=?base64?SG-_?=",         // the alphabet for URLs
           "=?base64?SGVs bG8=?=",    // space
           "=?base64? SGVsbG8=?=",    //
       }) {
    BOOST_TEST_CONTEXT(value) {
      BOOST_TEST(!decode_header_value(value));
      BOOST_TEST(!header_value_equals(value, "Hello"));
    }
  }
}

BOOST_AUTO_TEST_CASE(encoded_bytes_that_are_not_utf8_are_refused) {
  for (const std::string_view bytes : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80",
                                       "\xe4\xb8", "\xf0\x8f\xbf\xbf", "a\x80"}) {
    const auto value = encode_header_value(bytes);
    BOOST_TEST_CONTEXT(value) BOOST_TEST(!decode_header_value(value));
  }
}

BOOST_AUTO_TEST_CASE(plain_values_with_characters_that_must_be_encoded_are_refused) {
  for (const std::string_view value : {"caf\xc3\xa9", "a\x7f", "\xe4", "a\x01z"}) {
    BOOST_TEST_CONTEXT(value) {
      BOOST_TEST(!decode_header_value(value));
      BOOST_TEST(!header_value_equals(value, value));
    }
  }
  BOOST_TEST(decode_header_value("a\tb").value_or("nothing") == "a\tb");
}

BOOST_AUTO_TEST_CASE(every_length_survives_the_way_there_and_back) {
  std::string text;
  for (int i = 0; i < 70; ++i) {
    text += i % 7 == 3 ? "é" : "x";
    BOOST_TEST(decode_header_value(encode_header_value(text)).value_or("nothing") == text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
