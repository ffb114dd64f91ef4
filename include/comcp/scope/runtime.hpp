#ifndef COMCP_SCOPE_RUNTIME_HPP
#define COMCP_SCOPE_RUNTIME_HPP

// N shards on N threads, and a pool for blocking work.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "comcp/awaitable.hpp"
#include "comcp/scope/clock.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/scope/tree_format.hpp"

namespace comcp {

class runtime_options {
 public:
  runtime_options() noexcept {}
  /// Shards, each with a thread. Default 1.
  runtime_options& threads(std::size_t n) noexcept { return threads_ = n, *this; }
  /// Most threads of the blocking pool. Default 40.
  runtime_options& blocking_threads(std::size_t n) noexcept { return blocking_threads_ = n, *this; }
  /// How long run() waits at its end for abandoned blocking work. Default 5 s.
  runtime_options& blocking_grace(duration d) noexcept { return blocking_grace_ = d, *this; }
  runtime_options& time_source(clock& c) noexcept { return clock_ = &c, *this; }

 private:
  friend class runtime;
  std::size_t threads_ = 1;
  std::size_t blocking_threads_ = 40;
  duration blocking_grace_ = std::chrono::seconds{5};
  clock* clock_ = nullptr;
};

class runtime {
 public:
  explicit runtime(runtime_options options = {});
  ~runtime();
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  std::size_t shard_count() const noexcept;
  shard& at(std::size_t i) const;

  /** Runs main(shard) as a root task on each shard; returns when all have ended.

      The first error cancels all shards and is thrown. Shard 0 runs on the calling thread. Can be
      called once.
  */
  void run(std::function<awaitable<void>(shard&)> main);

  /// Cancels the root scope of each shard; the mains see it and end. @par Thread safety any thread
  void cancel(std::string_view reason = {});

  /** The live tree of all shards, each as of the moment at which it answered.

      The text of the shards one after the other, or `{"shards":[...]}`. A shard whose loop is stuck
      is listed as such: `shard 1: no answer`, or `{"shard":1,"error":"no answer"}`.

      The first form is for tasks of this runtime, the second one blocks and is for other threads
      (a debugger, a watchdog). Called on a thread of a shard, the second form shows that shard
      directly, and makes it wait for the others.

      @param patience how long to wait for a shard that doesn't answer
      @par Thread safety any thread, while run() runs
  */
  awaitable<std::string> collect_scopes(tree_format format = tree_format::text,
                                        duration patience = std::chrono::seconds{1}) const;
  std::string dump_scopes(tree_format format = tree_format::text,
                          duration patience = std::chrono::seconds{1}) const;

  /// Blocking jobs that were still running when run() gave up waiting for them.
  std::size_t abandoned_jobs() const noexcept;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace comcp

#endif
