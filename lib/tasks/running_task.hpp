#ifndef COMCP_LIB_TASKS_RUNNING_TASK_HPP
#define COMCP_LIB_TASKS_RUNNING_TASK_HPP

#include <atomic>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "comcp/awaitable.hpp"
#include "comcp/json/value.hpp"
#include "comcp/scope/cancel_scope.hpp"
#include "comcp/scope/event.hpp"
#include "comcp/scope/lock.hpp"
#include "comcp/server/tool_call.hpp"
#include "comcp/session/detached_request.hpp"
#include "comcp/session/session.hpp"
#include "comcp/tasks/task_store.hpp"
#include "tasks/task_engine.hpp"
#include "tasks/task_mail.hpp"

namespace comcp::detail {

/** A tool's handler that runs as a task, and its way to the client.

    @par Thread safety its home shard; what says so from any thread
*/
class running_task final : public request_channel,
                           public std::enable_shared_from_this<running_task> {
 public:
  running_task(std::shared_ptr<task_engine> engine,
               task_engine::place place,
               const task_record& record,
               tool_call call,
               const request_context& from);

  /// Starts it below the root scope of this shard.
  void start();

  // From any thread.
  const std::string& id() const noexcept { return id_; }
  const std::string& owner() const noexcept { return owner_; }
  shard& home() const noexcept { return home_; }
  task_mail& mail() noexcept { return mail_; }
  /// @param forget nobody will ask for the task: it leaves the store
  void cancel(bool forget = false);
  /// Tells the client of its status (2025-11-25).
  void tell(const task_record& now);

  /// What is wrong with the answers to open questions; others are ignored.
  std::optional<std::string> complaint(const json::object& answers) const;
  /// Gives the answers to whom they belong, and shows it in the record.
  awaitable<void> take(json::object answers);
  /// The end of a question that went out.
  void resolve(const std::string& key, json::value answer, std::exception_ptr failure);

  // request_channel
  awaitable<json::value> ask(const question& asked) override;
  awaitable<send_status> notify(std::string method, json::value params) override;

 private:
  class open_question {
   public:
    explicit open_question(const question& q) : asked(q) {}
    const question& asked;
    event done;
    json::value answer;
    std::exception_ptr failure;
  };

  awaitable<void> run();
  awaitable<void> work();
  awaitable<void> finish();
  /// Brings the record's status and questions up to what is open.
  awaitable<void> refresh();
  bool is_legacy() const noexcept { return rules_.tasks_in_core; }

  const std::shared_ptr<task_engine> engine_;
  task_engine::place place_;
  const std::string id_;
  const std::string owner_;
  const std::optional<std::chrono::milliseconds> ttl_;
  shard& home_;
  const protocol::rules& rules_;
  const std::shared_ptr<session> conversation_;  // null: modern
  std::optional<tool_call> call_;                // until the end
  std::optional<detached_request> request_;
  std::optional<call_outcome> outcome_;
  bool out_of_time_ = false;
  std::map<std::string, open_question*, std::less<>> open_;
  lock refreshing_;
  task_mail mail_;

  std::mutex cancelling_;
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> forget_{false};
  remote_canceller scope_;
};

}  // namespace comcp::detail

#endif
