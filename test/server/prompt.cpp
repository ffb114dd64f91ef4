// Prompts over the wire.

#include "comcp/server/prompt.hpp"

#include "server/support.hpp"

#include <boost/describe/class.hpp>

using namespace test;

namespace {

struct review_args {
  std::string code;
  std::optional<int> depth;
};
BOOST_DESCRIBE_STRUCT(review_args, (), (code, depth))

[[maybe_unused]] void annotate(json::notes<review_args>& about) {
  about(&review_args::code, "What to review");
}

json::object get(std::string_view name, std::string_view arguments = "{}") {
  json::object params;
  params["name"] = name;
  params["arguments"] = obj(arguments);
  return params;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(prompts)

// prompts:list:basic, prompts:get:with-args, mcpserver:prompt:decorated,
// mcpserver:prompt:optional-args
COMCP_TEST_CORO(members_of_a_struct_are_the_arguments) {
  server s("s", "1");
  s.prompt("review", "Reviews code", [](review_args a) -> awaitable<std::string> {
    co_await checkpoint();
    co_return a.code + " " + std::to_string(a.depth.value_or(1));
  });
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    auto a = co_await c.ask("prompts/list");
    BOOST_TEST(result_of(a).at("prompts") ==
               parsed(R"([{"name":"review","description":"Reviews code","arguments":[
                 {"name":"code","description":"What to review","required":true},{"name":"depth"}]}])"));
    a = co_await c.ask("prompts/get", get("review", R"({"code":"42","depth":"7"})"));
    BOOST_TEST(result_of(a).at("messages") ==
               parsed(R"([{"role":"user","content":{"type":"text","text":"42 7"}}])"));
    BOOST_TEST(result_of(a).at("description") == "Reviews code");
    a = co_await c.ask("prompts/get", get("review", R"({"code":"x","depth":"deep"})"));
    BOOST_TEST(code_of(a) == -32602);
    BOOST_TEST((error_of(a).at("message").as_string().find("/depth") != std::string_view::npos));
  });
}

// prompts:get:missing-required-args, prompts:get:unknown-name, mcpserver:prompt:unknown-name,
// mcpserver:prompt:args-validation
// S-PROM-01
COMCP_TEST_CORO(missing_arguments_and_unknown_prompts_are_invalid_params) {
  server s("s", "1");
  bool called = false;
  s.prompt(
      "map", "",
      [&called](std::map<std::string, std::string> a) -> awaitable<std::string> {
        called = true;
        co_return a.at("x");
      },
      prompt_options().argument("x", "the x").argument("y", "the y").argument("z", "", false));
  co_await on_every_revision(s, [&](client& c) -> awaitable<void> {
    called = false;
    auto a = co_await c.ask("prompts/get", get("map", R"({"z":"1"})"));
    BOOST_TEST(code_of(a) == -32602);
    BOOST_TEST(error_of(a).at("message") ==
               R"(Invalid params: missing required argument "x", "y")");
    BOOST_TEST(!called);
    a = co_await c.ask("prompts/get", get("map", R"({"x":"1","y":"2","other":"3"})"));
    BOOST_TEST(result_of(a).at("messages").as_array().size() == 1U);
    for (const char* params :
         {R"({"name":"none"})", R"({"name":1})", "{}",
          R"({"name":"map","arguments":{"x":1,"y":"2"}})", R"({"name":"map","arguments":[]})"}) {
      a = co_await c.ask("prompts/get", obj(params));
      BOOST_TEST_CONTEXT(params) {
        BOOST_TEST(code_of(a) == -32602);
      }
    }
  });
}

// prompts:get:multi-message, prompts:get:content:audio, prompts:get:content:image,
// prompts:get:content:embedded-resource, prompts:get:no-args
COMCP_TEST_CORO(messages_of_both_roles_and_every_content) {
  server s("s", "1");
  s.prompt("talk", "", []() -> awaitable<std::vector<prompt_message>> {
    std::vector<prompt_message> all;
    all.emplace_back(protocol::role::user, "question");
    all.emplace_back(protocol::role::assistant, "answer");
    all.emplace_back(protocol::role::user, protocol::image_content("aGk=", "image/png"));
    all.emplace_back(protocol::role::user, protocol::embedded_resource(resource_contents::of_text(
                                               "x:a", "text", "text/plain")));
    co_return all;
  });
  s.prompt("own", "general", []() -> awaitable<get_prompt_result> {
    get_prompt_result r;
    r.description = "special";
    co_return r;
  });
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    auto a = co_await c.ask("prompts/get", get("talk"));
    const auto& all = result_of(a).at("messages").as_array();
    BOOST_TEST(all.size() == 4U);
    BOOST_TEST(all.at(1).at("role") == "assistant");
    BOOST_TEST(all.at(3).at("content").at("type") == "resource");
    a = co_await c.ask("prompts/get", get("own"));
    BOOST_TEST(result_of(a).at("description") == "special");
  });
}

BOOST_AUTO_TEST_SUITE_END()
