#include "bench_tools.hpp"

#include <boost/describe/class.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "comcp/scope/sleep.hpp"

namespace comcp::program {

struct echo_arguments {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(echo_arguments, (), (text))

struct sleep_arguments {
  std::uint32_t milliseconds = 0;
};
BOOST_DESCRIBE_STRUCT(sleep_arguments, (), (milliseconds))

namespace {

awaitable<std::string> echo(echo_arguments arguments, request_context& context) {
  if (context.meta().progress_token) co_await context.report_progress(1, 1);
  co_return std::move(arguments.text);
}

awaitable<std::string> wait(sleep_arguments arguments, request_context&) {
  co_await sleep(std::chrono::milliseconds(arguments.milliseconds));
  co_return "slept";
}

}  // namespace

void add_bench_tools(server& to) {
  to.tool("echo", "Gives the text back", echo);
  to.tool("progress", "Gives the text back, after a progress report", echo);
  to.tool("sleep", "Answers after so many milliseconds", wait);
}

}  // namespace comcp::program
