// How long does a call take over the in-memory transport: text in, text out, everything on but HTTP?

#include <benchmark/benchmark.h>

#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "comcp/scope/shard.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/server/server.hpp"
#include "comcp/session/serve.hpp"
#include "comcp/transport/memory.hpp"

namespace {

using namespace comcp;

struct echo_args {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(echo_args, (), (text))

awaitable<std::string> echo(echo_args a) {
  co_return a.text;
}

/// Calls that are in flight together need ids of their own: a second one of the same is refused.
std::string call(std::size_t id) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
         R"(,"method":"tools/call","params":{"name":"echo","arguments":{"text":"hello"},)"
         R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":)"
         R"({"name":"c","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}})";
}

bool is_answer(std::string_view message) {
  return message.find(R"("result":{)") != message.npos &&
         message.find(R"("text":"hello")") != message.npos &&
         message.find(R"("isError":true)") == message.npos;
}

/// `in_flight` calls at once, so often; what the peer's side of the transport costs is in it.
awaitable<void> ask(benchmark::State& state, transport& client, std::size_t in_flight) {
  std::vector<std::string> burst;
  for (std::size_t id = 0; id < in_flight; ++id)
    burst.push_back(call(id));
  while (state.KeepRunningBatch(static_cast<std::int64_t>(in_flight))) {
    co_await client.write(burst);
    for (std::size_t i = 0; i < in_flight; ++i) {
      const read_result answer = co_await client.read();
      if (!is_answer(answer.text())) state.SkipWithError("wrong answer");
    }
  }
}

/// A stateless call, beside so many other tools.
void stateless_call(benchmark::State& state) {
  const auto in_flight = static_cast<std::size_t>(state.range(0));
  server s("bench", "1.0");
  s.tool("echo", "Repeats the text", echo);
  for (std::int64_t i = 1; i < state.range(1); ++i)
    s.tool("tool" + std::to_string(i), "Another one", echo);
  shard where;
  where.start_root([&]() -> awaitable<void> {
    auto [server_end, client_end] = make_memory_transports();
    auto both = [&](task_group& group) -> awaitable<void> {
      group.start_soon([&] { return serve(*server_end, s); });
      co_await ask(state, *client_end, in_flight);
      client_end->close();
    };
    co_await with_task_group(both);
  });
  where.context().run();
}
BENCHMARK(stateless_call)
    ->ArgNames({"in_flight", "tools"})
    ->ArgsProduct({{1, 16, 64}, {1}})
    ->ArgsProduct({{1}, {100, 10'000}});

}  // namespace
