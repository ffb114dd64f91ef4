// How client and server come to terms: initialize and server/discover, ping, capabilities.

#include "matrix/scenario.hpp"

using namespace test::matrix;

namespace {

json::object initialize_params(std::string_view version) {
  json::object params = obj(R"({"capabilities":{},"clientInfo":{"name":"c","version":"1"}})");
  params["protocolVersion"] = version;
  return params;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(matrix_lifecycle)

COMCP_MATRIX(initialize_names_the_server_and_the_agreed_version,
             proves("lifecycle:initialize:basic lifecycle:initialize:server-info "
                    "lifecycle:initialize:instructions lifecycle:version:match")
                 .on_real_routes()) {
  BOOST_TEST(c.hello().at("protocolVersion").as_string() == c.rules.name);
  const json::object& info = c.hello().at("serverInfo").as_object();
  BOOST_TEST(info.at("name") == "matrix");
  BOOST_TEST(info.at("version") == "1.0");
  BOOST_TEST(info.contains("title") == c.rules.title);
  BOOST_TEST(c.hello().at("instructions") == "Ask for anything.");
  co_await c.still_served();
}

COMCP_MATRIX(discover_names_the_server_and_its_versions,
             proves("lifecycle:discover:basic hosting:http:modern:discover-response-shape "
                    "hosting:http:modern:tools-call-stateless")
                 .on_real_routes()) {
  const json::object& hello = c.hello();
  BOOST_TEST(hello.at("supportedVersions").as_array().size() > 0U);
  BOOST_TEST(hello.at("resultType") == "complete");
  BOOST_TEST(hello.contains("ttlMs"));
  BOOST_TEST(hello.contains("cacheScope"));
  BOOST_TEST(!hello.contains("serverInfo"));
  BOOST_TEST(hello.at("_meta").at("io.modelcontextprotocol/serverInfo").at("name") == "matrix");
  const auto called = co_await c.call("echo", obj(R"({"text":"x"})"));
  BOOST_TEST(called.at("resultType") == "complete");
}

COMCP_MATRIX(an_unknown_version_is_answered_with_the_newest,
             proves("lifecycle:version:server-fallback-latest").unopened()) {
  c.judge_by(protocol::newest_legacy());
  const auto hello = co_await c.result("initialize", initialize_params("1999-01-01"));
  BOOST_TEST(hello.at("protocolVersion").as_string() == protocol::newest_legacy().name);
}

COMCP_MATRIX(every_feature_is_declared,
             proves("lifecycle:initialize:capabilities:from-handlers resources:capability:declared "
                    "prompts:capability:declared completion:capability:declared "
                    "logging:capability:declared mcpserver:completion:capability-auto")) {
  const json::object& can = c.capabilities_of_server();
  BOOST_TEST(can.contains("tools"));
  BOOST_TEST(can.contains("resources"));
  BOOST_TEST(can.contains("prompts"));
  BOOST_TEST(can.contains("completions") == c.rules.completions_capability);
  // What needs a session isn't offered without.
  BOOST_TEST(can.contains("logging") == (has_session(c.where) || c.where.modern()));
  const auto flag = [&](const char* feature, const char* name) {
    const auto* value = can.at(feature).as_object().if_contains(name);
    return value && value->as_bool();
  };
  BOOST_TEST(flag("tools", "listChanged") == has_changes(c.where));
  BOOST_TEST(flag("prompts", "listChanged") == has_changes(c.where));
  BOOST_TEST(flag("resources", "listChanged") == has_changes(c.where));
  BOOST_TEST(flag("resources", "subscribe") == has_changes(c.where));
  co_return;
}

COMCP_MATRIX(a_server_of_nothing_declares_nothing,
             proves("lifecycle:initialize:capabilities:minimal completion:complete:not-supported "
                    "mcpserver:completion:capability-auto")
                 .server(offer::nothing)) {
  for (const char* feature : {"tools", "resources", "prompts", "completions", "logging"})
    BOOST_TEST(!c.capabilities_of_server().contains(feature), feature);
  for (const char* method : {"tools/list", "resources/list", "prompts/list"}) {
    const auto refused = co_await c.error(method);
    BOOST_TEST(refused.at("code") == -32601);
  }
  const auto refused = co_await c.error(
      "completion/complete",
      obj(R"({"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":""}})"));
  BOOST_TEST(refused.at("code") == -32601);
}

COMCP_MATRIX(handlers_see_who_asks_and_what_it_can,
             proves("lifecycle:initialize:client-info lifecycle:initialize:client-capabilities")
                 .where("no session", has_session)
                 .client(R"({"sampling":{},"roots":{"listChanged":true}})")) {
  const std::string text = co_await c.text_of("who_am_i");
  const json::value seen = parsed(text);
  BOOST_TEST(seen.at("name") == "matrix");
  BOOST_TEST(seen.at("capabilities") == parsed(R"({"sampling":{},"roots":{"listChanged":true}})"));
}

COMCP_MATRIX(ping_is_answered_with_nothing,
             proves("lifecycle:ping ping:client-to-server").on_real_routes()) {
  const auto pong = co_await c.result("ping");
  BOOST_TEST(pong.empty());
}

COMCP_MATRIX(before_the_handshake_only_ping_is_answered,
             proves("lifecycle:requests-before-initialized")
                 .where("no session", has_session)
                 .where("a session begins with initialize",
                        [](const pair& p) { return !p.via.divided(); })
                 .unopened()) {
  const auto refused = co_await c.error("tools/list");
  BOOST_TEST(refused.contains("message"));
  co_await c.result("ping");
  co_await c.open();
  co_await c.still_served();
}

COMCP_MATRIX(a_server_says_nothing_before_the_handshake_is_done,
             proves("lifecycle:pre-initialization-ordering")
                 .where("no handshake", [](const pair& p) { return !p.modern(); })
                 .unopened()) {
  co_await c.result("initialize", initialize_params(c.rules.name));
  co_await c.quiet();
}

COMCP_MATRIX(a_second_initialize_is_refused,
             proves("hosting:session:reinitialize").where("no session", has_session)) {
  const auto refused = co_await c.error("initialize", initialize_params(c.rules.name));
  BOOST_TEST(refused.contains("message"));
  co_await c.still_served();
}

COMCP_MATRIX(an_old_client_sees_no_word_of_the_modern_era,
             proves("hosting:http:legacy-no-modern-vocabulary")
                 .where("that era", [](const pair& p) { return !p.modern(); })) {
  json::array all;
  all.push_back(c.hello());
  for (const char* method : {"tools/list", "resources/list", "prompts/list", "ping"})
    all.push_back(co_await c.result(method));
  all.push_back(co_await c.call("echo", obj(R"({"text":"x"})")));
  const std::string text = json::serialize(all);
  for (const char* word : {"resultType", "ttlMs", "cacheScope", "io.modelcontextprotocol/"})
    BOOST_TEST(text.find(word) == std::string::npos, word);
}

COMCP_MATRIX(a_modern_client_needs_no_handshake_and_finds_none,
             proves("hosting:http:modern:initialize-removed "
                    "hosting:http:modern:removed-method-status-404")
                 .unopened()) {
  for (const char* method : {"initialize", "ping", "logging/setLevel", "resources/subscribe"}) {
    const auto refused = co_await c.error(method, obj(R"({"uri":"test://static-text"})"));
    BOOST_TEST(refused.at("code") == -32601, method);
  }
  co_await c.still_served();
}

BOOST_AUTO_TEST_SUITE_END()
