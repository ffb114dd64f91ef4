// How long do a scope, a child and a deadline take? Counted, with their floor in Asio: bench_scope.

#include <benchmark/benchmark.h>

#include <boost/asio/io_context.hpp>

#include <chrono>

#include "comcp/scope/scope.hpp"

namespace {

using namespace comcp;
using namespace std::chrono_literals;

template <class F>
void in_task(benchmark::State& state, F once) {
  shard s;
  s.start_root([&]() -> awaitable<void> {
    for (auto _ : state)
      co_await once();
  });
  s.context().run();
}

awaitable<void> nothing() {
  co_return;
}

void cancel_scope_that_is_left(benchmark::State& state) {
  in_task(state, [] { return with_cancel_scope([] { return nothing(); }); });
}
BENCHMARK(cancel_scope_that_is_left);

void deadline_that_is_not_reached(benchmark::State& state) {
  in_task(state, [] { return move_on_after(1h, [] { return nothing(); }); });
}
BENCHMARK(deadline_that_is_not_reached);

void group_of_children(benchmark::State& state) {
  const std::int64_t children = state.range(0);
  in_task(state, [children] {
    return with_task_group([children](task_group& group) -> awaitable<void> {
      for (std::int64_t i = 0; i < children; ++i)
        group.start_soon([] { return nothing(); });
      co_return;
    });
  });
  state.SetItemsProcessed(state.iterations() * children);
}
BENCHMARK(group_of_children)->Arg(1)->Arg(10)->Arg(1000);

}  // namespace
