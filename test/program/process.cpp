#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstring>
#include <fstream>

#include "connection_to.hpp"
#include "support/child.hpp"
#include "support/paths.hpp"
#include "temporary_file.hpp"

// What only a process shows: signals, exit statuses, the end of input, what is on which stream.

using namespace comcp;
using test::child;
using testing::connection_to;

namespace {

const std::string comcp_program = test::program_path("comcp");

constexpr const char* initialize =
    R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
    R"("capabilities":{},"clientInfo":{"name":"test","version":"1"}}})";
constexpr const char* initialized = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
constexpr const char* endless =
    R"j({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"query","arguments":{"sql":)j"
    R"j("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"}}})j";
constexpr const char* ping = R"({"jsonrpc":"2.0","id":3,"method":"ping"})";
// The same endless query in the stateless era.
constexpr const char* endless_modern =
    R"j({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"query","arguments":{"sql":)j"
    R"j("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"},)j"
    R"j("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)j"
    R"j("io.modelcontextprotocol/clientCapabilities":{}}}})j";
constexpr const char* modern_headers =
    "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: query\r\n";

struct fixture {
  // A path that isn't there yet: the program makes its sample.
  fixture() {
    std::string name = (std::filesystem::temp_directory_path() / "comcp-process-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
    directory = name;
  }
  ~fixture() { std::filesystem::remove_all(directory); }

  std::vector<std::string> serve(std::vector<std::string> more) const {
    std::vector<std::string> out{"serve", "--sample-path", (directory / "sample.db").string()};
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }
  std::filesystem::path directory;
};

void shake_hands(child& server) {
  server.say(initialize);
  BOOST_TEST(server.read_line().value().find("\"serverInfo\"") != std::string::npos);
  server.say(initialized);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(program_process, fixture)

// S-STD-04
BOOST_AUTO_TEST_CASE(the_end_of_input_ends_stdio_with_0_and_output_holds_only_messages) {
  child server(comcp_program, serve({"--stdio"}));
  shake_hands(server);
  server.say(ping);
  BOOST_TEST(server.read_line().value() == R"({"jsonrpc":"2.0","id":3,"result":{}})");
  server.close_input();
  BOOST_TEST(server.read_output() == "");
  BOOST_TEST(server.wait() == 0, server.errors());
  BOOST_TEST(server.errors().find("sample.db, made just now") != std::string::npos,
             server.errors());
}

BOOST_AUTO_TEST_CASE(the_end_of_input_does_not_wait_for_a_query_beyond_the_drain_limit) {
  child server(comcp_program, serve({"--stdio", "--drain-limit", "1ms", "--query-timeout", "0"}));
  shake_hands(server);
  server.say(endless);
  server.say(ping);
  BOOST_TEST(server.read_line().value().find("\"id\":3") != std::string::npos);
  server.close_input();
  server.read_output();
  BOOST_TEST(server.wait() == 0, server.errors());
}

BOOST_AUTO_TEST_CASE(each_stop_signal_ends_stdio_with_0) {
  for (const int number : {SIGTERM, SIGINT}) {
    child server(comcp_program, serve({"--stdio"}));
    shake_hands(server);
    server.signal(number);
    BOOST_TEST(server.wait() == 0, server.errors());
  }
}

BOOST_AUTO_TEST_CASE(http_serves_its_health_and_ends_on_a_signal_with_0) {
  for (const char* const threads : {"1", "3"}) {
    child server(comcp_program, serve({"--listen", "127.0.0.1:0", "--threads", threads}));
    const auto port = server.port();
    BOOST_TEST(testing::get(port, "/healthz").starts_with("HTTP/1.1 200 "));
    BOOST_TEST(testing::get(port, "/readyz").starts_with("HTTP/1.1 200 "));
    BOOST_TEST(testing::get(port, "/other").starts_with("HTTP/1.1 404 "));
    server.signal(SIGTERM);
    BOOST_TEST(server.wait() == 0, server.errors());
  }
}

BOOST_AUTO_TEST_CASE(a_signal_ends_http_within_the_drain_limit_with_calls_and_streams_open) {
  child server(comcp_program,
               serve({"--listen", "127.0.0.1:0", "--drain-limit", "50ms", "--query-timeout", "0"}));
  const auto port = server.port();
  connection_to legacy(port);
  legacy.send(testing::post_of(initialize));
  std::string session;
  for (std::string line = legacy.line(); line != "\r"; line = legacy.line()) {
    if (line.starts_with("Mcp-Session-Id: ")) session = line.substr(0, line.size() - 1);
  }
  BOOST_TEST_REQUIRE(!session.empty());
  connection_to stream(port);
  stream.send("GET /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n" + session +
              "\r\n\r\n");
  BOOST_TEST(stream.line().starts_with("HTTP/1.1 200 "));
  connection_to modern(port);
  modern.send(testing::post_of(endless_modern, modern_headers));
  BOOST_TEST(
      testing::get(port, "/healthz").starts_with("HTTP/1.1 200 "));  // the call has been taken
  server.signal(SIGTERM);
  BOOST_TEST(server.wait() == 0, server.errors());
  BOOST_TEST(stream.rest().ends_with("0\r\n\r\n"));  // its last chunk: not cut off
}

// What a client of 2024-11-05 does, from its stream's first event to its answer.
BOOST_AUTO_TEST_CASE(http_sse_is_served_where_asked_for_and_told_in_the_log) {
  child server(comcp_program, serve({"--listen", "127.0.0.1:0", "--http-sse", "--sse-path",
                                     "/old/sse", "--messages-path", "/old/post"}));
  const auto port = server.port();
  const std::string base = "http://127.0.0.1:" + std::to_string(port);
  BOOST_TEST(server.read_errors_until("HTTP+SSE").ends_with("connect to " + base + "/old/sse"));

  connection_to stream(port);
  stream.send("GET /old/sse HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
  const auto line_with = [&stream](std::string_view words) {
    for (;;) {
      const std::string line = stream.line();
      if (line.find(words) != std::string::npos) return line;
    }
  };
  const std::string told = line_with("data: ").substr(6);
  BOOST_TEST(told.starts_with("/old/post?sessionId="), told);

  connection_to messages(port);
  messages.send("POST " + told +
                " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                "Content-Length: " +
                std::to_string(std::strlen(initialize)) + "\r\n\r\n" + initialize);
  BOOST_TEST(messages.line().starts_with("HTTP/1.1 202 "));
  BOOST_TEST(line_with("data: ").find("\"serverInfo\"") != std::string::npos);

  server.signal(SIGTERM);
  BOOST_TEST(server.wait() == 0, server.errors());
}

// The second call asks for progress, and gets it before its answer.
BOOST_AUTO_TEST_CASE(the_tool_echo_is_there_when_asked_for) {
  child server(comcp_program, serve({"--stdio", "--echo"}));
  shake_hands(server);
  const std::string call =
      R"({"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"echo","arguments":{"text":"a\u0001b"})";
  server.say(call + "}}");
  const std::string answer =
      R"({"jsonrpc":"2.0","id":4,"result":{"content":[{"type":"text","text":"a\u0001b"}]}})";
  BOOST_TEST(server.read_line().value() == answer);
  server.say(call + R"(,"_meta":{"progressToken":"p"}}})");
  BOOST_TEST(server.read_line().value().find("notifications/progress") != std::string::npos);
  BOOST_TEST(server.read_line().value() == answer);
  server.close_input();
  BOOST_TEST(server.wait() == 0, server.errors());
}

// A call that waits doesn't hold up the one behind it.
BOOST_AUTO_TEST_CASE(the_tools_progress_and_sleep_come_with_echo) {
  child server(comcp_program, serve({"--stdio", "--echo"}));
  shake_hands(server);
  server.say(
      R"({"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"sleep","arguments":{"milliseconds":50}}})");
  server.say(
      R"({"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"progress","arguments":{"text":"a"},"_meta":{"progressToken":1}}})");
  BOOST_TEST(server.read_line().value().find("notifications/progress") != std::string::npos);
  BOOST_TEST(server.read_line().value() ==
             R"({"jsonrpc":"2.0","id":5,"result":{"content":[{"type":"text","text":"a"}]}})");
  BOOST_TEST(server.read_line().value() ==
             R"({"jsonrpc":"2.0","id":4,"result":{"content":[{"type":"text","text":"slept"}]}})");
  server.close_input();
  BOOST_TEST(server.wait() == 0, server.errors());
}

BOOST_AUTO_TEST_CASE(http_sse_is_off_unless_asked_for) {
  child server(comcp_program, serve({"--listen", "127.0.0.1:0"}));
  BOOST_TEST(testing::get(server.port(), "/sse").starts_with("HTTP/1.1 404 "));
  server.signal(SIGTERM);
  BOOST_TEST(server.wait() == 0, server.errors());
}

BOOST_AUTO_TEST_CASE(a_second_signal_ends_at_once) {
  child server(comcp_program,
               serve({"--listen", "127.0.0.1:0", "--drain-limit", "1h", "--query-timeout", "0"}));
  const auto port = server.port();
  connection_to modern(port);
  modern.send(testing::post_of(endless_modern, modern_headers));
  connection_to idle(port);
  BOOST_TEST(testing::get(port, "/healthz").starts_with("HTTP/1.1 200 "));
  server.signal(SIGTERM);
  server.read_errors_until("shutting down");
  server.signal(SIGTERM);
  BOOST_TEST(server.wait() == 128 + SIGTERM, server.errors());
}

BOOST_AUTO_TEST_CASE(an_address_in_use_ends_with_1_and_says_what_to_do) {
  child first(comcp_program, serve({"--listen", "127.0.0.1:0"}));
  const std::string address = "127.0.0.1:" + std::to_string(first.port());
  child second(comcp_program, serve({"--listen", address}));
  BOOST_TEST(second.wait() == 1);
  BOOST_TEST(second.errors().find("can't listen on " + address + ": the address is in use") !=
                 std::string::npos,
             second.errors());
  first.signal(SIGINT);
  BOOST_TEST(first.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_database_that_cannot_be_opened_ends_with_1_and_is_named) {
  const std::string missing = (directory / "none.db").string();
  child server(comcp_program, {"serve", "--sqlite", missing});
  BOOST_TEST(server.wait() == 1);
  BOOST_TEST(server.errors().find("can't open the database " + missing) != std::string::npos,
             server.errors());
  BOOST_TEST(!std::filesystem::exists(missing));
}

BOOST_AUTO_TEST_CASE(wrong_options_end_with_2) {
  child server(comcp_program, {"serve", "--lisen", "x"});
  BOOST_TEST(server.wait() == 2);
  BOOST_TEST(server.errors() ==
             "comcp serve: unknown option '--lisen'; did you mean '--listen'?\nTry 'comcp serve "
             "--help'.\n");
  child nothing(comcp_program, {});
  BOOST_TEST(nothing.wait() == 2);
}

BOOST_AUTO_TEST_CASE(help_and_version_go_to_output_and_end_with_0) {
  child help(comcp_program, {"serve", "--help"});
  BOOST_TEST(help.read_output().find("--sqlite FILE") != std::string::npos);
  BOOST_TEST(help.wait() == 0);
  child version(comcp_program, {"--version"});
  BOOST_TEST(version.read_output().starts_with("comcp "));
  BOOST_TEST(version.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_configuration_file_is_read) {
  const testing::temporary_file file(
      "listen = \"127.0.0.1:0\"\npath = \"/elsewhere\"\nlog-level = \"debug\"\n");
  child server(comcp_program, serve({"--config", file.name()}));
  BOOST_TEST(server.read_errors_until("serving on ").ends_with("/elsewhere"));
  BOOST_TEST(server.errors().find("options from " + file.name()) != std::string::npos);
  server.signal(SIGTERM);
  BOOST_TEST(server.wait() == 0, server.errors());
}

BOOST_AUTO_TEST_CASE(foreign_hosts_and_origins_are_refused_and_listed_ones_served) {
  child server(comcp_program, serve({"--listen", "127.0.0.1:0", "--allow-host", "db.example",
                                     "--allow-origin", "https://app.example"}));
  const auto port = server.port();
  const struct {
    const char* headers;
    const char* status;
  } rows[] = {
      {"Host: localhost", "200"},
      {"Host: db.example", "200"},
      {"Host: evil.example", "403"},
      {"Host: localhost\r\nOrigin: https://app.example", "200"},
      {"Host: localhost\r\nOrigin: https://evil.example", "403"},
  };
  for (const auto& row : rows) {
    connection_to peer(port);
    peer.send("GET /healthz HTTP/1.1\r\n" + std::string(row.headers) +
              "\r\nConnection: close\r\n\r\n");
    BOOST_TEST(peer.rest().substr(9, 3) == row.status, row.headers);
  }
  server.signal(SIGTERM);
  BOOST_TEST(server.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
