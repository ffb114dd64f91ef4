// The server of bench/curves: as many tools as its argument says on 127.0.0.1, any free port. `echo` gives a text
// back, `steps` reports as many steps of progress as asked for, the others are there to be passed by.

#include <comcp/comcp.hpp>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace {

struct echo_arguments {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(echo_arguments, (), (text))

struct steps_arguments {
  std::string text;
  std::uint32_t count = 0;
};
BOOST_DESCRIBE_STRUCT(steps_arguments, (), (text, count))

comcp::awaitable<std::string> echo(echo_arguments arguments) {
  co_return std::move(arguments.text);
}

comcp::awaitable<std::string> steps(steps_arguments arguments, comcp::request_context& context) {
  for (std::uint32_t i = 1; i <= arguments.count; ++i)
    co_await context.report_progress(i, arguments.count);
  co_return std::move(arguments.text);
}

class to_stderr final : public comcp::log_sink {
 public:
  void write(comcp::log_level, std::string_view message) noexcept override {
    std::cerr << message << '\n';
  }
};

}  // namespace

int main(int argc, char** argv) {
  const long tools = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 2;
  comcp::server_options options;
  options.log(comcp::logger(std::make_shared<to_stderr>()));  // tells the port
  comcp::server server{"curves", "1.0", std::move(options)};
  server.tool("echo", "Gives the text back", echo);
  if (tools > 1) server.tool("steps", "Gives the text back, after reports of progress", steps);
  for (long i = 2; i < tools; ++i)
    server.tool("tool" + std::to_string(i), "One of many", echo);
  return comcp::run(server, comcp::listen_http("127.0.0.1:0"), comcp::run_options().threads(1));
}
