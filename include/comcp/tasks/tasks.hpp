#ifndef COMCP_TASKS_TASKS_HPP
#define COMCP_TASKS_TASKS_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/server/extension.hpp"
#include "comcp/tasks/task_store.hpp"

namespace comcp {

namespace detail {
class task_engine;
}

/** Options of tasks. Every limit has a default. */
class tasks_options {
 public:
  using milliseconds = std::chrono::milliseconds;

  tasks_options() = default;

  /// Default: a memory_task_store.
  tasks_options& store(std::shared_ptr<task_store> s) { return store_ = std::move(s), *this; }
  /// How long a task is kept from its creation on, where the client doesn't say (1 h). Its handler is
  /// cancelled then. Nothing: for ever.
  tasks_options& ttl(std::optional<milliseconds> t) {
    return ttl_ = t ? std::min(*t, longest) : t, *this;
  }
  /// The longest that a client may ask for (24 h).
  tasks_options& max_ttl(milliseconds t) { return max_ttl_ = std::min(t, longest), *this; }
  /// How often clients should ask (500 ms).
  tasks_options& poll_interval(milliseconds t) { return poll_interval_ = t, *this; }
  /// Tasks that run at once (1024), each also one of `server_options::max_concurrent_calls` except while it
  /// waits for answers of its client. Beyond it a call whose tool also runs without a task does so, where
  /// the server decides; others are refused with -32603.
  tasks_options& max_running(std::size_t n) { return max_running_ = n, *this; }
  /// Messages that wait for a client to call `tasks/result` (64 of each task); the oldest go first.
  tasks_options& max_queued_messages(std::size_t n) { return max_messages_ = n, *this; }
  /// Tasks that one listen stream may ask for (1024).
  tasks_options& max_listened(std::size_t n) { return max_listened_ = n, *this; }
  /// Tasks on a page of `tasks/list` (100).
  tasks_options& page_size(std::size_t n) { return page_size_ = n == 0 ? 1 : n, *this; }
  /// What `createdAt` says; for tests. Called on every shard.
  tasks_options& clock(task_store_limits::wall_clock c) { return clock_ = std::move(c), *this; }

  const std::shared_ptr<task_store>& store() const noexcept { return store_; }
  const std::optional<milliseconds>& ttl() const noexcept { return ttl_; }
  milliseconds max_ttl() const noexcept { return max_ttl_; }
  milliseconds poll_interval() const noexcept { return poll_interval_; }
  std::size_t max_running() const noexcept { return max_running_; }
  std::size_t max_queued_messages() const noexcept { return max_messages_; }
  std::size_t max_listened() const noexcept { return max_listened_; }
  std::size_t page_size() const noexcept { return page_size_; }
  task_record::time now() const { return clock_ ? clock_() : std::chrono::system_clock::now(); }

 private:
  static constexpr milliseconds longest = std::chrono::years(100);
  std::shared_ptr<task_store> store_;
  std::optional<milliseconds> ttl_ = std::chrono::hours(1);
  milliseconds max_ttl_ = std::chrono::hours(24);
  milliseconds poll_interval_{500};
  std::size_t max_running_ = 1024;
  std::size_t max_messages_ = 64;
  std::size_t max_listened_ = 1024;
  std::size_t page_size_ = 100;
  task_store_limits::wall_clock clock_;
};

/** Tool calls that go on while their client does something else: `io.modelcontextprotocol/tasks` of
    2026-07-28, and the experimental tasks of 2025-11-25.

    @code
    server.extend(comcp::tasks::make());
    server.tool("render", "Renders a scene", render, comcp::tool_options().task(comcp::task_support::optional));
    @endcode
    The handler stays as it is. It runs on its shard below the root scope, apart from the request that
    started it, until it ends, the client cancels the task, its time is over, or the server stops. What it
    asks its client is handed on when the client comes for the task.

    A task belongs to the principal that started it; without authorization to its session, with which it
    ends; without both to whoever knows its id, which can't be guessed.

    Instances that share a store and a bus see each other's tasks. Answers and cancellations reach
    the handler on the instance that runs it alone.

    @see docs/tasks.md, lib/tasks/DESIGN.md, test/tasks/
*/
class tasks final : public extension {
 public:
  static std::shared_ptr<tasks> make(tasks_options options = {});
  explicit tasks(tasks_options options);
  ~tasks() override;

  /// Tasks whose handler runs now.
  std::size_t running() const noexcept;

  void describe(protocol::server_capabilities& offered, const protocol::rules& r) const override;
  bool takes(const tool_call& call, const request_context& context) override;
  awaitable<json::object> answer(tool_call call, request_context& context) override;
  awaitable<void> on_listen(listen_wish& wish, request_context& context) override;
  void attached(server& to) override;

 private:
  const std::shared_ptr<detail::task_engine> engine_;
};

}  // namespace comcp

#endif
