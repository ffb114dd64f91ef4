// What comes in: every decoder takes what the specification has and names the member that is wrong.
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "comcp/jsonrpc/codec.hpp"
#include "comcp/protocol/completion.hpp"
#include "comcp/protocol/elicitation.hpp"
#include "comcp/protocol/input_required.hpp"
#include "comcp/protocol/lifecycle.hpp"
#include "comcp/protocol/logging.hpp"
#include "comcp/protocol/pagination.hpp"
#include "comcp/protocol/progress.hpp"
#include "comcp/protocol/prompts.hpp"
#include "comcp/protocol/roots.hpp"
#include "comcp/protocol/sampling.hpp"
#include "comcp/protocol/subscriptions.hpp"
#include "comcp/protocol/tools.hpp"

namespace {
using namespace comcp;
using namespace comcp::protocol;

struct row {
  std::string_view params;
  std::string_view complaint;  ///< begins the message behind "Invalid params: "; empty: accepted
};

template <class Decode>
void check_rows(Decode decode, const std::vector<row>& rows) {
  for (const row& r : rows) {
    BOOST_TEST_CONTEXT(r.params) {
      const auto got = decode(json::parse(r.params));
      const auto* error = std::get_if<jsonrpc::error_object>(&got);
      BOOST_TEST((error == nullptr) == r.complaint.empty());
      if (!error) continue;
      BOOST_TEST(error->code == jsonrpc::error_code::invalid_params);
      BOOST_TEST(error->message.starts_with("Invalid params: " + std::string(r.complaint)),
                 error->message);
    }
  }
}

BOOST_AUTO_TEST_SUITE(protocol_params)

BOOST_AUTO_TEST_CASE(initialize_names_what_is_wrong) {
  check_rows(
      decode_initialize,
      {{R"({"protocolVersion":"x","capabilities":{},"clientInfo":{"name":"c","version":"1"}})", ""},
       {R"({"protocolVersion":"x"})", ""},
       {"null", "initialize needs an object"},
       {"[]", "initialize needs an object"},
       {"{}", "/protocolVersion must be a string"},
       {R"({"protocolVersion":1})", "/protocolVersion must be a string"},
       {R"({"protocolVersion":"x","capabilities":[]})", "/capabilities must be an object"},
       {R"({"protocolVersion":"x","clientInfo":"c"})", "/clientInfo must be an object"}});
}

BOOST_AUTO_TEST_CASE(a_call_of_a_tool_names_what_is_wrong) {
  check_rows(decode_call_tool,
             {{R"({"name":"t","arguments":{"a":1},"_meta":{}})", ""},
              {R"({"name":"t"})", ""},
              {"null", "tools/call needs an object"},
              {R"({"name":5})", "/name must be a string"},
              {R"({"arguments":{}})", "/name must be a string"},
              {R"({"name":"t","arguments":[]})", "/arguments must be an object"},
              {R"({"name":"t","arguments":"x"})", "/arguments must be an object"}});
}

BOOST_AUTO_TEST_CASE(the_arguments_of_a_prompt_are_text) {
  check_rows(decode_get_prompt,
             {{R"({"name":"p","arguments":{"a":"x"}})", ""},
              {R"({"name":"p","arguments":{"a/b":1}})", "/arguments/a~1b must be"},
              {R"({"name":"p","arguments":[]})", "/arguments must be an object"},
              {R"({"name":null})", "/name must be a string"}});
}

BOOST_AUTO_TEST_CASE(completion_names_what_is_wrong) {
  check_rows(
      decode_complete,
      {{R"({"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":""}})", ""},
       {R"({"ref":{"type":"ref/resource","uri":"u"},"argument":{"name":"a","value":"v"},
                   "context":{"arguments":{"b":"c"}}})",
        ""},
       {"{}", "/ref must be an object"},
       {R"({"ref":{"type":"ref/tool","name":"p"}})", "/ref/type must be"},
       {R"({"ref":{"type":"ref/prompt"}})", "/ref/name must be a string"},
       {R"({"ref":{"type":"ref/resource","name":"p"}})", "/ref/uri must be a string"},
       {R"({"ref":{"type":"ref/prompt","name":"p"}})", "/argument/name must be a string"},
       {R"({"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":1}})",
        "/argument/value must be a string"}});
}

// S-LOG-04
BOOST_AUTO_TEST_CASE(only_the_eight_levels_can_be_set) {
  check_rows(decode_set_level,
             {{R"({"level":"debug"})", ""},
              {R"({"level":"emergency"})", ""},
              {R"({"level":"Debug"})", "/level must be one of debug, info, notice"},
              {R"({"level":3})", "/level must be one of"},
              {"null", "/level must be one of"}});
}

// S-PAGE-01, C-PAGE-01
BOOST_AUTO_TEST_CASE(a_cursor_is_any_string_and_may_be_empty) {
  check_rows(decode_cursor, {{R"({"cursor":"x"})", ""},
                             {R"({"cursor":5})", "/cursor must be a string"},
                             {R"({"cursor":{}})", "/cursor must be a string"}});
  BOOST_TEST(!std::get<cursor>(decode_cursor(json::value())));
  BOOST_TEST(!std::get<cursor>(decode_cursor(json::parse("{}"))));
  BOOST_TEST(*std::get<cursor>(decode_cursor(json::parse(R"({"cursor":""})"))) == "");
  json::object page;
  put_next_cursor(page, cursor());
  BOOST_TEST(page.empty());
  put_next_cursor(page, cursor(""));
  BOOST_TEST(page.at("nextCursor").as_string() == "");
}

BOOST_AUTO_TEST_CASE(a_uri_is_text) {
  check_rows(decode_uri, {{R"({"uri":"file:///a"})", ""},
                          {R"({"uri":null})", "/uri must be a string"},
                          {"[]", "an object is needed"}});
}

BOOST_AUTO_TEST_CASE(progress_has_a_token_and_numbers) {
  check_rows(decode_progress,
             {{R"({"progressToken":1,"progress":0.5,"total":2,"message":"m"})", ""},
              {R"({"progressToken":"t","progress":3})", ""},
              {R"({"progressToken":1.5,"progress":3})", "/progressToken must be"},
              {R"({"progress":3})", "/progressToken must be"},
              {R"({"progressToken":1})", "/progress must be a number"},
              {R"({"progressToken":1,"progress":1,"total":"x"})", "/total must be a number"}});
}

// S-CANC-01
BOOST_AUTO_TEST_CASE(a_cancellation_without_readable_id_is_nothing) {
  for (const char* nothing : {"null", "{}", "[]", R"({"requestId":null})", R"({"requestId":1.5})"})
    BOOST_TEST(!decode_cancelled(json::parse(nothing)));
  const auto got = decode_cancelled(json::parse(R"({"requestId":"a","reason":"late"})"));
  BOOST_TEST((got->request_id == jsonrpc::request_id("a")));
  BOOST_TEST(got->reason == "late");
  BOOST_TEST(decode_cancelled(json::parse(R"({"requestId":1,"reason":2})"))->reason.empty());
}

BOOST_AUTO_TEST_CASE(a_listen_request_names_what_it_wants) {
  check_rows(decode_listen,
             {{R"({"notifications":{}})", ""},
              {R"({"notifications":{"toolsListChanged":true,"resourceSubscriptions":[]}})", ""},
              {"{}", "/notifications must be an object"},
              {R"({"notifications":[]})", "/notifications must be an object"},
              {R"({"notifications":{"toolsListChanged":1}})",
               "/notifications/toolsListChanged must be true or false"},
              {R"({"notifications":{"resourceSubscriptions":"u"}})",
               "/notifications/resourceSubscriptions must be an array"},
              {R"({"notifications":{"resourceSubscriptions":["u",2]}})",
               "/notifications/resourceSubscriptions/1 must be a string"}});
}

// S-MRTR-08
BOOST_AUTO_TEST_CASE(answers_are_objects_by_key) {
  check_rows(decode_input_answers,
             {{"null", ""},
              {"{}", ""},
              {R"({"inputResponses":{"a":{"action":"accept"}},"requestState":"s"})", ""},
              {R"({"inputResponses":[]})", "/inputResponses must be an object"},
              {R"({"inputResponses":{"a":"yes"}})", "/inputResponses/a must be an object"},
              {R"({"requestState":5})", "/requestState must be a string"}});
  const auto got = decode_input_answers(json::parse(R"({"requestState":""})"));
  BOOST_TEST(*std::get<input_answers>(got).state == "");
}

BOOST_AUTO_TEST_CASE(an_elicitation_is_accepted_declined_or_cancelled) {
  check_rows(decode_elicit_result,
             {{R"({"action":"accept","content":{"a":1,"b":["x"]}})", ""},
              {R"({"action":"accept"})", ""},
              {R"({"action":"decline","content":"whatever"})", ""},
              {R"({"action":"yes"})", "/action must be accept, decline or cancel"},
              {"{}", "/action must be"},
              {R"({"action":"accept","content":[]})", "/content must be an object"},
              {"7", "an object is needed"}});
}

// C-ROOT-01
BOOST_AUTO_TEST_CASE(roots_are_file_uris) {
  check_rows(decode_roots,
             {{R"({"roots":[]})", ""},
              {R"({"roots":[{"uri":"file:///a","name":"a"},{"uri":"file:///b"}]})", ""},
              {"{}", "/roots must be an array"},
              {R"({"roots":[{"uri":"file:///a"},{"name":"b"}]})", "/roots/1/uri must be a string"},
              {R"({"roots":["file:///a"]})", "/roots/0 must be an object"},
              {R"({"roots":[{"uri":"https://a"}]})", "/roots/0/uri must be a file:// URI"}});
}

BOOST_AUTO_TEST_CASE(a_sampling_result_has_one_block_or_several) {
  check_rows(
      decode_create_message_result,
      {{R"({"role":"assistant","model":"m","content":{"type":"text","text":"x"}})", ""},
       {R"({"role":"assistant","model":"m","stopReason":"toolUse","content":[
             {"type":"text","text":"x"},{"type":"tool_use","id":"1","name":"t","input":{}}]})",
        ""},
       {R"({"role":"assistant","model":"m","content":[]})", ""},
       {R"({"role":"system","model":"m","content":[]})", "/role must be user or assistant"},
       {R"({"role":"assistant","content":[]})", "/model must be a string"},
       {R"({"role":"assistant","model":"m"})", "/content must be a block or an array of blocks"},
       {R"({"role":"assistant","model":"m","content":{"type":"text"}})", "/content/text must be"},
       {R"({"role":"assistant","model":"m","content":[{"type":"text","text":""},{"text":""}]})",
        "/content/1/type must be a string"}});
}

BOOST_AUTO_TEST_CASE(every_block_comes_back_as_it_was_and_unknown_ones_verbatim) {
  for (
      const std::string_view text :
      {R"({"type":"text","text":"x","annotations":{"audience":["user"],"priority":0.5,"lastModified":"2025-01-01T00:00:00Z"},"_meta":{"k":1}})",
       R"({"type":"image","data":"AAAA","mimeType":"image/png"})",
       R"({"type":"audio","data":"AAAA","mimeType":"audio/wav"})",
       R"({"type":"resource","resource":{"uri":"u","mimeType":"m","text":"t","_meta":{"a":1}}})",
       R"({"type":"resource","resource":{"uri":"u","blob":"AAAA"}})",
       R"({"uri":"u","name":"n","title":"t","description":"d","mimeType":"m","size":5,"icons":[{"src":"s","sizes":["any"]}],"type":"resource_link"})",
       R"({"type":"tool_use","id":"1","name":"t","input":{"a":1}})",
       R"({"type":"hologram","data":[1,{"x":2}]})"}) {
    BOOST_TEST_CONTEXT(text) {
      const auto got = decode_content_block(json::parse(text));
      BOOST_TEST_REQUIRE(std::holds_alternative<content_block>(got));
      BOOST_TEST(jsonrpc::to_text(encode(std::get<content_block>(got), newest())) == text);
    }
  }
  const auto decode = [](const json::value& v) { return decode_content_block(v, "/content/3"); };
  check_rows(decode,
             {{R"({"type":"image","data":"x"})", "/content/3/mimeType must be a string"},
              {R"({"type":"resource","resource":{"uri":"u"}})", "/content/3/resource/text must be"},
              {R"({"type":"resource","resource":{"uri":"u","text":"","blob":""}})",
               "/content/3/resource/text must be"},
              {R"({"type":"text","text":"","annotations":{"priority":"high"}})",
               "/content/3/annotations/priority must be a number"},
              {R"({"type":"resource_link","uri":"u","name":"n","size":1.5})",
               "/content/3/size must be an integer"},
              {"5", "/content/3 must be an object"}});
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace
