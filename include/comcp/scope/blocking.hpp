#ifndef COMCP_SCOPE_BLOCKING_HPP
#define COMCP_SCOPE_BLOCKING_HPP

// Blocking work on a bounded pool of threads, awaited from a task.

#include <cstddef>
#include <memory>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/scope/clock.hpp"
#include "comcp/scope/detail/blocking_job.hpp"

namespace comcp {

/** Runs f on a thread of the pool and waits for its result.

    f is called with `const blocking_token&` or with nothing, and may block and throw.

    @par Cancellation  before the start: f isn't called. Afterwards the stop token is set and the
                       task waits for f, or goes on at once with abandon_on_cancel. A result that is
                       already there is delivered.
    @par Lifetime      f is moved to the job and destroyed on the pool's thread or the shard's
    @see blocking_token
*/
template <class F>
awaitable<detail::blocking_value<F>> run_blocking(F f, blocking_options options = {});

/** The same, and calls interrupt() on the shard's thread once when the task is cancelled while f
    runs, so that f can be woken (interrupting a statement, closing a descriptor). interrupt must be
    safe to call while f runs and just after; never after run_blocking() has completed. An error of f
    after an interruption counts as the cancellation.
*/
template <class F, class I>
awaitable<detail::blocking_value<F>> run_blocking(F f, I interrupt, blocking_options options = {});

/** The threads for run_blocking().

    Threads start on demand, up to the limit; more work waits in the order it came. The destructor
    waits for running work up to the grace time, then leaves the threads to themselves.

    @par Thread safety any thread
*/
class blocking_pool {
 public:
  explicit blocking_pool(std::size_t max_threads = 40, duration grace = std::chrono::seconds{5});
  ~blocking_pool();
  blocking_pool(const blocking_pool&) = delete;
  blocking_pool& operator=(const blocking_pool&) = delete;

  std::size_t max_threads() const noexcept;
  /// Jobs running or waiting.
  std::size_t pending() const noexcept;
  /// Takes no more work and waits for what runs, up to the grace time. Returns how many jobs still
  /// run then; their threads are let go.
  std::size_t shut_down() noexcept;

  /// For the library: runs job->run(), then job->done().
  void submit(std::shared_ptr<detail::blocking_job> job);
  /// False when it runs already, or has run.
  bool withdraw(const detail::blocking_job& job) noexcept;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

template <class F>
awaitable<detail::blocking_value<F>> run_blocking(F f, blocking_options options) {
  return detail::await_job(std::make_shared<detail::job<F>>(std::move(f)), options);
}

template <class F, class I>
awaitable<detail::blocking_value<F>> run_blocking(F f, I interrupt, blocking_options options) {
  auto job = std::make_shared<detail::job<F>>(std::move(f));
  job->interrupt = std::move(interrupt);
  return detail::await_job(std::move(job), options);
}

}  // namespace comcp

#endif
