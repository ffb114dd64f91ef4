// How long do server-sent events take to write and to read?

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "comcp/http/event_stream.hpp"

namespace {

using namespace comcp::http;

void append_event(benchmark::State& state) {
  const std::string data(static_cast<std::size_t>(state.range(0)), 'x');
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_data_event(out, data, "1-2f3a.4.17");
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}
BENCHMARK(append_event)->RangeMultiplier(32)->Range(32, 1 << 20);

/// In pieces of so many bytes.
void parse_events(benchmark::State& state) {
  std::string text;
  for (int i = 0; i < 100; ++i)
    append_data_event(text, std::string(200, 'x'), std::to_string(i));
  const auto piece = static_cast<std::size_t>(state.range(0));
  std::vector<sse_event> events;
  for (auto _ : state) {
    event_parser parser;
    events.clear();
    for (std::string_view left = text; !left.empty();
         left.remove_prefix(std::min(piece, left.size())))
      parser.feed(left.substr(0, piece), events);
    benchmark::DoNotOptimize(events.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(parse_events)->Arg(1)->Arg(100)->Arg(1 << 16);

}  // namespace
