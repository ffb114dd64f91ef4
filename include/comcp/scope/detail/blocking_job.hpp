#ifndef COMCP_SCOPE_DETAIL_BLOCKING_JOB_HPP
#define COMCP_SCOPE_DETAIL_BLOCKING_JOB_HPP

#include <atomic>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/scope/detail/body_traits.hpp"
#include "comcp/scope/detail/task_ctx.hpp"
#include "comcp/scope/detail/unique_function.hpp"
#include "comcp/scope/errors.hpp"

namespace comcp {

class capacity_limiter;

class blocking_options {
 public:
  blocking_options() noexcept {}
  /// A cancelled task goes on at once and the thread finishes alone: the function must own all it
  /// touches. Default: the task waits for the thread.
  blocking_options& abandon_on_cancel(bool on = true) noexcept { return abandon_ = on, *this; }
  /// Bounds how many run at once; default: 40 per shard. The token is given back when the thread
  /// has ended the function, also when it was abandoned. Must outlive the work.
  blocking_options& limiter(capacity_limiter& l) noexcept { return limiter_ = &l, *this; }
  /// For the tree of scopes; a literal, it is not copied.
  blocking_options& name(const char* n) noexcept { return name_ = n, *this; }

  bool abandons() const noexcept { return abandon_; }
  capacity_limiter* limiter() const noexcept { return limiter_; }
  const char* name() const noexcept { return name_; }

 private:
  capacity_limiter* limiter_ = nullptr;
  const char* name_ = "blocking work";
  bool abandon_ = false;
};

namespace detail {
class blocking_job;
}

/// What a function on the blocking pool knows of the task that waits for it.
class blocking_token {
 public:
  explicit blocking_token(detail::blocking_job& job) noexcept : job_{&job} {}
  /// Set when the waiting task was cancelled, or when the pool shuts down: nobody needs the result.
  bool stop_requested() const noexcept;
  /// Throws cancelled when a stop was requested.
  void check() const {
    if (stop_requested()) throw cancelled{"the waiting task was cancelled"};
  }

  /** Runs a coroutine as a task in the scope of the waiting task; the thread waits for its result.

      The coroutine is cancelled with that scope. Not allowed with abandon_on_cancel, where the scope
      may have ended (std::logic_error).
  */
  template <class F>
  body_value<F> run_on_shard(F body) const;

 private:
  detail::blocking_job* job_;
};

namespace detail {

class blocking_job {
 public:
  blocking_job() = default;
  blocking_job(const blocking_job&) = delete;
  blocking_job& operator=(const blocking_job&) = delete;
  virtual ~blocking_job() = default;

  virtual void run() noexcept = 0;  ///< on a thread of the pool; keeps result or error

  std::atomic<bool> stop{false};
  task_ctx* host = nullptr;            ///< waits for the job; null when it may be abandoned
  std::shared_ptr<mailbox> host_mail;  ///< of its shard, which may die before the job has ended
  unique_function interrupt;           ///< called on the shard; may be empty
  unique_function done;                ///< called on the pool's thread when run() has returned
  std::exception_ptr error;
};

/// A coroutine that a thread of the pool waits for.
class thread_call : public task_owner {
 public:
  thread_call() = default;
  thread_call(const thread_call&) = delete;
  thread_call& operator=(const thread_call&) = delete;
  virtual ~thread_call() = default;

  /// On the thread: posts to the host's shard and waits. Throws the coroutine's error.
  void run(blocking_job& job, std::shared_ptr<thread_call> self);

 private:
  virtual awaitable<void> body() = 0;
  void task_done(task_ctx& task, std::exception_ptr error) noexcept final;
  void task_abandoned() noexcept final;

  std::promise<bool> done_;  // false: its shard is gone
  std::shared_ptr<thread_call> self_;
};

template <class F>
class thread_call_of final : public thread_call {
 public:
  using value_type = body_value<F>;
  explicit thread_call_of(F&& f) : f_{std::move(f)} {}
  std::optional<std::conditional_t<std::is_void_v<value_type>, bool, value_type>> value;

 private:
  awaitable<void> body() override {
    if constexpr (std::is_void_v<value_type>) {
      co_await std::invoke(f_);
      value = true;
    } else {
      value.emplace(co_await std::invoke(f_));
    }
  }
  F f_;
};

template <class F>
struct blocking_call {
  using type = std::invoke_result_t<F&>;
};
template <class F>
  requires std::invocable<F&, const blocking_token&>
struct blocking_call<F> {
  using type = std::invoke_result_t<F&, const blocking_token&>;
};
template <class F>
using blocking_value = std::decay_t<typename blocking_call<F>::type>;

template <class F>
class job final : public blocking_job {
 public:
  using value_type = blocking_value<F>;
  explicit job(F&& f) : f_{std::move(f)} {}

  void run() noexcept override {
    try {
      if constexpr (std::is_void_v<value_type>) {
        call();
      } else {
        value_.emplace(call());
      }
    } catch (...) {
      error = std::current_exception();
    }
    f_.reset();
  }

  value_type take() {
    if (error) std::rethrow_exception(std::move(error));
    if constexpr (!std::is_void_v<value_type>) return std::move(*value_);
  }

 private:
  decltype(auto) call() {
    if constexpr (std::invocable<F&, const blocking_token&>) {
      return std::invoke(*f_, blocking_token{*this});
    } else {
      return std::invoke(*f_);
    }
  }

  std::optional<F> f_;
  std::optional<std::conditional_t<std::is_void_v<value_type>, bool, value_type>> value_;
};

/// Returns when the job has run, or throws cancelled when it was withdrawn or abandoned.
awaitable<void> run_job(std::shared_ptr<blocking_job> job, blocking_options options);

template <class F>
awaitable<blocking_value<F>> await_job(std::shared_ptr<job<F>> job, blocking_options options) {
  co_await run_job(job, options);
  co_return job->take();
}

}  // namespace detail

inline bool blocking_token::stop_requested() const noexcept {
  return job_->stop.load(std::memory_order_relaxed);
}

template <class F>
body_value<F> blocking_token::run_on_shard(F body) const {
  auto call = std::make_shared<detail::thread_call_of<F>>(std::move(body));
  call->run(*job_, call);
  if constexpr (!std::is_void_v<body_value<F>>) return std::move(*call->value);
}

}  // namespace comcp

#endif
