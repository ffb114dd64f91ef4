// What goes over the wire, message by message, in each revision: the same conversation with the
// fixture of the official suite, compared with test/conformance/golden/<revision>.jsonl (here),
// <revision>.asking.jsonl and <revision>.tasks.jsonl (the sources beside this one). After a wanted change:
//
//   COMCP_GOLDEN=write build/dev/bin/test_conformance     writes the files anew; review the diff

#include "conformance/recorder.hpp"

using namespace test;

namespace {

awaitable<void> other_greetings(recorder& c) {
  co_await c.ask(c.rules.era == protocol::era::modern ? "initialize" : "ping");
}

awaitable<void> tools(recorder& c) {
  co_await c.ask("tools/list");
  for (const char* tool :
       {"test_simple_text", "test_image_content", "test_audio_content", "test_embedded_resource",
        "test_multiple_content_types", "test_error_handling", "no_such_tool"}) {
    co_await c.call(tool);
  }
  co_await c.call("json_schema_2020_12_tool", R"({"phone":"1","contactMethod":"phone"})");
  co_await c.call("json_schema_2020_12_tool", R"({"phone":1,"more":true})");
  co_await c.ask("tools/call",
                 R"({"name":"test_tool_with_progress","_meta":{"progressToken":"p"}})");
  if (c.rules.era == protocol::era::modern) {
    co_await c.ask(
        "tools/call",
        R"({"name":"test_tool_with_logging","_meta":{"io.modelcontextprotocol/logLevel":"info"}})");
  } else {
    co_await c.ask("logging/setLevel", R"({"level":"info"})");
    co_await c.call("test_tool_with_logging");
  }
}

awaitable<void> resources(recorder& c) {
  co_await c.ask("resources/list");
  co_await c.ask("resources/templates/list");
  for (const char* uri : {"test://static-text", "test://static-binary",
                          "test://template/1%2F2/data", "test://unknown"}) {
    co_await c.ask("resources/read", R"({"uri":")" + std::string(uri) + "\"}");
  }
  co_await c.ask("resources/subscribe", R"({"uri":"test://watched-resource"})");
  co_await c.ask("resources/unsubscribe", R"({"uri":"test://watched-resource"})");
}

awaitable<void> prompts(recorder& c) {
  co_await c.ask("prompts/list");
  co_await c.ask("prompts/get", R"({"name":"test_simple_prompt"})");
  co_await c.ask("prompts/get",
                 R"({"name":"test_prompt_with_arguments","arguments":{"arg1":"a","arg2":"b"}})");
  co_await c.ask("prompts/get",
                 R"({"name":"test_prompt_with_arguments","arguments":{"arg1":"a"}})");
  co_await c.ask(
      "prompts/get",
      R"({"name":"test_prompt_with_embedded_resource","arguments":{"resourceUri":"test://x"}})");
  co_await c.ask("prompts/get", R"({"name":"test_prompt_with_image"})");
  co_await c.ask("completion/complete",
                 R"({"ref":{"type":"ref/prompt","name":"test_prompt_with_arguments"},)"
                 R"("argument":{"name":"arg1","value":"te"}})");
}

awaitable<void> mistakes(recorder& c) {
  co_await c.ask("no/such/method");
  co_await c.ask("tools/call", R"({"name":7})");
  co_await c.ask("tools/list", R"({"cursor":"forged"})");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(golden_transcripts)

COMCP_TEST_CORO(each_revision_has_the_conversation_that_its_file_tells) {
  for (const protocol::rules& r : protocol::all_rules()) {
    server s("everything", "1.0");
    everything::add_tools(s);
    everything::add_resources(s);
    everything::add_prompts(s);
    const auto lines = co_await recorded(s, r, {}, [](recorder& c) -> awaitable<void> {
      co_await other_greetings(c);
      co_await tools(c);
      co_await resources(c);
      co_await prompts(c);
      co_await mistakes(c);
    });
    BOOST_TEST_CONTEXT(r.name) {
      const std::string different = differs_from_golden(std::string(r.name), lines);
      BOOST_TEST(different.empty(), different);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
