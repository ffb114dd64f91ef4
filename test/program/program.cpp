#include "program.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <sstream>
#include <stdexcept>

#include "serve.hpp"
#include "serve_options.hpp"

using namespace comcp::program;

namespace {

class fake_command final : public command {
 public:
  std::string name() const override { return "work"; }
  std::string summary() const override { return "does what the test says"; }
  std::string help() const override { return "help of work\n"; }
  int run(const std::vector<std::string>& arguments) override {
    seen = arguments;
    return act();
  }
  std::vector<std::string> seen;
  std::function<int()> act = [] { return 0; };
};

struct fixture {
  fake_command work;
  std::ostringstream out;
  std::ostringstream err;
  int run(const std::vector<std::string>& arguments) {
    out.str("");
    err.str("");
    return comcp::program::run(arguments, {&work}, out, err);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(program_dispatch, fixture)

BOOST_AUTO_TEST_CASE(a_command_gets_the_rest_of_the_line_and_gives_the_status) {
  work.act = [] { return 7; };
  BOOST_TEST(run({"work", "--a", "b"}) == 7);
  BOOST_TEST(work.seen == (std::vector<std::string>{"--a", "b"}));
  BOOST_TEST(err.str() == "");
}

BOOST_AUTO_TEST_CASE(wrong_options_end_with_2_and_point_to_the_help) {
  work.act = []() -> int { throw usage_error("no such thing"); };
  BOOST_TEST(run({"work"}) == usage);
  BOOST_TEST(err.str() == "comcp work: no such thing\nTry 'comcp work --help'.\n");
  BOOST_TEST(out.str() == "");
}

BOOST_AUTO_TEST_CASE(other_failures_end_with_1) {
  work.act = []() -> int { throw std::runtime_error("disk full"); };
  BOOST_TEST(run({"work"}) == failure);
  BOOST_TEST(err.str() == "comcp work: disk full\n");
}

BOOST_AUTO_TEST_CASE(help_goes_to_standard_output) {
  for (const std::vector<std::string>& line :
       {std::vector<std::string>{"--help"}, {"-h"}, {"help"}, {"help", "nothing"}}) {
    BOOST_TEST(run(line) == success);
    BOOST_TEST(out.str().find("work        does what the test says") != std::string::npos,
               out.str());
  }
  for (const std::vector<std::string>& line :
       {std::vector<std::string>{"work", "--help"}, {"work", "--x", "-h"}, {"help", "work"}}) {
    BOOST_TEST(run(line) == success);
    BOOST_TEST(out.str() == "help of work\n");
  }
}

BOOST_AUTO_TEST_CASE(without_a_command_the_help_is_an_error) {
  BOOST_TEST(run({}) == usage);
  BOOST_TEST(err.str().find("Usage: comcp COMMAND") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(version_names_the_program_and_every_revision) {
  BOOST_TEST(run({"--version"}) == success);
  BOOST_TEST(out.str() ==
             "comcp 0.1.0\nModel Context Protocol 2024-11-05, 2025-03-26, 2025-06-18, 2025-11-25, "
             "2026-07-28\n");
}

BOOST_AUTO_TEST_CASE(unknown_commands_get_the_nearest_one) {
  BOOST_TEST(run({"wrok"}) == usage);
  BOOST_TEST(err.str() ==
             "comcp: unknown command 'wrok'; did you mean 'work'?\nTry 'comcp --help'.\n");
  BOOST_TEST(run({"--stdio"}) == usage);
  BOOST_TEST(err.str() == "comcp: unknown option '--stdio'\nTry 'comcp --help'.\n");
}

BOOST_AUTO_TEST_CASE(the_help_of_serve_names_every_option_the_exit_statuses_and_examples) {
  const std::string text = serve_command().help();
  for (const char* const part : {"--listen",
                                 "127.0.0.1:8080",
                                 "--stdio",
                                 "--config",
                                 "--http-sse",
                                 "--sse-path",
                                 "--messages-path",
                                 "/messages",
                                 "--threads",
                                 "--drain-limit",
                                 "--log-level",
                                 "--echo",
                                 "--sqlite",
                                 "--sample-path",
                                 "--allow-writes",
                                 "--max-rows",
                                 "1000",
                                 "--max-result",
                                 "1MiB",
                                 "--query-timeout",
                                 "30s",
                                 "--allow-host",
                                 "--allow-origin",
                                 "--tls-cert",
                                 "--tls-key",
                                 "--max-body",
                                 "--max-connections",
                                 "--max-sessions",
                                 "--max-subscriptions",
                                 "--session-idle",
                                 "--max-concurrent",
                                 "--request-timeout",
                                 "Examples:",
                                 "Exit status:",
                                 "/healthz"}) {
    BOOST_TEST(text.find(part) != std::string::npos, part);
  }
}

BOOST_AUTO_TEST_SUITE_END()
