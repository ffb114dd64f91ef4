#include "comcp/http_transport/bearer_auth.hpp"

#include <set>
#include <stdexcept>

#include "http_transport/support.hpp"
#include "support/raw_client.hpp"

using namespace test;

namespace {

using std::chrono::system_clock;
constexpr std::string_view url = "https://mcp.example.com/public/mcp";
const system_clock::time_point noon{std::chrono::hours(500000)};

/// A token is its own description: "ann", "ann:a,b" with scopes, "ann@elsewhere", "expired".
awaitable<std::optional<verified_token>> verify(std::string token) {
  if (token == "unknown") co_return std::nullopt;
  if (token == "outage") throw std::runtime_error("the issuer can't be reached");
  verified_token t;
  t.audience = {std::string(url)};
  t.expires = noon + std::chrono::hours(1);
  if (token == "elsewhere") t.audience = {"https://other.example.com"};
  if (token == "forNobody") t.audience.clear();
  if (token == "everlasting") t.expires = std::chrono::system_clock::time_point::max();
  if (token == "expired") t.expires = noon - std::chrono::seconds(30);
  if (token == "justExpired") t.expires = noon - std::chrono::seconds(29);
  t.who = principal("ann");
  if (token == "reader") t.who.scopes = {"files:read"};
  if (token == "admin") t.who.scopes = {"all"};
  co_return t;
}

bearer_options options() {
  return bearer_options()
      .require({"files:read"})
      .require_for([](const http::request_head& head) {
        std::vector<std::string> more;
        if (head.header("Mcp-Name") == "erase") more.emplace_back("files:write");
        return more;
      })
      .implies("all", {"files:write"})
      .implies("files:write", {"files:read"})
      .scopes_supported({"files:read"})
      .resource_name("Files")
      .now([] { return noon; });
}

struct outcome {
  int status = 0;
  std::string challenge;
  std::string subject;
};

awaitable<outcome> ask_all(const bearer_auth& auth,
                           const std::vector<std::string>& credentials,
                           std::string tool = {}) {
  http::request_head head;
  head.method = "POST";
  head.target = "/public/mcp?access_token=admin";  // must not be looked at
  for (const std::string& c : credentials)
    head.headers.add("Authorization", c);
  if (!tool.empty()) head.headers.add("Mcp-Name", tool);
  const http::peer_info peer{};
  const access_check check = auth.check();
  access_verdict verdict = co_await check(head, peer);
  outcome o;
  if (auto& no = verdict.refusal()) {
    o.status = no->status;
    o.challenge = no->headers.find("WWW-Authenticate").value_or("");
  } else {
    o.status = 200;
    o.subject = verdict.who()->subject;
  }
  co_return o;
}

awaitable<outcome> ask(const bearer_auth& auth, std::string token, std::string tool = {}) {
  const std::vector<std::string> credentials(1, "Bearer " + token);
  co_return co_await ask_all(auth, credentials, tool);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bearer_authorization)

// S-AUTH-01, S-AUTH-02, S-AUTH-04, hosting:auth:missing-401, hosting:auth:invalid-401,
// hosting:auth:expired-401, hosting:auth:aud-validation, hosting:auth:query-token-ignored
COMCP_TEST_CORO(only_a_genuine_token_for_this_server_lets_in) {
  const bearer_auth auth(url, {"https://login.example.com"}, verify, options());
  const struct {
    std::vector<std::string> credentials;
    int status;
    std::string_view error;
  } cases[] = {{{}, 401, ""},
               {{"Basic YTpi"}, 401, ""},
               {{""}, 401, ""},
               {{"Bearer"}, 401, "invalid_token"},
               {{"Bearer  "}, 401, "invalid_token"},
               {{"Bearer a b"}, 401, "invalid_token"},
               {{"Bearer \"x\""}, 401, "invalid_token"},
               {{"Bearer ==="}, 401, "invalid_token"},
               {{"Bearer unknown"}, 401, "invalid_token"},
               {{"Bearer expired"}, 401, "invalid_token"},
               {{"Bearer elsewhere"}, 401, "invalid_token"},
               {{"Bearer forNobody"}, 401, "invalid_token"},
               {{"Bearer reader", "Bearer reader"}, 400, "invalid_request"},
               {{"Bearer reader"}, 200, ""},
               {{"bearer   reader"}, 200, ""}};
  for (const auto& c : cases) {
    const outcome o = co_await ask_all(auth, c.credentials);
    BOOST_TEST_CONTEXT((c.credentials.empty() ? "nothing" : c.credentials[0])) {
      BOOST_TEST(o.status == c.status);
      if (c.status == 200) {
        BOOST_TEST(o.subject == "ann");
        continue;
      }
      BOOST_TEST(
          o.challenge.starts_with("Bearer resource_metadata=\"https://mcp.example.com/.well-known/"
                                  "oauth-protected-resource/public/mcp\""));
      const bool names_error = o.challenge.find("error=") != std::string::npos;
      BOOST_TEST(names_error == !c.error.empty());  // RFC 6750: none without credentials
      BOOST_TEST(o.challenge.find(c.error) != std::string::npos);
      if (c.status == 401)
        BOOST_TEST(o.challenge.find("scope=\"files:read\"") != std::string::npos);
    }
  }
}

COMCP_TEST_CORO(clocks_may_differ_by_the_leeway) {
  auto o = options();
  o.require({});
  const bearer_auth auth(url, {"https://login.example.com"}, verify, std::move(o));
  outcome in = co_await ask(auth, "justExpired");
  BOOST_TEST(in.status == 200);
  in = co_await ask(auth, "expired");
  BOOST_TEST(in.status == 401);
  in = co_await ask(auth, "everlasting");
  BOOST_TEST(in.status == 200);
}

// S-AUTH-05, S-AUTH-07, hosting:auth:scope-403
COMCP_TEST_CORO(a_missing_scope_is_403_with_all_that_the_request_needs) {
  const bearer_auth auth(url, {"https://login.example.com"}, verify, options());
  outcome o = co_await ask(auth, "reader", "erase");
  BOOST_TEST(o.status == 403);
  BOOST_TEST(o.challenge.find("error=\"insufficient_scope\"") != std::string::npos);
  BOOST_TEST(o.challenge.find("scope=\"files:read files:write\"") != std::string::npos);
  BOOST_TEST(o.challenge.find("resource_metadata=") != std::string::npos);
  o = co_await ask(auth, "ann");
  BOOST_TEST(o.status == 403);
  o = co_await ask(auth, "admin", "erase");  // by way of two implications
  BOOST_TEST(o.status == 200);
}

COMCP_TEST_CORO(an_issuer_that_cannot_be_reached_says_nothing_about_the_token) {
  const bearer_auth auth(url, {"https://login.example.com"}, verify, options());
  bool thrown = false;
  try {
    co_await ask(auth, "outage");
  } catch (const std::runtime_error&) {
    thrown = true;
  }
  BOOST_TEST(thrown);
}

// S-AUTH-03, S-AUTH-08, hosting:auth:prm:authorization-servers-field
BOOST_AUTO_TEST_CASE(the_metadata_document_names_resource_and_issuers) {
  const bearer_auth auth("HTTPS://MCP.Example.com/public/mcp/", {"https://login.example.com"},
                         verify, options());
  BOOST_TEST(json::parse(auth.metadata()) == json::parse(R"({
    "resource": "https://mcp.example.com/public/mcp",
    "authorization_servers": ["https://login.example.com"],
    "scopes_supported": ["files:read"],
    "bearer_methods_supported": ["header"],
    "resource_name": "Files"})"));
}

// S-AUTH-08
BOOST_AUTO_TEST_CASE(what_cannot_work_is_refused_at_once) {
  const auto make = [](std::string_view at, std::vector<std::string> issuers, bearer_options o) {
    return bearer_auth(at, std::move(issuers), verify, std::move(o));
  };
  for (const std::string_view bad : {"", "mcp.example.com", "ftp://x/", "https://", "https:///mcp",
                                     "https://x/#a", "https://x/ "})
    BOOST_CHECK_THROW(make(bad, {"https://i"}, {}), std::invalid_argument);
  BOOST_CHECK_THROW(make(url, {}, {}), std::invalid_argument);
  for (const std::chrono::seconds bad :
       {-1s, std::chrono::seconds(24h) + 1s, std::chrono::seconds::max()})
    BOOST_CHECK_THROW(make(url, {"https://i"}, bearer_options().leeway(bad)),
                      std::invalid_argument);
  BOOST_CHECK_NO_THROW(make(url, {"https://i"}, bearer_options().leeway(24h)));
  for (const std::string bad : {"", "a b", "a\"b", "offline_access"}) {
    BOOST_CHECK_THROW(make(url, {"https://i"}, bearer_options().require({bad})),
                      std::invalid_argument);
    BOOST_CHECK_THROW(make(url, {"https://i"}, bearer_options().scopes_supported({bad})),
                      std::invalid_argument);
  }
}

// hosting:auth:metadata-endpoints, hosting:auth:authinfo-propagates, S-AUTH-06
COMCP_TEST_CORO_REAL(an_endpoint_serves_the_document_and_handlers_see_who_was_let_in) {
  tool_server tools;
  const bearer_auth auth(url, {"https://login.example.com"}, verify, options());
  http_endpoint at("127.0.0.1:0", auth.applied_to({}));
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    event serving;
    at.on_serving([&] { serving.set(); });
    group.start_soon([&] { return at.serve(tools); });
    co_await serving.wait();
    for (const std::string path : {"/.well-known/oauth-protected-resource",
                                   "/.well-known/oauth-protected-resource/public/mcp"}) {
      http_test::raw_client c;
      BOOST_TEST(co_await c.connect(at.port()));
      co_await c.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
      const std::string bytes = co_await c.read_response();
      BOOST_TEST(bytes.starts_with("HTTP/1.1 200 "));
      BOOST_TEST(bytes.find("Access-Control-Allow-Origin: *") != std::string::npos);
      BOOST_TEST(bytes.ends_with(auth.metadata()));
    }
    http_test::raw_client c;
    BOOST_TEST(co_await c.connect(at.port()));
    co_await c.send(modern_call("1", "echo"));
    std::string bytes = co_await c.read_response();
    BOOST_TEST(bytes.starts_with("HTTP/1.1 401 "));
    BOOST_TEST(tools.seen.started == 0);  // the body wasn't looked at
    std::string with_token = modern_call("1", "echo");
    with_token.insert(with_token.find("\r\n") + 2, "Authorization: Bearer reader\r\n");
    http_test::raw_client again;
    BOOST_TEST(co_await again.connect(at.port()));
    co_await again.send(with_token);
    bytes = co_await again.read_response();
    BOOST_TEST(bytes.starts_with("HTTP/1.1 200 "));
    BOOST_TEST(tools.seen.subject == "ann");
    at.drain(1s);
  });
}

BOOST_AUTO_TEST_SUITE_END()
