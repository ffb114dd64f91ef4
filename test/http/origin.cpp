#include "comcp/http/origin.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <stdexcept>

using comcp::http::cors_policy;
using comcp::http::fields;
using comcp::http::is_loopback_host;
using comcp::http::origin_policy;
using comcp::http::parse_host;
using comcp::http::request_head;
using verdict = origin_policy::verdict;

namespace {

request_head request(std::optional<std::string> host,
                     std::optional<std::string> origin = {},
                     std::string method = "POST") {
  request_head head;
  head.method = std::move(method);
  head.target = "/mcp";
  if (host) head.headers.add("Host", *host);
  if (origin) head.headers.add("Origin", *origin);
  return head;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_origin)

BOOST_AUTO_TEST_CASE(hosts_are_read_strictly) {
  struct row {
    const char* text;
    const char* host;
    int port;  // -1: none
  };
  const row good[] = {{"localhost", "localhost", -1},
                      {"LOCALHOST:80", "localhost", 80},
                      {"127.0.0.1:65535", "127.0.0.1", 65535},
                      {"[::1]", "::1", -1},
                      {"[::1]:8080", "::1", 8080},
                      {"a_b-c.example", "a_b-c.example", -1},
                      {"host:", "host", -1},
                      {"[2001:DB8::1]", "2001:db8::1", -1}};
  for (const row& r : good)
    BOOST_TEST_CONTEXT(r.text) {
      const auto parsed = parse_host(r.text);
      BOOST_TEST_REQUIRE(parsed.has_value());
      BOOST_TEST(parsed->host == r.host);
      BOOST_TEST((parsed->port ? static_cast<int>(*parsed->port) : -1) == r.port);
    }
  for (const char* bad : {"",
                          ":80",
                          "a b",
                          "a:b",
                          "a:65536",
                          "a:-1",
                          "a:1:2",
                          "::1",
                          "[::1",
                          "[]",
                          "[::1]x",
                          "[::1]:x",
                          "[g::1]",
                          "user@localhost",
                          "localhost/",
                          "a,b",
                          "localhost#",
                          "local\xC3\xA9",
                          "[127.0.0.1]",
                          "[fe80::1%25lo]"})
    BOOST_TEST_CONTEXT(bad) BOOST_TEST(!parse_host(bad).has_value());
}

BOOST_AUTO_TEST_CASE(loopback_forms) {
  for (const char* yes : {"localhost", "LocalHost:1", "app.localhost", "127.0.0.1", "127.9.8.7:80",
                          "[::1]", "[0:0:0:0:0:0:0:1]:5"})
    BOOST_TEST_CONTEXT(yes) BOOST_TEST(is_loopback_host(*parse_host(yes)));
  for (const char* no : {"localhost.evil.com", "evillocalhost", "127.0.0.1.evil.com", "127.1",
                         "127.0.0.1.", "127.evil.com", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]",
                         "128.0.0.1", "10.0.0.1", "localhost."})
    BOOST_TEST_CONTEXT(no) BOOST_TEST(!is_loopback_host(*parse_host(no)));
}

// H: DNS rebinding. A page on evil.com whose name now points to 127.0.0.1.
BOOST_AUTO_TEST_CASE(by_default_only_loopback_names_and_origins_pass) {
  const origin_policy policy;
  struct row {
    const char* host;
    const char* origin;  // null: absent
    verdict expected;
  };
  const row rows[] = {
      {"127.0.0.1:8080", nullptr, verdict::allowed},
      {"localhost:8080", "http://localhost:5173", verdict::allowed},
      {"[::1]:8080", "http://[::1]:8080", verdict::allowed},
      {"localhost", "https://127.0.0.1", verdict::allowed},
      {"evil.com", nullptr, verdict::bad_host},
      {"evil.com:8080", "http://evil.com:8080", verdict::bad_host},
      {"localhost.evil.com", nullptr, verdict::bad_host},
      {"127.0.0.1.nip.io", nullptr, verdict::bad_host},
      {"192.168.0.5", nullptr, verdict::bad_host},
      {"", nullptr, verdict::bad_host},
      {"local host", nullptr, verdict::bad_host},
      {"localhost:8080", "http://evil.com", verdict::bad_origin},
      {"localhost:8080", "https://localhost.evil.com", verdict::bad_origin},
      {"localhost:8080", "null", verdict::bad_origin},
      {"localhost:8080", "", verdict::bad_origin},
      {"localhost:8080", "localhost", verdict::bad_origin},
      {"localhost:8080", "file://", verdict::bad_origin},
      {"localhost:8080", "ftp://localhost", verdict::bad_origin},
      {"localhost:8080", "http://localhost:5173/", verdict::bad_origin},
      {"localhost:8080", "http://user@localhost", verdict::bad_origin},
  };
  for (const row& r : rows)
    BOOST_TEST_CONTEXT(r.host << " from " << (r.origin ? r.origin : "(none)")) {
      const auto head =
          request(r.host, r.origin ? std::optional<std::string>(r.origin) : std::nullopt);
      BOOST_TEST((policy.check(head) == r.expected));
    }
}

BOOST_AUTO_TEST_CASE(every_origin_line_is_checked) {
  auto head = request("localhost", "http://localhost");
  head.headers.add("origin", "http://evil.com");
  BOOST_TEST((origin_policy().check(head) == verdict::bad_origin));
}

BOOST_AUTO_TEST_CASE(an_absolute_target_overrules_host) {
  auto head = request("localhost");
  head.target = "http://evil.com/mcp";
  BOOST_TEST((origin_policy().check(head) == verdict::bad_host));
}

BOOST_AUTO_TEST_CASE(only_http_1_0_may_leave_host_out) {
  auto head = request(std::nullopt);
  BOOST_TEST((origin_policy().check(head) == verdict::bad_host));
  head.version = 10;
  BOOST_TEST((origin_policy().check(head) == verdict::allowed));
}

BOOST_AUTO_TEST_CASE(allow_lists_add_names_ports_addresses_and_origins) {
  origin_policy policy;
  policy.allow_host("mcp.example")
      .allow_host("Other.example:8443")
      .allow_origin("https://App.example");
  BOOST_TEST(policy.host_allowed("MCP.example:1"));
  BOOST_TEST(policy.host_allowed("other.example:8443"));
  BOOST_TEST(!policy.host_allowed("other.example"));
  BOOST_TEST(!policy.host_allowed("x.mcp.example"));
  BOOST_TEST(policy.origin_allowed("https://app.example"));
  BOOST_TEST(!policy.origin_allowed("http://app.example"));
  BOOST_TEST(!policy.origin_allowed("https://app.example:444"));
  BOOST_TEST(policy.host_allowed("localhost"));
  policy.allow_loopback(false);
  BOOST_TEST(!policy.host_allowed("localhost"));
  BOOST_TEST(!policy.origin_allowed("http://localhost"));

  origin_policy addresses;
  addresses.allow_ip_hosts();
  BOOST_TEST(addresses.host_allowed("192.168.0.5:80"));
  BOOST_TEST(addresses.host_allowed("[2001:db8::1]"));
  BOOST_TEST(!addresses.host_allowed("evil.com"));
  BOOST_TEST(!addresses.host_allowed("192.168.0.5.evil.com"));

  origin_policy any;
  any.allow_any_origin();
  BOOST_TEST(any.origin_allowed("null"));
  BOOST_TEST(!any.host_allowed("evil.com"));
  BOOST_TEST((origin_policy::allow_all().check(request("evil.com", "null")) == verdict::allowed));
}

BOOST_AUTO_TEST_CASE(lists_that_could_never_match_are_refused) {
  origin_policy policy;
  BOOST_CHECK_THROW(policy.allow_host("http://x"), std::invalid_argument);
  BOOST_CHECK_THROW(policy.allow_origin("x.example"), std::invalid_argument);
  BOOST_CHECK_THROW(policy.allow_origin("https://x.example/"), std::invalid_argument);
  BOOST_CHECK_THROW(cors_policy().allow_origin("*"), std::invalid_argument);
  BOOST_CHECK_THROW(cors_policy().allow_header("a b"), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_refusal_names_the_value_and_the_option) {
  const auto text = origin_policy::explain(verdict::bad_host, request("evil.com\xFF"));
  BOOST_TEST(text.find("evil.com\\x") != std::string::npos);
  BOOST_TEST(text.find("allow_host") != std::string::npos);
  BOOST_TEST(origin_policy::explain(verdict::bad_origin, request("h", "http://evil.com"))
                 .find("allow_origin") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(http_cors)

BOOST_AUTO_TEST_CASE(without_configured_origins_nothing_is_answered_or_added) {
  const cors_policy off;
  auto head = request("localhost", "http://localhost:5173", "OPTIONS");
  head.headers.add("Access-Control-Request-Method", "POST");
  BOOST_TEST(!off.preflight(head).has_value());
  fields out;
  off.decorate(head, out);
  BOOST_TEST(out.empty());
}

// H-17
BOOST_AUTO_TEST_CASE(a_preflight_of_an_allowed_origin_gets_the_permissions) {
  cors_policy cors;
  cors.allow_origin("https://app.example").allow_method("DELETE").allow_header("Mcp-Session-Id");
  cors.allow_header("Authorization").max_age(std::chrono::seconds(60));
  auto head = request("localhost", "https://app.example", "OPTIONS");
  BOOST_TEST(!cors.preflight(head).has_value());  // plain OPTIONS, not a preflight
  head.headers.add("Access-Control-Request-Method", "DELETE");
  const auto answer = cors.preflight(head);
  BOOST_TEST_REQUIRE(answer.has_value());
  BOOST_TEST(answer->status == 204);
  const auto& h = answer->headers;
  BOOST_TEST(h.find("Access-Control-Allow-Origin").value() == "https://app.example");
  BOOST_TEST(h.find("Access-Control-Allow-Methods").value() == "GET, HEAD, POST, DELETE");
  BOOST_TEST(h.find("Access-Control-Allow-Headers").value() == "Mcp-Session-Id, Authorization");
  BOOST_TEST(h.find("Access-Control-Max-Age").value() == "60");
  BOOST_TEST(h.find("Vary").value() == "Origin");
}

BOOST_AUTO_TEST_CASE(headers_with_an_allowed_beginning_are_permitted_when_they_are_asked_for) {
  cors_policy cors;
  cors.allow_origin("https://app.example").allow_headers_with_prefix("Mcp-Param-");
  const auto permitted = [&](const char* wanted) {
    auto head = request("localhost", "https://app.example", "OPTIONS");
    head.headers.add("Access-Control-Request-Method", "POST");
    if (wanted) head.headers.add("Access-Control-Request-Headers", wanted);
    const auto answer = cors.preflight(head);
    return std::string(answer->headers.find("Access-Control-Allow-Headers").value_or("none"));
  };
  BOOST_TEST(permitted(nullptr) == "none");
  BOOST_TEST(permitted("x-other") == "none");
  BOOST_TEST(permitted("mcp-param-city,x-other, MCP-PARAM-zip") == "mcp-param-city, MCP-PARAM-zip");
  BOOST_TEST(permitted("mcp-param-a b") == "none");
  cors.allow_header("Authorization");
  BOOST_TEST(permitted("mcp-param-a,authorization") == "Authorization, mcp-param-a");
  BOOST_CHECK_THROW(cors.allow_headers_with_prefix("a b"), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_preflight_of_another_origin_is_refused) {
  cors_policy cors;
  cors.allow_loopback_origins();
  auto head = request("localhost", "https://evil.com", "OPTIONS");
  head.headers.add("Access-Control-Request-Method", "POST");
  const auto answer = cors.preflight(head);
  BOOST_TEST_REQUIRE(answer.has_value());
  BOOST_TEST(answer->status == 403);
  BOOST_TEST(!answer->headers.contains("Access-Control-Allow-Origin"));
}

BOOST_AUTO_TEST_CASE(responses_name_the_origin_and_the_exposed_headers) {
  cors_policy cors;
  cors.allow_loopback_origins().expose_header("Mcp-Session-Id").expose_header("WWW-Authenticate");
  fields out;
  cors.decorate(request("localhost", "http://localhost:5173"), out);
  BOOST_TEST(out.find("Access-Control-Allow-Origin").value() == "http://localhost:5173");
  BOOST_TEST(out.find("Access-Control-Expose-Headers").value() ==
             "Mcp-Session-Id, WWW-Authenticate");
  fields other;
  cors.decorate(request("localhost", "http://evil.com"), other);
  BOOST_TEST(!other.contains("Access-Control-Allow-Origin"));
  BOOST_TEST(other.find("Vary").value() == "Origin");  // caches must not mix the two
}

BOOST_AUTO_TEST_CASE(any_origin_is_a_star_unless_credentials_are_allowed) {
  cors_policy any;
  any.allow_any_origin();
  fields out;
  any.decorate(request("localhost", "http://x.example"), out);
  BOOST_TEST(out.find("Access-Control-Allow-Origin").value() == "*");
  BOOST_TEST(!out.contains("Vary"));
  any.allow_credentials();
  fields named;
  any.decorate(request("localhost", "http://x.example"), named);
  BOOST_TEST(named.find("Access-Control-Allow-Origin").value() == "http://x.example");
  BOOST_TEST(named.find("Access-Control-Allow-Credentials").value() == "true");
}

BOOST_AUTO_TEST_SUITE_END()
