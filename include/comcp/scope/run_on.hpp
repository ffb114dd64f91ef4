#ifndef COMCP_SCOPE_RUN_ON_HPP
#define COMCP_SCOPE_RUN_ON_HPP

// The hop to another shard.

#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/scope/detail/body_traits.hpp"
#include "comcp/scope/shard.hpp"

namespace comcp {

namespace detail {

/// Shared by both shards; what only one of them may touch is marked.
class hop {
 public:
  explicit hop(shard& target);
  hop(const hop&) = delete;
  hop& operator=(const hop&) = delete;
  virtual ~hop();

  /// Starts the task over there and waits for its end; forwards a cancellation of the caller.
  awaitable<void> run(std::shared_ptr<hop> self, std::string_view name);

  struct state;

 private:
  /// On the target: makes the coroutine.
  virtual awaitable<void> body() = 0;
  std::unique_ptr<state> state_;
};

template <class F>
class hop_to final : public hop {
 public:
  using value_type = body_value<F>;
  hop_to(shard& target, F&& f) : hop{target}, f_{std::move(f)} {}
  std::optional<std::conditional_t<std::is_void_v<value_type>, bool, value_type>> value;

 private:
  awaitable<void> body() override {
    // The closure dies over there, with what it captured.
    return call(this, std::move(f_));
  }
  static awaitable<void> call(hop_to* self, F f) {
    if constexpr (std::is_void_v<value_type>) {
      co_await std::invoke(f);
      self->value = true;
    } else {
      self->value.emplace(co_await std::invoke(f));
    }
  }
  F f_;
};

template <class F>
awaitable<body_value<F>> run_hop(std::shared_ptr<hop_to<F>> h, std::string_view name) {
  co_await h->run(h, name);
  if (!h->value) throw std::bad_alloc();  // Asio destroyed the task, see lib/scope/DESIGN.md
  if constexpr (!std::is_void_v<body_value<F>>) co_return std::move(*h->value);
}

}  // namespace detail

/** Runs the body as a task of another shard and waits for it.

    The task stands below the root scope of its shard, but only its caller cancels it. Captures and
    result cross threads: they must not be tied to a shard.

    @par Cancellation the caller's cancellation is forwarded; the caller waits until the body ended
    @par Errors       the body's exception
    @param name       shown in the tree of the target; a literal, it is not copied
*/
template <class F>
awaitable<body_value<F>> run_on(shard& target, F body, std::string_view name = "run_on") {
  return detail::run_hop(std::make_shared<detail::hop_to<F>>(target, std::move(body)), name);
}

}  // namespace comcp

#endif
