#include "serve_options.hpp"

#include <boost/test/unit_test.hpp>

#include <CLI/CLI.hpp>

#include "temporary_file.hpp"

using namespace comcp;
using namespace comcp::program;
using namespace std::chrono_literals;

namespace {

std::string failure(const std::vector<std::string>& arguments) {
  try {
    parse_serve_options(arguments);
  } catch (const usage_error& e) {
    return e.what();
  }
  return "no error";
}

serve_options from_file(const std::string& text, std::vector<std::string> arguments = {}) {
  const testing::temporary_file file(text);
  arguments.insert(arguments.begin(), {"--config", file.name()});
  return parse_serve_options(arguments);
}

std::string failure_of_file(const std::string& text) {
  const testing::temporary_file file(text);
  std::string message = failure({"--config", file.name()});
  if (const auto at = message.find(file.name()); at != std::string::npos) {
    message.replace(at, file.name().size(), "FILE");
  }
  return message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(program_serve_options)

// S-HTTP-04
BOOST_AUTO_TEST_CASE(nothing_said_means_the_documented_defaults) {
  const serve_options o = parse_serve_options({});
  BOOST_TEST(o.listen == "127.0.0.1:8080");
  BOOST_TEST(!o.stdio);
  BOOST_TEST(!o.http_sse);
  BOOST_TEST(!o.echo);
  BOOST_TEST(o.threads == 0U);
  BOOST_TEST(!o.drain_limit.has_value());
  BOOST_TEST(o.log_level == "info");
  BOOST_TEST(o.sqlite == "");
  BOOST_TEST(!o.allow_writes);
  BOOST_TEST(o.max_rows == 1000U);
  BOOST_TEST(o.max_result == 1048576U);
  BOOST_TEST((o.query_timeout == 30s));
  BOOST_TEST(o.max_body == 4194304U);
  BOOST_TEST((o.session_idle == 30min));
  BOOST_TEST((o.request_timeout == 0s));
}

BOOST_AUTO_TEST_CASE(every_option_can_be_given) {
  const serve_options o = parse_serve_options({"--listen",
                                               "[::1]:9000",
                                               "--path=/x",
                                               "--http-sse",
                                               "--sse-path",
                                               "/old/sse",
                                               "--messages-path=/old/post",
                                               "--threads",
                                               "3",
                                               "--drain-limit",
                                               "2s",
                                               "--log-level",
                                               "debug",
                                               "--sqlite",
                                               "shop.db",
                                               "--allow-writes",
                                               "--max-rows",
                                               "5",
                                               "--max-result",
                                               "64KiB",
                                               "--query-timeout",
                                               "500ms",
                                               "--allow-host",
                                               "a.example",
                                               "--allow-host",
                                               "b.example:8443",
                                               "--allow-origin",
                                               "https://a.example",
                                               "--tls-cert",
                                               "c.pem",
                                               "--tls-key",
                                               "k.pem",
                                               "--max-body",
                                               "1MiB",
                                               "--max-connections",
                                               "7",
                                               "--max-sessions",
                                               "8",
                                               "--max-subscriptions",
                                               "6",
                                               "--session-idle",
                                               "1m",
                                               "--max-concurrent",
                                               "9",
                                               "--request-timeout",
                                               "10"});
  BOOST_TEST(o.listen == "[::1]:9000");
  BOOST_TEST(o.path == "/x");
  BOOST_TEST(o.http_sse);
  BOOST_TEST(o.sse_path == "/old/sse");
  BOOST_TEST(o.messages_path == "/old/post");
  BOOST_TEST(o.threads == 3U);
  BOOST_TEST((o.drain_limit == 2s));
  BOOST_TEST(o.log_level == "debug");
  BOOST_TEST(o.sqlite == "shop.db");
  BOOST_TEST(o.allow_writes);
  BOOST_TEST(o.max_rows == 5U);
  BOOST_TEST(o.max_result == 65536U);
  BOOST_TEST((o.query_timeout == 500ms));
  BOOST_TEST(o.allow_host == (std::vector<std::string>{"a.example", "b.example:8443"}));
  BOOST_TEST(o.allow_origin == std::vector<std::string>{"https://a.example"});
  BOOST_TEST(o.tls_cert == "c.pem");
  BOOST_TEST(o.tls_key == "k.pem");
  BOOST_TEST(o.max_body == 1048576U);
  BOOST_TEST(o.max_connections == 7U);
  BOOST_TEST(o.max_sessions == 8U);
  BOOST_TEST(o.max_subscriptions == 6U);
  BOOST_TEST((o.session_idle == 1min));
  BOOST_TEST(o.max_concurrent == 9U);
  BOOST_TEST((o.request_timeout == 10s));
}

BOOST_AUTO_TEST_CASE(every_option_is_also_a_key_of_the_file) {
  const serve_options o = from_file(R"(
listen = "127.0.0.1:9000"
path = "/x"
http-sse = true
sse-path = "/old/sse"
messages-path = "/old/post"
threads = 3
drain-limit = "2s"
log-level = "warning"
sqlite = "shop.db"
allow-writes = true
max-rows = 5
max-result = "64KiB"
query-timeout = 7
allow-host = ["a.example", "b.example"]
allow-origin = "https://a.example"
tls-cert = "c.pem"
tls-key = "k.pem"
max-body = 1000
max-connections = 7
max-sessions = 8
max-subscriptions = 6
session-idle = "1m"
max-concurrent = 9
request-timeout = "10s"
stdio = false
echo = true
)");
  BOOST_TEST(o.listen == "127.0.0.1:9000");
  BOOST_TEST(o.http_sse);
  BOOST_TEST(o.sse_path == "/old/sse");
  BOOST_TEST(o.messages_path == "/old/post");
  BOOST_TEST(o.threads == 3U);
  BOOST_TEST((o.drain_limit == 2s));
  BOOST_TEST(o.allow_writes);
  BOOST_TEST((o.query_timeout == 7s));
  BOOST_TEST(o.allow_host == (std::vector<std::string>{"a.example", "b.example"}));
  BOOST_TEST(o.allow_origin == std::vector<std::string>{"https://a.example"});
  BOOST_TEST(o.max_body == 1000U);
  BOOST_TEST(o.max_subscriptions == 6U);
  BOOST_TEST(o.echo);
  BOOST_TEST(!o.stdio);

  CLI::App app;
  serve_options ignored;
  declare(app, ignored);
  // --help and --config aren't keys; sample-path excludes sqlite.
  BOOST_TEST(app.get_options().size() == 26U + 3U);
}

BOOST_AUTO_TEST_CASE(the_command_line_counts_more_than_the_file) {
  const std::string file =
      "listen = \"127.0.0.1:9000\"\nallow-host = [\"file.example\"]\nmax-rows = 5\n";
  const serve_options o = from_file(file, {"--listen", ":9001", "--allow-host", "line.example"});
  BOOST_TEST(o.listen == ":9001");
  BOOST_TEST(o.allow_host == std::vector<std::string>{"line.example"});
  BOOST_TEST(o.max_rows == 5U);
  BOOST_TEST(from_file(file, {"--stdio"}).stdio);
}

BOOST_AUTO_TEST_CASE(unknown_keys_are_errors_that_name_key_line_and_nearest_match) {
  BOOST_TEST(failure_of_file("\nmax_rows = 5\n") ==
             "FILE:2: unknown key 'max_rows'; did you mean 'max-rows'?");
  BOOST_TEST(failure_of_file("listne = \"x\"\n") ==
             "FILE:1: unknown key 'listne'; did you mean 'listen'?");
  BOOST_TEST(failure_of_file("colour = 1\n") == "FILE:1: unknown key 'colour'");
  BOOST_TEST(failure_of_file("config = \"x\"\n") == "FILE:1: unknown key 'config'");
  BOOST_TEST(failure_of_file("help = true\n") == "FILE:1: unknown key 'help'");
}

BOOST_AUTO_TEST_CASE(wrong_values_in_the_file_are_told_with_their_line) {
  const std::pair<std::string, std::string> rows[] = {
      {"threads = \"four\"\n", "'four' must be a number from 0 to 1024"},
      {"threads = 4.5\n", "'4.5' must be a number from 0 to 1024"},
      {"threads = [1, 2]\n", "'threads' takes one value, not an array"},
      {"allow-writes = 1\n", "'allow-writes' is either true or false"},
      {"allow-writes = []\n", "'allow-writes' takes one value, not an array"},
      {"log-level = \"loud\"\n", "loud not in {debug,info,warning,error,off}"},
      {"query-timeout = \"soon\"\n", "'soon' is no time"},
  };
  for (const auto& [text, expected] : rows) {
    const std::string message = failure_of_file(text);
    BOOST_TEST(message.starts_with("FILE:1: "), message);
    BOOST_TEST(message.find(expected) != std::string::npos, message);
  }
}

BOOST_AUTO_TEST_CASE(mistakes_on_the_command_line_are_explained) {
  const std::pair<std::vector<std::string>, std::string> rows[] = {
      {{"--lisen", "x"}, "unknown option '--lisen'; did you mean '--listen'?"},
      {{"--max-row=5"}, "unknown option '--max-row'; did you mean '--max-rows'?"},
      {{"--frobnicate"}, "unknown option '--frobnicate'"},
      {{"shop.db"}, "unexpected argument 'shop.db'"},
      {{"--threads", "-1"}, "'-1' must be a number from 0 to 1024"},
      {{"--threads", "9999"}, "'9999' must be a number from 0 to 1024"},
      {{"--max-rows", "0"}, "'0' must be a number from 1 to 1000000"},
      {{"--max-body", "4MB"}, "'4MB' is no size: write 65536, 64KiB, 4MiB or 1GiB"},
      {{"--drain-limit", "x"}, "'x' is no time: write 500ms, 30s, 5m or 1h"},
      {{"--listen"}, "--listen"},
      {{"--tls-cert", "c.pem"}, "TLS needs both --tls-cert and --tls-key"},
      {{"--sqlite", "a", "--sample-path", "b"}, "give one of them"},
      {{"--stdio", "--listen", ":1"}, "give one of them"},
      {{"--path", "mcp"}, "--path must begin with a slash"},
      {{"--path", "/healthz"}, "--path /healthz is taken"},
      {{"--http-sse", "--sse-path", "sse"}, "--sse-path must begin with a slash"},
      {{"--http-sse", "--messages-path", "/readyz"}, "--messages-path /readyz is taken"},
      {{"--http-sse", "--path", "/sse"}, "--path /sse, --sse-path /sse and --messages-path"},
      {{"--http-sse", "--messages-path", "/mcp"}, "must differ"},
      {{"--http-sse", "--messages-path", "/sse"}, "must differ"},
      {{"--sse-path", "/old"}, "--sse-path and --messages-path need --http-sse"},
      {{"--config", "/no/such/file"}, "can't read the configuration file /no/such/file"},
  };
  for (const auto& [arguments, expected] : rows) {
    const std::string message = failure(arguments);
    BOOST_TEST(message.find(expected) != std::string::npos, arguments.front() << ": " << message);
  }
}

BOOST_AUTO_TEST_SUITE_END()
