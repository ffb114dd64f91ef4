// The code of docs/resources.md.

#include <map>
#include <string>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "server/support.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

void add_fixed(server& server) {
  // [resource-fixed]
  server.resource(
      "config://app", "config",
      []() -> comcp::awaitable<std::string> { co_return "verbose = true\n"; },
      comcp::resource_options().description("The configuration").mime_type("text/plain"));
  server.resource("image://logo", "logo", []() -> comcp::awaitable<std::vector<std::byte>> {
    co_return std::vector<std::byte>(16);  // bytes are sent as base64
  });
  // [/resource-fixed]
}

// [resource-template]
struct file_at {
  std::string folder;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(file_at, (), (folder, name))

comcp::awaitable<std::optional<std::string>> read_file(file_at where) {
  static const std::map<std::string, std::string> files{{"docs/a b.txt", "text"}};
  const auto found = files.find(where.folder + "/" + where.name);
  if (found == files.end()) co_return std::nullopt;  // "not found", as the revision wants it
  co_return found->second;
}
// [/resource-template]

void add_template(server& server) {
  // [resource-template-register]
  server.resource_template("file:///{folder}/{name}", "file", read_file,
                           comcp::resource_options().mime_type("text/plain"));
  server.completion(
      comcp::completion_target::resource_template("file:///{folder}/{name}", "folder"),
      {"docs", "images"});
  // [/resource-template-register]
}

void add_cached(server& server) {
  // [resource-cache]
  server.resource(
      "list://countries", "countries",
      []() -> comcp::awaitable<comcp::json::value> { co_return comcp::json::array{"NO", "SE"}; },
      comcp::resource_options().cache({24h, comcp::protocol::cache_scope::public_}));
  // [/resource-cache]
}

void add_reader(server& server) {
  // [resource-read]
  server.tool("limits", "What is allowed",
              [&server](comcp::request_context& ctx) -> comcp::awaitable<std::string> {
                const auto read = co_await server.read_resource("config://app", ctx);
                co_return "The configuration is: " + read.contents.at(0).text;
              });
  // [/resource-read]
}

}  // namespace

BOOST_AUTO_TEST_SUITE(docs_resources)

COMCP_TEST_CORO(fixed_and_templates) {
  server s("s", "1");
  add_fixed(s);
  add_template(s);
  add_cached(s);
  add_reader(s);
  co_await with_client(s, revision::v2026_07_28, [](client& c) -> awaitable<void> {
    auto read = co_await c.ask("resources/read", obj(R"({"uri":"config://app"})"));
    BOOST_TEST(result_of(read).at("contents").at(0).at("text") == "verbose = true\n");
    read = co_await c.ask("resources/read", obj(R"({"uri":"image://logo"})"));
    BOOST_TEST(result_of(read).at("contents").at(0).at("blob") == "AAAAAAAAAAAAAAAAAAAAAA==");
    read = co_await c.ask("resources/read", obj(R"({"uri":"file:///docs/a%20b.txt"})"));
    BOOST_TEST(result_of(read).at("contents").at(0).at("text") == "text");
    read = co_await c.ask("resources/read", obj(R"({"uri":"file:///docs/c"})"));
    BOOST_TEST(code_of(read) == -32602);
    auto called = co_await c.ask("tools/call", obj(R"({"name":"limits"})"));
    BOOST_TEST(text_of(called) == "The configuration is: verbose = true\n");
    read = co_await c.ask("resources/read", obj(R"({"uri":"list://countries"})"));
    BOOST_TEST(result_of(read).at("ttlMs") == 24 * 3600 * 1000);
    BOOST_TEST(result_of(read).at("cacheScope") == "public");
  });
}

COMCP_TEST_CORO(subscribers_are_told) {
  server server("s", "1");
  add_fixed(server);
  co_await with_client(server, revision::v2025_11_25, [&](client& c) -> awaitable<void> {
    co_await c.ask("resources/subscribe", obj(R"({"uri":"config://app"})"));
    // [resource-updated]
    server.resource_updated("config://app");  // from any thread; who subscribed is told
    // [/resource-updated]
    auto told = co_await c.next();
    BOOST_TEST(told.at("method") == "notifications/resources/updated");
  });
}

BOOST_AUTO_TEST_SUITE_END()
