#include "comcp/scope/runtime.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <future>
#include <mutex>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

#include "comcp/scope/blocking.hpp"
#include "runtime_dump.hpp"
#include "shard_impl.hpp"

namespace comcp {

struct runtime::impl {
  explicit impl(const runtime_options& o)
      : pool{o.blocking_threads_, o.blocking_grace_},
        running{std::max<std::size_t>(o.threads_, 1)},
        busy{running} {
    clock& time_source = o.clock_ ? *o.clock_ : system_clock();
    for (std::size_t i = 0; i != running; ++i) {
      shards.push_back(std::make_unique<shard>(time_source));
      shards.back()->impl().index = i;
      shards.back()->pool(pool);
    }
  }

  void failed(std::exception_ptr e) noexcept {
    {
      const std::lock_guard held{mutex};
      if (!error) error = std::move(e);
    }
    cancel("a main task of the runtime failed");
  }
  void cancel(std::string_view reason) {
    for (auto& s : shards)
      s->cancel(reason);
  }
  void main_ended(std::exception_ptr e) noexcept {
    if (e) failed(std::move(e));
    if (--running == 0) {
      for (auto& s : shards)
        s->context().stop();
    }
  }

  /// A shard has no tasks any more after the mains, or has some again. When none has any, the loops end.
  void set_idle(bool idle) noexcept {
    const std::lock_guard held{mutex};
    if (ended) return;
    idle ? --busy : ++busy;
    if (busy != 0) return;
    ended = true;
    for (auto& s : shards)
      s->context().stop();
  }

  /// The loop of one shard, until no shard has tasks any more: others may still need this one.
  void loop(shard& s) noexcept {
    const detail::current_shard_scope current{s.impl()};
    asio::io_context& io = s.context();
    const auto work = asio::make_work_guard(io);
    bool mains = true;
    bool idle = false;
    for (;;) {
      try {
        if (mains) {
          io.run();
          mains = false;
        }
        for (;;) {
          if (idle != (s.live_tasks() == 0)) set_idle(idle = !idle);
          // Before the question: whoever lets the loops end stops the contexts after the answer.
          io.restart();
          if (ended) return;
          // Roots that somebody started beside the mains.
          if (!idle) s.root_scope().cancel("the runtime ends");
          io.run_one();
        }
      } catch (const std::bad_alloc&) {
        // Whose it was has heard of it, see shard_impl::lost().
      } catch (...) {  // from a handler that isn't ours
        failed(std::current_exception());
      }
    }
  }

  blocking_pool pool;
  std::vector<std::unique_ptr<shard>> shards;
  std::atomic<std::size_t> running;  // mains
  std::atomic<bool> ended = false;   // all loops may return
  std::mutex mutex;                  // for what follows
  std::size_t busy;                  // loops with tasks
  std::exception_ptr error;
  std::size_t abandoned = 0;
  bool used = false;
};

runtime::runtime(runtime_options options) : impl_{std::make_unique<impl>(options)} {}
runtime::~runtime() = default;

std::size_t runtime::shard_count() const noexcept {
  return impl_->shards.size();
}
shard& runtime::at(std::size_t i) const {
  return *impl_->shards.at(i);
}
void runtime::cancel(std::string_view reason) {
  impl_->cancel(reason);
}
awaitable<std::string> runtime::collect_scopes(tree_format format, duration patience) const {
  return detail::collect_trees(impl_->shards, format, patience);
}
std::string runtime::dump_scopes(tree_format format, duration patience) const {
  return detail::dump_trees(impl_->shards, format, patience);
}
std::size_t runtime::abandoned_jobs() const noexcept {
  return impl_->abandoned;
}

void runtime::run(std::function<awaitable<void>(shard&)> main) {
  if (std::exchange(impl_->used, true)) {
    throw std::logic_error{"comcp: runtime::run() can be called once"};
  }
  // All threads, or none: a shard without its thread would be waited for.
  std::promise<bool> decided;
  std::vector<std::thread> threads;
  try {
    const std::shared_future<bool> goes_on = decided.get_future().share();
    threads.reserve(impl_->shards.size());
    for (std::size_t i = 1; i != impl_->shards.size(); ++i) {
      threads.emplace_back([this, i, goes_on] {
        if (goes_on.get()) impl_->loop(*impl_->shards[i]);
      });
    }
    for (auto& s : impl_->shards) {
      s->start_root([&main, &here = *s] { return main(here); }, "main",
                    [this](std::exception_ptr e) { impl_->main_ended(std::move(e)); });
    }
  } catch (...) {
    decided.set_value(false);
    for (std::thread& t : threads)
      t.join();
    throw;
  }
  decided.set_value(true);
  impl_->loop(*impl_->shards.front());
  for (std::thread& t : threads)
    t.join();
  impl_->abandoned = impl_->pool.shut_down();
  if (impl_->error) std::rethrow_exception(impl_->error);
}

}  // namespace comcp
