// What each revision gets of the vocabulary, judged by its official schema.
#include <boost/test/unit_test.hpp>

#include <string>

#include "comcp/jsonrpc/codec.hpp"
#include "comcp/protocol/completion.hpp"
#include "comcp/protocol/lifecycle.hpp"
#include "comcp/protocol/prompts.hpp"
#include "comcp/protocol/resources.hpp"
#include "comcp/protocol/result.hpp"
#include "comcp/protocol/tools.hpp"
#include "support/schema_check.hpp"

namespace {
using namespace comcp;
using namespace comcp::protocol;

implementation server_info() {
  implementation me("s", "1.0");
  me.title = "Server";
  me.description = "For tests";
  me.website_url = "https://example.com";
  icon i;
  i.src = "data:image/png;base64,AAAA";
  i.sizes = {"48x48"};
  i.theme = "dark";
  me.icons = {i};
  return me;
}

/// The wire form of a result, complete as the revision demands.
std::string answer(std::string_view name, json::object result, const rules& r) {
  complete_result(result, *find_method(name), r, server_info());
  std::string out;
  jsonrpc::encode_result(out, jsonrpc::request_id(1), json::value(std::move(result)));
  return out;
}

void check(std::string_view name, json::object result, const rules& r) {
  const std::string text = answer(name, std::move(result), r);
  BOOST_TEST(test::check_message(text, r, name).empty(), test::check_message(text, r, name));
}

tool full_tool() {
  tool t;
  t.name = "t";
  t.title = "Tool";
  t.description = "Does it";
  t.input_schema =
      json::parse(R"({"type":"object","properties":{"a":{"type":"string"}}})").as_object();
  t.output_schema = json::parse(R"({"type":"object"})");
  t.annotations.read_only = true;
  t.annotations.title = "T";
  t.icons = server_info().icons;
  t.meta["k"] = 1;
  return t;
}

std::vector<content_block> every_block() {
  resource_link link("file:///a", "a");
  link.title = "A";
  link.size = 3;
  content_block annotated("text");
  annotated.annotations.audience = {"user"};
  annotated.annotations.priority = 0.5;
  annotated.annotations.last_modified = "2025-01-01T00:00:00Z";
  annotated.meta["k"] = "v";
  std::vector<content_block> blocks;
  blocks.push_back(std::move(annotated));
  blocks.emplace_back(image_content("AAAA", "image/png"));
  blocks.emplace_back(audio_content("AAAA", "audio/wav"));
  blocks.emplace_back(
      embedded_resource(resource_contents::of_text("file:///t", "t", "text/plain")));
  blocks.emplace_back(embedded_resource(resource_contents::of_bytes("file:///b", "\x01\x02")));
  blocks.emplace_back(std::move(link));
  return blocks;
}

BOOST_AUTO_TEST_SUITE(protocol_values, *boost::unit_test::precondition([](auto) {
                        return boost::test_tools::assertion_result(test::schemas_available());
                      }))

BOOST_AUTO_TEST_CASE(results_satisfy_the_schema_of_every_revision) {
  for (const rules& r : all_rules()) {
    json::object tools;
    tools["tools"] = json::array{encode(full_tool(), r)};
    check("tools/list", std::move(tools), r);

    call_tool_result called = call_tool_result::structured(json::parse(R"({"n":1})"));
    called.content = every_block();
    check("tools/call", encode(called, r), r);
    check("tools/call", encode(call_tool_result::error("no"), r), r);

    resource res("file:///a", "a");
    res.title = "A";
    res.icons = server_info().icons;
    json::object resources;
    resources["resources"] = json::array{encode(res, r)};
    check("resources/list", std::move(resources), r);

    resource_template templ;
    templ.uri_template = "file:///{x}";
    templ.name = "x";
    json::object templates;
    templates["resourceTemplates"] = json::array{encode(templ, r)};
    check("resources/templates/list", std::move(templates), r);

    read_resource_result read;
    read.contents = {resource_contents::of_text("file:///a", "x"),
                     resource_contents::of_bytes("file:///b", "y")};
    check("resources/read", encode(read, r), r);

    prompt p;
    p.name = "p";
    p.arguments = {prompt_argument("a", "An argument", true)};
    json::object prompts;
    prompts["prompts"] = json::array{encode(p, r)};
    check("prompts/list", std::move(prompts), r);

    get_prompt_result got;
    for (content_block& block : every_block())
      got.messages.emplace_back(role::user, std::move(block));
    check("prompts/get", encode(got, r), r);

    check("completion/complete", encode(completion({"a", "b"})), r);

    if (r.era == era::legacy) {
      initialize_result init;
      init.server_info = server_info();
      init.capabilities.tools = init.capabilities.completions = init.capabilities.logging = true;
      init.capabilities.resources = init.capabilities.resources_subscribe = true;
      check("initialize", encode(init, r), r);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_judge_refuses_what_is_wrong) {
  const rules& r = newest();
  const auto wrong = [&](const char* text, const char* answered) {
    return !test::check_message(text, r, answered).empty();
  };
  BOOST_TEST(wrong(R"({"jsonrpc":"2.0","id":1,"result":{"tools":[]}})", "tools/list"));
  BOOST_TEST(wrong(R"({"jsonrpc":"1.0","id":1,"result":{}})", ""));
  BOOST_TEST(wrong(R"({"jsonrpc":"2.0","method":"notifications/progress","params":{}})", ""));
  BOOST_TEST(wrong(R"({"jsonrpc":"2.0","method":"notifications/initialized"})", ""));
}

BOOST_AUTO_TEST_CASE(a_revision_gets_only_what_it_has) {
  const rules& oldest = rules_of(revision::v2024_11_05);
  const json::object t = encode(full_tool(), oldest);
  for (const char* member : {"title", "outputSchema", "annotations", "icons", "_meta"})
    BOOST_TEST(!t.contains(member), member);
  BOOST_TEST(!encode(call_tool_result::structured(json::parse("{}")), oldest)
                  .contains("structuredContent"));
  const json::array blocks = encode(every_block(), oldest);
  BOOST_TEST(blocks.at(2).at("type").as_string() == "text");  // audio
  BOOST_TEST(blocks.at(5).at("type").as_string() == "text");  // link

  // A structured value that is no object goes out as text only, before 2026-07-28.
  const call_tool_result number = call_tool_result::structured(json::value(5));
  BOOST_TEST(!encode(number, newest_legacy()).contains("structuredContent"));
  BOOST_TEST(encode(number, newest()).contains("structuredContent"));
  tool scalar = full_tool();
  scalar.output_schema = json::parse(R"({"type":"integer"})");
  BOOST_TEST(!encode(scalar, newest_legacy()).contains("outputSchema"));
  BOOST_TEST(encode(scalar, newest()).contains("outputSchema"));
}

// S-COMP-01
BOOST_AUTO_TEST_CASE(a_completion_has_at_most_a_hundred_values_and_says_that_there_are_more) {
  completion many;
  for (int i = 0; i < 150; ++i)
    many.values.push_back(std::to_string(i));
  const json::object inner = encode(many).at("completion").as_object();
  BOOST_TEST(inner.at("values").as_array().size() == 100U);
  BOOST_TEST(inner.at("total").to_number<int>() == 150);
  BOOST_TEST(inner.at("hasMore").as_bool());
}

BOOST_AUTO_TEST_CASE(base64_pads_to_a_multiple_of_four) {
  BOOST_TEST(to_base64("") == "");
  BOOST_TEST(to_base64("f") == "Zg==");
  BOOST_TEST(to_base64("fo") == "Zm8=");
  BOOST_TEST(to_base64("foo") == "Zm9v");
  BOOST_TEST(to_base64("\xff\xfe") == "//4=");
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace
