// Resources, prompts, completion, logging. spec: server

#include "matrix/scenario.hpp"

using namespace test::matrix;

namespace {

json::object uri(std::string_view u) {
  json::object o;
  o["uri"] = u;
  return o;
}

bool has_levels(const pair& p) {
  return has_session(p) && has_early_messages(p);
}

json::object with_level(std::string_view level) {
  json::object meta;
  meta["io.modelcontextprotocol/logLevel"] = level;
  json::object params = obj(R"({"name":"logs"})");
  params["_meta"] = std::move(meta);
  return params;
}

json::object complete(std::string_view ref, std::string_view argument, std::string_view value) {
  json::object params;
  params["ref"] = parsed(ref);
  json::object a;
  a["name"] = argument;
  a["value"] = value;
  params["argument"] = std::move(a);
  return params;
}

constexpr std::string_view greeting = R"({"type":"ref/prompt","name":"greeting"})";
constexpr std::string_view pages = R"({"type":"ref/resource","uri":"test://pages/{number}"})";

}  // namespace

BOOST_AUTO_TEST_SUITE(matrix_resources)

COMCP_MATRIX(resources_are_listed_with_what_their_revision_tells,
             proves("resources:list:basic resources:annotations mcpserver:resource:static "
                    "resources:templates:list")) {
  const json::array all = co_await c.list("resources/list", "resources");
  const json::object& r = entry(all, "annotated");
  BOOST_TEST(r.at("uri") == "test://annotated");
  BOOST_TEST(r.at("description") == "Has all that a resource can have");
  BOOST_TEST(r.at("mimeType") == "text/plain");
  BOOST_TEST(r.at("annotations").at("audience") == parsed(R"(["user"])"));
  BOOST_TEST(r.at("annotations").at("priority") == 0.5);
  BOOST_TEST(r.contains("title") == c.rules.title);
  BOOST_TEST(r.contains("_meta") == c.rules.title);
  const json::array templates = co_await c.list("resources/templates/list", "resourceTemplates");
  BOOST_TEST(entry(templates, "pages").at("uriTemplate") == "test://pages/{number}");
  BOOST_TEST(entry(templates, "pages").at("description") == "Numbered pages");
}

COMCP_MATRIX(text_and_bytes_are_read,
             proves("resources:read:text resources:read:blob resources:read:template-vars "
                    "mcpserver:resource:static mcpserver:resource:template")
                 .on_real_routes()) {
  const auto text = co_await c.result("resources/read", uri("test://static-text"));
  const json::value& first = text.at("contents").at(0);
  BOOST_TEST(first.at("uri") == "test://static-text");
  BOOST_TEST(first.at("mimeType") == "text/plain");
  BOOST_TEST(first.at("text") == "This is the content of the static text resource.");
  const auto blob = co_await c.result("resources/read", uri("test://static-binary"));
  BOOST_TEST(blob.at("contents").at(0).at("blob").as_string().starts_with("iVBOR"));
  const auto page = co_await c.result("resources/read", uri("test://pages/6"));
  BOOST_TEST(page.at("contents").at(0).at("text") == "page 7 follows");
  BOOST_TEST(page.at("contents").at(0).at("uri") == "test://pages/6");
}

COMCP_MATRIX(an_unknown_resource_has_the_code_of_its_revision,
             proves("resources:read:unknown-uri mcpserver:resource:unknown-uri")) {
  const auto refused = co_await c.error("resources/read", uri("test://unknown"));
  BOOST_TEST(refused.at("code") == c.rules.resource_not_found_code);
  BOOST_TEST(refused.at("data").at("uri") == "test://unknown");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(matrix_prompts)

COMCP_MATRIX(prompts_are_listed_with_their_arguments,
             proves("prompts:list:basic mcpserver:prompt:decorated")) {
  const json::array all = co_await c.list("prompts/list", "prompts");
  const json::object& p = entry(all, "greeting");
  BOOST_TEST(p.at("description") == "Greets somebody");
  BOOST_TEST(p.contains("title") == c.rules.title);
  const json::array& arguments = p.at("arguments").as_array();
  BOOST_TEST(entry(arguments, "who").at("required") == true);
  BOOST_TEST(entry(arguments, "who").at("description") == "Who is greeted");
  const auto* optional = entry(arguments, "tone").if_contains("required");
  BOOST_TEST((!optional || *optional == false));
}

COMCP_MATRIX(prompts_are_made_of_their_arguments,
             proves("prompts:get:no-args prompts:get:with-args prompts:get:multi-message "
                    "prompts:get:content:image prompts:get:content:audio "
                    "prompts:get:content:embedded-resource mcpserver:prompt:optional-args "
                    "mcpserver:prompt:decorated")) {
  const auto get = [&](std::string params) { return c.result("prompts/get", obj(params)); };
  const auto simple = co_await get(R"({"name":"test_simple_prompt"})");
  BOOST_TEST(simple.at("messages").at(0).at("content").at("text") ==
             "This is a simple prompt for testing.");
  const auto with = co_await get(R"({"name":"greeting","arguments":{"who":"Ada","tone":"Hi"}})");
  BOOST_TEST(with.at("messages").at(0).at("content").at("text") == "Hi, Ada");
  const auto without = co_await get(R"({"name":"greeting","arguments":{"who":"Ada"}})");
  BOOST_TEST(without.at("messages").at(0).at("content").at("text") == "Hello, Ada");
  const auto several = co_await get(R"({"name":"dialogue"})");
  BOOST_TEST(several.at("messages").at(0).at("role") == "user");
  BOOST_TEST(several.at("messages").at(1).at("role") == "assistant");
  BOOST_TEST(several.at("messages").at(2).at("content").at("type") ==
             (c.rules.audio_content ? "audio" : "text"));
  const auto image = co_await get(R"({"name":"test_prompt_with_image"})");
  BOOST_TEST(image.at("messages").at(0).at("content").at("mimeType") == "image/png");
  const auto embedded = co_await get(
      R"({"name":"test_prompt_with_embedded_resource","arguments":{"resourceUri":"test://x"}})");
  BOOST_TEST(embedded.at("messages").at(0).at("content").at("resource").at("uri") == "test://x");
}

COMCP_MATRIX(prompts_that_cannot_be_made_are_refused,
             proves("prompts:get:missing-required-args prompts:get:unknown-name "
                    "mcpserver:prompt:args-validation mcpserver:prompt:unknown-name")) {
  for (const char* params : {R"({"name":"greeting"})", R"({"name":"no_such_prompt"})",
                             R"({"name":"greeting","arguments":{"who":7}})"}) {
    const auto refused = co_await c.error("prompts/get", obj(params));
    BOOST_TEST(refused.at("code") == -32602, params);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(matrix_completion)

COMCP_MATRIX(arguments_are_completed,
             proves("completion:prompt-arg completion:resource-template-arg "
                    "completion:result-shape")) {
  const auto tones = co_await c.result("completion/complete", complete(greeting, "tone", "H"));
  BOOST_TEST(tones.at("completion").at("values") == parsed(R"(["Hello"])"));
  const auto numbers = co_await c.result("completion/complete", complete(pages, "number", "1"));
  BOOST_TEST(numbers.at("completion").at("values").as_array().size() == 100U);
  BOOST_TEST(numbers.at("completion").at("hasMore") == true);
  BOOST_TEST(numbers.at("completion").at("values").at(7) == "17");
}

COMCP_MATRIX(what_was_chosen_before_reaches_the_completion,
             proves("completion:context-arguments").where("no context", [](const pair& p) {
               return p.rules.completion_context;
             })) {
  json::object params = complete(greeting, "tone", "");
  params["context"] = parsed(R"({"arguments":{"who":"Ada"}})");
  const auto tones = co_await c.result("completion/complete", std::move(params));
  BOOST_TEST(tones.at("completion").at("values").at(0) == "Hello Ada");
}

COMCP_MATRIX(what_does_not_exist_is_not_completed, proves("completion:error:invalid-ref")) {
  for (const char* ref : {R"({"type":"ref/prompt","name":"no_such_prompt"})",
                          R"({"type":"ref/resource","uri":"no:such"})", R"({"type":"ref/tool"})"}) {
    const auto refused = co_await c.error("completion/complete", complete(ref, "a", ""));
    BOOST_TEST(refused.at("code") == -32602, ref);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(matrix_logging)

COMCP_MATRIX(messages_of_every_level_arrive_before_the_answer,
             proves("logging:message:all-levels logging:message:fields logging:set-level "
                    "tools:call:logging-mid-execution mcpserver:context:logging")
                 .where("no levels",
                        [](const pair& p) {
                          return has_early_messages(p) && (p.modern() || has_session(p));
                        })
                 .on_real_routes()) {
  json::object params = with_level("debug");
  if (!c.rules.log_level_per_request) {
    const auto set = co_await c.result("logging/setLevel", obj(R"({"level":"debug"})"));
    BOOST_TEST(set.empty());
    params.erase("_meta");
  }
  const auto id = co_await c.start("tools/call", std::move(params));
  co_await c.answer(id);
  BOOST_TEST_REQUIRE(c.notes.size() == 8U);
  const char* levels[] = {"debug", "info",     "notice", "warning",
                          "error", "critical", "alert",  "emergency"};
  for (std::size_t i = 0; i != 8; ++i) {
    const note& n = c.notes[i];
    BOOST_TEST(n.method() == "notifications/message");
    BOOST_TEST(n.params().at("level") == levels[i]);
    BOOST_TEST(n.params().at("logger") == "matrix");
    BOOST_TEST(n.params().at("data").at("level") == i);
    if (c.where.via.divided()) {
      BOOST_TEST(n.stream == id);
    }
  }
}

COMCP_MATRIX(messages_below_the_sessions_level_are_not_sent,
             proves("logging:message:filtered logging:set-level").where("no levels", has_levels)) {
  co_await c.result("logging/setLevel", obj(R"({"level":"error"})"));
  co_await c.call("logs");
  BOOST_TEST(c.count("notifications/message") == 4U);
  co_await c.quiet();
}

COMCP_MATRIX(a_request_has_its_own_level_or_none,
             proves("logging:per-request:opt-in logging:per-request:threshold")
                 .where("one JSON object", has_early_messages)) {
  co_await c.call("logs");
  BOOST_TEST(c.notes.empty());
  co_await c.result("tools/call", with_level("critical"));
  BOOST_TEST(c.count("notifications/message") == 3U);
  co_await c.call("logs");
  co_await c.quiet();
  BOOST_TEST(c.notes.size() == 3U);
}

COMCP_MATRIX(a_level_that_is_none_is_refused,
             proves("logging:set-level:invalid-level logging:per-request:invalid-level")
                 .where("no levels", [](const pair& p) { return p.modern() || has_session(p); })) {
  const auto refused = co_await c.error(
      c.rules.log_level_per_request ? "tools/call" : "logging/setLevel",
      c.rules.log_level_per_request ? with_level("loud") : obj(R"({"level":"loud"})"));
  BOOST_TEST(refused.at("code") == -32602);
}

BOOST_AUTO_TEST_SUITE_END()
