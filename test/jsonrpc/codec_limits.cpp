#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "comcp/jsonrpc/codec.hpp"

namespace {
using namespace comcp::jsonrpc;

std::string repeat(std::string_view text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i)
    all += text;
  return all;
}

std::string call(std::string_view params) {
  return R"({"jsonrpc":"2.0","id":7,"method":"m","params":{"a":)" + std::string(params) + "}}";
}

const malformed* refusal(const decoded& d) {
  return std::get_if<malformed>(&d);
}

BOOST_AUTO_TEST_SUITE(jsonrpc_codec_limits)

BOOST_AUTO_TEST_CASE(a_message_may_have_exactly_so_many_bytes) {
  const std::string text = call("1");
  decoder exact(limits().max_bytes(text.size()));
  decoder less(limits().max_bytes(text.size() - 1));
  BOOST_TEST(!refusal(exact.decode(text)));
  const auto got = less.decode(text);
  BOOST_TEST_REQUIRE(refusal(got));
  BOOST_TEST(refusal(got)->error.code == error_code::parse_error);
  BOOST_TEST(refusal(got)->error.message.find(std::to_string(text.size() - 1) + " bytes") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_message_may_be_exactly_so_deep) {
  decoder d(limits().max_depth(10));
  const auto nested = [](std::size_t levels) {
    return call(repeat("[", levels) + repeat("]", levels));  // two levels are the call's own
  };
  BOOST_TEST(!refusal(d.decode(nested(8))));
  const auto got = d.decode(nested(9));
  BOOST_TEST_REQUIRE(refusal(got));
  BOOST_TEST(refusal(got)->error.code == error_code::parse_error);
  BOOST_TEST(refusal(got)->error.message.find("10 levels") != std::string::npos);
  // Brackets in strings are text.
  BOOST_TEST(!refusal(d.decode(call("\"" + repeat("[\\\"{", 50) + "\""))));
}

BOOST_AUTO_TEST_CASE(a_message_may_have_exactly_so_many_values) {
  decoder d(limits().max_elements(20));
  // Values in the call: itself, three members, params and what is in it.
  BOOST_TEST(!refusal(d.decode(call("[1" + repeat(",1", 10) + "]"))));
  const auto got = d.decode(call("[1" + repeat(",1", 20) + "]"));
  BOOST_TEST_REQUIRE(refusal(got));
  BOOST_TEST(refusal(got)->error.message.find("20") != std::string::npos);
  BOOST_TEST(refusal(d.decode(call("[[]" + repeat(",[]", 10) + "]"))));
  BOOST_TEST(!refusal(d.decode(call("\"" + repeat(",", 500) + "\""))));
}

BOOST_AUTO_TEST_CASE(a_batch_may_have_exactly_so_many_messages) {
  decoder d(limits().max_batch(3));
  const std::string one = R"({"jsonrpc":"2.0","method":"n"})";
  BOOST_TEST(std::get<batch>(d.decode("[" + one + "," + one + "," + one + "]")).elements.size() ==
             3);
  const auto got = d.decode("[" + one + repeat("," + one, 3) + "]");
  BOOST_TEST_REQUIRE(refusal(got));
  BOOST_TEST(refusal(got)->error.code == error_code::invalid_request);
}

BOOST_AUTO_TEST_CASE(depth_costs_no_stack) {
  decoder d;
  BOOST_TEST(refusal(d.decode(repeat("[", 1'000'000))));
  BOOST_TEST(refusal(d.decode(repeat("{\"a\":", 500'000))));
}

// S-HTTP-24: who asked is told, also when the message was never built.
BOOST_AUTO_TEST_CASE(the_id_is_read_from_a_message_that_breaks_a_limit) {
  decoder d(limits().max_depth(6).max_elements(30).max_bytes(4000));
  const std::string deep = repeat("[", 9) + repeat("]", 9);
  const std::string many = "[1" + repeat(",1", 40) + "]";
  const std::string long_text = "\"" + repeat("x", 5000) + "\"";
  const std::string bad_text = "\"\xC0\xAF\"";
  for (const std::string& value : {deep, many, long_text, bad_text}) {
    BOOST_TEST_CONTEXT(value.substr(0, 50)) {
      const auto read = [&](const std::string& text) {
        const auto got = d.decode(text);
        BOOST_TEST_REQUIRE(refusal(got));
        BOOST_TEST(refusal(got)->error.code == error_code::parse_error);
        return *refusal(got);
      };
      const std::string tail = R"(,"params":{"a":)" + value + "}}";
      const request_id seven(7);
      const request_id text("x}\"y");
      BOOST_TEST((read(R"({"jsonrpc":"2.0","id":7,"method":"m")" + tail).id == seven));
      BOOST_TEST(
          (read(R"({"params":{"id":1,"a":)" + value + R"(},"id":"x}\"y","method":"m"})").id ==
           text));
      BOOST_TEST((read(R"({"id":1, "id" : 7 ,"method":"m")" + tail).id == seven));
      // Notifications and bad ids have none.
      BOOST_TEST(!read(R"({"jsonrpc":"2.0","method":"m")" + tail).id);
      BOOST_TEST(!read(R"({"jsonrpc":"2.0","id":null,"method":"m")" + tail).id);
      BOOST_TEST(!read(R"({"jsonrpc":"2.0","id":1.5,"method":"m")" + tail).id);
      BOOST_TEST(!read("[" + value + "]").id);
      // What is not JSON besides has none.
      BOOST_TEST(!read(R"({"jsonrpc":"2.0","id":7,"method":"m")" + tail + "}").id);
      BOOST_TEST(!read(R"({"jsonrpc":"2.0","id":7,"method":"m","params":)" + value).id);
      BOOST_TEST(!read(R"({"jsonrpc":"2.0","id":7,"method":"m","params":)" + value + ",}").id);
      // A response names a request of ours: no id to answer with.
      const malformed late = read(R"({"jsonrpc":"2.0","id":7,"result":)" + value + "}");
      BOOST_TEST(!late.id);
      BOOST_TEST(late.is_response);
      BOOST_TEST((late.responds_to == seven));
    }
  }
}

// S-RPC-01. After RFC 3629 and the Unicode standard's table of well-formed sequences.
BOOST_AUTO_TEST_CASE(text_must_be_valid_utf8) {
  decoder d;
  for (const std::string_view good :
       {"\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "12345678\xC3\xA9",
        "1234567\xC3\xA9"})
    BOOST_TEST(!refusal(d.decode(call("\"" + std::string(good) + "\""))));

  struct row {
    std::string_view what;
    std::string_view bytes;
  };
  for (const row& r : std::vector<row>{
           {"lone continuation", "\x80"},
           {"lone continuation", "\xBF"},
           {"overlong, 2 bytes", "\xC0\x80"},
           {"overlong, 2 bytes", "\xC1\xBF"},
           {"overlong, 3 bytes", "\xE0\x9F\xBF"},
           {"overlong, 4 bytes", "\xF0\x8F\xBF\xBF"},
           {"surrogate", "\xED\xA0\x80"},
           {"surrogate", "\xED\xBF\xBF"},
           {"above U+10FFFF", "\xF4\x90\x80\x80"},
           {"above U+10FFFF", "\xF5\x80\x80\x80"},
           {"no lead byte", "\xFE"},
           {"no lead byte", "\xFF"},
           {"cut short, 2 bytes", "\xC3"},
           {"cut short, 3 bytes", "\xE4\xB8"},
           {"cut short, 4 bytes", "\xF0\x9F\x98"},
           {"wrong continuation", "\xC3\x28"},
           {"wrong continuation", "\xE4\x28\x80"},
           {"wrong continuation", "\xF0\x9F\x28\x80"},
           {"Latin-1", "caf\xE9"},
       }) {
    BOOST_TEST_CONTEXT(r.what) {
      for (const std::string& text :
           {call("\"" + std::string(r.bytes) + "\""), call("\"\\" + std::string(r.bytes) + "\""),
            call("\"1234567" + std::string(r.bytes) + "89\""), std::string(r.bytes),
            call("{\"" + std::string(r.bytes) + "\":1}"), call("1") + std::string(r.bytes)}) {
        const auto got = d.decode(text);
        BOOST_TEST_REQUIRE(refusal(got));
        BOOST_TEST(refusal(got)->error.code == error_code::parse_error);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace
