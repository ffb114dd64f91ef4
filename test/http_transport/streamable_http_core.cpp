#include "http_transport/streamable_http_core.hpp"

#include <boost/test/unit_test.hpp>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http_transport/refusal.hpp"

using namespace comcp;
using namespace comcp::detail;

namespace {

using header_list = std::vector<std::pair<std::string_view, std::string_view>>;

const header_list usual = {{"Content-Type", "application/json"},
                           {"Accept", "application/json, text/event-stream"}};

header_list with(header_list more) {
  header_list all = usual;
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

http::request_head head_of(std::string_view method, const header_list& headers) {
  http::request_head head;
  head.method = method;
  head.target = "/mcp";
  for (const auto& [name, value] : headers)
    head.headers.add(name, value);
  return head;
}

core_options serving(served_eras eras) {
  core_options o;
  o.eras = eras;
  return o;
}

post_route post(const header_list& headers,
                std::string_view body,
                const core_options& options = {},
                const parameter_lookup& parameters = {}) {
  static std::deque<http::request_head> heads;  // routes refer to them
  jsonrpc::decoder decoder;
  return route_post(heads.emplace_back(head_of("POST", headers)), decoder.decode(body), options,
                    parameters);
}

/// What a route is, in one word, or "status code id" of a refusal.
template <class Route>
std::string outcome(const Route& route) {
  if (const auto* r = std::get_if<refusal>(&route))
    return std::to_string(r->status) + ' ' + std::to_string(r->error.code) +
           (r->id ? ' ' + r->id->to_string() : "");
  return "served";
}

std::string outcome(const post_route& route) {
  if (std::holds_alternative<open_session>(route)) return "open";
  if (const auto* s = std::get_if<to_session>(&route))
    return "session " + std::string(s->session_id);
  if (const auto* l = std::get_if<lone_message>(&route))
    return "alone " + std::string(l->spoken ? l->spoken->name : "initialize");
  if (std::holds_alternative<modern_call>(route)) return "modern";
  if (std::holds_alternative<dropped>(route)) return "202";
  const std::variant<verb, refusal> refused = std::get<refusal>(route);
  return outcome(refused);
}

std::string text_of(const post_route& route) {
  const auto* r = std::get_if<refusal>(&route);
  return r ? r->error.message : "";
}

// Bodies.
constexpr std::string_view init =
    R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}})";
constexpr std::string_view list = R"({"jsonrpc":"2.0","id":2,"method":"tools/list"})";
constexpr std::string_view note = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
constexpr std::string_view reply = R"({"jsonrpc":"2.0","id":9,"result":{}})";
constexpr std::string_view two =
    R"([{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}])";

std::string modern(std::string_view method,
                   std::string_view params = "",
                   std::string_view version = "2026-07-28") {
  std::string body = R"({"jsonrpc":"2.0","id":"m","method":")";
  body += method;
  body += R"(","params":{)";
  body += params;
  if (!params.empty()) body += ',';
  body += R"("_meta":{"io.modelcontextprotocol/protocolVersion":")";
  body += version;
  body += R"(","io.modelcontextprotocol/clientCapabilities":{}}}})";
  return body;
}

header_list modern_headers(std::string_view method, header_list more = {}) {
  header_list all = with({{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", method}});
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

struct row {
  std::string_view name;
  header_list headers;
  std::string body;
  std::string_view expected;
  std::string_view text = "";  ///< part of the error's message
};

void check(const std::vector<row>& rows,
           const core_options& options = {},
           const parameter_lookup& parameters = {}) {
  for (const row& r : rows) {
    const post_route route = post(r.headers, r.body, options, parameters);
    BOOST_TEST_CONTEXT(r.name) {
      BOOST_TEST(outcome(route) == r.expected);
      BOOST_TEST(text_of(route).find(r.text) != std::string::npos, text_of(route)
                                                                       << " lacks " << r.text);
    }
  }
}

}  // namespace

// clang-format off: a row of a table per line
BOOST_AUTO_TEST_SUITE(streamable_http_core)

// hosting:http:method-405
// H-21, S-HTTP-18
BOOST_AUTO_TEST_CASE(each_method_is_served_or_answered_405_with_allow) {
  for (const std::string_view method : {"POST", "GET", "DELETE"})
    BOOST_TEST(outcome(route_method(head_of(method, {}), {})) == "served");
  for (const std::string_view method : {"PUT", "HEAD", "PATCH", "OPTIONS", "TRACE", "post"}) {
    const auto route = route_method(head_of(method, {}), {});
    BOOST_TEST(outcome(route) == "405 -32600");
    BOOST_TEST(std::get<refusal>(route).allow == "GET, POST, DELETE");
  }
  for (const std::string_view method : {"GET", "DELETE", "PUT"}) {
    const auto route = route_method(head_of(method, {}), serving(served_eras::modern));
    BOOST_TEST(outcome(route) == "405 -32600");
    BOOST_TEST(std::get<refusal>(route).allow == "POST");
  }
}

// H-10, hosting:http:content-type-415
BOOST_AUTO_TEST_CASE(bodies_that_are_not_declared_json_are_refused) {
  const auto status = [](header_list headers) {
    const auto r = check_content_type(head_of("POST", headers));
    return r ? r->status : 0;
  };
  BOOST_TEST(status({{"Content-Type", "application/json"}}) == 0);
  BOOST_TEST(status({{"content-type", "Application/JSON; charset=utf-8"}}) == 0);
  BOOST_TEST(status({}) == 415);
  BOOST_TEST(status({{"Content-Type", "text/plain"}}) == 415);
  BOOST_TEST(status({{"Content-Type", "application/json-seq"}}) == 415);
  BOOST_TEST(status({{"Content-Type", "application"}}) == 415);
}

// hosting:http:accept-406
BOOST_AUTO_TEST_CASE(an_accept_header_that_cannot_take_the_answer_is_refused_with_the_id) {
  const auto accepting = [](std::string_view accept, std::string_view body = list,
                            core_options options = {}) {
    return outcome(post({{"Content-Type", "application/json"}, {"Accept", accept}, {"Mcp-Session-Id", "s"}},
                        body, options));
  };
  BOOST_TEST(accepting("application/json, text/event-stream") == "session s");
  BOOST_TEST(accepting("text/event-stream;q=0.5,application/json") == "session s");
  BOOST_TEST(accepting("*/*") == "session s");
  BOOST_TEST(accepting("application/*, text/*") == "session s");
  BOOST_TEST(accepting("application/json") == "406 -32600 2");
  BOOST_TEST(accepting("text/event-stream") == "406 -32600 2");
  BOOST_TEST(accepting("text/plain") == "406 -32600 2");
  BOOST_TEST(accepting("application/json, text/event-stream;q=0") == "406 -32600 2");
  BOOST_TEST(accepting("text/plain", "{") == "406 -32600");
  BOOST_TEST(outcome(post({{"Mcp-Session-Id", "s"}}, list)) == "406 -32600 2");

  core_options json_only;
  json_only.answers = answer_form::json_only;
  BOOST_TEST(accepting("application/json", list, json_only) == "session s");
  BOOST_TEST(accepting("text/event-stream", list, json_only) == "406 -32600 2");
}

// hosting:http:parse-error-400, H-07, S-RPC-06, S-RPC-11: the same in both eras.
BOOST_AUTO_TEST_CASE(bodies_that_are_no_message_are_refused_in_either_era) {
  for (const auto& headers : {usual, modern_headers("tools/list"),
                              with({{"MCP-Protocol-Version", "2025-11-25"}, {"Mcp-Session-Id", "s"}})})
    check({
        {"not JSON", headers, "{", "400 -32700"},
        {"empty", headers, "", "400 -32700"},
        {"not UTF-8", headers, "\"\xff\"", "400 -32700"},
        {"a number", headers, "7", "400 -32600"},
        {"an empty array", headers, "[]", "400 -32600"},
        {"no jsonrpc", headers, R"({"id":3,"method":"ping"})", "400 -32600 3"},
        {"null id", headers, R"({"jsonrpc":"2.0","id":null,"method":"ping"})", "400 -32600"},
        {"fraction id", headers, R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})", "400 -32600"},
        {"method no text", headers, R"({"jsonrpc":"2.0","id":4,"method":7})", "400 -32600 4"},
    });
}

// The id is null up to 2025-06-18 and left out later: 01-base §1.2.
BOOST_AUTO_TEST_CASE(an_error_without_readable_id_says_so_as_its_revision_does) {
  const auto form_for = [](header_list headers) { return id_form(head_of("POST", headers)); };
  using jsonrpc::missing_id;
  BOOST_TEST((form_for(usual) == missing_id::null));
  BOOST_TEST((form_for({{"MCP-Protocol-Version", "2025-03-26"}}) == missing_id::null));
  BOOST_TEST((form_for({{"MCP-Protocol-Version", "2025-06-18"}}) == missing_id::null));
  BOOST_TEST((form_for({{"MCP-Protocol-Version", "2025-11-25"}}) == missing_id::omitted));
  BOOST_TEST((form_for({{"MCP-Protocol-Version", "2026-07-28"}}) == missing_id::omitted));
  BOOST_TEST((form_for({{"MCP-Protocol-Version", "unknown"}}) == missing_id::omitted));
}

// 05-transports §5.7
BOOST_AUTO_TEST_CASE(the_era_is_chosen_per_request) {
  const std::string call = modern("tools/list");
  const header_list in_session = {{"Mcp-Session-Id", "s"}};
  check({
      {"initialize without header", usual, std::string(init), "open"},
      {"initialize with a legacy header", with({{"MCP-Protocol-Version", "2025-06-18"}}), std::string(init), "open"},
      {"initialize in a session", with(in_session), std::string(init), "session s"},
      {"request in a session", with(in_session), std::string(list), "session s"},
      {"the first revision too", with({{"Mcp-Session-Id", "s"}, {"MCP-Protocol-Version", "2024-11-05"}}), std::string(list), "session s"},
      {"notification in a session", with(in_session), std::string(note), "session s"},
      {"response in a session", with(in_session), std::string(reply), "session s"},
      {"batch in a session", with(in_session), std::string(two), "session s"},
      {"envelope and header", modern_headers("tools/list"), call, "modern"},
      {"a session id changes nothing", modern_headers("tools/list", in_session), call, "modern"},
      {"initialize with envelope", modern_headers("initialize"), modern("initialize"), "modern"},
      {"envelope without header", usual, call, "400 -32020 \"m\"", "MCP-Protocol-Version is missing"},
      {"envelope with legacy header", with({{"MCP-Protocol-Version", "2025-11-25"}}), call, "400 -32020 \"m\""},
      {"envelope in a session", with(in_session), call, "400 -32020 \"m\""},
      {"a bare _meta is legacy", with(in_session), R"({"jsonrpc":"2.0","id":2,"method":"ping","params":{"_meta":{"progressToken":1}}})", "session s"},
  });
}

// S-SESS-03, S-HTTP-07, T-03, hosting:session:missing-id
BOOST_AUTO_TEST_CASE(what_needs_a_session_is_refused_without_one) {
  const std::string_view text = "Mcp-Session-Id header is missing";
  check({
      {"request", usual, std::string(list), "400 -32600 2", text},
      {"notification", usual, std::string(note), "400 -32600", text},
      {"response", usual, std::string(reply), "400 -32600", text},
      {"batch", usual, std::string(two), "400 -32600", text},
      {"batch with initialize", usual, "[" + std::string(init) + "," + std::string(note) + "]", "400 -32600", "must not be part of a batch"},
      {"initialize as a notification", usual, R"({"jsonrpc":"2.0","method":"initialize"})", "400 -32600", text},
      {"empty id", with({{"Mcp-Session-Id", ""}}), std::string(list), "400 -32600 2", text},
      {"two ids", with({{"Mcp-Session-Id", "s"}, {"mcp-session-id", "t"}}), std::string(list), "400 -32600 2", "repeated"},
  });
}

// hosting:http:protocol-version-400
// S-SESS-06, H-13, hosting:http:protocol-version-rejection-literal
BOOST_AUTO_TEST_CASE(versions_nobody_knows_are_refused_in_the_words_that_clients_look_for) {
  const header_list unknown = with({{"MCP-Protocol-Version", "1999-01-01"}, {"Mcp-Session-Id", "s"}});
  const std::string_view text = "Unsupported protocol version";
  check({
      {"request", unknown, std::string(list), "400 -32022 2", text},
      {"initialize", unknown, std::string(init), "400 -32022 1", text},
      {"notification", unknown, std::string(note), "400 -32022", text},
      {"empty", with({{"MCP-Protocol-Version", ""}}), std::string(list), "400 -32022 2", text},
      {"repeated", with({{"MCP-Protocol-Version", "2025-11-25"}, {"mcp-protocol-version", "2025-11-25"}}), std::string(list), "400 -32020 2", "repeated"},
      {"the suite's", with({{"MCP-Protocol-Version", "v999.0.0"}, {"Mcp-Method", "tools/list"}}), modern("tools/list", "", "v999.0.0"), "400 -32022 \"m\"", text},
      {"differs from the body", modern_headers("tools/list"), modern("tools/list", "", "v999.0.0"), "400 -32020 \"m\""},
      {"case counts", with({{"MCP-Protocol-Version", "V999"}, {"Mcp-Method", "tools/list"}}), modern("tools/list", "", "v999"), "400 -32020 \"m\""},
  });
  const auto route = post(unknown, list);
  const auto& data = std::get<refusal>(route).error.data->as_object();
  BOOST_TEST(data.at("requested") == "1999-01-01");
  BOOST_TEST(data.at("supported").as_array().size() == 5U);
}

// hosting:http:modern:envelope-missing-key-status-400
// S-MOD-02: the first rung of the ladder.
BOOST_AUTO_TEST_CASE(a_half_built_envelope_is_named_before_its_headers_are_looked_at) {
  const header_list wrong = with({{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "wrong"}});
  check({
      {"no params", wrong, std::string(list), "400 -32602 2", "_meta"},
      {"no version", wrong, R"({"jsonrpc":"2.0","id":5,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/clientCapabilities":{}}}})", "400 -32602 5", "protocolVersion"},
      {"no capabilities", wrong, R"({"jsonrpc":"2.0","id":5,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}})", "400 -32602 5", "clientCapabilities"},
      {"_meta no object", wrong, R"({"jsonrpc":"2.0","id":5,"method":"tools/list","params":{"_meta":3}})", "400 -32602 5", "_meta"},
      {"params an array", wrong, R"({"jsonrpc":"2.0","id":5,"method":"tools/list","params":[]})", "400 -32602 5"},
  });
}

// S-HTTP-09 to S-HTTP-13
BOOST_AUTO_TEST_CASE(routing_headers_must_repeat_the_body) {
  const std::string call = modern("tools/call", R"("name":"Hello, 世界")");
  const std::string plain = modern("tools/call", R"("name":"echo")");
  const std::string read = modern("resources/read", R"("uri":"file:///a")");
  const std::string prompt = modern("prompts/get", R"("name":"p")");
  const auto m = [](std::string_view method, header_list more = {}) { return modern_headers(method, std::move(more)); };
  const header_list no_method = with({{"MCP-Protocol-Version", "2026-07-28"}});
  check({
      {"plain name", m("tools/call", {{"Mcp-Name", "echo"}}), plain, "modern"},
      {"names in any case", with({{"MCP-PROTOCOL-VERSION", "2026-07-28"}, {"mcp-method", "tools/call"}, {"MCP-NAME", "echo"}}), plain, "modern"},
      {"padded", m("tools/call", {{"Mcp-Name", "  echo\t"}}), plain, "modern"},
      {"encoded", m("tools/call", {{"Mcp-Name", "=?base64?SGVsbG8sIOS4lueVjA==?="}}), call, "modern"},
      {"needlessly encoded", m("tools/call", {{"Mcp-Name", "=?base64?ZWNobw==?="}}), plain, "modern"},
      {"uri", m("resources/read", {{"Mcp-Name", "file:///a"}}), read, "modern"},
      {"prompt", m("prompts/get", {{"Mcp-Name", "p"}}), prompt, "modern"},
      {"name on another method", m("tools/list", {{"Mcp-Name", "whatever"}}), modern("tools/list"), "modern"},
      {"no source: params' business", m("tools/call"), modern("tools/call"), "modern"},
      {"source no text: params' business", m("tools/call"), modern("tools/call", R"("name":7)"), "modern"},
      {"method missing", no_method, modern("tools/list"), "400 -32020 \"m\"", "Mcp-Method is missing"},
      {"method differs", m("tools/call"), modern("tools/list"), "400 -32020 \"m\"", "Mcp-Method is"},
      {"method in another case", m("TOOLS/LIST"), modern("tools/list"), "400 -32020 \"m\"", "Mcp-Method is"},
      {"method repeated", m("tools/list", {{"Mcp-Method", "tools/list"}}), modern("tools/list"), "400 -32020 \"m\"", "repeated"},
      {"name missing", m("tools/call"), plain, "400 -32020 \"m\"", "Mcp-Name is missing"},
      {"name differs", m("tools/call", {{"Mcp-Name", "other"}}), plain, "400 -32020 \"m\"", "Mcp-Name is"},
      {"name in another case", m("tools/call", {{"Mcp-Name", "Echo"}}), plain, "400 -32020 \"m\"", "Mcp-Name is"},
      {"name repeated", m("tools/call", {{"Mcp-Name", "echo"}, {"Mcp-Name", "echo"}}), plain, "400 -32020 \"m\"", "repeated"},
      {"bad base64", m("tools/call", {{"Mcp-Name", "=?base64?ZWNobw?="}}), plain, "400 -32020 \"m\"", "not a valid header value"},
      {"not canonical", m("tools/call", {{"Mcp-Name", "=?base64?ZWNobx==?="}}), plain, "400 -32020 \"m\"", "not a valid header value"},
      {"uri differs", m("resources/read", {{"Mcp-Name", "file:///b"}}), read, "400 -32020 \"m\""},
      {"removed methods have none", m("initialize"), modern("initialize"), "modern"},
  });
}

// S-HTTP-14 to S-HTTP-16; 03-features §10.1
BOOST_AUTO_TEST_CASE(annotated_arguments_must_be_repeated_in_their_headers) {
  const auto schema = json::parse(R"({"type":"object","properties":{
      "region":{"type":"string","x-mcp-header":"Region"},
      "count":{"type":"integer","x-mcp-header":"Count"},
      "deep":{"type":"object","properties":{"dry":{"type":"boolean","x-mcp-header":"Dry"}}}}})");
  const auto annotated = std::make_shared<const protocol::parameter_headers>(
      std::get<protocol::parameter_headers>(protocol::find_parameter_headers(schema.as_object())));
  const parameter_lookup lookup = [&](std::string_view tool) {
    return tool == "t" ? annotated : nullptr;
  };
  const auto call = [](std::string_view arguments) {
    return modern("tools/call", R"("name":"t","arguments":)" + std::string(arguments));
  };
  const auto h = [](header_list more) {
    more.insert(more.begin(), {"Mcp-Name", "t"});
    return modern_headers("tools/call", std::move(more));
  };
  const std::string_view bad = "400 -32020 \"m\"";
  check(
      {
          {"equal", h({{"Mcp-Param-Region", "us"}}), call(R"({"region":"us"})"), "modern"},
          {"header name in another case", h({{"mcp-param-REGION", "us"}}), call(R"({"region":"us"})"), "modern"},
          {"encoded", h({{"Mcp-Param-Region", "=?base64?SGVsbG8=?="}}), call(R"({"region":"Hello"})"), "modern"},
          {"literal without prefix", h({{"Mcp-Param-Region", "SGVsbG8="}}), call(R"({"region":"SGVsbG8="})"), "modern"},
          {"literal without suffix", h({{"Mcp-Param-Region", "=?base64?SGVsbG8="}}), call(R"({"region":"=?base64?SGVsbG8="})"), "modern"},
          {"empty text", h({{"Mcp-Param-Region", ""}}), call(R"({"region":""})"), "modern"},
          {"absent both", h({}), call("{}"), "modern"},
          {"null is absent", h({}), call(R"({"region":null})"), "modern"},
          {"no arguments at all", h({}), modern("tools/call", R"("name":"t")"), "modern"},
          {"integer", h({{"Mcp-Param-Count", "42"}}), call(R"({"count":42})"), "modern"},
          {"integer by value", h({{"Mcp-Param-Count", "42"}}), call(R"({"count":42.0})"), "modern"},
          {"integer by value, other way", h({{"Mcp-Param-Count", "42.0"}}), call(R"({"count":42})"), "modern"},
          {"negative", h({{"Mcp-Param-Count", "-7"}}), call(R"({"count":-7})"), "modern"},
          {"nested boolean", h({{"Mcp-Param-Dry", "true"}}), call(R"({"deep":{"dry":true}})"), "modern"},
          {"other parameter headers are not ours", h({{"Mcp-Param-Other", "x"}}), call("{}"), "modern"},
          {"another tool", modern_headers("tools/call", {{"Mcp-Name", "u"}}), modern("tools/call", R"("name":"u","arguments":{"region":"us"})"), "modern"},
          {"missing", h({}), call(R"({"region":"us"})"), bad, "Mcp-Param-Region is missing"},
          {"differs", h({{"Mcp-Param-Region", "eu"}}), call(R"({"region":"us"})"), bad},
          {"in another case", h({{"Mcp-Param-Region", "US"}}), call(R"({"region":"us"})"), bad},
          {"bad padding", h({{"Mcp-Param-Region", "=?base64?SGVsbG8?="}}), call(R"({"region":"Hello"})"), bad, "not a valid header value"},
          {"bad alphabet", h({{"Mcp-Param-Region", "=?base64?SGVs!!!bG8=?="}}), call(R"({"region":"Hello"})"), bad},
          {"illegal characters", h({{"Mcp-Param-Region", "caf\xc3\xa9"}}), call(R"({"region":"café"})"), bad},
          {"repeated", h({{"Mcp-Param-Region", "us"}, {"Mcp-Param-Region", "us"}}), call(R"({"region":"us"})"), bad, "repeated"},
          {"header without argument", h({{"Mcp-Param-Region", "us"}}), call("{}"), bad, "the argument is not"},
          {"header for null", h({{"Mcp-Param-Region", "us"}}), call(R"({"region":null})"), bad},
          {"integer differs", h({{"Mcp-Param-Count", "43"}}), call(R"({"count":42})"), bad},
          {"no integer", h({{"Mcp-Param-Count", "x"}}), call(R"({"count":42})"), bad},
          {"integer with a tail", h({{"Mcp-Param-Count", "42x"}}), call(R"({"count":42})"), bad},
          {"boolean in another case", h({{"Mcp-Param-Dry", "True"}}), call(R"({"deep":{"dry":true}})"), bad},
          {"argument of a type that can't be repeated", h({{"Mcp-Param-Region", "[]"}}), call(R"({"region":[]})"), bad},
      },
      {}, lookup);
}

// S-HTTP-06, hosting:http:modern:notification-post-202; 05 §5.1
BOOST_AUTO_TEST_CASE(what_modern_clients_must_not_send_is_dropped_or_refused) {
  const header_list headers = with({{"MCP-Protocol-Version", "2026-07-28"}});
  check({
      {"notification", headers, std::string(note), "202"},
      {"cancelled", headers, R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})", "202"},
      {"response", headers, std::string(reply), "400 -32600"},
      {"error response", headers, R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}})", "400 -32600"},
      {"batch", headers, std::string(two), "400 -32600"},
  });
}

// A subscription is a stream: 05 §5.1.
BOOST_AUTO_TEST_CASE(listening_needs_a_client_that_reads_streams) {
  core_options json_only;
  json_only.answers = answer_form::json_only;
  const std::string body = modern("subscriptions/listen", R"("notifications":{})");
  const header_list headers = {{"Accept", "application/json"}, {"MCP-Protocol-Version", "2026-07-28"},
                               {"Mcp-Method", "subscriptions/listen"}};
  BOOST_TEST(outcome(post(headers, body, json_only)) == "406 -32600 \"m\"");
  BOOST_TEST(outcome(post(modern_headers("subscriptions/listen"), body, json_only)) == "modern");
}

// S-MOD-14, S-HTTP-18
BOOST_AUTO_TEST_CASE(a_modern_only_endpoint_tells_legacy_clients_what_it_speaks) {
  const core_options only = serving(served_eras::modern);
  const std::string_view text = "Unsupported protocol version";
  check(
      {
          {"modern", modern_headers("tools/list"), modern("tools/list"), "modern"},
          {"initialize", usual, std::string(init), "400 -32022 1", text},
          {"legacy header", with({{"MCP-Protocol-Version", "2025-11-25"}}), std::string(list), "400 -32022 2", text},
          {"no header", usual, std::string(list), "400 -32020 2", "MCP-Protocol-Version is missing"},
          {"envelope without header", usual, modern("tools/list"), "400 -32020 \"m\""},
          {"envelope with legacy header", with({{"MCP-Protocol-Version", "2025-11-25"}}), modern("tools/list"), "400 -32020 \"m\""},
      },
      only);
  const auto route = post(usual, init, only);
  const auto& data = std::get<refusal>(route).error.data->as_object();
  BOOST_TEST(data.at("requested") == "2025-11-25");
  const json::array& supported = data.at("supported").as_array();
  BOOST_REQUIRE(supported.size() == 1U);
  BOOST_TEST(supported[0] == "2026-07-28");
}

BOOST_AUTO_TEST_CASE(a_legacy_only_endpoint_tells_modern_clients_what_it_speaks) {
  const core_options only = serving(served_eras::legacy);
  check(
      {
          {"modern", modern_headers("tools/list"), modern("tools/list"), "400 -32022 \"m\"", "Unsupported protocol version"},
          {"envelope without header", with({{"Mcp-Session-Id", "s"}}), modern("tools/list"), "session s"},
          {"initialize", usual, std::string(init), "open"},
      },
      only);
}

// S-SESS-08, S-HTTP-18, E-10
BOOST_AUTO_TEST_CASE(get_and_delete_belong_to_legacy_sessions) {
  const header_list get = {{"Accept", "text/event-stream"}, {"Mcp-Session-Id", "s"}};
  const auto and_version = [](header_list h, std::string_view v) {
    h.push_back({"MCP-Protocol-Version", v});
    return h;
  };
  const auto get_outcome = [](const header_list& h) { return outcome(route_get(head_of("GET", h), {})); };
  const auto delete_outcome = [](const header_list& h) {
    return outcome(route_delete(head_of("DELETE", h), {}));
  };
  BOOST_TEST(get_outcome(get) == "served");
  BOOST_TEST(get_outcome(and_version(get, "2025-06-18")) == "served");
  BOOST_TEST(get_outcome({{"Accept", "*/*"}, {"Mcp-Session-Id", "s"}}) == "served");
  BOOST_TEST(get_outcome({{"Accept", "application/json"}, {"Mcp-Session-Id", "s"}}) == "406 -32600");
  BOOST_TEST(get_outcome({{"Mcp-Session-Id", "s"}}) == "406 -32600");
  BOOST_TEST(get_outcome({{"Accept", "text/event-stream"}}) == "400 -32600");
  BOOST_TEST(get_outcome(and_version(get, "2026-07-28")) == "405 -32600");
  BOOST_TEST(get_outcome(and_version(get, "1999")) == "400 -32022");
  BOOST_TEST(get_outcome(and_version(and_version(get, "2025-06-18"), "2025-06-18")) == "400 -32020");

  BOOST_TEST(delete_outcome({{"Mcp-Session-Id", "s"}}) == "served");
  BOOST_TEST(delete_outcome({}) == "400 -32600");
  BOOST_TEST(delete_outcome({{"Mcp-Session-Id", "s"}, {"MCP-Protocol-Version", "2026-07-28"}}) == "405 -32600");
  BOOST_TEST(delete_outcome({{"Mcp-Session-Id", "s"}, {"MCP-Protocol-Version", "?"}}) == "400 -32022");
  const auto modern_get = route_get(head_of("GET", and_version(get, "2026-07-28")), {});
  BOOST_TEST(std::get<refusal>(modern_get).allow == "POST");
}

// hosting:http:batch
// S-RPC-08 to S-RPC-10; 01-base §2
BOOST_AUTO_TEST_CASE(batches_are_for_the_one_revision_that_has_them) {
  const auto check_in = [](std::string_view body, std::string_view version) {
    jsonrpc::decoder decoder;
    const auto refused =
        check_batch(std::get<jsonrpc::batch>(decoder.decode(body)), *protocol::find_rules(version));
    return refused ? refused->status : 0;
  };
  BOOST_TEST(check_in(two, "2025-03-26") == 0);
  for (const std::string_view version : {"2024-11-05", "2025-06-18", "2025-11-25"})
    BOOST_TEST(check_in(two, version) == 400);
  BOOST_TEST(check_in("[" + std::string(init) + "]", "2025-03-26") == 400);
  BOOST_TEST(check_in("[" + std::string(list) + "," + std::string(reply) + "]", "2025-03-26") == 400);
  BOOST_TEST(check_in("[" + std::string(reply) + "]", "2025-03-26") == 0);
  BOOST_TEST(check_in("[" + std::string(note) + ",7]", "2025-03-26") == 0);
}

// S-RPC-08, S-RPC-09: the codec's bounds hold over HTTP, whatever the session.
BOOST_AUTO_TEST_CASE(an_empty_batch_and_one_that_is_too_large_are_errors) {
  std::string many = "[" + std::string(note);
  for (int i = 0; i < 100; ++i)
    many += "," + std::string(note);
  many += "]";
  const header_list in_session = with({{"Mcp-Session-Id", "s"}});
  check({
      {"empty", in_session, "[]", "400 -32600"},
      {"empty, without a session", usual, "[]", "400 -32600"},
      {"101 messages", in_session, many, "400 -32600", "100"},
      {"modern", modern_headers("tools/list"), "[]", "400 -32600"},
  });
}

// transport:streamable-http:stateless, hosting:stateless:no-session-id, hosting:http:protocol-version-default
BOOST_AUTO_TEST_CASE(without_sessions_each_message_stands_alone) {
  core_options alone;
  alone.sessions = session_use::none;
  const header_list latest = with({{"MCP-Protocol-Version", "2025-11-25"}, {"Mcp-Session-Id", "s"}});
  check(
      {
          {"initialize", usual, std::string(init), "alone initialize"},
          {"initialize with an id", latest, std::string(init), "alone initialize"},
          {"request", latest, std::string(list), "alone 2025-11-25"},
          {"no header: S-SESS-07", usual, std::string(list), "alone 2025-03-26"},
          {"2024-11-05", with({{"MCP-Protocol-Version", "2024-11-05"}}), std::string(list), "alone 2024-11-05"},
          {"notification", latest, std::string(note), "202"},
          {"response", latest, std::string(reply), "400 -32600", "keeps no sessions"},
          {"batch", usual, std::string(two), "alone 2025-03-26"},
          {"batch of notifications", usual, "[" + std::string(note) + "]", "202"},
          {"batch with initialize", usual, "[" + std::string(init) + "]", "400 -32600"},
          {"batch of a revision without", latest, std::string(two), "400 -32600"},
          {"unknown version", with({{"MCP-Protocol-Version", "1999"}}), std::string(list), "400 -32022 2"},
          {"modern", modern_headers("tools/list"), modern("tools/list"), "modern"},
          {"envelope without header", usual, modern("tools/list"), "400 -32020 \"m\""},
      },
      alone);
  for (const std::string_view method : {"GET", "DELETE", "PUT"}) {
    const auto refused = route_method(head_of(method, {}), alone);
    BOOST_TEST(outcome(refused) == "405 -32600");
    BOOST_TEST(std::get<refusal>(refused).allow == "POST");
  }
  BOOST_TEST(outcome(route_method(head_of("POST", {}), alone)) == "served");
}

// hosting:resume:replay
BOOST_AUTO_TEST_CASE(a_get_says_where_it_goes_on) {
  const auto last = [](header_list more) {
    header_list headers = {{"Accept", "text/event-stream"}, {"Mcp-Session-Id", "s"}};
    headers.insert(headers.end(), more.begin(), more.end());
    const auto route = route_get(head_of("GET", headers), {});
    const auto* verb = std::get_if<session_verb>(&route);
    return verb == nullptr ? outcome(route) : verb->last_event_id.value_or("-");
  };
  BOOST_TEST(last({}) == "-");
  BOOST_TEST(last({{"Last-Event-ID", ""}}) == "-");
  BOOST_TEST(last({{"last-event-id", "x.1.2"}}) == "x.1.2");
  BOOST_TEST(last({{"Last-Event-ID", "a"}, {"Last-Event-ID", "b"}}) == "400 -32600");
}

// hosting:http:notifications-202
BOOST_AUTO_TEST_CASE(only_what_will_be_answered_keeps_its_post_open) {
  const auto wanted = [](std::string_view body) {
    return wants_answer(std::get<to_session>(post(with({{"Mcp-Session-Id", "s"}}), body)).content);
  };
  BOOST_TEST(wanted(list));
  BOOST_TEST(!wanted(note));
  BOOST_TEST(!wanted(reply));
  BOOST_TEST(wanted(two));
  BOOST_TEST(!wanted("[" + std::string(note) + "," + std::string(reply) + "]"));
  BOOST_TEST(wanted("[" + std::string(note) + ",7]"));
  BOOST_TEST(!wanted(R"([{"jsonrpc":"2.0","id":1,"result":{},"error":{}}])"));  // a response all the same
}

// hosting:http:modern:handler-error-status-via-table, hosting:http:modern:removed-method-status-404
// 07-errors §3
BOOST_AUTO_TEST_CASE(each_code_has_its_status_in_the_modern_era) {
  const std::pair<int, int> expected[] = {{-32601, 404}, {-32602, 400}, {-32020, 400}, {-32021, 400},
                                          {-32022, 400}, {-32700, 400}, {-32600, 400}, {-32603, 200},
                                          {-32002, 200}, {-1, 200},     {1234, 200},   {-32042, 200}};
  for (const auto& [code, status] : expected)
    BOOST_TEST(modern_status(code) == status);
}

BOOST_AUTO_TEST_CASE(a_refusal_is_a_json_rpc_error_with_its_headers) {
  const http::response r = refusal(405, "no").allowing("POST").with_id(7).to_response();
  BOOST_TEST(r.status == 405);
  BOOST_TEST(r.body == R"({"jsonrpc":"2.0","id":7,"error":{"code":-32600,"message":"no"}})");
  BOOST_TEST(r.headers.find("Content-Type").value_or("") == "application/json");
  BOOST_TEST(r.headers.find("Allow").value_or("") == "POST");
  const http::response busy =
      refusal(503, "later").retrying_after(std::chrono::seconds(9)).to_response();
  BOOST_TEST(busy.headers.find("Retry-After").value_or("") == "9");
  // T-02: the text tells the client what to do.
  BOOST_TEST(unknown_session().status == 404);
  BOOST_TEST(unknown_session().error.message.find("initialize") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
