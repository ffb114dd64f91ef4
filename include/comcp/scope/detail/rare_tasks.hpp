#ifndef COMCP_SCOPE_DETAIL_RARE_TASKS_HPP
#define COMCP_SCOPE_DETAIL_RARE_TASKS_HPP

#include <boost/asio/cancellation_state.hpp>

#include "comcp/awaitable.hpp"
#include "comcp/scope/task_group.hpp"

namespace comcp::detail {

/** A task group in the frame of its host, for one that rarely starts a task: no coroutines of its own, and no
    suspension at the end of a host without tasks.

      rare_tasks tasks;
      if (!tasks.begin(co_await this_coro::cancellation_state)) …  // an operand of && or ||: no place for it
      try {
        co_await work(tasks.group());
      } catch (...) {
        tasks.host_failed();
      }
      while (tasks.running()) co_await tasks.join();
      tasks.finish();  // throws what with_task_group() would
*/
class rare_tasks {
 public:
  explicit rare_tasks(const scope_options& options = {}) : guard_{options}, group_{guard_} {}
  rare_tasks(const rare_tasks&) = delete;
  rare_tasks& operator=(const rare_tasks&) = delete;

  bool begin(const asio::cancellation_state& state) { return guard_.begin(state); }
  task_group& group() noexcept { return group_; }
  /// Inside a catch block.
  void host_failed() noexcept { core_of(group_).host_failed(); }
  bool running() const noexcept { return group_.children() != 0; }
  awaitable<void> join() { return core_of(group_).join(); }
  void finish() { core_of(group_).finish(true); }
  /// Instead of all that, when it could not begin.
  void leave() noexcept { guard_.leave(); }

 private:
  scope_guard guard_;
  task_group group_;
};

}  // namespace comcp::detail

#endif
