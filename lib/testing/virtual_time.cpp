#include "comcp/testing/virtual_time.hpp"

#include <boost/asio/io_context.hpp>
#include <chrono>

#include "comcp/scope/detail/park.hpp"
#include "scope/shard_impl.hpp"

namespace comcp::testing {

namespace {

struct blocked_wait final : detail::operation<blocked_wait, void> {
  explicit blocked_wait(detail::task_ctx& task) noexcept
      : operation<blocked_wait, void>{task, "all other tasks to block"} {}
  void on_wait() override { task().shard().until_blocked.push_back(*this); }
};

}  // namespace

virtual_shard::virtual_shard() : shard_{clock_} {}
virtual_shard::~virtual_shard() = default;

bool virtual_shard::poll() {
  shard_.context().restart();
  bool any = false;
  while (shard_.context().poll() != 0)
    any = true;
  return any;
}

void virtual_shard::run_until_idle() {
  detail::shard_impl& impl = shard_.impl();
  for (;;) {
    poll();
    if (impl.until_blocked.empty()) return;
    while (!impl.until_blocked.empty())
      impl.until_blocked.front().wake();
  }
}

void virtual_shard::advance(duration d) {
  detail::shard_impl& impl = shard_.impl();
  const time_point end = clock_.now() + d;
  run_until_idle();
  while (impl.tree.next_deadline() <= end) {
    clock_.set(impl.tree.next_deadline());
    {
      const detail::current_shard_scope current{impl};
      impl.tree.fire_due();
    }
    run_until_idle();
  }
  clock_.set(end);
}

void virtual_shard::drive(const bool& done) {
  detail::shard_impl& impl = shard_.impl();
  auto give_up = std::chrono::steady_clock::now() + patience_;
  for (;;) {
    run_until_idle();
    if (done) return;
    if (impl.expected_io != 0) {
      // Something real is under way: wait for it, time stands still.
      shard_.context().restart();
      if (shard_.context().run_one_until(give_up) == 0) {
        throw deadlock_error{"expected I/O did not come\n" + dump_scopes()};
      }
      give_up = std::chrono::steady_clock::now() + patience_;
      continue;
    }
    const time_point next = impl.tree.next_deadline();
    if (next == time_point::max()) {
      throw deadlock_error{"nothing can happen any more\n" + dump_scopes()};
    }
    clock_.set(next);
    const detail::current_shard_scope current{impl};
    impl.tree.fire_due();
  }
}

std::string virtual_shard::leftovers() {
  run_until_idle();
  return live_tasks() == 0 && live_scopes() == 0 ? std::string{} : dump_scopes();
}

expect_io::expect_io() : shard_{this_shard()} {
  ++shard_.impl().expected_io;
}
expect_io::~expect_io() {
  --shard_.impl().expected_io;
}

awaitable<void> wait_all_tasks_blocked() {
  return park(blocked_wait{detail::this_task()});
}

void run_real(std::function<awaitable<void>()> body, duration limit, std::string* leftovers) {
  comcp::shard shard;
  bool done = false;
  std::exception_ptr error;
  shard.start_root(std::move(body), "test", [&](std::exception_ptr e) {
    done = true;
    error = std::move(e);
  });
  asio::io_context& io = shard.context();
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done && std::chrono::steady_clock::now() < end) {
    io.restart();
    io.run_one_until(end);
  }
  if (!done) throw deadlock_error{"the time limit of the test has passed\n" + shard.dump_scopes()};
  io.restart();
  io.poll();
  if (leftovers && (shard.live_tasks() != 0 || shard.live_scopes() != 0)) {
    *leftovers = shard.dump_scopes();
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace comcp::testing
