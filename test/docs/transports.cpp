// The code of docs/transports.md and docs/authorization.md.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "comcp/http_transport/bearer_auth.hpp"
#include "comcp/http_transport/http_endpoint.hpp"
#include "comcp/testing/coro_test.hpp"

using namespace comcp;

namespace {

// [auth-verify]
comcp::awaitable<std::optional<comcp::verified_token>> verify(std::string token) {
  // Check the signature with the issuer's keys, or ask its introspection endpoint.
  if (token != "a-token-of-ann") co_return std::nullopt;
  comcp::verified_token known;
  known.who = comcp::principal("ann");
  known.who.scopes = {"files:read"};
  known.audience = {"https://mcp.example.com/mcp"};
  co_return known;
}
// [/auth-verify]

}  // namespace

BOOST_AUTO_TEST_SUITE(docs_transports)

BOOST_AUTO_TEST_CASE(what_streams_keep_has_limits) {
  // [transport-events]
  comcp::streamable_http_options options;
  options.keep_events(
      comcp::event_store_limits().max_bytes(4 << 20).max_age(std::chrono::hours(1)));
  options.stream_after(std::chrono::seconds(1));  // slow calls can be resumed from then on
  options.stream_limit(std::chrono::minutes(5));  // 2025-11-25 clients poll instead of waiting
  // [/transport-events]
  const auto at = listen_http("127.0.0.1:0", http_endpoint_options().mcp(options));
  BOOST_TEST(at->url() == "http://127.0.0.1:0/mcp");
}

BOOST_AUTO_TEST_CASE(an_endpoint_with_authorization) {
  // [auth-endpoint]
  const comcp::bearer_auth auth("https://mcp.example.com/mcp", {"https://login.example.com"},
                                verify,
                                comcp::bearer_options()
                                    .require({"files:read"})
                                    .require_for([](const comcp::http::request_head& head) {
                                      std::vector<std::string> more;
                                      if (head.header("Mcp-Name") == "delete_file")
                                        more.emplace_back("files:write");
                                      return more;
                                    })
                                    .implies("files:write", {"files:read"}));
  const auto endpoint = comcp::listen_http("127.0.0.1:8080", auth.applied_to({}));
  // [/auth-endpoint]
  BOOST_TEST(endpoint->port() == 8080);
  BOOST_TEST(auth.metadata_url() ==
             "https://mcp.example.com/.well-known/oauth-protected-resource/mcp");
}

BOOST_AUTO_TEST_SUITE_END()
