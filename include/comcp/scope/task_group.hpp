#ifndef COMCP_SCOPE_TASK_GROUP_HPP
#define COMCP_SCOPE_TASK_GROUP_HPP

// Concurrent tasks that can't outlive the block that started them.

#include <boost/asio/this_coro.hpp>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "comcp/awaitable.hpp"
#include "comcp/scope/cancel_scope.hpp"
#include "comcp/scope/detail/body_traits.hpp"
#include "comcp/scope/detail/branch.hpp"
#include "comcp/scope/detail/run_task.hpp"
#include "comcp/scope/detail/scope_guard.hpp"
#include "comcp/scope/errors.hpp"

namespace comcp {

template <class T>
class task_handle;
template <class V>
class task_status;

namespace detail {

class parked;

/// Bookkeeping of a task group, without templates.
class group_core final : public task_owner {
 public:
  explicit group_core(scope_guard& guard) noexcept : guard_{guard} {}
  group_core(const group_core&) = delete;
  group_core& operator=(const group_core&) = delete;
  ~group_core();

  cancel_scope& scope() const noexcept { return guard_.scope(); }
  shard_impl& shard() const noexcept { return guard_.task().shard(); }
  scope_tree& guard_tree() const noexcept { return guard_.task().tree(); }
  std::size_t children() const noexcept { return children_; }

  /// Throws std::logic_error when the group is closed.
  void check_open() const;
  void child_added() noexcept { ++children_; }
  void child_dropped() noexcept { --children_; }
  /// Inside a catch block of the host.
  void host_failed() noexcept;
  /// The error counts for the group: recorded and siblings cancelled, unless it is a cancellation
  /// that the scope explains.
  void child_failed(std::exception_ptr error, bool explained) noexcept;
  void child_gone() noexcept;

  /// Waits until there is no child, at least for one turn. Never throws, can't be cancelled.
  awaitable<void> join();
  /// No more children from now on.
  void close() noexcept { open_ = false; }
  /// Closes the group, leaves the scope; throws what the group ends with.
  void finish(bool has_value);

 private:
  friend struct join_wait;
  void task_done(task_ctx& task, std::exception_ptr error) noexcept override;
  /// The error without the cancellations that the scope explains; null when nothing is left.
  static std::exception_ptr without_explained(std::exception_ptr error, bool explained);

  scope_guard& guard_;
  std::size_t children_ = 0;
  parked* joiner_ = nullptr;
  std::exception_ptr host_error_;
  std::exception_ptr host_cancelled_;  // what the scope explains
  std::vector<std::exception_ptr> errors_;
  bool cancelled_while_joining_ = false;
  bool open_ = true;
};

}  // namespace detail

namespace detail {
group_core& core_of(task_group& group) noexcept;
template <class F>
awaitable<body_value<F, task_group>> run_group(scope_guard guard, F body);
}  // namespace detail

/** Starts tasks; they all have ended when with_task_group() returns.

    The first error of the host or of a child cancels the rest; all errors leave together in an
    exception_group. Cancellations are not errors.

    Objects that a child captures by reference must live outside of the with_task_group() body: its
    own locals die before the children are joined. Prefer moving values into the closure, which the
    group keeps until the child has ended.
*/
class task_group {
 public:
  task_group(const task_group&) = delete;
  task_group& operator=(const task_group&) = delete;

  cancel_scope& scope() const noexcept { return core_.scope(); }
  void cancel(std::string_view reason = {}) noexcept { core_.scope().cancel(reason); }
  std::size_t children() const noexcept { return core_.children(); }

  /** Starts a child. It begins in a later turn, inside the group's scope.

      Throws std::logic_error when the group is closed. The name is copied; its result is ignored.
  */
  template <class F>
  void start_soon(F body, std::string_view name = {}) {
    core_.check_open();
    detail::start_task(core_.shard(), core_.scope(), core_, std::move(body), name);
    core_.child_added();
  }

  /// Starts a child with a scope of its own whose result can be waited for. Its error also counts
  /// for the group.
  template <class F>
  task_handle<body_value<F>> spawn(F body, std::string_view name = {});

  /** Starts a child and waits until it calls task_status::started(); returns that value.

      Until then an error goes to the caller and not to the group, and a cancellation of the caller
      cancels the child, which is waited for.
  */
  template <class V, class F>
  awaitable<V> start(F body, std::string_view name = {});

  /// For the library: made by with_task_group() only.
  explicit task_group(detail::scope_guard& guard) noexcept : core_{guard} {}

 private:
  friend detail::group_core& detail::core_of(task_group&) noexcept;
  detail::group_core core_;
};

inline detail::group_core& detail::core_of(task_group& group) noexcept {
  return group.core_;
}

template <class F>
awaitable<body_value<F, task_group>> detail::run_group(scope_guard guard, F body) {
  if (!guard.begin(co_await asio::this_coro::cancellation_state)) {
    auto other = std::make_shared<branch<body_value<F, task_group>>>(guard);
    auto moved = run_group<F>(std::move(guard), std::move(body));
    co_return co_await run_branch(std::move(other), std::move(moved));
  }
  using value_type = body_value<F, task_group>;
  constexpr bool is_void = std::is_void_v<value_type>;
  std::optional<std::conditional_t<is_void, bool, value_type>> value;
  task_group group{guard};
  group_core& core = core_of(group);
  try {
    if constexpr (is_void) {
      co_await call_body(body, group);
      value = true;
    } else {
      value.emplace(co_await call_body(body, group));
    }
  } catch (...) {
    core.host_failed();
  }
  do {
    co_await core.join();
  } while (core.children() != 0);
  core.finish(is_void || value.has_value());
  if constexpr (!is_void) co_return std::move(*value);
}

/** Runs the body with a task group and waits for all its tasks.

    @par Completion   the body's value; always suspends once
    @par Errors       exception_group with the errors of host and children, even a single one;
                      `cancelled` when the reason lies outside, or when a body with a value was
                      cancelled through the group
*/
template <class F>
awaitable<body_value<F, task_group>> with_task_group(F body, scope_options options = {}) {
  return detail::run_group(detail::scope_guard{options}, std::move(body));
}

}  // namespace comcp

#include "comcp/scope/task_handle.hpp"

#endif
