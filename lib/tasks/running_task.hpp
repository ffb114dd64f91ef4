#ifndef COMCP_LIB_TASKS_RUNNING_TASK_HPP
#define COMCP_LIB_TASKS_RUNNING_TASK_HPP

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "comcp/awaitable.hpp"
#include "comcp/json/value.hpp"
#include "comcp/scope/semaphore.hpp"
#include "comcp/session/session.hpp"
#include "comcp/tasks/task_store.hpp"
#include "server/detached_call.hpp"
#include "tasks/task_engine.hpp"

namespace comcp::detail {

/** A tool's handler that runs as a task: what it does stands in its record.

    @par Thread safety its home shard; what says so from any thread
*/
class running_task final : public detached_call {
 public:
  running_task(std::shared_ptr<task_engine> engine,
               task_engine::place place,
               const task_record& record,
               tool_call call,
               const request_context& from);

  /// Starts it below the root scope of this shard.
  void start() { detached_call::start("task", ttl_); }

  // From any thread.
  const std::string& id() const noexcept { return id_; }
  const std::string& owner() const noexcept { return owner_; }
  /// Its handler has ended, and its record says how if the store could keep it.
  bool has_ended() const noexcept { return has_ended_; }
  /// Its place is free; for one that could not be started, too.
  void left() noexcept override;
  void mail_came_back() noexcept override;
  /// Cancels it, and nobody will ask for the task: it leaves the store.
  void forget();
  /// Tells the client of its status (2025-11-25).
  void tell(const task_record& now);

  /// Gives the answers to whom they belong, and shows it in the record.
  awaitable<void> take(json::object answers);

  // request_channel
  awaitable<send_status> notify(std::string method, json::value params) override;

 private:
  void opened(const question& asked) override;
  /// Brings the record's status and questions up to what is open.
  awaitable<void> questions_changed() override;
  awaitable<void> ended() override;
  awaitable<std::optional<task_record>> update_at_last(task_store::change how);
  bool is_legacy() const noexcept { return rules_.tasks_in_core; }

  const std::shared_ptr<task_engine> engine_;
  task_engine::place place_;
  const std::string id_;
  const std::string owner_;
  const std::optional<std::chrono::milliseconds> ttl_;
  const protocol::rules& rules_;
  const std::shared_ptr<session> conversation_;  // null: modern
  semaphore writing_{1};                         // no lock: operands of && ask in the same task
  std::atomic<bool> forget_{false};
  std::atomic<bool> has_ended_{false};
};

}  // namespace comcp::detail

#endif
