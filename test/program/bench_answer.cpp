#include <boost/test/unit_test.hpp>

#include <string>

#include "bench/answer.hpp"

using namespace comcp::bench;
using kind = message_view::kind;

namespace {

verdict judged(std::string_view text, std::string_view wanted = {}) {
  return judge(look_at(text), "7", wanted);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bench_answer)

BOOST_AUTO_TEST_CASE(the_kinds_of_messages_are_told_apart) {
  const struct {
    const char* text;
    kind what;
    const char* id;
  } rows[] = {
      {R"({"jsonrpc":"2.0","id":7,"result":{}})", kind::result, "7"},
      {R"( { "result" : { "a" : [ 1 , {} ] } , "id" : "x\"y" , "jsonrpc" : "2.0" } )", kind::result,
       R"("x\"y")"},
      {R"({"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"no"}})", kind::error, "7"},
      {R"({"jsonrpc":"2.0","error":{"code":-1,"message":"no"}})", kind::error, ""},
      {R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"id":7}})",
       kind::notification, ""},
      {R"({"jsonrpc":"2.0","id":7,"method":"ping"})", kind::request, "7"},
  };
  for (const auto& row : rows) {
    const message_view m = look_at(row.text);
    BOOST_TEST((m.what == row.what), row.text);
    BOOST_TEST(m.id == row.id, row.text);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_message_is_nonsense) {
  for (const char* const text :
       {"", "{", "}", "{}", "[]", "null", "7", "hello", R"({"id":7})", R"({"id":7,"result":{})",
        R"({"id":7,"result":{}}x)", R"({"id":7,"result":{}}})", R"({"id":7,"result":"a)",
        R"({"id":7,"result":{},})", R"({"id":7 "result":{}})", R"({"result":{},"error":{},"id":7})",
        R"({"id":7,"result":{"a":"\"}})", R"([{"id":7,"result":{}}])"}) {
    BOOST_TEST((look_at(text).what == kind::nonsense), text);
    BOOST_TEST((judged(text) == verdict::wrong), text);
  }
}

BOOST_AUTO_TEST_CASE(braces_and_quotes_in_text_do_not_mislead) {
  const message_view m =
      look_at(R"({"id":7,"result":{"text":"}],\"id\":8,{\\"},"x":"\\\"result\\\""})");
  BOOST_TEST((m.what == kind::result));
  BOOST_TEST(m.id == "7");
  BOOST_TEST(m.body == R"({"text":"}],\"id\":8,{\\"})");
}

BOOST_AUTO_TEST_CASE(an_answer_is_right_when_id_kind_and_text_are) {
  const std::string right =
      R"({"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"hello"}]}})";
  BOOST_TEST((judged(right) == verdict::right));
  BOOST_TEST((judged(right, "\"hello\"") == verdict::right));
  BOOST_TEST((judged(right, "\"hell\"") == verdict::wrong));
  BOOST_TEST((judge(look_at(right), "8", "") == verdict::wrong));
  BOOST_TEST((judge(look_at(right), "\"7\"", "") == verdict::wrong));
  BOOST_TEST((judged(R"({"id":7,"result":7})") == verdict::wrong));
  BOOST_TEST((judged(R"({"id":7,"method":"ping"})") == verdict::wrong));
}

BOOST_AUTO_TEST_CASE(errors_of_the_protocol_and_of_the_tool_are_kept_apart) {
  BOOST_TEST((judged(R"({"id":7,"error":{"code":-32603,"message":"x"}})") == verdict::rpc_error));
  BOOST_TEST(
      (judged(R"({"id":null,"error":{"code":-32700,"message":"x"}})") == verdict::rpc_error));
  BOOST_TEST((judged(R"({"error":{"code":-32700,"message":"x"}})") == verdict::rpc_error));
  BOOST_TEST((judged(R"({"id":8,"error":{"code":-32603,"message":"x"}})") == verdict::wrong));
  BOOST_TEST((judged(R"({"id":7,"result":{"content":[],"isError":true}})") == verdict::tool_error));
  BOOST_TEST((judged(R"({"id":7,"result":{"isError" : false}})") == verdict::right));
  BOOST_TEST((judged(R"({"id":7,"result":{"text":"\"isError\":true"}})") == verdict::right));
  BOOST_TEST((judged(R"({"id":7,"result":{"a":{"isError":true}}})") == verdict::right));
  BOOST_TEST((judged(R"({"id":7,"result":{"resultType":"input_required"}})") == verdict::wrong));
  BOOST_TEST((judged(R"({"id":7,"result":{"resultType":"complete"}})") == verdict::right));
}

BOOST_AUTO_TEST_SUITE_END()
