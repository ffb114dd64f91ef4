// How long does it take to check arguments against a compiled schema, and to compile it?
// Beside other validators: bench/json_schema.

#include <benchmark/benchmark.h>

#include <string>

#include "comcp/json/validator.hpp"

namespace {

using namespace comcp;

const json::value& schema() {
  static const json::value s = json::parse(R"({
    "type": "object",
    "properties": {
      "query": {"type": "string", "minLength": 1, "maxLength": 1000},
      "limit": {"type": "integer", "minimum": 1, "maximum": 100},
      "order": {"enum": ["newest", "oldest", "best"]},
      "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 1000}
    },
    "required": ["query"],
    "additionalProperties": false
  })");
  return s;
}

/// With so many tags.
json::value arguments(std::int64_t tags) {
  json::array all;
  for (std::int64_t i = 0; i < tags; ++i)
    all.emplace_back("tag" + std::to_string(i));
  json::object o;
  o["query"] = "structured concurrency";
  o["limit"] = 10;
  o["order"] = "best";
  o["tags"] = std::move(all);
  return o;
}

void validate(benchmark::State& state) {
  const auto compiled = json::schema_validator::compile(schema()).value();
  const json::value instance = arguments(state.range(0));
  for (auto _ : state)
    benchmark::DoNotOptimize(compiled.is_valid(instance));
}
BENCHMARK(validate)->Arg(0)->Arg(10)->Arg(1000);

void explain_refusal(benchmark::State& state) {
  const auto compiled = json::schema_validator::compile(schema()).value();
  json::value instance = arguments(0);
  instance.as_object()["limit"] = 1000;
  for (auto _ : state)
    benchmark::DoNotOptimize(compiled.validate(instance));
}
BENCHMARK(explain_refusal);

void compile(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(json::schema_validator::compile(schema()));
}
BENCHMARK(compile);

}  // namespace
