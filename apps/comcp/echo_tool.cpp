#include "echo_tool.hpp"

#include <boost/describe/class.hpp>
#include <string>
#include <utility>

namespace comcp::program {

struct echo_arguments {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(echo_arguments, (), (text))

namespace {

awaitable<std::string> echo(echo_arguments arguments, request_context& context) {
  if (context.meta().progress_token) co_await context.report_progress(1, 1);
  co_return std::move(arguments.text);
}

}  // namespace

void add_echo_tool(server& to) {
  to.tool("echo", "Gives the text back", echo);
}

}  // namespace comcp::program
