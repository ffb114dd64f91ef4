#include "comcp/jsonrpc/codec.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace {
using namespace comcp::jsonrpc;
using namespace std::string_literals;
namespace json = comcp::json;

// What the decoder makes of a text, in one line: "request 1 m", "malformed -32600 id 1".
std::string describe(const std::optional<request_id>& id) {
  return id ? id->to_string() : "none";
}

std::string describe(const malformed& m) {
  const std::string code = "malformed " + std::to_string(m.error.code);
  if (m.is_response) return code + " response to " + describe(m.responds_to);
  return code + " id " + describe(m.id);
}

std::string describe(const message& m) {
  if (const auto* r = std::get_if<request>(&m))
    return "request " + r->id.to_string() + " " + r->method;
  if (const auto* n = std::get_if<notification>(&m)) return "notification " + n->method;
  if (const auto* r = std::get_if<response>(&m))
    return "response " + r->id.to_string() + " " + to_text(r->result);
  const auto& e = std::get<error_response>(m);
  return "error " + describe(e.id) + " " + std::to_string(e.error.code);
}

std::string outcome(const decoded& d) {
  if (const auto* m = std::get_if<message>(&d)) return describe(*m);
  if (const auto* m = std::get_if<malformed>(&d)) return describe(*m);
  std::string all = "batch";
  for (const auto& element : std::get<batch>(d).elements)
    all += " | " + std::visit([](const auto& e) { return describe(e); }, element);
  return all;
}

struct row {
  std::string text;
  std::string_view expected;
};

void check_rows(const std::vector<row>& rows, limits bounds = {}) {
  decoder d(bounds);
  for (const row& r : rows) {
    BOOST_TEST_CONTEXT(r.text) {
      const auto got = outcome(d.decode(r.text));
      BOOST_TEST(got == r.expected);
      // Reuse leaves nothing behind: the same again, and a good message after it.
      BOOST_TEST(outcome(d.decode(r.text)) == r.expected);
      BOOST_TEST(outcome(d.decode(R"({"jsonrpc":"2.0","id":1,"method":"m"})")) == "request 1 m");
    }
  }
}

BOOST_AUTO_TEST_SUITE(jsonrpc_codec)

// S-RPC-02, R-09: id 0, "0", 1, "1" and the largest integers keep their type and value.
BOOST_AUTO_TEST_CASE(an_id_comes_back_with_its_type_and_exact_value) {
  decoder d;
  for (const std::string_view id :
       {"0", "\"0\"", "1", "\"1\"", "-1", "\"\"", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "18446744073709551615", R"("a\"b\\c\nd")", "\"é世😀\""}) {
    BOOST_TEST_CONTEXT(id) {
      const std::string text = R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"method":"m"})";
      auto got = d.decode(text);
      auto* m = std::get_if<message>(&got);
      BOOST_TEST_REQUIRE(m != nullptr);
      BOOST_TEST(std::get<request>(*m).id.to_string() == id);
      BOOST_TEST(describe(std::get<request>(*m)) == "request " + std::string(id) + " m");
    }
  }
}

// 01-base §1.3, step by step.
BOOST_AUTO_TEST_CASE(step_1_what_is_not_json_is_a_parse_error_without_id) {
  check_rows({
      {"", "malformed -32700 id none"},
      {" \t\r\n", "malformed -32700 id none"},
      {"{", "malformed -32700 id none"},
      {"}", "malformed -32700 id none"},
      {R"({"jsonrpc":"2.0","id":1,"method":"m")", "malformed -32700 id none"},
      {R"({"jsonrpc":"2.0","id":1,"method":"m"}})", "malformed -32700 id none"},
      {R"({"jsonrpc":"2.0","id":1,"method":"m"}{"jsonrpc":"2.0","id":2,"method":"m"})",
       "malformed -32700 id none"},
      {R"({"jsonrpc":"2.0","id":1,"method":"m",})", "malformed -32700 id none"},
      {R"({jsonrpc:"2.0","id":1,"method":"m"})", "malformed -32700 id none"},
      {R"({'jsonrpc':'2.0','id':1,'method':'m'})", "malformed -32700 id none"},
      {R"({"jsonrpc":"2.0","id":01,"method":"m"})", "malformed -32700 id none"},
      {R"({"jsonrpc":"2.0","id":+1,"method":"m"})", "malformed -32700 id none"},
      {R"({"jsonrpc":"2.0","id":NaN,"method":"m"})", "malformed -32700 id none"},
      {R"({"jsonrpc":"2.0","id":Infinity,"method":"m"})", "malformed -32700 id none"},
      {R"({"jsonrpc":"2.0",/* why */"id":1,"method":"m"})", "malformed -32700 id none"},
      {R"({"jsonrpc":"2.0","id":"\x","method":"m"})", "malformed -32700 id none"},
      {R"({"jsonrpc":"2.0","id":"\ud800","method":"m"})", "malformed -32700 id none"},
      {R"({"jsonrpc":"2.0","id":"\udc00\ud800","method":"m"})", "malformed -32700 id none"},
      {"{\"jsonrpc\":\"2.0\",\"id\":\"a\nb\",\"method\":\"m\"}", "malformed -32700 id none"},
      {"{\"jsonrpc\":\"2.0\",\"id\":\"a\0b\",\"method\":\"m\"}"s, "malformed -32700 id none"},
      {"\xEF\xBB\xBF{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"}", "malformed -32700 id none"},
      {"GET / HTTP/1.1\r\n\r\n", "malformed -32700 id none"},
      {"nul", "malformed -32700 id none"},
  });
}

BOOST_AUTO_TEST_CASE(step_2_an_array_is_a_batch_and_its_elements_stand_for_themselves) {
  check_rows({
      {"[]", "malformed -32600 id none"},
      {"[1]", "batch | malformed -32600 id none"},
      {"[[]]", "batch | malformed -32600 id none"},
      {R"([{"jsonrpc":"2.0","id":1,"method":"a"},{"jsonrpc":"2.0","method":"b"}])",
       "batch | request 1 a | notification b"},
      {R"([{"foo":"boo"},{"jsonrpc":"2.0","id":"x","method":"a"},2,{"jsonrpc":"2.0","id":3}])",
       "batch | malformed -32600 id none | request \"x\" a | malformed -32600 id none | "
       "malformed -32600 id 3"},
      {R"([{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","id":2,"error":{}}])",
       "batch | response 1 {} | malformed -32600 response to 2"},
  });
}

BOOST_AUTO_TEST_CASE(step_3_what_is_no_object_or_not_version_2_is_an_invalid_request) {
  check_rows({
      {"null", "malformed -32600 id none"},
      {"true", "malformed -32600 id none"},
      {"1", "malformed -32600 id none"},
      {"\"text\"", "malformed -32600 id none"},
      {"{}", "malformed -32600 id none"},
      {R"({"id":1,"method":"m"})", "malformed -32600 id 1"},
      {R"({"jsonrpc":"1.0","id":"a","method":"m"})", "malformed -32600 id \"a\""},
      {R"({"jsonrpc":2.0,"id":1,"method":"m"})", "malformed -32600 id 1"},
      {R"({"jsonrpc":null,"id":1,"method":"m"})", "malformed -32600 id 1"},
      {R"({"jsonrpc":"2.0 ","id":1,"method":"m"})", "malformed -32600 id 1"},
      {R"({"JSONRPC":"2.0","id":1,"method":"m"})", "malformed -32600 id 1"},
      {R"({"jsonrpc":"1.0","method":"m"})", "malformed -32600 id none"},
      {R"({"jsonrpc":"1.0","id":{},"method":"m"})", "malformed -32600 id none"},
      {R"({"jsonrpc":"1.0","id":4,"result":{}})", "malformed -32600 response to 4"},
  });
}

// S-RPC-06
BOOST_AUTO_TEST_CASE(step_4_a_member_id_makes_a_request_whatever_its_type) {
  check_rows({
      {R"({"jsonrpc":"2.0","id":1,"method":"m"})", "request 1 m"},
      {R"({"jsonrpc":"2.0","method":"m"})", "notification m"},
      {R"({"jsonrpc":"2.0","id":1,"method":""})", "request 1 "},
      {R"({"jsonrpc":"2.0","id":null,"method":"m"})", "malformed -32600 id none"},
      {R"({"jsonrpc":"2.0","id":1.5,"method":"m"})", "malformed -32600 id none"},
      {R"({"jsonrpc":"2.0","id":1.0,"method":"m"})", "malformed -32600 id none"},
      {R"({"jsonrpc":"2.0","id":1e3,"method":"m"})", "malformed -32600 id none"},
      {R"({"jsonrpc":"2.0","id":-0,"method":"m"})", "request 0 m"},
      {R"({"jsonrpc":"2.0","id":18446744073709551616,"method":"m"})", "malformed -32600 id none"},
      {R"({"jsonrpc":"2.0","id":-9223372036854775809,"method":"m"})", "malformed -32600 id none"},
      {R"({"jsonrpc":"2.0","id":true,"method":"m"})", "malformed -32600 id none"},
      {R"({"jsonrpc":"2.0","id":[1],"method":"m"})", "malformed -32600 id none"},
      {R"({"jsonrpc":"2.0","id":{"a":1},"method":"m"})", "malformed -32600 id none"},
      {R"({"jsonrpc":"2.0","id":1,"method":5})", "malformed -32600 id 1"},
      {R"({"jsonrpc":"2.0","id":1,"method":null})", "malformed -32600 id 1"},
      {R"({"jsonrpc":"2.0","method":null})", "malformed -32600 id none"},
      {R"({"jsonrpc":"2.0","id":1,"method":"m","result":{},"error":{}})", "request 1 m"},
  });
}

BOOST_AUTO_TEST_CASE(step_5_a_response_has_exactly_one_of_result_and_error) {
  check_rows({
      {R"({"jsonrpc":"2.0","id":1,"result":{}})", "response 1 {}"},
      {R"({"jsonrpc":"2.0","id":"1","result":null})", "response \"1\" null"},
      {R"({"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}})", "error 1 -32601"},
      // C-RPC-05: absent or null id.
      {R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}})",
       "error none -32700"},
      {R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"no"}})", "error none -32700"},
      {R"({"jsonrpc":"2.0","id":1,"error":{"code":5.0,"message":"no"}})", "error 1 5"},
      // A broken response never gives an id to answer with.
      {R"({"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"no"}})",
       "malformed -32600 response to 1"},
      {R"({"jsonrpc":"2.0","result":{}})", "malformed -32600 response to none"},
      {R"({"jsonrpc":"2.0","id":null,"result":{}})", "malformed -32600 response to none"},
      {R"({"jsonrpc":"2.0","id":1.5,"error":{"code":1,"message":"no"}})",
       "malformed -32600 response to none"},
      {R"({"jsonrpc":"2.0","id":1,"error":null})", "malformed -32600 response to 1"},
      {R"({"jsonrpc":"2.0","id":1,"error":"no"})", "malformed -32600 response to 1"},
      {R"({"jsonrpc":"2.0","id":1,"error":{"message":"no"}})", "malformed -32600 response to 1"},
      {R"({"jsonrpc":"2.0","id":1,"error":{"code":1}})", "malformed -32600 response to 1"},
      {R"({"jsonrpc":"2.0","id":1,"error":{"code":"1","message":"no"}})",
       "malformed -32600 response to 1"},
      {R"({"jsonrpc":"2.0","id":1,"error":{"code":1.5,"message":"no"}})",
       "malformed -32600 response to 1"},
      {R"({"jsonrpc":"2.0","id":1,"error":{"code":4294967296,"message":"no"}})",
       "malformed -32600 response to 1"},
      {R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":5}})",
       "malformed -32600 response to 1"},
      {R"({"jsonrpc":"2.0","id":1})", "malformed -32600 id 1"},
      {R"({"jsonrpc":"2.0","id":1,"params":{}})", "malformed -32600 id 1"},
  });
}

BOOST_AUTO_TEST_CASE(step_6_unknown_members_are_ignored_and_the_last_of_two_counts) {
  check_rows({
      {R"({"x":{"id":7},"jsonrpc":"2.0","id":1,"method":"m","Method":"n","trace":[1,2]})",
       "request 1 m"},
      {R"({"jsonrpc":"1.0","jsonrpc":"2.0","id":1,"id":2,"method":"a","method":"b"})",
       "request 2 b"},
      {" \n{\"jsonrpc\":\"2.0\",\r\n\t\"id\":1,\"method\":\"m\"}\r\n ", "request 1 m"},
      {R"({"\u006asonrpc":"2.0","i\u0064":1,"method":"\u006d"})", "request 1 m"},
  });
}

BOOST_AUTO_TEST_CASE(params_are_kept_as_they_came) {
  decoder d;
  const auto params_of = [&](const std::string& text) {
    const auto got = d.decode(R"({"jsonrpc":"2.0","id":1,"method":"m")" + text + "}");
    return std::get<request>(std::get<message>(got)).params;
  };
  BOOST_TEST(params_of("").is_null());
  BOOST_TEST(params_of(R"(,"params":null)").is_null());
  BOOST_TEST(to_text(params_of(R"(,"params":{"a":[1,{"b":null}]})")) == R"({"a":[1,{"b":null}]})");
  BOOST_TEST(to_text(params_of(R"(,"params":[1])")) == "[1]");
  BOOST_TEST(to_text(params_of(R"(,"params":"x")")) == "\"x\"");
}

BOOST_AUTO_TEST_CASE(values_are_built_in_the_storage_of_the_caller) {
  unsigned char buffer[4096];
  decoder d;
  boost::json::monotonic_resource arena(buffer, sizeof buffer);
  auto got =
      d.decode(R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"a":[1,2,"text"]}})", &arena);
  auto& r = std::get<request>(std::get<message>(got));
  BOOST_TEST((r.params.storage().get() == &arena));
  const json::value moved = std::move(r.params);
  BOOST_TEST((moved.at("a").storage().get() == &arena));
}

BOOST_AUTO_TEST_CASE(a_refused_message_leaves_nothing_in_an_arena_that_is_gone) {
  decoder d;
  for (const std::string_view text :
       {R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"a":["long enough for the heap",)",
        R"({"jsonrpc":"2.0","id":1,"method":"m"})"}) {
    boost::json::monotonic_resource arena;
    d.decode(text, &arena);
  }
  BOOST_TEST(outcome(d.decode(R"({"jsonrpc":"2.0","method":"n"})")) == "notification n");
}

BOOST_AUTO_TEST_CASE(an_error_says_what_to_change) {
  decoder d;
  const auto said = [&](std::string_view text) {
    return std::get<malformed>(d.decode(text)).error.message;
  };
  BOOST_TEST(said(R"({"jsonrpc":"2.0",)") == "Parse error: the message ends too early");
  BOOST_TEST(said(R"({"jsonrpc":"2.0",])") == "Parse error: syntax error at byte 17");
  BOOST_TEST(said(R"({"id":1,"method":"m"})") == "Invalid request: 'jsonrpc' must be \"2.0\"");
  BOOST_TEST(said(R"({"jsonrpc":"2.0","id":null,"method":"m"})") ==
             "Invalid request: 'id' must be a string or an integer of 64 bits");
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace
