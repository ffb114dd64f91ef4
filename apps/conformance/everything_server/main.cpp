// The server under test of the official conformance suite: everything that a server can offer, on
// every revision.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "comcp/http_transport/http_endpoint.hpp"
#include "comcp/log.hpp"
#include "comcp/server/run.hpp"
#include "everything.hpp"

namespace {

class standard_error final : public comcp::log_sink {
 public:
  void write(comcp::log_level, std::string_view message) noexcept override {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(message.size()), message.data());
  }
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"The server under test of the official MCP conformance suite.", "everything_server"};
  std::string address = "127.0.0.1:3000";
  bool stdio = false;
  app.add_option("--listen", address, "ADDR:PORT; MCP is at /mcp, port 0 takes a free one")
      ->capture_default_str();
  app.add_flag("--stdio", stdio, "serve standard input and output instead");
  CLI11_PARSE(app, argc, argv);

  comcp::server server{"everything", "1.0",
                       comcp::server_options()
                           .instructions("Call any tool: all are harmless.")
                           .log(comcp::logger(std::make_shared<standard_error>()))};
  everything::add_tools(server);
  everything::add_resources(server);
  everything::add_prompts(server);
  everything::add_asking(server);
  everything::add_tasks(server);
  if (stdio) return comcp::run(server, comcp::stdio());
  return comcp::run(server, comcp::listen_http(address));
}
