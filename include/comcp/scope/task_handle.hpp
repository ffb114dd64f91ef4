#ifndef COMCP_SCOPE_TASK_HANDLE_HPP
#define COMCP_SCOPE_TASK_HANDLE_HPP

// Children of a task group that somebody waits for: task_group::spawn() and task_group::start().

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>

#include "comcp/scope/detail/intrusive_list.hpp"
#include "comcp/scope/task_group.hpp"

namespace comcp {

enum class task_state : std::uint8_t { running, finished, failed, cancelled };

namespace detail {

struct wait_tag;

/// Before work is started that a cancelled caller couldn't wait for.
void throw_if_cancelled(task_ctx& task);

/// A child with a scope of its own. Kept alive by its task and by whoever waits for it.
class child_core : public task_owner, public std::enable_shared_from_this<child_core> {
 public:
  child_core(group_core& group, std::string_view name);
  child_core(const child_core&) = delete;
  child_core& operator=(const child_core&) = delete;
  virtual ~child_core();

  task_state state() const noexcept { return state_; }
  const std::exception_ptr& error() const noexcept { return error_; }
  void cancel(std::string_view reason) noexcept;
  /// Returns when the child has ended, however.
  awaitable<void> wait();

  template <class F>
  void launch_child(F body, std::string_view name) {
    start_task(group_->shard(), *scope_, *this, std::move(body), name);
    launched();
  }

 protected:
  group_core* group_;

 private:
  friend struct child_wait;
  void launched() noexcept;
  void task_done(task_ctx& task, std::exception_ptr error) noexcept final;
  void task_abandoned() noexcept final;
  /// The child has ended. Returns whether the group shall know of an error.
  virtual bool on_end() noexcept { return true; }

  cancel_scope* scope_;  // null when the task has ended
  std::shared_ptr<child_core> self_;
  intrusive_list<parked, wait_tag> waiters_;
  std::exception_ptr error_;
  task_state state_ = task_state::running;
};

template <class T>
class spawned final : public child_core {
 public:
  using child_core::child_core;
  std::optional<std::conditional_t<std::is_void_v<T>, bool, T>> value;
};

template <class T, class F>
awaitable<void> run_spawned(std::shared_ptr<spawned<T>> child, F body) {
  if constexpr (std::is_void_v<T>) {
    co_await std::invoke(body);
    child->value = true;
  } else {
    child->value.emplace(co_await std::invoke(body));
  }
}

template <class T>
awaitable<T> take_result(std::shared_ptr<spawned<T>> child) {
  if (child->state() == task_state::running) co_await child->wait();
  if (child->state() == task_state::cancelled) throw task_cancelled{};
  if (child->error()) std::rethrow_exception(child->error());
  if (!child->value) throw std::logic_error{"comcp: the result of this task was taken before"};
  if constexpr (!std::is_void_v<T>) {
    T value = std::move(*child->value);
    child->value.reset();
    co_return value;
  }
}

/// A child that a task waits for until it says that it has started.
class starting_core : public child_core {
 public:
  using child_core::child_core;
  bool has_started() const noexcept { return started_; }
  /// Returns after started(). Throws the child's error when it ended before, `cancelled` when the
  /// caller was cancelled, task_cancelled when only the child was, std::logic_error when the child
  /// ended without a word.
  awaitable<void> wait_started();

 protected:
  void set_started() noexcept;

 private:
  friend struct start_wait;
  bool on_end() noexcept override;
  parked* caller_ = nullptr;
  bool started_ = false;
  bool caller_cancelled_ = false;
};

template <class V>
class starting final : public starting_core {
 public:
  using starting_core::starting_core;
  template <class... A>
  void started(A&&... value) {
    value_.emplace(std::forward<A>(value)...);
    set_started();
  }
  std::optional<std::conditional_t<std::is_void_v<V>, bool, V>> value_;
};

template <class V, class F>
awaitable<void> run_starting(task_status<V> status, F body) {
  co_await std::invoke(body, std::move(status));
}

/// In the frame of the caller: when that goes before the child has started, nobody waits for it.
class start_guard {
 public:
  explicit start_guard(std::shared_ptr<starting_core> child) noexcept : child_{std::move(child)} {}
  start_guard(start_guard&&) noexcept = default;
  start_guard& operator=(start_guard&&) = delete;
  ~start_guard() {
    if (child_ && !child_->has_started()) child_->cancel("nobody waits for the start");
  }

 private:
  std::shared_ptr<starting_core> child_;
};

template <class V>
awaitable<V> wait_started(std::shared_ptr<starting<V>> child, start_guard) {
  co_await child->wait_started();
  if constexpr (!std::is_void_v<V>) co_return std::move(*child->value_);
}

}  // namespace detail

/** Says once that a child of task_group::start() is ready. Move-only.

    Dropped without started(): the caller goes on waiting until the child has ended, and then gets a
    std::logic_error.
*/
template <class V>
class task_status {
 public:
  explicit task_status(std::shared_ptr<detail::starting<V>> child) noexcept
      : child_{std::move(child)} {}
  task_status(task_status&&) noexcept = default;
  task_status& operator=(task_status&&) noexcept = default;

  /// Consumes the status: a second call can't be written.
  template <class... A>
    requires(std::is_void_v<V> ? sizeof...(A) == 0 : std::is_constructible_v<V, A...>)
  void started(A&&... value) && {
    auto child = std::move(child_);
    if (!child) throw std::logic_error{"comcp: started() was called on a moved-from task_status"};
    if constexpr (std::is_void_v<V>) {
      child->started(true);
    } else {
      child->started(std::forward<A>(value)...);
    }
  }

 private:
  std::shared_ptr<detail::starting<V>> child_;
};

/// A child of a task group. The handle may outlive the group.
template <class T>
class task_handle {
 public:
  explicit task_handle(std::shared_ptr<detail::spawned<T>> child) noexcept
      : child_{std::move(child)} {}

  task_state status() const noexcept { return child_->state(); }
  /// Cancels this child only. No effect when it has ended.
  void cancel(std::string_view reason = {}) noexcept { child_->cancel(reason); }
  /// Returns when the child has ended; does not throw its error.
  awaitable<void> wait() { return child_->wait(); }
  /// The child's value or error; throws task_cancelled when it was cancelled. The value can be
  /// taken once.
  awaitable<T> result() { return detail::take_result(child_); }
  /// Null while it runs and when it succeeded.
  std::exception_ptr error() const noexcept { return child_->error(); }

 private:
  std::shared_ptr<detail::spawned<T>> child_;
};

template <class F>
task_handle<body_value<F>> task_group::spawn(F body, std::string_view name) {
  using T = body_value<F>;
  core_.check_open();
  auto child = std::make_shared<detail::spawned<T>>(core_, name);
  child->launch_child(
      [child, body = std::move(body)]() mutable {
        return detail::run_spawned<T>(std::move(child), std::move(body));
      },
      name);
  return task_handle<T>{std::move(child)};
}

template <class V, class F>
awaitable<V> task_group::start(F body, std::string_view name) {
  core_.check_open();
  detail::throw_if_cancelled(detail::this_task());
  auto child = std::make_shared<detail::starting<V>>(core_, name);
  child->launch_child(
      [status = task_status<V>{child}, body = std::move(body)]() mutable {
        return detail::run_starting<V>(std::move(status), std::move(body));
      },
      name);
  detail::start_guard guard{child};
  return detail::wait_started<V>(std::move(child), std::move(guard));
}

}  // namespace comcp

#endif
