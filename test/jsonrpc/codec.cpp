#include "comcp/jsonrpc/codec.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace {
using namespace comcp::jsonrpc;
namespace json = comcp::json;
namespace code = comcp::jsonrpc::error_code;

decoded decode(std::string_view text, const limits& l = {}) {
  return decoder(l).decode(text);
}

template <class T>
T taken(std::string_view text) {
  auto got = decode(text);
  auto* m = std::get_if<message>(&got);
  BOOST_TEST_REQUIRE(m != nullptr, text);
  return std::get<T>(std::move(*m));
}

BOOST_AUTO_TEST_SUITE(jsonrpc_codec)

// S-RPC-02, R-09: id 0, "0", 1, "1" and the largest integers keep their type and value.
BOOST_AUTO_TEST_CASE(an_id_comes_back_with_its_type_and_exact_value) {
  for (const std::string_view id :
       {"0", "\"0\"", "1", "\"1\"", "\"\"", "9223372036854775807", "-9223372036854775808",
        "18446744073709551615", R"("a\"b\\c\nd")"}) {
    const auto r =
        taken<request>(R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"method":"m"})");
    BOOST_TEST(r.id.to_string() == id);
    BOOST_TEST(json::serialize(r.id.to_json()) == id);
  }
  BOOST_TEST((request_id(1) != request_id("1")));
  BOOST_TEST((request_id(5) == request_id(std::uint64_t{5})));
  BOOST_TEST(request_id(5).hash() == request_id(std::uint64_t{5}).hash());
}

BOOST_AUTO_TEST_CASE(each_kind_of_message_is_recognised_and_encoded_back) {
  for (const std::string_view text :
       {R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"a":[1,2,null,"x"]}})",
        R"({"jsonrpc":"2.0","id":"1","method":"m"})",
        R"({"jsonrpc":"2.0","method":"n","params":{}})",
        R"({"jsonrpc":"2.0","id":1,"result":{"a":1}})",
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"m","data":[1]}})",
        R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"m"}})"}) {
    auto got = decode(text);
    BOOST_TEST_REQUIRE(std::holds_alternative<message>(got), text);
    std::string out;
    encode(out, std::get<message>(got));
    BOOST_TEST(out == text);
  }
}

// C-RPC-05: an id of null is as good as none in an error response.
BOOST_AUTO_TEST_CASE(an_error_without_readable_id_is_understood_and_can_be_written_both_ways) {
  BOOST_TEST(
      !taken<error_response>(R"({"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"m"}})").id);
  std::string null, omitted;
  encode_error(null, std::nullopt, error_object(code::parse_error, "m"), missing_id::null);
  encode_error(omitted, std::nullopt, error_object(code::parse_error, "m"), missing_id::omitted);
  BOOST_TEST(null == R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"m"}})");
  BOOST_TEST(omitted == R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"m"}})");
}

BOOST_AUTO_TEST_CASE(unknown_members_are_ignored_and_of_a_repeated_one_the_last_counts) {
  const auto r =
      taken<request>(R"({"extra":1,"jsonrpc":"2.0","id":1,"method":"a","id":2,"method":"b"})");
  BOOST_TEST((r.id == request_id(2)));
  BOOST_TEST(r.method == "b");
}

BOOST_AUTO_TEST_CASE(params_that_are_no_object_are_left_to_the_receiver) {
  BOOST_TEST(
      taken<request>(R"({"jsonrpc":"2.0","id":1,"method":"m","params":[1]})").params.is_array());
  BOOST_TEST(taken<request>(R"({"jsonrpc":"2.0","id":1,"method":"m"})").params.is_null());
}

struct bad_input {
  std::string_view text;
  int code;
  std::string_view id;  ///< recovered id as JSON; empty: none
};

// S-RPC-06, S-RPC-11; 01-base §1.3: every malformed input has one answer, with the id where it is readable.
BOOST_AUTO_TEST_CASE(every_malformed_input_has_its_answer) {
  const bad_input table[] = {
      {"", code::parse_error, ""},
      {" ", code::parse_error, ""},
      {"{", code::parse_error, ""},
      {"nonsense", code::parse_error, ""},
      {R"({"jsonrpc":"2.0","id":1,"method":"m"} x)", code::parse_error, ""},
      {R"({"jsonrpc":"2.0","id":1,"method":"m"}{})", code::parse_error, ""},
      {R"({"jsonrpc":"2.0",'id':1})", code::parse_error, ""},
      {R"({"jsonrpc":"2.0","id":01,"method":"m"})", code::parse_error, ""},
      {R"({"jsonrpc":"2.0","id":1,"method":"m","params":NaN})", code::parse_error, ""},
      {"\xEF\xBB\xBF{}", code::parse_error, ""},  // a BOM is no JSON
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xFF\"}", code::parse_error, ""},
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xC0\xAF\"}", code::parse_error,
       ""},  // overlong
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xED\xA0\x80\"}", code::parse_error,
       ""},  // surrogate
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xF4\x90\x80\x80\"}", code::parse_error, ""},
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xE2\x82", code::parse_error, ""},  // truncated
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\nb\"}", code::parse_error,
       ""},  // raw control character
      {"1", code::invalid_request, ""},
      {"null", code::invalid_request, ""},
      {R"("text")", code::invalid_request, ""},
      {"[]", code::invalid_request, ""},
      {"{}", code::invalid_request, ""},
      {R"({"id":1,"method":"m"})", code::invalid_request, "1"},
      {R"({"jsonrpc":"1.0","id":"a","method":"m"})", code::invalid_request, "\"a\""},
      {R"({"jsonrpc":2.0,"id":1,"method":"m"})", code::invalid_request, "1"},
      {R"({"jsonrpc":"2.0","id":1})", code::invalid_request, "1"},
      {R"({"jsonrpc":"2.0","id":1,"method":5})", code::invalid_request, "1"},
      {R"({"jsonrpc":"2.0","id":null,"method":"m"})", code::invalid_request, ""},
      {R"({"jsonrpc":"2.0","id":1.5,"method":"m"})", code::invalid_request, ""},
      {R"({"jsonrpc":"2.0","id":1.0,"method":"m"})", code::invalid_request, ""},
      {R"({"jsonrpc":"2.0","id":1e3,"method":"m"})", code::invalid_request, ""},
      {R"({"jsonrpc":"2.0","id":18446744073709551616,"method":"m"})", code::invalid_request, ""},
      {R"({"jsonrpc":"2.0","id":true,"method":"m"})", code::invalid_request, ""},
      {R"({"jsonrpc":"2.0","id":[],"method":"m"})", code::invalid_request, ""},
      {R"({"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"m"}})",
       code::invalid_request, "1"},
      {R"({"jsonrpc":"2.0","result":{}})", code::invalid_request, ""},
      {R"({"jsonrpc":"2.0","id":{},"result":{}})", code::invalid_request, ""},
      {R"({"jsonrpc":"2.0","id":1,"error":5})", code::invalid_request, "1"},
      {R"({"jsonrpc":"2.0","id":1,"error":{"code":"x","message":"m"}})", code::invalid_request,
       "1"},
      {R"({"jsonrpc":"2.0","id":1,"error":{"code":1}})", code::invalid_request, "1"},
  };
  decoder reused;  // one bad input leaves nothing behind for the next
  for (const bad_input& row : table) {
    const auto got = reused.decode(row.text);
    const auto* bad = std::get_if<malformed>(&got);
    BOOST_TEST_REQUIRE(bad != nullptr, row.text);
    BOOST_TEST(bad->error.code == row.code, row.text);
    BOOST_TEST(!bad->error.message.empty(), row.text);
    BOOST_TEST((bad->id ? bad->id->to_string() : "") == row.id, row.text);
    BOOST_TEST(std::holds_alternative<message>(reused.decode(R"({"jsonrpc":"2.0","method":"m"})")));
  }
}

BOOST_AUTO_TEST_CASE(limits_hold_at_their_edge_and_before_anything_is_built) {
  const auto allowed = [](std::string_view text, const limits& l) {
    return !std::holds_alternative<malformed>(decode(text, l));
  };
  const std::string_view text = R"({"jsonrpc":"2.0","method":"m","params":{"a":[[1,2]]}})";
  BOOST_TEST(allowed(text, limits().max_bytes(text.size())));
  BOOST_TEST(!allowed(text, limits().max_bytes(text.size() - 1)));
  BOOST_TEST(allowed(text, limits().max_depth(4)));
  BOOST_TEST(!allowed(text, limits().max_depth(3)));
  BOOST_TEST(!allowed(text, limits().max_elements(4)));
  BOOST_TEST(allowed(text, limits().max_elements(10)));
  // Brackets inside of strings don't count.
  BOOST_TEST(allowed(R"({"jsonrpc":"2.0","method":"[[[[[[\"[[[[,,,,,,,,,,,,"})",
                     limits().max_depth(1).max_elements(6)));
  // A bomb of brackets is refused without recursion.
  BOOST_TEST(!allowed(std::string(3'000'000, '['), limits()));
}

// S-RPC-08: each element of a batch stands for itself.
BOOST_AUTO_TEST_CASE(a_batch_keeps_the_good_elements_and_judges_the_bad_ones) {
  auto got =
      decode(R"([{"jsonrpc":"2.0","id":1,"method":"a"},7,{"jsonrpc":"2.0","method":"b"},[]])");
  const auto& all = std::get<batch>(got).elements;
  BOOST_TEST_REQUIRE(all.size() == 4U);
  BOOST_TEST(std::holds_alternative<message>(all[0]));
  BOOST_TEST(std::get<malformed>(all[1]).error.code == code::invalid_request);
  BOOST_TEST(std::holds_alternative<message>(all[2]));
  BOOST_TEST(std::get<malformed>(all[3]).error.code == code::invalid_request);

  auto big = decode("[1,2,3]", limits().max_batch(2));
  BOOST_TEST(std::get<malformed>(big).error.code == code::invalid_request);
}

// S-STD-01: whatever the text, the message is one line.
BOOST_AUTO_TEST_CASE(an_encoded_message_has_no_raw_newline) {
  std::string out;
  json::object result;
  result["a\nb"] = "line1\nline2\r\n\xE2\x80\xA8";
  encode_result(out, request_id("i\n1"), json::value(result));
  BOOST_TEST(out.find('\n') == std::string::npos);
  BOOST_TEST(out.find('\r') == std::string::npos);
  auto back = decode(out);
  BOOST_TEST(std::get<response>(std::get<message>(back)).result == json::value(result));
}

BOOST_AUTO_TEST_CASE(a_result_that_is_text_already_goes_out_as_it_is) {
  std::string out;
  encode_result(out, request_id(1), raw_json(R"({"tools":[]})"));
  BOOST_TEST(out == R"({"jsonrpc":"2.0","id":1,"result":{"tools":[]}})");
}

BOOST_AUTO_TEST_CASE(values_are_built_in_the_given_storage) {
  json::value value;
  unsigned char memory[4096];
  boost::json::static_resource arena(memory);
  auto got =
      decoder().decode(R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"a":[1]}})", &arena);
  const auto& params = std::get<request>(std::get<message>(got)).params;
  BOOST_TEST(params.storage().get() == &arena);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace
