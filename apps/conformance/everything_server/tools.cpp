#include <boost/describe/class.hpp>
#include <boost/json/parse.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "comcp/scope/sleep.hpp"
#include "everything.hpp"

namespace everything {

namespace {

using namespace comcp;
using namespace std::chrono_literals;
using protocol::logging_level;

awaitable<std::string> simple_text() {
  co_return "This is a simple text response for testing.";
}

awaitable<protocol::image_content> image() {
  co_return protocol::image_content(png, "image/png");
}

awaitable<protocol::audio_content> audio() {
  co_return protocol::audio_content(wav, "audio/wav");
}

awaitable<protocol::embedded_resource> embedded() {
  co_return protocol::embedded_resource(resource_contents::of_text(
      "test://embedded-resource", "This is an embedded resource content.", "text/plain"));
}

awaitable<std::vector<content_block>> mixed() {
  std::vector<content_block> blocks;
  blocks.emplace_back("Multiple content types test:");
  blocks.emplace_back(protocol::image_content(png, "image/png"));
  blocks.emplace_back(protocol::embedded_resource(resource_contents::of_text(
      "test://mixed-content-resource", R"({"test":"data","value":123})", "application/json")));
  co_return blocks;
}

awaitable<std::string> with_logging(request_context& context) {
  co_await context.log(logging_level::info, "Tool execution started");
  co_await sleep(50ms);
  co_await context.log(logging_level::info, "Tool processing data");
  co_await sleep(50ms);
  co_await context.log(logging_level::info, "Tool execution completed");
  co_return "Tool with logging executed successfully";
}

awaitable<std::string> with_progress(request_context& context) {
  for (const double done : {0.0, 50.0, 100.0}) {
    co_await context.report_progress(done, 100);
    co_await sleep(50ms);
  }
  co_return "Tool with progress executed successfully";
}

/// Its client is sent away, and comes back for the answer.
awaitable<std::string> with_reconnection(request_context& context) {
  context.close_stream();
  co_await sleep(100ms);
  co_return "Reconnection test completed successfully";
}

awaitable<void> fails() {
  throw tool_error("This tool intentionally returns an error for testing");
  co_return;
}

awaitable<std::string> accepted(json::object) {
  co_return "The arguments satisfy the schema.";
}

struct region_args {
  std::string region;
};
BOOST_DESCRIBE_STRUCT(region_args, (), (region))

awaitable<std::string> in_region(region_args args) {
  co_return "Executed in region " + args.region;
}

/// Sent to clients as it stands.
json::object schema_2020_12() {
  return json::parse(R"({
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
      "address": {
        "$anchor": "addressDef",
        "type": "object",
        "properties": {"street": {"type": "string"}, "city": {"type": "string"}}
      }
    },
    "properties": {
      "name": {"type": "string"},
      "address": {"$ref": "#/$defs/address"},
      "contactMethod": {"type": "string", "enum": ["phone", "email"]},
      "phone": {"type": "string"},
      "email": {"type": "string"}
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": false
  })")
      .as_object();
}

json::object region_schema() {
  return json::parse(R"({
    "type": "object",
    "properties": {"region": {"type": "string", "x-mcp-header": "Region"}},
    "required": ["region"]
  })")
      .as_object();
}

}  // namespace

void add_tools(server& server) {
  const auto harmless = tool_options().read_only().open_world(false);
  server.tool("test_simple_text", "Returns text", simple_text, harmless)
      .tool("test_image_content", "Returns an image", image, harmless)
      .tool("test_audio_content", "Returns a sound", audio, harmless)
      .tool("test_embedded_resource", "Returns an embedded resource", embedded, harmless)
      .tool("test_multiple_content_types", "Returns text, an image and a resource", mixed, harmless)
      .tool("test_tool_with_logging", "Sends log messages while it runs", with_logging, harmless)
      .tool("test_logging_tool", "Sends log messages when asked for them", with_logging, harmless)
      .tool("test_tool_with_progress", "Reports progress while it runs", with_progress, harmless)
      .tool("test_reconnection", "Ends its connection before its answer", with_reconnection,
            harmless)
      .tool("test_error_handling", "Always fails", fails, harmless)
      .tool("json_schema_2020_12_tool", "Has a schema with keywords of 2020-12", accepted,
            tool_options(harmless).input_schema(schema_2020_12()))
      .tool("test_custom_header", "Has an argument that is repeated in a header", in_region,
            tool_options(harmless).input_schema(region_schema()));

  // What comes and goes at once: listen streams are told, the lists remain.
  server.tool("test_trigger_tool_change", "Changes the list of tools",
              [&server]() -> awaitable<std::string> {
                server.tool("test_passing_tool", "Not there for long", simple_text);
                server.remove_tool("test_passing_tool");
                co_return "The list of tools has changed";
              });
  server.tool("test_trigger_prompt_change", "Changes the list of prompts",
              [&server]() -> awaitable<std::string> {
                server.prompt("test_passing_prompt", "Not there for long", simple_text);
                server.remove_prompt("test_passing_prompt");
                co_return "The list of prompts has changed";
              });
}

}  // namespace everything
