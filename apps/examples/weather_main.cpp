// Serves the weather tool over HTTP on port 8080, or over standard input and output with --stdio.
#include <string_view>

#include "weather.hpp"

int main(int argc, char** argv) {
  comcp::server server{"weather", "1.0"};
  comcp::tool_options options;
  options.title("Weather").read_only().open_world().time_limit(std::chrono::seconds(30));
  server.tool("weather", "Forecast for a city", example::weather, std::move(options));
  if (argc > 1 && std::string_view(argv[1]) == "--stdio") {
    return comcp::run(server, comcp::stdio());
  }
  return comcp::run(server, comcp::listen_http("127.0.0.1:8080"));
}
