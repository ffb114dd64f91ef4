#ifndef COMCP_SCOPE_DETAIL_BLOCKING_JOB_HPP
#define COMCP_SCOPE_DETAIL_BLOCKING_JOB_HPP

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "comcp/awaitable.hpp"
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

/// Tells a function on the blocking pool that nobody needs its result any more.
class blocking_token {
 public:
  explicit blocking_token(const std::atomic<bool>& stop) noexcept : stop_{&stop} {}
  /// Set when the waiting task was cancelled, or when its shard is gone.
  bool stop_requested() const noexcept { return stop_->load(std::memory_order_relaxed); }
  /// Throws cancelled when a stop was requested.
  void check() const {
    if (stop_requested()) throw cancelled{"the waiting task was cancelled"};
  }

 private:
  const std::atomic<bool>* stop_;
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
  unique_function interrupt;  ///< called on the shard; may be empty
  unique_function done;       ///< called on the pool's thread when run() has returned
  std::exception_ptr error;
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
      return std::invoke(*f_, blocking_token{stop});
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
}  // namespace comcp

#endif
