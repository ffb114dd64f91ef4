#ifndef COMCP_SCOPE_DETAIL_RUN_TASK_HPP
#define COMCP_SCOPE_DETAIL_RUN_TASK_HPP

// The outermost frame of every task.

#include <boost/asio/this_coro.hpp>
#include <functional>
#include <string_view>
#include <utility>

#include "comcp/scope/detail/body_traits.hpp"
#include "comcp/scope/detail/task_ctx.hpp"

namespace comcp::detail {

/** Owns the closure, and lets nothing out.

    Asio 1.81 loses the completion of a coroutine that was cancelled and ends without a context
    switch: its last post throws. Hence everything is caught and throwing is turned off.
*/
template <class F>
awaitable<void> run_task(task_ctx& task, F body) {
  task.on_start(co_await asio::this_coro::cancellation_state);
  try {
    co_await std::invoke(body);
  } catch (...) {
    task.on_error();
  }
  co_await asio::this_coro::throw_if_cancelled(false);
}

template <class F>
void start_task(
    shard_impl& shard, cancel_scope& scope, task_owner& owner, F body, std::string_view name) {
  task_ctx& task = make_task(shard, scope, owner, name);
  try {
    launch(task, run_task(task, std::move(body)));
  } catch (...) {
    drop_task(task);
    throw;
  }
}

}  // namespace comcp::detail

#endif
