#ifndef COMCP_TESTING_VIRTUAL_TIME_HPP
#define COMCP_TESTING_VIRTUAL_TIME_HPP

// Tests that own time: sleeping an hour takes microseconds.

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/scope/clock.hpp"
#include "comcp/scope/shard.hpp"

namespace comcp::testing {

/// Nothing can happen any more and the task has not ended. what() holds the tree of scopes.
class deadlock_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/** A shard with a manual clock, driven by hand.

    run() polls until nothing is ready, then jumps to the earliest deadline, and so on. Work on the
    blocking pool is waited for in real time; for other real I/O hold an expect_io.
*/
class virtual_shard {
 public:
  virtual_shard();
  ~virtual_shard();
  virtual_shard(const virtual_shard&) = delete;
  virtual_shard& operator=(const virtual_shard&) = delete;

  comcp::shard& shard() noexcept { return shard_; }
  time_point now() const noexcept { return clock_.now(); }

  /// Runs the body as a root task to its end and throws its error. Throws deadlock_error when
  /// nothing can go on.
  template <class F>
  void run(F body) {
    struct outcome {
      bool done = false;
      std::exception_ptr error;
    };
    // Shared: after a deadlock_error the task may go on, in advance() or the next run().
    const auto end = std::make_shared<outcome>();
    shard_.start_root(std::move(body), "test", [end](std::exception_ptr e) {
      end->done = true;
      end->error = std::move(e);
    });
    drive(end->done);
    if (end->error) std::rethrow_exception(end->error);
  }

  /// Starts a root task; advance(), run_until_idle() and run() move it on.
  template <class F>
  void start(F body) {
    shard_.start_root(std::move(body));
  }

  /// Runs what is ready; time stands still.
  void run_until_idle();
  /// Moves time, stopping at each deadline on the way.
  void advance(duration d);

  std::size_t live_tasks() const noexcept { return shard_.live_tasks(); }
  std::size_t live_scopes() const noexcept { return shard_.live_scopes(); }
  std::string dump_scopes() const { return shard_.dump_scopes(); }
  /// Empty when no task and no scope is left, otherwise the tree.
  std::string leftovers();

  /// How long in real time run() waits for expected I/O before it gives up. Default 20 s.
  void io_patience(std::chrono::milliseconds t) noexcept { patience_ = t; }

 private:
  void drive(const bool& done);
  bool poll();

  manual_clock clock_;
  comcp::shard shard_;
  std::chrono::milliseconds patience_{20000};
};

/// While one exists, the driver of this task's virtual_shard waits for real I/O before it moves
/// time.
class expect_io {
 public:
  expect_io();
  ~expect_io();
  expect_io(const expect_io&) = delete;
  expect_io& operator=(const expect_io&) = delete;

 private:
  comcp::shard& shard_;
};

/// Returns when every other task of this virtual_shard waits for something. Before time moves.
awaitable<void> wait_all_tasks_blocked();

/** Runs a body on a real io_context with the system clock. Throws deadlock_error with the tree when
    it takes longer than the limit. */
void run_real(std::function<awaitable<void>()> body,
              duration limit = std::chrono::seconds{30},
              std::string* leftovers = nullptr);

}  // namespace comcp::testing

#endif
