#include "comcp/http/router.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

#include "comcp/testing/coro_test.hpp"
#include "support/http_memory_wire.hpp"

using comcp::awaitable;
using comcp::http::exchange;
using comcp::http::handler;
using comcp::http::response;
using comcp::http::router;
using http_test::converse;

namespace {

handler says(std::string text) {
  return [text](exchange ex) -> awaitable<void> {
    co_await std::move(ex).respond(response(200, "text/plain", text));
  };
}

std::string request(std::string_view method, std::string_view target) {
  return std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

// The status line and, if there is one, Allow.
std::string gist(const std::string& answer) {
  auto out = answer.substr(9, answer.find('\r') - 9);
  if (const auto at = answer.find("Allow: "); at != std::string::npos)
    out += "; " + answer.substr(at, answer.find('\r', at) - at);
  if (const auto at = answer.find("\r\n\r\n"); answer.starts_with("HTTP/1.1 200"))
    out += "; " + answer.substr(at + 4);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_router)

COMCP_TEST_CORO(requests_go_to_their_path_and_method) {
  router routes;
  routes.add("/mcp", says("any"));
  routes.add("GET", "/healthz", says("healthy"));
  routes.add("GET", "/two", says("got")).add("POST", "/two", says("posted"));
  routes.add("POST", "/post", says("posted"));
  struct row {
    const char* method;
    const char* target;
    const char* expected;
  };
  const row rows[] = {
      {"POST", "/mcp", "200 OK; any"},
      {"PUT", "/mcp?x=y", "200 OK; any"},
      {"GET", "/healthz?", "200 OK; healthy"},
      {"GET", "http://localhost/healthz", "200 OK; healthy"},
      {"HEAD", "/healthz", "200 OK; "},
      {"POST", "/two", "200 OK; posted"},
      {"GET", "/two", "200 OK; got"},
      {"DELETE", "/two", "405 Method Not Allowed; Allow: GET, POST, HEAD, OPTIONS"},
      {"GET", "/post", "405 Method Not Allowed; Allow: POST, OPTIONS"},
      {"HEAD", "/post", "405 Method Not Allowed; Allow: POST, OPTIONS"},
      {"OPTIONS", "/two", "204 No Content; Allow: GET, POST, HEAD, OPTIONS"},
      {"GET", "/", "404 Not Found"},
      {"GET", "/mcp/", "404 Not Found"},
      {"GET", "//mcp", "404 Not Found"},
      {"GET", "/MCP", "404 Not Found"},
      {"GET", "/%6dcp", "404 Not Found"},
      {"GET", "/x/../mcp", "404 Not Found"},
      {"GET", "/mcp;x", "404 Not Found"},
  };
  for (const row& r : rows) {
    const auto out = co_await converse(routes, request(r.method, r.target));
    BOOST_TEST_CONTEXT(r.method << " " << r.target) BOOST_TEST(gist(out) == r.expected);
  }
}

BOOST_AUTO_TEST_CASE(routes_that_could_never_match_or_collide_are_refused) {
  router routes;
  BOOST_CHECK_THROW(routes.add("mcp", says("x")), std::invalid_argument);
  BOOST_CHECK_THROW(routes.add("/mcp?x", says("x")), std::invalid_argument);
  BOOST_CHECK_THROW(routes.add("G T", "/mcp", says("x")), std::invalid_argument);
  routes.add("GET", "/mcp", says("x"));
  BOOST_CHECK_THROW(routes.add("GET", "/mcp", says("x")), std::invalid_argument);
  BOOST_CHECK_THROW(routes.add("/mcp", says("x")), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
