#ifndef COMCP_SCOPE_SHARD_HPP
#define COMCP_SCOPE_SHARD_HPP

// One thread's world: an io_context, a clock, a heap of deadlines and the root of a tree of scopes.

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/scope/cancel_scope.hpp"
#include "comcp/scope/clock.hpp"
#include "comcp/scope/detail/run_task.hpp"
#include "comcp/scope/detail/unique_function.hpp"
#include "comcp/scope/tree_format.hpp"

namespace boost::asio {
class io_context;
}

namespace comcp {

class blocking_pool;

/** Runs tasks on one io_context that one thread runs.

    Everything made on a shard stays on it. When it dies all its tasks must have ended, unless it
    owns its io_context: then they are destroyed with it, children before those who wait for them. Only
    tasks that have not begun, or are in an operation of Asio itself, come last: they should own what they
    use.

    @par Thread safety post() and cancel() from any thread; everything else from the shard's thread,
                       or before that thread runs
*/
class shard {
 public:
  /// With an io_context of its own.
  explicit shard(clock& time_source = system_clock());
  /// Embedded in an io_context of the user, which at most one thread runs and which outlives it.
  explicit shard(asio::io_context& context, clock& time_source = system_clock());
  ~shard();
  shard(const shard&) = delete;
  shard& operator=(const shard&) = delete;

  asio::io_context& context() const noexcept;
  clock& time_source() const noexcept;
  time_point now() const noexcept { return time_source().now(); }
  /// Position in its runtime; 0 when there is none.
  std::size_t index() const noexcept;

  /// Runs the function on the shard's thread in a later turn, outside of any task. Thread-safe.
  void post(detail::unique_function function);

  /** Starts a task directly below the root scope.

      @param on_end called on the shard when it has ended, with its error (null: none). A
                    cancellation is no error. Without it an error is printed to stderr.
  */
  template <class F>
  void start_root(F body,
                  std::string_view name = "root",
                  std::function<void(std::exception_ptr)> on_end = {}) {
    detail::task_ctx& task = make_root(name, std::move(on_end));
    try {
      detail::launch(task, detail::run_task(task, std::move(body)));
    } catch (...) {
      drop_root(task);
      throw;
    }
  }

  cancel_scope& root_scope() noexcept;
  /// Cancels the root scope; stays cancelled. Thread-safe.
  void cancel(std::string_view reason = {});

  /// The pool for run_blocking(). The runtime's, or one of its own made at the first use.
  blocking_pool& pool();
  void pool(blocking_pool& shared) noexcept;

  std::size_t live_tasks() const noexcept;
  /// Without the root.
  std::size_t live_scopes() const noexcept;
  /// The live tree: each scope with age, deadline and state, each task and what it waits for.
  std::string dump_scopes(tree_format format = tree_format::text) const;

  detail::shard_impl& impl() const noexcept { return *impl_; }

 private:
  detail::task_ctx& make_root(std::string_view name,
                              std::function<void(std::exception_ptr)> on_end);
  /// It could not be launched.
  static void drop_root(detail::task_ctx& task) noexcept;

  std::unique_ptr<detail::shard_impl> impl_;
};

/// The shard of the calling task, or of the loop that runs on this thread. Throws std::logic_error
/// when there is none.
shard& this_shard();

}  // namespace comcp

#endif
