// The server under test of the official conformance suite: everything that a server can offer, on
// every revision.

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <string>

#include "comcp/http_transport/http_endpoint.hpp"
#include "comcp/log.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/server/run.hpp"
#include "everything.hpp"

namespace {

class standard_error final : public comcp::log_sink {
 public:
  // Tests look for the mark of what an operator should see.
  void write(comcp::log_level level, std::string_view message) noexcept override {
    const std::string_view mark = level < comcp::log_level::warning ? "" : comcp::to_string(level);
    std::fprintf(stderr, "%.*s%s%.*s\n", static_cast<int>(mark.size()), mark.data(),
                 mark.empty() ? "" : ": ", static_cast<int>(message.size()), message.data());
  }
};

/// Live counts, for whoever watches the server.
comcp::awaitable<void> answer_stats(comcp::http::exchange exchange,
                                    comcp::streamable_http_stats now,
                                    const comcp::server& server) {
  comcp::json::object counts;
  counts["sessions"] = now.sessions;
  counts["streams"] = now.streams;
  counts["inFlight"] = now.in_flight;
  counts["calls"] = server.running_calls();
  counts["requests"] = now.requests;
  counts["refused"] = now.refused;
  counts["queuedBytes"] = now.queued_bytes;
  counts["producersWaiting"] = now.producers_waiting;
  counts["queuedBytesPeak"] = now.queued_bytes_peak;
  counts["producerWaits"] = now.producer_waits;
  counts["streamsResumed"] = now.streams_resumed;
  counts["sessionsReaped"] = now.sessions_reaped;
  comcp::http::response answer(200, "application/json", comcp::json::serialize(counts));
  auto responding = std::move(exchange).respond(std::move(answer));
  co_await std::move(responding);
}

/// What lives on the shard that is asked.
comcp::awaitable<void> answer_scopes(comcp::http::exchange exchange) {
  comcp::http::response answer = comcp::http::text_response(200, comcp::this_shard().dump_scopes());
  auto responding = std::move(exchange).respond(std::move(answer));
  co_await std::move(responding);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"The server under test of the official MCP conformance suite.", "everything_server"};
  std::string address = "127.0.0.1:3000";
  bool stdio = false;
  app.add_option("--listen", address, "ADDR:PORT; MCP is at /mcp, port 0 takes a free one")
      ->capture_default_str();
  app.add_flag("--stdio", stdio, "serve standard input and output instead");
  int idle_seconds = 1800;
  app.add_option("--idle-seconds", idle_seconds, "sessions that are silent for so long end")
      ->capture_default_str();
  std::size_t connections = comcp::http::server_limits().max_connections();
  app.add_option("--connections", connections,
                 "how many there may be, and as many sessions and subscriptions")
      ->capture_default_str();
  bool load = false;
  app.add_flag("--load", load, "offer the tools that tests of load use, too");
  CLI11_PARSE(app, argc, argv);

  comcp::server server{"everything", "1.0",
                       comcp::server_options()
                           .instructions("Call any tool: all are harmless.")
                           .max_subscriptions(connections)
                           .log(comcp::logger(std::make_shared<standard_error>()))};
  everything::add_tools(server);
  everything::add_resources(server);
  everything::add_prompts(server);
  everything::add_asking(server);
  everything::add_tasks(server);
  if (load) everything::add_load(server);
  if (stdio) return comcp::run(server, comcp::stdio());

  // What /stats counts.
  comcp::http_endpoint* serving = nullptr;
  comcp::http_endpoint_options options;
  const auto limits = comcp::http::server_limits().max_connections(connections);
  comcp::session_options conversation;
  if (load) conversation.max_outgoing_bytes(std::size_t{256} * 1024);  // slow readers fill it soon
  options.http_sse()
      .http(comcp::http::server_options().limits(limits))
      .mcp(comcp::streamable_http_options()
               .idle_limit(std::chrono::seconds(idle_seconds))
               .max_sessions(connections)
               .conversation(conversation))
      .routes([&](comcp::http::router& router) {
        router.add("GET", "/stats", [&](comcp::http::exchange exchange) {
          return answer_stats(std::move(exchange), serving->stats(), server);
        });
        router.add("GET", "/scopes", answer_scopes);
      });
  auto endpoint = comcp::listen_http(address, std::move(options));
  serving = endpoint.get();
  return comcp::run(server, std::move(endpoint));
}
