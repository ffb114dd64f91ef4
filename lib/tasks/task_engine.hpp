#ifndef COMCP_LIB_TASKS_TASK_ENGINE_HPP
#define COMCP_LIB_TASKS_TASK_ENGINE_HPP

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "comcp/awaitable.hpp"
#include "comcp/server/bus.hpp"
#include "comcp/session/request_context.hpp"
#include "comcp/tasks/task_store.hpp"
#include "comcp/tasks/tasks.hpp"
#include "server/waiters.hpp"

namespace comcp {
class server;
class session;
}  // namespace comcp

namespace comcp::detail {

class running_task;

/** What the methods of tasks and the running ones share: who may see what, which task runs here, who
    waits for it.

    @par Thread safety all of it
*/
class task_engine : public std::enable_shared_from_this<task_engine> {
 public:
  explicit task_engine(tasks_options o);
  task_engine(const task_engine&) = delete;
  task_engine& operator=(const task_engine&) = delete;

  const tasks_options options;
  const std::shared_ptr<task_store> store;
  detail::waiters waiters;

  /// Where changes are told from now on.
  void attach(bus& changes);

  /// Whose tasks this request may see and make.
  std::string owner_of(const request_context& context) const;
  task_record new_record(const request_context& context,
                         std::optional<std::chrono::milliseconds> wanted_ttl) const;
  /// The task, if it is the caller's. Throws request_error -32602 (S-TASK-03, S-TASK-14, S-TASK-20).
  awaitable<task_record> known(std::string id, const request_context& context) const;

  /// A place among the running ones.
  class place {
   public:
    place() = default;
    explicit place(task_engine& of) noexcept : of_(&of) {}
    place(place&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    place& operator=(place&&) = delete;
    ~place();
    explicit operator bool() const noexcept { return of_ != nullptr; }

   private:
    task_engine* of_ = nullptr;
  };
  place try_enter() noexcept;
  std::size_t running() const noexcept { return running_.load(); }

  void started(std::shared_ptr<running_task> task);
  void ended(const running_task& task) noexcept;
  /// The task, if its handler runs in this process, or its client has not yet heard all of it.
  std::shared_ptr<running_task> local(std::string_view id) const;
  /// Its client has heard all of it.
  void heard_out(const running_task& task);

  /// Tells whoever wants to know.
  void changed(const task_record& task);

  /// Nobody can ask for its tasks any more. On its shard.
  void session_ended(session& s);
  /// Cancels all and waits for their ends.
  awaitable<void> stop();

 private:
  std::string owner_of(const session& s) const;
  std::vector<std::shared_ptr<running_task>> all_local() const;

  const std::string process_;  // makes session numbers unique among processes
  std::atomic<std::size_t> running_{0};
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<running_task>> local_;
  std::deque<std::string> unheard_;           // those in local_ that have ended
  std::unordered_set<std::string> sessions_;  // that own tasks
  bus* changes_ = nullptr;
  std::shared_ptr<void> hearing_;  // last: ends first
};

}  // namespace comcp::detail

#endif
