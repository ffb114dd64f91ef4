// What does structured concurrency cost: a scope, a child, a wait, a cancellation?
// Per step in the steady state of one shard. Rows that begin with "Asio" are the floor: what Asio's
// coroutines cost for something like it without us.

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <cstddef>
#include <exception>
#include <utility>
#include <vector>

#include "comcp/scope/scope.hpp"
#include "support/counting.hpp"

namespace {

using namespace comcp;
using namespace std::chrono_literals;
using bench::meter;
using bench::step;

constexpr std::size_t warm_up = 64;

/// The step is a function that returns what is awaited; the loop adds a few instructions.
template <class F>
step in_task(
    const char* name, std::size_t repeat, F make, double instructions = 0, double allocations = 0) {
  auto run = [make](meter& m, std::size_t n) {
    shard s;
    s.start_root([&]() -> awaitable<void> {
      for (std::size_t i = 0; i != warm_up; ++i)
        co_await make();
      m.start();
      for (std::size_t i = 0; i != n; ++i)
        co_await make();
      m.stop();
    });
    s.context().run();
  };
  return {name, repeat, run, instructions, allocations};
}

/// Without the library: a coroutine on a plain io_context.
template <class F>
step in_asio(const char* name, std::size_t repeat, F make) {
  auto run = [make](meter& m, std::size_t n) {
    asio::io_context io{1};
    asio::co_spawn(
        io,
        [&]() -> awaitable<void> {
          for (std::size_t i = 0; i != warm_up; ++i)
            co_await make();
          m.start();
          for (std::size_t i = 0; i != n; ++i)
            co_await make();
          m.stop();
        },
        asio::detached);
    io.run();
  };
  return {name, repeat, run};
}

awaitable<void> nothing() {
  co_return;
}

awaitable<void> asio_trip() {
  co_await asio::post(asio::use_awaitable);
}

awaitable<void> asio_child() {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  co_await asio::co_spawn(executor, nothing(), asio::use_awaitable);
}

/// Ten coroutines that begin in a later turn, with a slot and a handler each: as our children have.
awaitable<void> asio_children() {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  std::array<asio::cancellation_signal, 10> signals;
  std::size_t left = signals.size();
  for (asio::cancellation_signal& s : signals) {
    asio::co_spawn(
        executor,
        []() -> awaitable<void> {
          co_await asio::post(asio::use_awaitable);
          co_await nothing();
        },
        asio::bind_cancellation_slot(s.slot(), [&](const std::exception_ptr&) { --left; }));
  }
  while (left != 0)
    co_await asio::post(asio::use_awaitable);
}

/// A coroutine of its own that waits, is cancelled through its slot, and ends with the exception.
awaitable<void> asio_cancelled_child() {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  asio::cancellation_signal signal;
  asio::co_spawn(
      executor,
      [&]() -> awaitable<void> {
        asio::steady_timer timer{executor, 1h};
        co_await timer.async_wait(asio::use_awaitable);
      },
      asio::bind_cancellation_slot(signal.slot(), [](const std::exception_ptr&) {}));
  co_await asio::post(asio::use_awaitable);
  signal.emit(asio::cancellation_type::terminal);
  co_await asio::post(asio::use_awaitable);
  co_await asio::post(asio::use_awaitable);
}

/// One throw and one catch, through one frame.
awaitable<void> one_throw() {
  try {
    throw boost::system::system_error{boost::system::error_code{asio::error::operation_aborted}};
  } catch (const boost::system::system_error&) {
  }
  co_return;
}

awaitable<void> children(std::size_t n) {
  return with_task_group([n](task_group& g) -> awaitable<void> {
    for (std::size_t i = 0; i != n; ++i)
      g.start_soon(nothing);
    co_return;
  });
}

awaitable<void> waiting_children_cancelled(std::size_t n) {
  return with_task_group([n](task_group& g) -> awaitable<void> {
    for (std::size_t i = 0; i != n; ++i)
      g.start_soon(sleep_forever);
    co_await checkpoint();
    g.cancel();
  });
}

step many_asio_children() {
  step ten = in_asio("", 0, asio_children);
  return {"Asio: co_spawn, slot, handler, begin later (of 10)", 1000,
          [ten](meter& m, std::size_t n) { ten.run(m, n / 10); }};
}

/// Per child: the group itself is shared by ten of them.
step many_children() {
  auto run = [](meter& m, std::size_t n) {
    shard s;
    s.start_root([&]() -> awaitable<void> {
      co_await children(10);
      m.start();
      for (std::size_t i = 0; i != n / 10; ++i)
        co_await children(10);
      m.stop();
    });
    s.context().run();
  };
  return {"child: spawn, run, join (of 10 in a group)", 1000, run, 2200, 3};
}

step cancel_waiting_scope() {
  auto run = [](meter& m, std::size_t n) {
    shard s;
    s.start_root([&]() -> awaitable<void> {
      for (std::size_t i = 0; i != n + warm_up; ++i) {
        if (i == warm_up) m.start();
        co_await with_cancel_scope([&](cancel_scope& scope) {
          asio::post(s.context(), [&scope] { scope.cancel(); });
          return sleep_forever();
        });
      }
      m.stop();
    });
    s.context().run();
  };
  return {"cancel a waiting scope, absorb", 300, run, 30000};
}

step stream_item() {
  auto run = [](meter& m, std::size_t n) {
    shard s;
    auto [tx, rx] = make_memory_stream<int>(1);
    s.start_root([&, &tx = tx, &rx = rx]() -> awaitable<void> {
      for (std::size_t i = 0; i != n + warm_up; ++i) {
        if (i == warm_up) m.start();
        co_await tx.send(1);
        co_await rx.receive();
      }
      m.stop();
    });
    s.context().run();
  };
  return {"memory stream: send and receive an item", 1000, run};
}

step uncontended_lock() {
  auto run = [](meter& m, std::size_t n) {
    shard s;
    lock l;
    s.start_root([&]() -> awaitable<void> {
      for (std::size_t i = 0; i != n + warm_up; ++i) {
        if (i == warm_up) m.start();
        const lock::guard held = co_await l.acquire();
      }
      m.stop();
    });
    s.context().run();
  };
  return {"lock: acquire and release", 1000, run};
}

}  // namespace

int main(int argc, char** argv) {
  auto forever = [] { return sleep_forever(); };
  const std::vector<step> steps{
      in_asio("Asio: await a trivial coroutine", 1000, [] { return nothing(); }),
      in_asio("Asio: one trip through the loop", 1000, asio_trip),
      in_asio("Asio: co_spawn and await a trivial coroutine", 1000, asio_child),
      many_asio_children(),
      in_asio("Asio: one throw and catch", 300, one_throw),
      in_asio("Asio: co_spawn, cancel while it waits on a timer", 300, asio_cancelled_child),
      in_task("await a trivial coroutine", 1000, [] { return nothing(); }),
      in_task("one trip through the loop", 1000, asio_trip),
      in_task("checkpoint", 1000, [] { return checkpoint(); }),
      in_task(
          "scope, nothing happens", 1000, [] { return with_cancel_scope(nothing); }, 700, 1),
      in_task(
          "scope with a deadline not reached", 1000, [] { return move_on_after(1h, nothing); },
          1000, 1),
      in_task("scope with a deadline, one checkpoint inside", 1000,
              [] { return move_on_after(1h, checkpoint); }),
      in_task("empty task group", 1000,
              [] { return with_task_group([](task_group&) { return nothing(); }); }),
      in_task("group of 1 child: spawn, run, join", 1000, [] { return children(1); }),
      many_children(),
      cancel_waiting_scope(),
      in_task("deadline of a waiting scope passes, absorb", 300,
              [forever] { return move_on_after(1ns, forever); }),
      in_task("group of 10 waiting children, cancelled", 30,
              [] { return waiting_children_cancelled(10); }),
      stream_item(),
      uncontended_lock(),
  };
  return bench::main(argc, argv, steps);
}
