// How long do JSON-RPC messages take from text and to text?

#include <benchmark/benchmark.h>

#include <string>

#include "comcp/jsonrpc/codec.hpp"

namespace {

using namespace comcp;

/// A tools/call with so many bytes of text in its arguments.
std::string call_with(std::size_t bytes) {
  return R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","arguments":{"text":")" +
         std::string(bytes, 'x') + "\"}}}";
}

void decode_call(benchmark::State& state) {
  const std::string text = call_with(static_cast<std::size_t>(state.range(0)));
  jsonrpc::decoder decoder;
  for (auto _ : state)
    benchmark::DoNotOptimize(decoder.decode(text));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(decode_call)->RangeMultiplier(32)->Range(32, 1 << 20);

void decode_many_members(benchmark::State& state) {
  std::string text =
      R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x","arguments":{)";
  for (std::int64_t i = 0; i < state.range(0); ++i)
    text += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":" + std::to_string(i);
  text += "}}}";
  jsonrpc::decoder decoder;
  for (auto _ : state)
    benchmark::DoNotOptimize(decoder.decode(text));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(decode_many_members)->RangeMultiplier(10)->Range(10, 10'000);

void encode_result(benchmark::State& state) {
  json::object block;
  block["type"] = "text";
  block["text"] = std::string(static_cast<std::size_t>(state.range(0)), 'x');
  json::object result;
  result["content"] = json::array{block};
  const json::value value(std::move(result));
  std::string out;
  for (auto _ : state) {
    out.clear();
    jsonrpc::encode_result(out, jsonrpc::request_id(7), value);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}
BENCHMARK(encode_result)->RangeMultiplier(32)->Range(32, 1 << 20);

}  // namespace
