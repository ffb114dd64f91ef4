// tools/list and tools/call. spec: server/tools

#include "matrix/scenario.hpp"

using namespace test::matrix;

namespace {

std::string kind_of(const json::object& call_result, std::size_t block = 0) {
  return std::string(call_result.at("content").at(block).at("type").as_string());
}

bool has_structure(const pair& p) {
  return p.rules.structured_content;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(matrix_tools)

COMCP_MATRIX(a_list_has_every_tool_with_what_its_revision_tells,
             proves("tools:list:basic tools:list:metadata tools:capability:declared")) {
  BOOST_TEST(c.capabilities_of_server().contains("tools"));
  const json::array tools = co_await c.list("tools/list", "tools");
  const json::object& echo = entry(tools, "echo");
  BOOST_TEST(echo.at("description") == "Says it again");
  BOOST_TEST(echo.at("inputSchema").at("required") == parsed(R"(["text"])"));
  BOOST_TEST(echo.contains("annotations") == c.rules.tool_annotations);
  BOOST_TEST(echo.contains("title") == c.rules.title);
  BOOST_TEST(echo.contains("_meta") == c.rules.title);
  BOOST_TEST(echo.contains("icons") == c.rules.icons);
  BOOST_TEST(entry(tools, "measure").contains("outputSchema") == c.rules.structured_content);
}

COMCP_MATRIX(a_schema_is_sent_as_it_was_registered,
             proves("tools:input-schema:json-schema-2020-12 tools:input-schema:preserve-defs "
                    "tools:input-schema:preserve-additional-properties "
                    "tools:input-schema:preserve-schema-dialect")) {
  const json::array tools = co_await c.list("tools/list", "tools");
  const json::object& schema =
      entry(tools, "json_schema_2020_12_tool").at("inputSchema").as_object();
  BOOST_TEST(schema.at("$defs").at("address").at("$anchor") == "addressDef");
  BOOST_TEST(schema.at("additionalProperties") == false);
  BOOST_TEST(schema.at("$schema") == "https://json-schema.org/draft/2020-12/schema");
  const auto taken =
      co_await c.call("json_schema_2020_12_tool", obj(R"({"phone":"1","contactMethod":"phone"})"));
  BOOST_TEST(!is_error(taken));
  const auto refused = co_await c.call("json_schema_2020_12_tool", obj(R"({"phone":"1","x":1})"));
  BOOST_TEST(is_error(refused));
}

COMCP_MATRIX(arguments_reach_the_tool_and_its_text_the_client,
             proves("tools:call:content:text transport:streamable-http:stateful transport:sse "
                    "transport:stdio hosting:http:response-same-connection")
                 .on_real_routes()) {
  const auto said = co_await c.call("echo", obj(R"({"text":"hi \u00fc\n\"there\""})"));
  BOOST_TEST(text_in(said) == "hi \u00fc\n\"there\"");
  BOOST_TEST(kind_of(said) == "text");
}

// The leftovers of a process are its exit status.
COMCP_MATRIX(messages_are_lines_and_the_process_ends_with_its_input,
             proves("transport:stdio:no-embedded-newlines transport:stdio:stream-purity "
                    "transport:stdio:clean-shutdown")
                 .where("memory has no lines and no process",
                        [](const pair& p) { return p.via.real(); })
                 .on_real_routes()) {
  const auto said = co_await c.call("echo", obj(R"({"text":"one\ntwo\r\nthree"})"));
  BOOST_TEST(text_in(said) == "one\ntwo\r\nthree");
  co_await c.quiet();
}

COMCP_MATRIX(content_of_every_kind_arrives,
             proves("tools:call:content:image tools:call:content:audio tools:call:content:mixed "
                    "tools:call:content:embedded-resource tools:call:content:resource-link "
                    "flow:tool-result:resource-link-follow")) {
  const auto image = co_await c.call("test_image_content");
  BOOST_TEST(kind_of(image) == "image");
  BOOST_TEST(image.at("content").at(0).at("mimeType") == "image/png");
  const auto audio = co_await c.call("test_audio_content");
  BOOST_TEST(kind_of(audio) == (c.rules.audio_content ? "audio" : "text"));
  const auto embedded = co_await c.call("test_embedded_resource");
  BOOST_TEST(kind_of(embedded) == "resource");
  BOOST_TEST(embedded.at("content").at(0).at("resource").at("text") ==
             "This is an embedded resource content.");
  const auto mixed = co_await c.call("test_multiple_content_types");
  BOOST_TEST(kind_of(mixed, 0) == "text");
  BOOST_TEST(kind_of(mixed, 1) == "image");
  BOOST_TEST(kind_of(mixed, 2) == "resource");
  // Where the revision has no links, a text says where it is.
  const auto link = co_await c.call("link");
  BOOST_TEST(kind_of(link) == (c.rules.resource_link ? "resource_link" : "text"));
  if (!c.rules.resource_link) {
    BOOST_TEST(text_in(link).find("test://static-text") != std::string::npos);
    co_return;
  }
  json::object there;
  there["uri"] = link.at("content").at(0).at("uri");
  const auto read = co_await c.result("resources/read", std::move(there));
  BOOST_TEST(read.at("contents").at(0).at("uri") == "test://static-text");
}

COMCP_MATRIX(a_structure_comes_with_its_text,
             proves("tools:call:structured-content tools:call:structured-content:text-mirror "
                    "mcpserver:tool:output-schema:model")) {
  const auto got = co_await c.call("measure", obj(R"({"name":"x"})"));
  const json::value expected = parsed(R"({"name":"x","count":3})");
  BOOST_TEST(parsed(text_in(got)) == expected);
  BOOST_TEST(got.contains("structuredContent") == c.rules.structured_content);
  if (!c.rules.structured_content) co_return;
  BOOST_TEST(got.at("structuredContent") == expected);
  const json::array tools = co_await c.list("tools/list", "tools");
  BOOST_TEST(entry(tools, "measure").at("outputSchema").at("required") ==
             parsed(R"(["name","count"])"));
}

COMCP_MATRIX(results_are_checked_against_their_schema,
             proves("mcpserver:output-schema:server-validate "
                    "mcpserver:output-schema:missing-structured "
                    "mcpserver:output-schema:skip-on-error")
                 .where("no structured content", has_structure)) {
  const auto wrong = co_await c.call("measure_wrongly");
  BOOST_TEST(is_error(wrong));
  const auto missing = co_await c.call("measure_nothing");
  BOOST_TEST(is_error(missing));
  const auto failed = co_await c.call("measure_and_fail");
  BOOST_TEST(is_error(failed));
  BOOST_TEST(text_in(failed) == "there is nothing to measure");
}

COMCP_MATRIX(arguments_are_checked_before_the_tool_runs,
             proves("mcpserver:tool:input-validation mcpserver:tool:schema-variants")) {
  const auto good = co_await c.call(
      "order",
      obj(R"({"what":{"name":"rope","count":2},"in":"foot","at_most":3.5,"labels":["a"]})"));
  BOOST_TEST(text_in(good) == "rope in feet, 1 labels");
  for (const char* arguments :
       {R"({"what":{"name":"rope"},"in":"foot","labels":[]})",
        R"({"what":{"name":"rope","count":2},"in":"mile","labels":[]})",
        R"({"what":{"name":"rope","count":2},"in":"foot","at_most":-1,"labels":[]})",
        R"({"what":{"name":"rope","count":2},"in":"foot","labels":[7]})"}) {
    const auto bad = co_await c.call("order", obj(arguments));
    BOOST_TEST_CONTEXT(arguments) BOOST_TEST(is_error(bad));
  }
}

COMCP_MATRIX(a_failure_is_a_result_and_an_unknown_tool_an_error,
             proves("tools:call:is-error tools:call:unknown-name mcpserver:tool:unknown-name "
                    "mcpserver:tool:handler-throws transport:streamable-http:json-response "
                    "transport:streamable-http:stateless")
                 .on_real_routes()) {
  const auto failed = co_await c.call("test_error_handling");
  BOOST_TEST(is_error(failed));
  BOOST_TEST(text_in(failed) == "This tool intentionally returns an error for testing");
  const auto threw = co_await c.call("throws");
  BOOST_TEST(is_error(threw));
  BOOST_TEST(text_in(threw).find("hunter2") == std::string::npos);
  const auto unknown = co_await c.error("tools/call", obj(R"({"name":"no_such_tool"})"));
  BOOST_TEST(unknown.at("code") == -32602);
}

COMCP_MATRIX(
    calls_run_at_the_same_time_and_each_gets_its_answer,
    proves("tools:call:concurrent hosting:stateless:concurrent-clients").on_real_routes()) {
  const json::object name = c.unique_name();
  const auto first = co_await c.start_call("meet", name);
  const auto other = co_await c.start_call("echo", obj(R"({"text":"meanwhile"})"));
  const auto meanwhile = co_await c.answer(other);
  BOOST_TEST(text_in(result_in(meanwhile)) == "meanwhile");
  const auto second = co_await c.start_call("meet", name);
  const auto second_met = co_await c.answer(second);
  const auto first_met = co_await c.answer(first);
  BOOST_TEST(text_in(result_in(first_met)) == "met");
  BOOST_TEST(text_in(result_in(second_met)) == "met");
}

COMCP_MATRIX(a_handler_sees_its_request,
             proves("mcpserver:tool:extra meta:request-to-handler meta:result-to-client")) {
  const auto id = co_await c.start_call("who_am_i");
  const auto who = co_await c.answer(id);
  const json::value seen = parsed(text_in(result_in(who)));
  BOOST_TEST(seen.at("id") == id);
  BOOST_TEST(seen.at("method") == "tools/call");
  BOOST_TEST(seen.at("revision").as_string() == c.rules.name);
  const auto met = co_await c.result(
      "tools/call", obj(R"({"name":"meta","_meta":{"example.org/question":{"a":[1]}}})"));
  BOOST_TEST(parsed(text_in(met)).at("example.org/question") == parsed(R"({"a":[1]})"));
  BOOST_TEST(met.at("_meta").at("example.org/answer") == 42);
}

BOOST_AUTO_TEST_SUITE_END()
