#include <boost/test/unit_test.hpp>

#include <atomic>
#include <boost/json.hpp>
#include <csignal>
#include <thread>

#include "scripted_server.hpp"
#include "support/child.hpp"
#include "support/paths.hpp"

// `comcp bench` as a process, against comcp itself and against servers that do wrong. Nothing here
// depends on how long anything takes.

using comcp::test::child;
using comcp::testing::scripted_server;
namespace json = boost::json;
using words = std::vector<std::string>;

namespace {

const std::string comcp_program = comcp::test::program_path("comcp");

struct fixture {
  fixture() {
    std::string name = (std::filesystem::temp_directory_path() / "comcp-bench-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
    directory = name;
  }
  ~fixture() { std::filesystem::remove_all(directory); }

  words serve(const words& more) const {
    words out{"serve", "--echo", "--sample-path", (directory / "sample.db").string()};
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }
  std::filesystem::path directory;
};

/// What a run has said.
struct run {
  int status = 0;
  json::object report;
  std::string table;

  std::int64_t number(const char* name) const { return report.at(name).to_number<std::int64_t>(); }
  std::int64_t errors(const char* kind) const {
    return report.at("errors").at(kind).to_number<std::int64_t>();
  }
};

run finish(child& bench) {
  run out;
  const std::string text = bench.read_output();
  out.status = bench.wait();
  out.table = bench.errors();
  boost::system::error_code wrong;
  const json::value v = json::parse(text, wrong);
  BOOST_TEST_REQUIRE(v.is_object(), text << bench.errors());
  out.report = v.as_object();
  return out;
}

run bench(words arguments) {
  arguments.insert(arguments.begin(), {"bench", "--warmup", "0", "--json-report", "-"});
  child process(comcp_program, std::move(arguments));
  return finish(process);
}

constexpr const char* modern = "2026-07-28";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(program_bench, fixture)

BOOST_AUTO_TEST_CASE(every_revision_is_spoken_over_http) {
  child server(comcp_program, serve({"--listen", "127.0.0.1:0"}));
  const std::string url = "http://127.0.0.1:" + std::to_string(server.port()) + "/mcp";
  for (const char* const revision :
       {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"}) {
    const run r = bench({url, "--revision", revision, "--requests", "20", "--connections", "2",
                         "--in-flight", "2"});
    BOOST_TEST(r.status == 0, r.table);
    BOOST_TEST(r.number("answers") == 20);
    BOOST_TEST(r.errors("total") == 0);
    BOOST_TEST(r.report.at("revision").as_string() == revision);
    BOOST_TEST(r.number("sessions") == 2);
    BOOST_TEST(r.number("eventStreams") == 0);
    BOOST_TEST(r.report.at("server").at("pids").as_array().size() == 1U);
  }
  // Without --revision the newest.
  const run newest = bench({url, "--requests", "5", "--method", "tools/list"});
  BOOST_TEST(newest.status == 0, newest.table);
  BOOST_TEST(newest.report.at("revision").as_string() == modern);
  // The newest has no ping.
  const run ping = bench({url, "--requests", "5", "--method", "ping"});
  BOOST_TEST(ping.status == 0, ping.table);
  BOOST_TEST(ping.report.at("revision").as_string() == "2025-11-25");

  server.signal(SIGTERM);
  BOOST_TEST(server.wait() == 0, server.errors());
}

BOOST_AUTO_TEST_CASE(event_streams_and_their_progress_are_counted) {
  child server(comcp_program, serve({"--listen", "127.0.0.1:0"}));
  const std::string url = "http://127.0.0.1:" + std::to_string(server.port()) + "/mcp";
  for (const char* const revision : {"2025-06-18", modern}) {
    const run r = bench({url, "--revision", revision, "--requests", "10", "--sse"});
    BOOST_TEST(r.status == 0, r.table);
    BOOST_TEST(r.number("answers") == 10);
    BOOST_TEST(r.number("eventStreams") == 10);
    BOOST_TEST(r.number("progressNotifications") == 10);
  }
  server.signal(SIGTERM);
  BOOST_TEST(server.wait() == 0, server.errors());
}

BOOST_AUTO_TEST_CASE(churn_opens_sessions_again_and_again) {
  child server(comcp_program, serve({"--listen", "127.0.0.1:0"}));
  const std::string url = "http://127.0.0.1:" + std::to_string(server.port()) + "/mcp";
  for (const char* const revision : {"2025-11-25", modern}) {
    const run r = bench(
        {url, "--revision", revision, "--requests", "40", "--churn", "10", "--in-flight", "3"});
    BOOST_TEST(r.status == 0, r.table);
    BOOST_TEST(r.number("answers") == 40);
    BOOST_TEST(r.number("sessions") >= 4);
  }
  server.signal(SIGTERM);
  BOOST_TEST(server.wait() == 0, server.errors());
}

BOOST_AUTO_TEST_CASE(processes_are_measured_over_stdio) {
  words command = serve({"--stdio"});
  command.insert(command.begin(), {"--", comcp_program});
  const auto with = [&command](words options) {
    options.insert(options.begin(), "--stdio");
    options.insert(options.end(), command.begin(), command.end());
    return bench(options);
  };
  for (const char* const revision : {"2025-06-18", modern}) {
    const run r = with(
        {"--revision", revision, "--requests", "50", "--in-flight", "8", "--connections", "2"});
    BOOST_TEST(r.status == 0, r.table);
    BOOST_TEST(r.number("answers") == 50);
    BOOST_TEST(r.report.at("transport").as_string() == "stdio");
    BOOST_TEST(r.report.at("server").at("pids").as_array().size() == 2U);
  }
  const run churned = with({"--requests", "9", "--churn", "3"});
  BOOST_TEST(churned.status == 0, churned.table);
  BOOST_TEST(churned.report.at("revision").as_string() == modern);
  BOOST_TEST(churned.number("sessions") == 3);
}

// The kinds of errors: each with a server that does nothing else.
BOOST_AUTO_TEST_CASE(what_goes_wrong_is_counted_by_its_kind) {
  const auto id = [](const std::string& body) { return scripted_server::member(body, "id"); };
  const auto text = [](const std::string& body) { return scripted_server::member(body, "text"); };
  const auto result_of = [&](const std::string& body) {
    return R"({"jsonrpc":"2.0","id":)" + id(body) +
           R"(,"result":{"content":[{"type":"text","text":)" + text(body) + "}]}}";
  };
  const struct {
    const char* kind;
    scripted_server::script script;
    words options;
  } rows[] = {
      {"rpc_error",
       [&](const std::string&, const std::string& body) {
         return scripted_server::ok(R"({"jsonrpc":"2.0","id":)" + id(body) +
                                    R"(,"error":{"code":-32603,"message":"no"}})");
       },
       {}},
      {"tool_error",
       [&](const std::string&, const std::string& body) {
         return scripted_server::ok(R"({"jsonrpc":"2.0","id":)" + id(body) +
                                    R"(,"result":{"content":[],"isError":true}})");
       },
       {}},
      {"wrong",
       [&](const std::string&, const std::string&) {
         return scripted_server::ok(R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})");
       },
       {}},
      {"wrong",  // another's text
       [&](const std::string&, const std::string& body) {
         return scripted_server::ok(R"({"jsonrpc":"2.0","id":)" + id(body) +
                                    R"(,"result":{"content":[{"type":"text","text":"hello"}]}})");
       },
       {}},
      {"wrong",  // a stream where none was expected
       [&](const std::string&, const std::string& body) {
         return scripted_server::ok("data: " + result_of(body) + "\n\n", "text/event-stream");
       },
       {"--json"}},
      {"wrong",  // a stream without an answer
       [&](const std::string&, const std::string&) {
         return scripted_server::ok(": nothing\n\n", "text/event-stream");
       },
       {}},
      {"wrong", [&](const std::string&, const std::string&) { return "SSH-2.0\r\n\r\n"; }, {}},
      {"http_status",
       [&](const std::string&, const std::string&) {
         return "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
       },
       {}},
      {"closed", [&](const std::string&, const std::string&) { return ""; }, {}},
      {"timeout",
       [&](const std::string&, const std::string&) { return "HTTP/1.1 200 OK\r\n"; },
       {"--timeout", "20ms"}},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.kind) {
      const scripted_server server(row.script);
      words arguments{server.url(), "--revision", modern, "--requests", "3"};
      arguments.insert(arguments.end(), row.options.begin(), row.options.end());
      const run r = bench(arguments);
      BOOST_TEST(r.status == 1);
      BOOST_TEST(r.number("answers") == 0);
      BOOST_TEST(r.errors(row.kind) == 3, r.table);
      BOOST_TEST(r.errors("total") == 3, r.table);
      BOOST_TEST(r.report.at("firstErrors").as_object().contains(row.kind));
      BOOST_TEST(r.table.find(row.kind) != std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(one_wrong_answer_among_right_ones_is_found) {
  std::atomic<int> count{0};
  const scripted_server server([&](const std::string&, const std::string& body) {
    const std::string text = ++count == 7 ? "\"x\"" : scripted_server::member(body, "text");
    return scripted_server::ok(R"({"result":{"content":[{"text": )" + text +
                               R"(, "type":"text"}]}, "id": )" +
                               scripted_server::member(body, "id") + "}");
  });
  const run r = bench({server.url(), "--revision", modern, "--requests", "20"});
  BOOST_TEST(r.status == 1);
  BOOST_TEST(r.number("answers") == 19, r.table);
  BOOST_TEST(r.errors("wrong") == 1);
}

// What servers of the older revisions do with the first question.
BOOST_AUTO_TEST_CASE(a_server_without_the_newest_revision_gets_a_handshake) {
  std::atomic<bool> initialized{false};
  const scripted_server server(
      [&](const std::string& head, const std::string& body) -> std::string {
        if (head.starts_with("DELETE")) return "HTTP/1.1 204 No Content\r\n\r\n";
        const std::string method = scripted_server::member(body, "method");
        const std::string begin = R"({"jsonrpc":"2.0","id":)" + scripted_server::member(body, "id");
        if (method == "\"initialize\"") {
          std::string answer =
              scripted_server::ok("event: message\ndata: " + begin +
                                      R"(,"result":{"protocolVersion":"2025-06-18"}})" + "\n\n",
                                  "text/event-stream");
          return answer.insert(answer.find("\r\n") + 2, "mcp-session-id: s1\r\n");
        }
        if (head.find("Mcp-Session-Id: s1\r\n") == std::string::npos ||
            head.find("MCP-Protocol-Version: 2025-06-18\r\n") == std::string::npos)
          return "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno";
        if (method == "\"notifications/initialized\"") {
          initialized = true;
          return "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
        }
        return scripted_server::ok(begin + R"(,"result":{"tools":[]}})");
      });
  const run r = bench({server.url(), "--requests", "5", "--method", "tools/list"});
  BOOST_TEST(r.status == 0, r.table);
  BOOST_TEST(r.number("answers") == 5);
  BOOST_TEST(r.report.at("revision").as_string() == "2025-06-18");
  BOOST_TEST(initialized.load());
}

BOOST_AUTO_TEST_CASE(an_interrupt_ends_early_and_still_reports) {
  std::atomic<child*> started{nullptr};
  std::atomic<int> count{0};
  const scripted_server server([&](const std::string&, const std::string& body) {
    while (!started)
      std::this_thread::yield();
    if (++count == 5) started.load()->signal(SIGINT);
    return scripted_server::ok(R"({"id":)" + scripted_server::member(body, "id") +
                               R"(,"result":{"content":[{"text":)" +
                               scripted_server::member(body, "text") + "}]}}");
  });
  child interrupted(comcp_program, {"bench", server.url(), "--revision", modern, "--duration", "1h",
                                    "--warmup", "0", "--json-report", "-"});
  started = &interrupted;
  const run r = finish(interrupted);
  BOOST_TEST(r.status == 0, r.table);
  BOOST_TEST(r.report.at("interrupted").as_bool());
  BOOST_TEST(r.number("answers") >= 4);
}

BOOST_AUTO_TEST_CASE(throughput_is_of_the_answers_that_came_in_time_and_latency_of_all) {
  child server(comcp_program, serve({"--listen", "127.0.0.1:0"}));
  const std::string url = "http://127.0.0.1:" + std::to_string(server.port()) + "/mcp";
  const run r = bench({url, "--revision", modern, "--tool", "sleep", "--arguments",
                       R"({"milliseconds":2000})", "--duration", "100ms"});
  BOOST_TEST(r.status == 0, r.table);
  BOOST_TEST(r.number("answers") == 1);
  BOOST_TEST(r.number("answersInTime") == 0);
  BOOST_TEST(r.report.at("seconds").as_double() < 2);
  BOOST_TEST(r.report.at("latencyMs").at("p50").as_double() >= 2000);

  const run counted = bench({url, "--revision", modern, "--requests", "20"});
  BOOST_TEST(counted.number("answers") == 20);
  BOOST_TEST(counted.number("answersInTime") == 20);
  server.signal(SIGTERM);
  BOOST_TEST(server.wait() == 0, server.errors());
}

BOOST_AUTO_TEST_CASE(no_server_is_said_so_with_status_1) {
  child nobody(comcp_program, {"bench", "http://127.0.0.1:1/mcp"});
  BOOST_TEST(nobody.wait() == 1);
  BOOST_TEST(nobody.errors().find("can't connect to 127.0.0.1 port 1: Connection refused") !=
                 std::string::npos,
             nobody.errors());
  child no_program(comcp_program, {"bench", "--stdio", "--", "/nowhere/server"});
  BOOST_TEST(no_program.wait() == 1);
  BOOST_TEST(no_program.errors().find("No such file") != std::string::npos, no_program.errors());
  child other_end(comcp_program, {"bench", "--stdio", "--revision", "2025-06-18", "--", "true"});
  BOOST_TEST(other_end.wait() == 1);
  BOOST_TEST(other_end.errors().find("the process has ended") != std::string::npos,
             other_end.errors());
}

BOOST_AUTO_TEST_CASE(wrong_options_of_bench_end_with_2) {
  child misspelt(comcp_program, {"bench", "http://127.0.0.1:1/", "--conections", "3"});
  BOOST_TEST(misspelt.wait() == 2);
  BOOST_TEST(
      misspelt.errors() ==
      "comcp bench: unknown option '--conections'; did you mean '--connections'?\nTry 'comcp "
      "bench --help'.\n");
}

BOOST_AUTO_TEST_SUITE_END()
