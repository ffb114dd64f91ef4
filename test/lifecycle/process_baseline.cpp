#include "lifecycle/process_baseline.hpp"

#include <sys/wait.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <iterator>
#include <utility>

#include "lifecycle/live_server.hpp"
#include "support/paths.hpp"

namespace lifecycle {

namespace {

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

child everything_server(std::vector<std::string> arguments) {
  return child(comcp::test::program_path("everything_server"), std::move(arguments));
}

void check_end(child& c, int status) {
  const int ended_with = c.wait();
  BOOST_TEST(ended_with == status, "it ended with " << ended_with << ": " << c.errors());
  BOOST_TEST(c.read_output() == "");
  BOOST_TEST(!comcp::test::is_complaint(c.errors()), c.errors());
}

process_baseline::process_baseline() : descriptors_(open_descriptors()) {}

void process_baseline::teardown() {
  BOOST_TEST(::waitpid(-1, nullptr, WNOHANG) == -1, "a process is left, or a zombie");
  BOOST_TEST(open_descriptors() == descriptors_);
  child fresh = everything_server({"--stdio"});
  fresh.say(initialize("2025-11-25"));
  fresh.say(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  fresh.say(list_tools);
  BOOST_TEST(fresh.read_line().value_or("").find("serverInfo") != std::string::npos);
  BOOST_TEST(fresh.read_line().value_or("").find("\"greet\"") != std::string::npos);
  fresh.close_input();
  check_end(fresh);
}

}  // namespace lifecycle
