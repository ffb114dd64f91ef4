#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "comcp/jsonrpc/codec.hpp"

namespace {
using namespace comcp::jsonrpc;
using namespace std::string_literals;
namespace json = comcp::json;

template <class... Args>
std::string error_text(Args&&... args) {
  std::string out;
  encode_error(out, std::forward<Args>(args)...);
  return out;
}

BOOST_AUTO_TEST_SUITE(jsonrpc_codec_encode)

BOOST_AUTO_TEST_CASE(each_kind_has_its_members_and_no_others) {
  std::string out = "before ";
  encode_request(out, 1, "tools/call", json::value{{"name", "x"}});
  BOOST_TEST(out ==
             R"(before {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}})");
  out.clear();
  encode_request(out, "a", "ping", nullptr);
  BOOST_TEST(out == R"({"jsonrpc":"2.0","id":"a","method":"ping"})");
  out.clear();
  encode_notification(out, "notifications/initialized", nullptr);
  BOOST_TEST(out == R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  out.clear();
  encode_result(out, std::numeric_limits<std::uint64_t>::max(), json::object());
  BOOST_TEST(out == R"({"jsonrpc":"2.0","id":18446744073709551615,"result":{}})");
  out.clear();
  encode_result(out, 2, raw_json(R"({"tools":[]})"));
  BOOST_TEST(out == R"({"jsonrpc":"2.0","id":2,"result":{"tools":[]}})");
}

// 01-base §1.2
BOOST_AUTO_TEST_CASE(an_error_without_id_says_so_as_the_revision_wants) {
  const error_object parse(error_code::parse_error, "Parse error");
  BOOST_TEST(error_text(request_id(3), parse) ==
             R"({"jsonrpc":"2.0","id":3,"error":{"code":-32700,"message":"Parse error"}})");
  BOOST_TEST(error_text(std::nullopt, parse, missing_id::null) ==
             R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}})");
  BOOST_TEST(error_text(std::nullopt, parse, missing_id::omitted) ==
             R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"}})");
  BOOST_TEST(error_text(request_id(3), error_object(1, "m", json::value{{"uri", "x"}})) ==
             R"({"jsonrpc":"2.0","id":3,"error":{"code":1,"message":"m","data":{"uri":"x"}}})");
  // data of null is data.
  BOOST_TEST(error_text(request_id(3), error_object(1, "m", json::value())) ==
             R"({"jsonrpc":"2.0","id":3,"error":{"code":1,"message":"m","data":null}})");
}

// S-STD-01, S-RPC-01: whatever a handler puts into a result.
BOOST_AUTO_TEST_CASE(a_message_is_one_line_of_utf8_whatever_it_holds) {
  const std::string nasty =
      "line\nfeed\r\n\ttab \"quoted\" back\\slash \x01\x1F\x7F nul\0. caf\xC3\xA9 \xE2\x80\xA8"s +
      " bad \xFF\xC3( cut \xE4\xB8";
  std::string out;
  encode_result(out, request_id(nasty), json::value{{nasty, nasty}});
  BOOST_TEST(out.find('\n') == std::string::npos);
  BOOST_TEST(out.find('\r') == std::string::npos);

  decoder d;
  const auto back = d.decode(out);
  const std::string repaired =
      "line\nfeed\r\n\ttab \"quoted\" back\\slash \x01\x1F\x7F nul\0. caf\xC3\xA9 \xE2\x80\xA8"s +
      " bad \xEF\xBF\xBD\xEF\xBF\xBD( cut \xEF\xBF\xBD\xEF\xBF\xBD";
  const auto& r = std::get<response>(std::get<message>(back));
  BOOST_TEST(r.id.text() == repaired);
  BOOST_TEST(r.result.as_object().begin()->key() == repaired);
  BOOST_TEST(r.result.as_object().begin()->value().as_string() == repaired);

  out.clear();
  encode_notification(out, nasty, nullptr);
  BOOST_TEST(std::get<notification>(std::get<message>(d.decode(out))).method == repaired);
  out = error_text(std::nullopt, error_object(1, nasty));
  BOOST_TEST(std::get<error_response>(std::get<message>(d.decode(out))).error.message == repaired);
}

BOOST_AUTO_TEST_CASE(text_that_is_json_already_loses_its_line_breaks) {
  std::string out = "kept\n";
  encode_result(out, 1, raw_json("{\r\n  \"a\": \"x\\ny\"\n}"));
  BOOST_TEST(out == "kept\n{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{    \"a\": \"x\\ny\" }}");
}

BOOST_AUTO_TEST_CASE(numbers_keep_their_value_and_kind) {
  BOOST_TEST(to_text(json::value(std::numeric_limits<std::int64_t>::min())) ==
             "-9223372036854775808");
  BOOST_TEST(to_text(json::value(std::numeric_limits<std::uint64_t>::max())) ==
             "18446744073709551615");
  BOOST_TEST(to_text(json::value(0.5)) == "0.5");
  BOOST_TEST(to_text(json::value(1.0)) == "1.0");
  BOOST_TEST(to_text(json::value(-0.0)) == "-0.0");
  BOOST_TEST(to_text(json::value(0.1)) == "0.1");
  for (const double number : {1e300, 5e-324, 1.7976931348623157e308, 123456.789, 1e21, -2.5e-7})
    BOOST_TEST(json::parse(to_text(json::value(number))).as_double() == number);
}

BOOST_AUTO_TEST_CASE(numbers_that_json_lacks_become_null) {
  using limit = std::numeric_limits<double>;
  const json::array all{limit::quiet_NaN(), limit::infinity(), -limit::infinity()};
  BOOST_TEST(to_text(all) == "[null,null,null]");
}

BOOST_AUTO_TEST_CASE(containers_of_every_size_are_written) {
  const std::string_view text =
      R"({"":{},"a":[],"b":[1],"c":[[],[{}],{"d":null,"e":[true,false]}],"f":"g"})";
  BOOST_TEST(to_text(json::parse(text)) == text);
}

BOOST_AUTO_TEST_CASE(every_kind_comes_back_as_it_was) {
  decoder d;
  for (const std::string_view text :
       {R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"a":[1,2.5,"x",null,true]}})",
        R"({"jsonrpc":"2.0","id":"x","method":"m"})",
        R"({"jsonrpc":"2.0","method":"m","params":{}})",
        R"({"jsonrpc":"2.0","id":5,"result":{"a":{}}})",
        R"({"jsonrpc":"2.0","id":5,"error":{"code":-1,"message":"no","data":[1]}})",
        R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"no"}})"}) {
    std::string out;
    encode(out, std::get<message>(d.decode(text)));
    BOOST_TEST(out == text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace
