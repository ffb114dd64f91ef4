#include "comcp/server/run.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "comcp/scope/errors.hpp"
#include "comcp/scope/event.hpp"
#include "comcp/scope/runtime.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/scope/with_scope.hpp"
#include "server/stop_signals.hpp"

namespace comcp {
namespace {

/// What went wrong, each thing once: the shards of a server tend to fail alike.
std::string reasons(const std::exception_ptr& error) {
  std::vector<std::string> seen;
  const auto collect = [&seen](const auto& self, const std::exception_ptr& e) -> void {
    try {
      std::rethrow_exception(e);
    } catch (const exception_group& several) {
      for (const std::exception_ptr& one : several.exceptions())
        self(self, one);
    } catch (...) {
      std::string text = describe(e);
      if (std::ranges::find(seen, text) == seen.end()) seen.push_back(std::move(text));
    }
  };
  collect(collect, error);
  std::string out;
  for (const std::string& text : seen)
    out += (out.empty() ? "" : "; ") + text;
  return out;
}

using endpoint_list = std::vector<std::unique_ptr<endpoint>>;

/// One process that serves: shard 0 starts and stops the server, takes the signals, and waits for all.
class process {
 public:
  process(server& s, endpoint_list where, run_options options)
      : server_(s), endpoints_(std::move(where)), options_(options) {
    for (const auto& e : endpoints_)
      e->on_serving([this, e = e.get()] { report(log_level::info, "serving on " + e->name()); });
  }

  int run() {
    runtime_options shards;
    shards.threads(thread_count()).blocking_threads(options_.blocking_threads());
    try {
      runtime all(shards);
      runtime_ = &all;
      serving_shards_ = all.shard_count();
      for (std::size_t i = 0; i < all.shard_count(); ++i)
        started_.emplace_back();
      all.run([this](shard& here) { return here.index() == 0 ? lead(here) : follow(); });
      return 0;
    } catch (...) {
      report(log_level::error, "serving failed: " + reasons(std::current_exception()));
      return 1;
    }
  }

 private:
  std::size_t thread_count() const {
    if (options_.threads() != 0) return options_.threads();
    const bool every =
        std::ranges::any_of(endpoints_, [](const auto& e) { return e->uses_every_shard(); });
    return every ? std::max(1U, std::thread::hardware_concurrency()) : 1;
  }

  // The library doesn't write to stderr, but a program that ends without a word helps nobody.
  void report(log_level level, const std::string& line) const {
    const logger& log = server_.options().log();
    if (log.enabled(level))
      log.write(level, line);
    else if (level == log_level::error)
      std::fprintf(stderr, "comcp: %s\n", line.c_str());
  }

  awaitable<void> lead(shard& here) {
    std::optional<detail::stop_signals> signals;
    if (options_.handle_signals()) signals.emplace(here.context().get_executor());
    auto body = [&]() -> awaitable<void> {
      co_await server_.start();
      co_await with_task_group([&](task_group& group) -> awaitable<void> {
        if (signals) group.start_soon([&] { return obey(*signals); }, "signals");
        let_others_follow();
        co_await serve_here(true);
        one_shard_is_done();
        co_await all_done_.wait();
        group.cancel("served");
      });
    };
    auto cleanup = [this] { return server_.stop(); };
    co_await with_cleanup(std::ref(body), std::ref(cleanup), options_.drain_limit());
  }

  awaitable<void> follow() {
    co_await started_[this_shard().index()].wait();
    co_await serve_here(false);
    one_shard_is_done();
  }

  awaitable<void> serve_here(bool is_first) {
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      for (const auto& e : endpoints_) {
        if (!is_first && !e->uses_every_shard()) continue;
        group.start_soon([this, where = e.get()] { return where->serve(server_); }, "endpoint");
      }
      co_return;
    });
  }

  awaitable<void> obey(detail::stop_signals& signals) {
    const int number = co_await signals.first();
    report(log_level::info, "signal " + std::to_string(number) + ": shutting down");
    server_.drain();
    for (const auto& e : endpoints_)
      e->drain(options_.drain_limit());
    // Endpoints keep to the limit themselves; this is for what doesn't.
    const time_point later = this_shard().now() + std::chrono::seconds(1);
    co_await sleep_until(time_after(later, options_.drain_limit()));
    report(log_level::warning, "the drain limit is over: cancelling what is left");
    runtime_->cancel("the drain limit is over");
  }

  void let_others_follow() {
    for (std::size_t i = 1; i < runtime_->shard_count(); ++i)
      runtime_->at(i).post([this, i] { started_[i].set(); });
  }

  void one_shard_is_done() {
    if (serving_shards_.fetch_sub(1) == 1) runtime_->at(0).post([this] { all_done_.set(); });
  }

  server& server_;
  const endpoint_list endpoints_;
  const run_options options_;
  runtime* runtime_ = nullptr;
  std::deque<event> started_;  // one per shard, touched there
  event all_done_;             // shard 0
  std::atomic<std::size_t> serving_shards_{0};
};

}  // namespace

int run(server& server, std::unique_ptr<endpoint> where, run_options options) {
  endpoint_list list;
  list.push_back(std::move(where));
  return run(server, std::move(list), options);
}

int run(server& server, endpoint_list where, run_options options) {
  return process(server, std::move(where), options).run();
}

}  // namespace comcp
