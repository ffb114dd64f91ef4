// Resources and templates over the wire.

#include "comcp/server/resource.hpp"
#include "comcp/server/safe_path.hpp"

#include "server/support.hpp"

#include <boost/describe/class.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace test;
using namespace std::chrono_literals;

namespace {

struct row_key {
  std::string table;
  int row = 0;
};
BOOST_DESCRIBE_STRUCT(row_key, (), (table, row))

struct row_data {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(row_data, (), (name))

json::object uri(std::string_view u) {
  json::object params;
  params["uri"] = u;
  return params;
}

const json::value& content(const json::value& answer, std::size_t i = 0) {
  return result_of(answer).at("contents").as_array().at(i);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resources)

// resources:read:text, resources:read:blob, mcpserver:resource:static
COMCP_TEST_CORO(contents_of_every_kind_are_read) {
  server s("s", "1");
  s.resource(
      "x:text", "text", []() -> awaitable<std::string> { co_return "hello"; },
      resource_options().mime_type("text/plain"));
  s.resource("x:bytes", "bytes", []() -> awaitable<std::vector<std::byte>> {
    co_return std::vector<std::byte>{std::byte{0}, std::byte{255}};
  });
  s.resource("x:json", "json", []() -> awaitable<row_data> {
    row_data d;
    d.name = "Ada";
    co_return d;
  });
  s.resource("x:several", "several",
             [](resource_request r) -> awaitable<std::vector<resource_contents>> {
               std::vector<resource_contents> all;
               all.push_back(resource_contents::of_text(r.uri + "/1", "one"));
               all.push_back(resource_contents::of_text("", "two"));
               co_return all;
             });
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    auto a = co_await c.ask("resources/read", uri("x:text"));
    BOOST_TEST(content(a) == parsed(R"({"uri":"x:text","mimeType":"text/plain","text":"hello"})"));
    // S-RES-05
    a = co_await c.ask("resources/read", uri("x:bytes"));
    BOOST_TEST(content(a) == parsed(R"({"uri":"x:bytes","blob":"AP8="})"));
    a = co_await c.ask("resources/read", uri("x:json"));
    BOOST_TEST(
        content(a) ==
        parsed(R"({"uri":"x:json","mimeType":"application/json","text":"{\"name\":\"Ada\"}"})"));
    a = co_await c.ask("resources/read", uri("x:several"));
    BOOST_TEST(content(a, 0).at("uri") == "x:several/1");
    BOOST_TEST(content(a, 1).at("uri") == "x:several");
  });
}

// resources:read:template-vars, mcpserver:resource:template, resources:templates:list
COMCP_TEST_CORO(templates_give_their_values_to_the_handler) {
  server s("s", "1");
  s.resource_template("db://{table}/{row}", "row", [](row_key k) -> awaitable<std::string> {
    co_await checkpoint();
    co_return k.table + "#" + std::to_string(k.row);
  });
  s.resource_template(
      "file:///{+path}", "file",
      [](const resource_request& r, request_context&) -> awaitable<std::optional<std::string>> {
        co_await checkpoint();
        if (r.variables.at("path") == "none") co_return std::nullopt;
        co_return r.uri + " " + r.variables.at("path");
      },
      resource_options().mime_type("text/plain"));
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    auto a = co_await c.ask("resources/read", uri("db://my%20table/7"));
    BOOST_TEST(content(a).at("text") == "my table#7");
    BOOST_TEST(content(a).at("uri") == "db://my%20table/7");
    a = co_await c.ask("resources/read", uri("db://t/x"));
    BOOST_TEST(code_of(a) == -32602);
    BOOST_TEST((error_of(a).at("message").as_string().find("row") != std::string_view::npos));
    a = co_await c.ask("resources/read", uri("file:///a/b"));
    BOOST_TEST(content(a).at("text") == "file:///a/b a/b");
    BOOST_TEST(content(a).at("mimeType") == "text/plain");
    a = co_await c.ask("resources/read", uri("file:///none"));
    BOOST_TEST(code_of(a) == c.rules.resource_not_found_code);
  });
}

// resources:read:unknown-uri, mcpserver:resource:unknown-uri
// S-RES-01, S-RES-02, S-RES-03
COMCP_TEST_CORO(a_missing_resource_has_the_code_of_the_revision) {
  server s("s", "1");
  s.resource("x:a", "a", []() -> awaitable<std::string> { throw not_found_error(); });
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    for (const char* missing : {"x:a", "x:none", "not a uri"}) {
      auto a = co_await c.ask("resources/read", uri(missing));
      BOOST_TEST_CONTEXT(missing) {
        BOOST_TEST(code_of(a) == c.rules.resource_not_found_code);
        BOOST_TEST(error_of(a).at("data").at("uri") == missing);
      }
    }
    auto a = co_await c.ask("resources/read", obj(R"({"uri":7})"));
    BOOST_TEST(code_of(a) == -32602);
    a = co_await c.ask("resources/read");
    BOOST_TEST(code_of(a) == -32602);
  });
}

// S-RES-04
COMCP_TEST_CORO(a_template_over_a_folder_gives_nothing_outside_of_it) {
  namespace fs = std::filesystem;
  class folder {
   public:
    folder() : top(fs::temp_directory_path() / ("comcp-resource-" + std::to_string(getpid()))) {
      fs::create_directories(top / "root/docs");
      std::ofstream(top / "root/docs/a.txt") << "for all";
      std::ofstream(top / "other.txt") << "hunter2";
      fs::create_symlink(top / "other.txt", top / "root/link");
    }
    ~folder() { fs::remove_all(top); }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;
    fs::path top;
  };
  const folder files;
  server s("s", "1");
  const auto read = [root = files.top / "root"](
                        const resource_request& r,
                        request_context&) -> awaitable<std::optional<std::string>> {
    const auto where = path_below(root, r.variables.at("path"));
    if (!where || !fs::is_regular_file(*where)) co_return std::nullopt;
    std::ifstream in(*where);
    co_return std::string(std::istreambuf_iterator<char>(in), {});
  };
  s.resource_template("file:///{+path}", "files", read);
  s.resource_template("one:{path}", "one file", read);
  co_await on_every_revision(s, [&](client& c) -> awaitable<void> {
    auto a = co_await c.ask("resources/read", uri("file:///docs/a.txt"));
    BOOST_TEST(content(a).at("text") == "for all");
    a = co_await c.ask("resources/read", uri("one:docs%2Fa.txt"));
    BOOST_TEST(content(a).at("text") == "for all");
    const std::string absolute = "file:///" + (files.top / "other.txt").string();
    for (const std::string& bad :
         {std::string("file:///../other.txt"), std::string("file:///docs/../../other.txt"),
          std::string("file:///%2e%2e/other.txt"), std::string("file:///..%2Fother.txt"),
          std::string("file:///%2e%2e%2fother.txt"),
          std::string("file:///docs/..%5C..%5Cother.txt"), std::string("file:///docs/a.txt%00"),
          std::string("file:///%"), std::string("file:///%zz"), std::string("file:///link"),
          std::string("file:///"), std::string("file:///docs"),
          std::string("file://elsewhere/docs/a.txt"), std::string("one:..%2Fother.txt"),
          std::string("one:%252e%252e%252fother.txt"), std::string("../other.txt"), absolute}) {
      a = co_await c.ask("resources/read", uri(bad));
      BOOST_TEST_CONTEXT(bad) {
        BOOST_TEST(code_of(a) == c.rules.resource_not_found_code);
        BOOST_TEST((json::serialize(a).find("hunter2") == std::string::npos));
      }
    }
  });
}

// S-RES-04
BOOST_AUTO_TEST_CASE(what_is_no_uri_is_not_registered) {
  server s("s", "1");
  const auto read = []() -> awaitable<std::string> { co_return ""; };
  for (const char* bad : {"", "docs/a.txt", "/etc/passwd", "file:///a b", "file:///a\nb", ":x"})
    BOOST_CHECK_THROW(s.resource(bad, "name", read), registration_error);
  for (const char* bad : {"file:///{path", "file:///{}", "file:///{+path}{+more"})
    BOOST_CHECK_THROW(s.resource_template(bad, "name", read), registration_error);
}

// resources:list:basic, resources:annotations
COMCP_TEST_CORO(lists_say_what_the_author_said) {
  server s("s", "1");
  protocol::annotations hints;
  hints.audience = {"user"};
  hints.priority = 0.5;
  hints.last_modified = "2026-01-01T00:00:00Z";
  const auto read = []() -> awaitable<std::string> { co_return ""; };
  s.resource("x:a", "a", read,
             resource_options()
                 .title("A")
                 .description("the a")
                 .mime_type("text/plain")
                 .size(7)
                 .annotations(hints)
                 .meta("example.com/k", true));
  s.resource_template("x:{id}", "any", read, resource_options().title("Any").description("each"));
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    auto a = co_await c.ask("resources/list");
    const auto& r = result_of(a).at("resources").as_array().at(0).as_object();
    BOOST_TEST(r.at("uri") == "x:a");
    BOOST_TEST(r.at("name") == "a");
    BOOST_TEST(r.at("description") == "the a");
    BOOST_TEST(r.at("mimeType") == "text/plain");
    BOOST_TEST(r.at("size") == 7);
    BOOST_TEST(r.at("annotations").at("priority") == 0.5);
    BOOST_TEST(r.contains("title") == c.rules.title);
    a = co_await c.ask("resources/templates/list");
    const auto& t = result_of(a).at("resourceTemplates").as_array().at(0).as_object();
    BOOST_TEST(t.at("uriTemplate") == "x:{id}");
    BOOST_TEST(t.at("description") == "each");
  });
}

// S-CACHE-01
COMCP_TEST_CORO(caching_hints_are_the_resources_own_or_the_servers) {
  using protocol::cache_hints;
  using protocol::cache_scope;
  server s("s", "1",
           server_options()
               .cache_reads(cache_hints(1s, cache_scope::private_))
               .cache_lists(cache_hints(2s, cache_scope::public_)));
  const auto read = []() -> awaitable<std::string> { co_return ""; };
  s.resource("x:a", "a", read);
  s.resource("x:b", "b", read, resource_options().cache(cache_hints(3s, cache_scope::public_)));
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    auto a = co_await c.ask("resources/read", uri("x:a"));
    auto b = co_await c.ask("resources/read", uri("x:b"));
    auto l = co_await c.ask("resources/list");
    BOOST_TEST(result_of(a).contains("ttlMs") == c.rules.cache_hints);
    if (!c.rules.cache_hints) co_return;
    BOOST_TEST(result_of(a).at("ttlMs") == 1000);
    BOOST_TEST(result_of(a).at("cacheScope") == "private");
    BOOST_TEST(result_of(b).at("ttlMs") == 3000);
    BOOST_TEST(result_of(b).at("cacheScope") == "public");
    BOOST_TEST(result_of(l).at("ttlMs") == 2000);
    BOOST_TEST(result_of(l).at("cacheScope") == "public");
  });
}

// mcpserver:resource:read-throws-surfaced
// R-06
COMCP_TEST_CORO(a_failing_handler_leaks_nothing) {
  auto log = std::make_shared<recording_sink>();
  server s("s", "1", logging_to(log));
  s.resource("x:a", "a", []() -> awaitable<std::string> {
    co_await checkpoint();
    throw std::runtime_error("password=hunter2");
  });
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    auto a = co_await c.ask("resources/read", uri("x:a"));
    BOOST_TEST(code_of(a) == -32603);
    BOOST_TEST(error_of(a).at("message") == "Internal error");
  });
  BOOST_TEST(log->count("hunter2") == 5U);
}

BOOST_AUTO_TEST_SUITE_END()
