// What goes over the wire, message by message, in each revision: the same conversation with the
// fixture of the official suite, compared with test/conformance/golden/<revision>.jsonl. A line is
// what the client (">") or the server ("<") sent. After a wanted change:
//
//   COMCP_GOLDEN=write build/dev/bin/test_conformance     writes the files anew; review the diff

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "everything_server/everything.hpp"
#include "server/support.hpp"
#include "support/paths.hpp"

using namespace test;

namespace {

/// A client that writes down what is said.
class recorder {
 public:
  recorder(std::unique_ptr<transport> end, const protocol::rules& r)
      : peer_(std::move(end), r.id), rules_(r) {}

  awaitable<void> say(std::string text) {
    lines_.push_back("> " + text);
    co_await peer_.send(std::move(text));
  }
  /// What comes until the answer to `id`, or the next message when it is empty.
  awaitable<void> hear(json::value id, std::string method) {
    for (;;) {
      std::string text = co_await peer_.expect_text();
      const json::value message = json::parse(text);
      const json::value* its_id = message.as_object().if_contains("id");
      const bool is_answer = its_id && *its_id == id;
      const std::string wrong =
          comcp::test::check_message(text, rules_, is_answer ? method : std::string());
      BOOST_TEST(wrong.empty(), wrong);
      lines_.push_back("< " + std::move(text));
      if (is_answer) co_return;
    }
  }
  awaitable<void> ask(std::string method, std::string_view params = "{}") {
    const std::int64_t id = ++last_id_;
    co_await say(peer_.request_text(id, method, json::parse(params).as_object()));
    co_await hear(id, method);
  }
  awaitable<void> call(std::string tool, std::string arguments = "{}") {
    co_await ask("tools/call", R"({"name":")" + tool + R"(","arguments":)" + arguments + "}");
  }
  void close() { peer_.close(); }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  testing::raw_peer peer_;
  const protocol::rules& rules_;
  std::int64_t last_id_ = 0;
  std::vector<std::string> lines_;
};

awaitable<void> opening(recorder& c, const protocol::rules& r) {
  if (r.era == protocol::era::modern) {
    co_await c.ask("server/discover");
    co_await c.ask("initialize");  // of the other era
    co_return;
  }
  co_await c.ask("initialize",
                 R"({"protocolVersion":")" + std::string(r.name) +
                     R"(","capabilities":{},"clientInfo":{"name":"golden","version":"1"}})");
  co_await c.say(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  co_await c.ask("ping");
}

awaitable<void> tools(recorder& c, const protocol::rules& r) {
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
  if (r.era == protocol::era::modern) {
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

std::string golden(const protocol::rules& r, const std::vector<std::string>& lines) {
  const auto file =
      comcp::test::source_dir() / "test/conformance/golden" / (std::string(r.name) + ".jsonl");
  const char* mode = std::getenv("COMCP_GOLDEN");  // NOLINT: one thread
  if (mode && std::string_view(mode) == "write") {
    std::ofstream out(file);
    for (const std::string& line : lines)
      out << line << '\n';
    return {};
  }
  std::ifstream in(file);
  std::string expected;
  for (std::size_t i = 0; i != lines.size(); ++i) {
    if (!std::getline(in, expected)) return "ends before " + lines[i];
    if (expected != lines[i]) {
      return "line " + std::to_string(i + 1) + "\n  expected " + expected + "\n  got      " +
             lines[i];
    }
  }
  return std::getline(in, expected) ? "goes on with " + expected : std::string();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(golden_transcripts)

COMCP_TEST_CORO(each_revision_has_the_conversation_that_its_file_tells) {
  for (const protocol::rules& r : protocol::all_rules()) {
    server s("everything", "1.0");
    everything::add_tools(s);
    everything::add_resources(s);
    everything::add_prompts(s);
    auto ends = make_memory_transports();
    recorder c(std::move(ends.second), r);
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      group.start_soon([&] { return serve(s, *ends.first); }, "server");
      co_await opening(c, r);
      co_await tools(c, r);
      co_await resources(c);
      co_await prompts(c);
      co_await mistakes(c);
      c.close();
    });
    BOOST_TEST_CONTEXT(r.name) {
      const std::string different = golden(r, c.lines());
      BOOST_TEST(different.empty(), different);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
