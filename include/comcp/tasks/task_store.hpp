#ifndef COMCP_TASKS_TASK_STORE_HPP
#define COMCP_TASKS_TASK_STORE_HPP

// What is kept of tasks, and where.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "comcp/awaitable.hpp"
#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"

namespace comcp {

/** All that is known of a task. */
class task_record {
 public:
  using time = std::chrono::system_clock::time_point;
  /// Those behind `input_required` are final.
  enum class stage : std::uint8_t { working, input_required, completed, failed, cancelled };

  task_record() = default;

  std::string id;     ///< unpredictable
  std::string owner;  ///< who may ask for it: an opaque text, compared as a whole
  stage status = stage::working;
  std::string message;  ///< for people; empty: none
  time created{};
  time updated{};
  std::optional<std::chrono::milliseconds> ttl;  ///< from `created` on; nothing: kept for ever
  std::chrono::milliseconds poll_interval{0};
  json::object input_requests;  ///< key -> {method, params}: what the client is to answer
  json::object result;          ///< `completed`: the tool's, as the revision of its call writes it
  jsonrpc::error_object error;  ///< `failed`

  bool over() const noexcept { return status > stage::input_required; }
  /// Sorts tasks by age, as text.
  std::string place() const;
};

/** Keeps tasks. The default is a memory_task_store; one on a database lets results outlive the process.

    @par Thread safety every function on every shard, at once
    @par Errors        what a function throws fails the request that needed it, with -32603; the end of a task is
                       tried again for three seconds, then the task stays `working` until its ttl
    @par Cancellation  that of the request; a change that was begun may be made or not
*/
class task_store {
 public:
  /// Changes a record, and says whether it did. May be called again with a fresh one.
  using change = std::function<bool(task_record&)>;

  task_store() = default;
  task_store(const task_store&) = delete;
  task_store& operator=(const task_store&) = delete;
  virtual ~task_store() = default;

  /// Keeps a new task before it returns: `find` knows it from then on. False: there is no room.
  virtual awaitable<bool> add(task_record task) = 0;
  /// Nothing: unknown, or expired.
  virtual awaitable<std::optional<task_record>> find(std::string id) = 0;
  /// Changes a task, one change after the other; returns it as it is then. Nothing: as with `find`.
  virtual awaitable<std::optional<task_record>> update(std::string id, change how) = 0;
  /// Up to `limit` tasks of an owner behind a `place`, in their order.
  virtual awaitable<std::vector<task_record>> list(std::string owner,
                                                   std::string after,
                                                   std::size_t limit) = 0;
  /// Forgets it, if it is known.
  virtual awaitable<void> remove(std::string id) = 0;
};

/** Bounds of a memory_task_store. */
class task_store_limits {
 public:
  using wall_clock = std::function<task_record::time()>;

  task_store_limits() = default;
  /// Tasks at once (10,000); more are refused.
  task_store_limits& max_tasks(std::size_t n) { return tasks_ = n, *this; }
  /// Bytes of all results and questions, as JSON text (256 MiB). A result beyond it fails its task.
  task_store_limits& max_bytes(std::size_t n) { return bytes_ = n, *this; }
  /// The time that tasks expire by; for tests. Called on every shard.
  task_store_limits& clock(wall_clock c) { return clock_ = std::move(c), *this; }

  std::size_t max_tasks() const noexcept { return tasks_; }
  std::size_t max_bytes() const noexcept { return bytes_; }
  task_record::time now() const { return clock_ ? clock_() : std::chrono::system_clock::now(); }

 private:
  std::size_t tasks_ = 10'000;
  std::size_t bytes_ = std::size_t{256} * 1024 * 1024;
  wall_clock clock_;
};

/** In memory: tasks end with the process. Expired ones are dropped at the next change. */
class memory_task_store final : public task_store {
 public:
  explicit memory_task_store(task_store_limits limits = {});
  ~memory_task_store() override;

  awaitable<bool> add(task_record task) override;
  awaitable<std::optional<task_record>> find(std::string id) override;
  awaitable<std::optional<task_record>> update(std::string id, change how) override;
  awaitable<std::vector<task_record>> list(std::string owner,
                                           std::string after,
                                           std::size_t limit) override;
  awaitable<void> remove(std::string id) override;

  std::size_t count() const;
  std::size_t bytes() const;

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace comcp

#endif
