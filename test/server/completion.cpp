// Completion over the wire.

#include "comcp/server/completion.hpp"

#include "server/support.hpp"

using namespace test;

namespace {

json::object complete(std::string_view ref, std::string_view argument, std::string_view value) {
  json::object params;
  params["ref"] = obj(ref);
  json::object a;
  a["name"] = argument;
  a["value"] = value;
  params["argument"] = std::move(a);
  return params;
}

constexpr const char* prompt_ref = R"({"type":"ref/prompt","name":"p"})";
constexpr const char* template_ref = R"({"type":"ref/resource","uri":"x:{id}"})";

awaitable<std::string> text() {
  co_return "";
}

const json::object& completion_of(const json::value& answer) {
  return result_of(answer).at("completion").as_object();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(completions)

// completion:prompt-arg, completion:resource-template-arg, completion:context-arguments
COMCP_TEST_CORO(suggests_for_prompts_and_templates) {
  server s("s", "1");
  s.prompt("p", "", text, prompt_options().argument("lang", "").argument("other", ""));
  s.resource_template("x:{id}", "x", text);
  s.completion(completion_target::prompt("p", "lang"), {"C", "C++", "Cobol", "Python"});
  s.completion(completion_target::resource_template("x:{id}", "id"),
               [](completion_request r, request_context&) -> awaitable<completion> {
                 co_await checkpoint();
                 completion c({r.value + "1", r.value + r.arguments["kind"]});
                 c.total = 7;
                 c.has_more = true;
                 co_return c;
               });
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    auto a = co_await c.ask("completion/complete", complete(prompt_ref, "lang", "c"));
    BOOST_TEST(completion_of(a).at("values") == parsed(R"(["C","C++","Cobol"])"));
    a = co_await c.ask("completion/complete", complete(prompt_ref, "other", "c"));
    BOOST_TEST(completion_of(a).at("values").as_array().empty());
    auto params = complete(template_ref, "id", "a");
    params["context"] = obj(R"({"arguments":{"kind":"k"}})");
    a = co_await c.ask("completion/complete", std::move(params));
    BOOST_TEST(completion_of(a) == obj(R"({"values":["a1","ak"],"total":7,"hasMore":true})"));
    a = co_await c.ask("completion/complete",
                       complete(R"({"type":"ref/resource","uri":"x:7"})", "id", "a"));
    BOOST_TEST(completion_of(a).at("values") == parsed(R"(["a1","a"])"));
  });
}

// completion:result-shape
// S-COMP-01
COMCP_TEST_CORO(more_than_a_hundred_are_cut) {
  server s("s", "1");
  s.prompt("p", "", text, prompt_options().argument("n", ""));
  s.completion(completion_target::prompt("p", "n"),
               [](completion_request) -> awaitable<std::vector<std::string>> {
                 co_return std::vector<std::string>(250, "x");
               });
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    auto a = co_await c.ask("completion/complete", complete(prompt_ref, "n", ""));
    BOOST_TEST(completion_of(a).at("values").as_array().size() == 100U);
    BOOST_TEST(completion_of(a).at("hasMore") == true);
    BOOST_TEST(completion_of(a).at("total") == 250);
  });
}

// completion:error:invalid-ref
COMCP_TEST_CORO(unknown_targets_are_invalid_params) {
  server s("s", "1");
  s.prompt("p", "", text, prompt_options().argument("n", ""));
  s.completion(completion_target::prompt("p", "n"), {"a"});
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    const auto refused = [&](json::object params) -> awaitable<void> {
      auto a = co_await c.ask("completion/complete", params);
      BOOST_TEST_CONTEXT(json::serialize(params)) {
        BOOST_TEST(code_of(a) == -32602);
      }
    };
    co_await refused(complete(R"({"type":"ref/prompt","name":"q"})", "n", ""));
    co_await refused(complete(prompt_ref, "m", ""));
    co_await refused(complete(template_ref, "id", ""));
    co_await refused(complete(R"({"type":"ref/other"})", "n", ""));
    co_await refused(obj("{}"));
    co_await refused(obj(R"({"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"n"}})"));
  });
}

COMCP_TEST_CORO(without_any_there_is_no_such_method) {
  server s("s", "1");
  s.prompt("p", "", text, prompt_options().argument("n", ""));
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    auto a = co_await c.ask("completion/complete", complete(prompt_ref, "n", ""));
    BOOST_TEST(code_of(a) == -32601);
  });
}

BOOST_AUTO_TEST_SUITE_END()
