// A program that serves on stdio, for test/server/run.cpp to start, signal and watch.

#include <comcp/comcp.hpp>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

using namespace std::chrono_literals;

namespace {

/// As a program of a user's would have it: the library itself writes nowhere.
class stderr_sink final : public comcp::log_sink {
 public:
  void write(comcp::log_level level, std::string_view message) noexcept override {
    std::fprintf(stderr, "log: %.*s %.*s\n", static_cast<int>(comcp::to_string(level).size()),
                 comcp::to_string(level).data(), static_cast<int>(message.size()), message.data());
  }
};

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  comcp::logger log;
  if (mode == "logs") log = comcp::logger(std::make_shared<stderr_sink>(), comcp::log_level::debug);
  comcp::server server{"program", "1", comcp::server_options().log(log)};
  server.tool("echo", "", [](comcp::json::object a) -> comcp::awaitable<comcp::json::value> {
    std::puts("stray text");  // must not reach the wire
    std::fflush(stdout);
    co_return comcp::json::value(std::move(a));
  });
  server.tool("broken", "", []() -> comcp::awaitable<void> { throw std::runtime_error("broken"); });
  server.tool("slow", "", []() -> comcp::awaitable<void> { co_await comcp::sleep(1h); });
  server.tool("stubborn", "", []() -> comcp::awaitable<void> {
    std::this_thread::sleep_for(1h);  // what no handler should do
    co_return;
  });
  server.on_start([mode]() -> comcp::awaitable<void> {
    if (mode == "broken") throw std::runtime_error("no database");
    co_return;
  });
  server.on_stop([]() -> comcp::awaitable<void> {
    std::fputs("stopped\n", stderr);
    co_return;
  });
  return comcp::run(server, comcp::stdio(comcp::session_options().log(log)),
                    comcp::run_options().drain_limit(300ms));
}
