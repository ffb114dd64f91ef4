// What Streamable HTTP asks of requests, in every revision and setting: status codes, headers, sessions.
// spec: basic/transports#streamable-http

#include <algorithm>

#include "matrix/scenario.hpp"

using namespace test::matrix;

namespace {

bool legacy(const pair& p) {
  return !p.modern();
}
bool is_modern(const pair& p) {
  return p.modern();
}
bool only_stateless(const pair& p) {
  return !has_session(p);
}

std::string list_text(const connection& c) {
  return c.message_text(900, "tools/list");
}

std::string initialize_text(const connection& c) {
  json::object params = obj(R"({"capabilities":{},"clientInfo":{"name":"c","version":"1"}})");
  params["protocolVersion"] = c.rules.name;
  return c.message_text(901, "initialize", std::move(params));
}

std::int64_t code_in(const http_reply& r) {
  return parsed(r.body).at("error").at("code").as_int64();
}

/// The same request in another session, or in none.
awaitable<http_reply> in_session(connection& c, std::string verb, std::string id) {
  const std::string text = verb == "POST" ? list_text(c) : std::string();
  header_map headers = c.headers_for(text);
  headers.erase("Mcp-Session-Id");
  if (!id.empty()) headers["Mcp-Session-Id"] = id;
  return c.http(std::move(verb), std::move(headers), text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(matrix_http)

COMCP_MATRIX(requests_that_http_itself_can_not_take_have_their_status,
             proves("hosting:http:accept-406 hosting:http:content-type-415 hosting:http:method-405 "
                    "hosting:http:onerror")) {
  header_map headers = c.headers_for(list_text(c));
  headers["Accept"] = "text/html";
  const auto not_acceptable = co_await c.http("POST", headers, list_text(c));
  BOOST_TEST(not_acceptable.status == 406);
  headers = c.headers_for(list_text(c));
  headers["Content-Type"] = "text/plain";
  const auto no_json = co_await c.http("POST", headers, list_text(c));
  BOOST_TEST(no_json.status == 415);
  const auto put = co_await c.http("PUT", c.headers_for(list_text(c)), list_text(c));
  BOOST_TEST(put.status == 405);
  BOOST_TEST(put.header("Allow").find("POST") != std::string::npos);
  co_await c.still_served();
}

COMCP_MATRIX(pages_of_other_origins_are_kept_out,
             proves("transport:streamable-http:origin-validation hosting:http:dns-rebinding")) {
  header_map headers = c.headers_for(list_text(c));
  headers["Origin"] = "https://evil.example";
  const auto other = co_await c.http("POST", headers, list_text(c));
  BOOST_TEST(other.status == 403);
  headers["Origin"] = "http://localhost:6274";
  const auto own = co_await c.http("POST", headers, list_text(c));
  BOOST_TEST(own.status == 200);
}

COMCP_MATRIX(a_version_that_nobody_knows_is_refused_in_words_that_clients_look_for,
             proves("hosting:http:protocol-version-400 "
                    "hosting:http:protocol-version-rejection-literal "
                    "hosting:http:modern:legacy-fallthrough")) {
  header_map headers = c.headers_for(list_text(c));
  headers["MCP-Protocol-Version"] = "1999-01-01";
  std::string text = list_text(c);
  if (c.where.modern()) {
    const std::string name(c.rules.name);
    text.replace(text.find(name), name.size(), "1999-01-01");
  }
  const auto refused = co_await c.http("POST", headers, text);
  BOOST_TEST(refused.status == 400);
  BOOST_TEST(refused.body.find("Unsupported protocol version") != std::string::npos);
}

COMCP_MATRIX(
    a_legacy_request_needs_no_version_header,
    proves("hosting:http:protocol-version-default").where("the header is required", legacy)) {
  header_map headers = c.headers_for(list_text(c));
  headers.erase("MCP-Protocol-Version");
  const auto taken = co_await c.http("POST", headers, list_text(c));
  BOOST_TEST(taken.status == 200);
}

COMCP_MATRIX(a_body_that_is_no_message_is_400, proves("hosting:http:parse-error-400")) {
  const header_map headers = c.headers_for(list_text(c));
  const auto parse = co_await c.http("POST", headers, "{\"jsonrpc\":");
  BOOST_TEST(parse.status == 400);
  BOOST_TEST(code_in(parse) == -32700);
  const auto invalid = co_await c.http("POST", headers, R"({"jsonrpc":"2.0"})");
  BOOST_TEST(invalid.status == 400);
  BOOST_TEST(code_in(invalid) == -32600);
}

COMCP_MATRIX(batches_are_taken_by_the_revision_that_has_them, proves("hosting:http:batch")) {
  const std::string text =
      "[" + c.message_text(902, "ping") + "," + c.message_text(903, "tools/list") + "]";
  const auto answered = co_await c.http("POST", c.headers_for(list_text(c)), text);
  BOOST_TEST(answered.status == (c.rules.batching ? 200 : 400));
  if (c.rules.batching) {
    BOOST_TEST(answered.body.find("902") != std::string::npos);
    BOOST_TEST(answered.body.find("903") != std::string::npos);
  }
}

COMCP_MATRIX(notifications_are_202_without_a_word,
             proves("hosting:http:notifications-202 hosting:http:modern:notification-post-202")) {
  const std::string note = R"({"jsonrpc":"2.0","method":"notifications/no/such"})";
  const auto taken = co_await c.http("POST", c.headers_for(note), note);
  BOOST_TEST(taken.status == 202);
  BOOST_TEST(taken.body.empty());
  const std::string answer = R"({"jsonrpc":"2.0","id":1,"result":{}})";
  const auto unasked = co_await c.http("POST", c.headers_for(answer), answer);
  BOOST_TEST(unasked.status == (c.where.modern() ? 400 : 202));
}

COMCP_MATRIX(an_answer_has_the_form_that_the_server_is_set_to,
             proves("hosting:http:json-response-mode transport:streamable-http:json-response "
                    "hosting:http:sse-close-after-response")) {
  const auto answer = co_await c.post(list_text(c));  // ends with its stream
  BOOST_TEST(answer.status == 200);
  if (c.where.via.by != way::http_streaming) {  // there either, as the answer is quick or not
    BOOST_TEST(answer.header("Content-Type") == "application/json");
  }
  BOOST_TEST(answer.body.find("\"id\":900") != std::string::npos);
}

COMCP_MATRIX(
    an_initialize_opens_a_session_of_visible_characters,
    proves("hosting:session:create hosting:session:id-charset").where("no session", has_session)) {
  header_map headers = c.headers_for(initialize_text(c));
  headers.erase("Mcp-Session-Id");
  headers.erase("MCP-Protocol-Version");
  const auto opened = co_await c.http("POST", headers, initialize_text(c));
  const std::string id = opened.header("Mcp-Session-Id");
  BOOST_TEST(opened.status == 200);
  BOOST_TEST(!id.empty());
  BOOST_TEST(std::all_of(id.begin(), id.end(), [](char ch) { return ch > ' ' && ch < '\x7f'; }));
  BOOST_TEST(id != c.headers_for("").at("Mcp-Session-Id"));
}

COMCP_MATRIX(a_session_is_named_by_every_request,
             proves("hosting:session:missing-id hosting:session:unknown-id")
                 .where("no session", has_session)) {
  const auto missing = co_await in_session(c, "POST", "");
  BOOST_TEST(missing.status == 400);
  for (const char* verb : {"POST", "GET", "DELETE"}) {
    const auto unknown = co_await in_session(c, verb, "0123456789abcdef0123456789abcdef");
    BOOST_TEST(unknown.status == 404, verb);
  }
  co_await c.still_served();
}

COMCP_MATRIX(a_client_may_end_its_session_and_open_another,
             proves("hosting:session:delete hosting:session:post-termination-404 "
                    "flow:session:terminate-then-reconnect")
                 .where("no session", has_session)) {
  const std::string id = c.headers_for("").at("Mcp-Session-Id");
  const auto next = co_await c.another();
  const auto ended = co_await in_session(c, "DELETE", id);
  BOOST_TEST(ended.status / 100 == 2);
  const auto late = co_await in_session(c, "POST", id);
  BOOST_TEST(late.status == 404);
  co_await next->still_served();
  const auto newer = co_await c.another();
  BOOST_TEST(newer->headers_for("").at("Mcp-Session-Id") != id);
  co_await newer->still_served();
}

COMCP_MATRIX(sessions_know_nothing_of_each_other,
             proves("hosting:session:isolation hosting:session:reuse "
                    "flow:multi-client:stateful-isolation")
                 .where("no session", has_session)
                 .where("no log messages", has_early_messages)) {
  const auto other = co_await c.another();
  co_await c.result("logging/setLevel", obj(R"({"level":"error"})"));
  co_await other->result("logging/setLevel", obj(R"({"level":"emergency"})"));
  co_await c.watch();
  co_await other->call("logs");
  co_await c.call("logs");
  BOOST_TEST(c.count("notifications/message") == 4U);
  BOOST_TEST(other->count("notifications/message") == 1U);
  co_await c.quiet();
}

COMCP_MATRIX(of_two_streams_one_gets_each_message,
             proves("hosting:http:no-broadcast hosting:http:standalone-sse-no-response")
                 .where("no session", has_session)
                 .where("no streams", has_early_messages)) {
  co_await c.watch();
  const auto waiting = co_await c.start_call("meet", c.unique_name());
  co_await c.call("test_trigger_prompt_change");
  const note told = co_await c.heard("notifications/prompts/list_changed");
  BOOST_TEST(told.stream.is_null());
  co_await c.quiet();
  co_await c.abandon(waiting);
}

COMCP_MATRIX(without_a_session_no_id_is_given_and_none_is_looked_at,
             proves("hosting:stateless:no-session-id hosting:http:modern:no-session-id "
                    "hosting:stateless:no-reuse")
                 .where("sessions have ids", only_stateless)) {
  header_map headers = c.headers_for(list_text(c));
  headers["Mcp-Session-Id"] = "no-such-session";
  const auto answered = co_await c.http("POST", headers, list_text(c));
  BOOST_TEST(answered.status == 200);
  BOOST_TEST(answered.header("Mcp-Session-Id") == "");
}

COMCP_MATRIX(errors_of_the_modern_era_have_a_status,
             proves("hosting:http:modern:envelope-missing-key-status-400 "
                    "hosting:http:modern:handler-error-status-via-table "
                    "hosting:http:modern:removed-method-status-404")
                 .where("no envelope", is_modern)) {
  std::string text = list_text(c);
  const std::string key = "io.modelcontextprotocol/clientCapabilities";
  text.replace(text.find(key), key.size(), "example.org/other");
  const auto incomplete = co_await c.http("POST", c.headers_for(text), text);
  BOOST_TEST(incomplete.status == 400);
  BOOST_TEST(code_in(incomplete) == -32602);
  const auto removed = co_await c.post(c.message_text(904, "ping"));
  BOOST_TEST(removed.status == 404);
  const auto unknown =
      co_await c.post(c.message_text(905, "resources/read", obj(R"({"uri":"test://unknown"})")));
  BOOST_TEST(code_in(unknown) == c.rules.resource_not_found_code);
  BOOST_TEST(parsed(unknown.body).at("error").at("data").at("uri") == "test://unknown");
  BOOST_TEST(unknown.status == 400);
}

BOOST_AUTO_TEST_SUITE_END()
