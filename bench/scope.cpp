// What does structured concurrency cost: a scope, a child, a wait, a cancellation?
// Each figure is per iteration in the steady state of one shard; allocs counts calls of malloc.

#include <benchmark/benchmark.h>
#include <dlfcn.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstdlib>

#include "comcp/scope/scope.hpp"

namespace {

std::size_t allocations = 0;

}  // namespace

// Asio's frames come from std::aligned_alloc: counting operator new would not see them.
extern "C" void* malloc(std::size_t n) {
  static auto* real = reinterpret_cast<void* (*)(std::size_t)>(dlsym(RTLD_NEXT, "malloc"));
  ++allocations;
  return real(n);
}
extern "C" void* aligned_alloc(std::size_t a, std::size_t n) {
  static auto* real =
      reinterpret_cast<void* (*)(std::size_t, std::size_t)>(dlsym(RTLD_NEXT, "aligned_alloc"));
  ++allocations;
  return real(a, n);
}

namespace {

using namespace comcp;
using namespace std::chrono_literals;

template <class F>
void run(benchmark::State& state, F step) {
  shard s;
  s.start_root([&]() -> awaitable<void> {
    for (int i = 0; i != 100; ++i)
      co_await step();  // warm caches
    const std::size_t before = allocations;
    for (auto _ : state)
      co_await step();
    state.counters["allocs"] = benchmark::Counter(static_cast<double>(allocations - before),
                                                  benchmark::Counter::kAvgIterations);
  });
  s.context().run();
}

awaitable<void> nothing() {
  co_return;
}

void await_a_coroutine(benchmark::State& state) {
  run(state, [] { return nothing(); });
}
BENCHMARK(await_a_coroutine);

void trip_through_asio(benchmark::State& state) {
  run(state, [] { return asio::post(asio::use_awaitable); });
}
BENCHMARK(trip_through_asio);

void trip_by_checkpoint(benchmark::State& state) {
  run(state, [] { return checkpoint(); });
}
BENCHMARK(trip_by_checkpoint);

void scope_without_deadline(benchmark::State& state) {
  run(state, []() -> awaitable<void> { co_await with_cancel_scope(nothing); });
}
BENCHMARK(scope_without_deadline);

void scope_with_deadline(benchmark::State& state) {
  run(state, []() -> awaitable<void> { co_await move_on_after(1h, nothing); });
}
BENCHMARK(scope_with_deadline);

void scope_with_deadline_and_trip(benchmark::State& state) {
  run(state, []() -> awaitable<void> { co_await move_on_after(1h, checkpoint); });
}
BENCHMARK(scope_with_deadline_and_trip);

void empty_group(benchmark::State& state) {
  run(state,
      []() -> awaitable<void> { co_await with_task_group([](task_group&) { return nothing(); }); });
}
BENCHMARK(empty_group);

void group_of_children(benchmark::State& state) {
  const auto n = state.range(0);
  run(state, [n]() -> awaitable<void> {
    co_await with_task_group([&](task_group& g) -> awaitable<void> {
      for (auto i = n; i != 0; --i)
        g.start_soon(nothing);
      co_return;
    });
  });
}
BENCHMARK(group_of_children)->Arg(1)->Arg(10);

void cancel_a_waiting_scope(benchmark::State& state) {
  run(state, []() -> awaitable<void> { co_await move_on_after(1us, sleep_forever); });
}
BENCHMARK(cancel_a_waiting_scope);

void group_of_waiting_children_cancelled(benchmark::State& state) {
  const auto n = state.range(0);
  run(state, [n]() -> awaitable<void> {
    co_await with_task_group([&](task_group& g) -> awaitable<void> {
      for (auto i = n; i != 0; --i)
        g.start_soon(sleep_forever);
      co_await checkpoint();
      g.cancel();
    });
  });
}
BENCHMARK(group_of_waiting_children_cancelled)->Arg(10)->Arg(10000);

void stream_item(benchmark::State& state) {
  auto [tx, rx] = make_memory_stream<int>(1);
  run(state, [&]() -> awaitable<void> {
    co_await tx.send(1);
    benchmark::DoNotOptimize(co_await rx.receive());
  });
}
BENCHMARK(stream_item);

void uncontended_lock(benchmark::State& state) {
  lock l;
  run(state, [&]() -> awaitable<void> { lock::guard held = co_await l.acquire(); });
}
BENCHMARK(uncontended_lock);

void blocking_call(benchmark::State& state) {
  run(state, []() -> awaitable<void> { co_await run_blocking([] {}); });
}
BENCHMARK(blocking_call);

}  // namespace

BENCHMARK_MAIN();
