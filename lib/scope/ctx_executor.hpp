#ifndef COMCP_LIB_SCOPE_CTX_EXECUTOR_HPP
#define COMCP_LIB_SCOPE_CTX_EXECUTOR_HPP

#include <boost/asio/execution.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "comcp/scope/detail/task_ctx.hpp"
#include "shard_impl.hpp"

namespace comcp::detail {

/// Set while a task is launched: its first step is then posted, not run inside of the caller.
bool& launching() noexcept;

/** A task and the generation in which it was meant, in one word.

    An executor must fit the small-object room of any_io_executor; user space addresses leave the
    upper 16 bits free on the 64-bit systems we run on.
*/
class task_ref {
 public:
  explicit task_ref(task_ctx& task) noexcept
      : bits_{reinterpret_cast<std::uintptr_t>(&task) |
              (std::uintptr_t{task.generation()} << address_bits)} {}
  /// On the shard's thread: null when the task has ended.
  task_ctx* get() const noexcept {
    auto* task = reinterpret_cast<task_ctx*>(bits_ & ((std::uintptr_t{1} << address_bits) - 1));
    return task->generation() == static_cast<std::uint16_t>(bits_ >> address_bits) ? task : nullptr;
  }
  friend bool operator==(const task_ref&, const task_ref&) = default;

 private:
  static constexpr unsigned address_bits = 48;
  static_assert(sizeof(std::uintptr_t) == 8, "needs a 64-bit system");
  std::uintptr_t bits_;
};

/// A function that runs as a task.
template <class F>
struct in_task {
  task_ref task;
  F function;
  void operator()() {
    const current_task_scope current{task.get()};
    std::move(function)();
  }
};

/// An executor of the io_context that makes its task the current one around everything it runs.
template <class Inner>
class ctx_executor {
 public:
  ctx_executor(Inner inner, task_ref task) noexcept : inner_{std::move(inner)}, task_{task} {}

  template <class P>
    requires(asio::can_query<const Inner&, P>::value)
  decltype(auto) query(const P& p) const {
    return asio::query(inner_, p);
  }
  template <class P>
    requires(asio::can_require<const Inner&, P>::value)
  auto require(const P& p) const {
    return rebind(asio::require(inner_, p));
  }
  template <class P>
    requires(asio::can_prefer<const Inner&, P>::value)
  auto prefer(const P& p) const {
    return rebind(asio::prefer(inner_, p));
  }

  template <class F>
  void execute(F&& f) const {
    in_task<std::decay_t<F>> function{task_, std::forward<F>(f)};
    if (std::exchange(launching(), false)) {
      asio::require(inner_, asio::execution::blocking.never).execute(std::move(function));
    } else {
      inner_.execute(std::move(function));
    }
  }

  friend bool operator==(const ctx_executor& a, const ctx_executor& b) noexcept {
    return a.inner_ == b.inner_ && a.task_ == b.task_;
  }
  friend bool operator!=(const ctx_executor& a, const ctx_executor& b) noexcept {
    return !(a == b);
  }

 private:
  template <class Other>
  ctx_executor<Other> rebind(Other other) const noexcept {
    return {std::move(other), task_};
  }
  Inner inner_;
  task_ref task_;
};

}  // namespace comcp::detail

#endif
