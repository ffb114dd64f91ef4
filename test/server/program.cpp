// A program that serves on stdio, for test/server/run.cpp to start, signal and watch.

#include <comcp/comcp.hpp>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>

using namespace std::chrono_literals;

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  comcp::server server{"program", "1"};
  server.tool("echo", "", [](comcp::json::object a) -> comcp::awaitable<comcp::json::value> {
    std::puts("stray text");  // must not reach the wire
    std::fflush(stdout);
    co_return comcp::json::value(std::move(a));
  });
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
  return comcp::run(server, comcp::stdio(), comcp::run_options().drain_limit(300ms));
}
