#ifndef COMCP_SCOPE_WITH_SCOPE_HPP
#define COMCP_SCOPE_WITH_SCOPE_HPP

// Opens a cancel scope for the time of a body: the only way to get one. The body is called with
// `cancel_scope&`, or with nothing. Await the result at once, in the task that made it.
//
// GCC 12.2: don't write a lambda with by-value captures inside the co_await expression. Capture by
// reference, or name the lambda first and move it in.

#include <boost/asio/this_coro.hpp>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/scope/cancel_scope.hpp"
#include "comcp/scope/detail/body_traits.hpp"
#include "comcp/scope/detail/branch.hpp"
#include "comcp/scope/detail/scope_guard.hpp"
#include "comcp/scope/errors.hpp"

namespace comcp {

namespace detail {

/// Runs the body; absorbs this scope's own cancellation and says so.
template <class F>
awaitable<scope_result<F>> run_scope(scope_guard guard, F body) {
  if (!guard.begin(co_await asio::this_coro::cancellation_state)) {
    auto other = std::make_shared<branch<scope_result<F>>>(guard);
    auto moved = run_scope<F>(std::move(guard), std::move(body));
    co_return co_await run_branch(std::move(other), std::move(moved));
  }
  scope_result<F> result{};
  try {
    if constexpr (std::is_void_v<body_value<F>>) {
      co_await call_body(body, guard.scope());
      result = true;
    } else {
      result.emplace(co_await call_body(body, guard.scope()));
    }
  } catch (...) {
    guard.on_exception();
  }
  guard.leave();
  co_return result;
}

enum class on_timeout { pass, raise };

/// Runs the body for its value.
template <on_timeout Timeout, class F>
awaitable<body_value<F>> run_scope_value(scope_guard guard, F body) {
  if (!guard.begin(co_await asio::this_coro::cancellation_state)) {
    auto other = std::make_shared<branch<body_value<F>>>(guard);
    auto moved = run_scope_value<Timeout, F>(std::move(guard), std::move(body));
    co_return co_await run_branch(std::move(other), std::move(moved));
  }
  using value_type = body_value<F>;
  std::optional<std::conditional_t<std::is_void_v<value_type>, bool, value_type>> value;
  try {
    if constexpr (std::is_void_v<value_type>) {
      co_await call_body(body, guard.scope());
    } else {
      value.emplace(co_await call_body(body, guard.scope()));
    }
  } catch (...) {
    guard.on_exception();
  }
  guard.leave();
  if constexpr (Timeout == on_timeout::raise) guard.throw_if_timed_out();
  if constexpr (!std::is_void_v<value_type>) {
    if (!value) guard.throw_no_value();
    co_return std::move(*value);
  }
}

}  // namespace detail

/** Runs the body in a scope of its own.

    A scope absorbs a cancellation when it was itself cancelled, the body ended with one, and no
    cancelled outer scope is visible through shields. Everything else passes unchanged.

    @par Completion    void body: true, or false when a cancellation was absorbed. Otherwise an
                       optional, empty when a cancellation was absorbed.
    @par Cancellation  entering never throws: the body runs to its first suspension
    @par Preconditions called in a task, awaited at once (std::logic_error)
*/
template <class F>
awaitable<scope_result<F>> with_cancel_scope(F body, scope_options options = {}) {
  return detail::run_scope(detail::scope_guard{options}, std::move(body));
}

/// Ends the body quietly when it takes longer. A limit of zero or less stops at the first
/// suspension.
template <class F>
awaitable<scope_result<F>> move_on_after(duration limit, F body, scope_options options = {}) {
  options.after(limit);
  return detail::run_scope(detail::scope_guard{options}, std::move(body));
}

/// Throws timeout_error when the body takes longer. An explicit cancel() of the scope does not: the
/// call then returns (void body) or throws cancelled, for want of a value.
template <class F>
awaitable<body_value<F>> fail_after(duration limit, F body, scope_options options = {}) {
  options.after(limit);
  return detail::run_scope_value<detail::on_timeout::raise>(detail::scope_guard{options},
                                                            std::move(body));
}

/** Runs the body out of reach of cancellation from outside. Give it a deadline.

    Not behind a cancellation that an operand of `&&` or `||` has caught: Asio lets one that lost await
    nothing more. with_cleanup() does it there, too. */
template <class F>
awaitable<body_value<F>> shielded(F body, scope_options options = {}) {
  options.shield();
  return detail::run_scope_value<detail::on_timeout::pass>(detail::scope_guard{options},
                                                           std::move(body));
}

/** Runs the body, then the cleanup, however the body ended.

    The cleanup is shielded and limited in time. The body's error is thrown on; an error of the
    cleanup replaces a cancellation, and joins another error in an exception_group. The cleanup runs
    whenever the body was started, also in an operand of `&&` or `||` that lost.
*/
template <class B, class C>
awaitable<body_value<B>> with_cleanup(B body, C cleanup, duration limit);

namespace detail {
/// The error to throw after body and cleanup, null when neither failed.
std::exception_ptr join_errors(std::exception_ptr body, std::exception_ptr cleanup);
}  // namespace detail

template <class B, class C>
awaitable<body_value<B>> with_cleanup(B body, C cleanup, duration limit) {
  using value_type = body_value<B>;
  std::optional<std::conditional_t<std::is_void_v<value_type>, bool, value_type>> value;
  std::exception_ptr failed;
  std::exception_ptr cleanup_failed;
  try {
    if constexpr (std::is_void_v<value_type>) {
      co_await detail::call_body(body, current_scope());
    } else {
      value.emplace(co_await detail::call_body(body, current_scope()));
    }
  } catch (...) {
    failed = std::current_exception();
  }
  // Asio lets an operand of && or || that lost await nothing more; the shield is a task of its own there.
  const bool own = detail::this_task().owns(co_await asio::this_coro::cancellation_state);
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(throws && own);
  try {
    co_await shielded(std::ref(cleanup), scope_options().after(limit).name("cleanup"));
  } catch (...) {
    cleanup_failed = std::current_exception();
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
  if (std::exception_ptr e = detail::join_errors(std::move(failed), std::move(cleanup_failed))) {
    std::rethrow_exception(std::move(e));
  }
  if constexpr (!std::is_void_v<value_type>) co_return std::move(*value);
}

}  // namespace comcp

#endif
