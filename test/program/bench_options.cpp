#include "bench/bench_options.hpp"

#include <boost/test/unit_test.hpp>

#include "bench/bench.hpp"

using namespace comcp::bench;
using namespace std::chrono_literals;
using words = std::vector<std::string>;

namespace {

constexpr const char* url = "http://127.0.0.1:8080/mcp";

std::string wrong(const words& arguments) {
  try {
    parse_bench_options(arguments);
  } catch (const usage_error& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bench_options_parsing)

BOOST_AUTO_TEST_CASE(a_url_alone_means_the_documented_defaults) {
  const bench_options o = parse_bench_options({url});
  BOOST_TEST(o.url == url);
  BOOST_TEST(!o.stdio);
  BOOST_TEST(o.connections == 1U);
  BOOST_TEST(o.in_flight == 1U);
  BOOST_TEST((o.duration == 10s));
  BOOST_TEST(o.requests == 0U);
  BOOST_TEST((o.warmup == 1s));
  BOOST_TEST(o.rate == 0.0);
  BOOST_TEST((o.timeout == 30s));
  BOOST_TEST(o.revision == "");
  BOOST_TEST(o.method == "tools/call");
  BOOST_TEST(o.tool == "echo");
  BOOST_TEST(o.payload == 64U);
}

BOOST_AUTO_TEST_CASE(every_option_can_be_given) {
  const bench_options o = parse_bench_options({"--connections",
                                               "8",
                                               "--in-flight=4",
                                               "--duration",
                                               "500ms",
                                               "--requests",
                                               "100",
                                               url,
                                               "--warmup",
                                               "0",
                                               "--rate",
                                               "2.5",
                                               "--churn",
                                               "7",
                                               "--timeout",
                                               "5s",
                                               "--sse",
                                               "--revision",
                                               "2025-06-18",
                                               "--tool",
                                               "add",
                                               "--arguments",
                                               "{\"a\":1}",
                                               "--payload",
                                               "1KiB",
                                               "--header",
                                               "Authorization: Bearer x",
                                               "--header",
                                               "X-A: b",
                                               "--json-report",
                                               "-",
                                               "--pid",
                                               "12",
                                               "--quiet"});
  BOOST_TEST(o.connections == 8U);
  BOOST_TEST(o.in_flight == 4U);
  BOOST_TEST((o.duration == 500ms));
  BOOST_TEST(o.requests == 100U);
  BOOST_TEST((o.warmup == 0s));
  BOOST_TEST(o.rate == 2.5);
  BOOST_TEST(o.churn == 7U);
  BOOST_TEST((o.timeout == 5s));
  BOOST_TEST(o.sse);
  BOOST_TEST(o.revision == "2025-06-18");
  BOOST_TEST(o.tool == "add");
  BOOST_TEST(o.arguments == "{\"a\":1}");
  BOOST_TEST(o.payload == 1024U);
  BOOST_TEST(o.headers == (words{"Authorization: Bearer x", "X-A: b"}));
  BOOST_TEST(o.json_report == "-");
  BOOST_TEST(o.pid == 12U);
  BOOST_TEST(o.quiet);
}

BOOST_AUTO_TEST_CASE(what_is_behind_two_dashes_is_the_servers_command) {
  const bench_options o =
      parse_bench_options({"--stdio", "--requests", "5", "--", "server", "--requests", "--", "x"});
  BOOST_TEST(o.stdio);
  BOOST_TEST(o.requests == 5U);
  BOOST_TEST(o.command == (words{"server", "--requests", "--", "x"}));
}

BOOST_AUTO_TEST_CASE(mistakes_are_explained) {
  const struct {
    words arguments;
    const char* message;
  } rows[] = {
      {{}, "which server?"},
      {{url, url}, "one URL, not 2"},
      {{url, "--conections", "1"}, "unknown option '--conections'; did you mean '--connections'?"},
      {{url, "--connections", "0"}, "must be a number from 1 to"},
      {{url, "--duration", "soon"}, "'soon' is no time"},
      {{url, "--rate", "0"}, "--rate"},
      {{url, "--method", "tools/cal"}, "unknown 'tools/cal'; did you mean 'tools/call'?"},
      {{url, "--revision", "2025-06-81"}, "did you mean '2025-06-18'?"},
      {{url, "--revision", "2026-07-28", "--method", "ping"}, "revision 2026-07-28 has no ping"},
      {{url, "--arguments", "[1]"}, "not a JSON object: [1]"},
      {{url, "--arguments", "{"}, "not a JSON object: {"},
      {{url, "--sse", "--json"}, "exclude each other"},
      {{url, "--header", "X"}, "write 'Name: value', not 'X'"},
      {{url, "--header", "X: a\r\nY: b"}, "write 'Name: value'"},
      {{url, "--", "server"}, "needs --stdio"},
      {{"--stdio"}, "needs the server's command"},
      {{"--stdio", "server"},
       "write the server's command behind '--': comcp bench --stdio -- server"},
      {{"--stdio", url, "--", "server"}, "either a URL, or --stdio"},
      {{"--stdio", "--sse", "--", "server"}, "are about HTTP"},
      {{"--stdio", "--header", "A: b", "--", "server"}, "--header is about HTTP"},
      {{"https://127.0.0.1/"}, "https isn't supported"},
      {{"127.0.0.1:8080"}, "is no URL"},
  };
  for (const auto& row : rows) {
    const std::string said = wrong(row.arguments);
    BOOST_TEST(said.find(row.message) != std::string::npos, said << " has not: " << row.message);
  }
}

BOOST_AUTO_TEST_CASE(urls_are_taken_apart) {
  const struct {
    const char* url;
    const char* host;
    const char* port;
    const char* target;
    const char* header;
  } rows[] = {
      {"http://127.0.0.1:8080/mcp", "127.0.0.1", "8080", "/mcp", "127.0.0.1:8080"},
      {"http://example.org", "example.org", "80", "/", "example.org"},
      {"http://example.org:81?a=b#c", "example.org", "81", "/?a=b", "example.org:81"},
      {"http://[::1]:9/x?y", "::1", "9", "/x?y", "[::1]:9"},
      {"http://[::1]/", "::1", "80", "/", "[::1]"},
  };
  for (const auto& row : rows) {
    const endpoint_address a = parse_url(row.url);
    BOOST_TEST(a.host == row.host, row.url);
    BOOST_TEST(a.port == row.port, row.url);
    BOOST_TEST(a.target == row.target, row.url);
    BOOST_TEST(a.host_header() == row.header, row.url);
  }
  for (const char* const bad : {"http://", "http://:80/", "http://a:b/", "http://a:123456/",
                                "http://a/b c", "http://me@a/", "ftp://a/"}) {
    BOOST_CHECK_THROW(parse_url(bad), usage_error);
  }
}

BOOST_AUTO_TEST_CASE(the_help_names_every_option_examples_and_exit_statuses) {
  const std::string text = bench_command().help();
  for (const char* const part : {"comcp bench URL [OPTIONS]",
                                 "--stdio",
                                 "--connections",
                                 "--in-flight",
                                 "--duration",
                                 "--requests",
                                 "--warmup",
                                 "--rate",
                                 "--churn",
                                 "--timeout",
                                 "--revision",
                                 "--method",
                                 "--tool",
                                 "--arguments",
                                 "--payload",
                                 "--sse",
                                 "--json",
                                 "--header",
                                 "--json-report",
                                 "--pid",
                                 "--quiet",
                                 "Examples:",
                                 "Exit status:"}) {
    BOOST_TEST(text.find(part) != std::string::npos, part);
  }
}

BOOST_AUTO_TEST_SUITE_END()
