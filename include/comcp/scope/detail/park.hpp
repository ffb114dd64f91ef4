#ifndef COMCP_SCOPE_DETAIL_PARK_HPP
#define COMCP_SCOPE_DETAIL_PARK_HPP

// The wait primitive. A suspended task is a `parked` object inside the frame of the awaited
// operation: it can be queued, woken once, cancelled once. Completion always goes through the
// shard's ready list, never inline, so that set() and cancel() don't run other tasks' code.

#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/scope/detail/intrusive_list.hpp"
#include "comcp/scope/detail/task_ctx.hpp"

namespace comcp::detail {

struct wait_tag;
struct alive_tag;

class parked : public list_hook<wait_tag>, public list_hook<alive_tag> {
 public:
  parked(const parked&) = delete;
  parked& operator=(const parked&) = delete;

  /// The task goes on in a later turn. No effect when it was woken or cancelled before.
  void wake() noexcept { finish(nullptr); }
  /// The same with an error, thrown in the task.
  void fail(std::exception_ptr error) noexcept { finish(std::move(error)); }
  bool waiting() const noexcept { return state_ == state::waiting; }
  task_ctx& task() const noexcept { return *task_; }

 protected:
  /// forwarded: a cancellation that is pending already doesn't refuse the operation.
  enum class cancellable : unsigned char { no, yes, forwarded };

  parked(task_ctx& task, const char* what, cancellable c = cancellable::yes) noexcept
      : task_{&task}, what_{what}, cancellable_{c} {}
  /// Only before the start: operations are moved into the frame that awaits them.
  parked(parked&& other) noexcept;
  virtual ~parked();

  /** Throws cancelled when the task is effectively cancelled. One that swallows cancellations in a
      loop gets the next one only after a turn, so that the shard stays responsive. */
  void check();
  void begin(asio::cancellation_slot slot) noexcept;

 private:
  friend class shard_impl;
  friend struct park_cancel;
  enum class state : unsigned char { idle, waiting, ready, resumed };

  /// The operation begins: queue yourself, or wake() at once. Throwing completes with that error.
  virtual void on_wait() = 0;
  /// Cancelled while waiting, already out of the queue: undo the rest of on_wait(). Returns false
  /// to go on waiting (and must then be queued again).
  virtual bool on_cancel() noexcept { return true; }
  virtual void resume(std::exception_ptr error) = 0;  // destroys *this
  virtual void abandon() noexcept = 0;                // drops the handler; *this dies soon

  void finish(std::exception_ptr error) noexcept;
  void cancel() noexcept;
  void go_on();

  task_ctx* task_;
  const char* what_;
  std::exception_ptr error_;
  state state_ = state::idle;
  cancellable cancellable_;
  bool late_ = false;  // throws a cancellation, but only in the next turn
};

/** An operation of one task: derive, implement on_wait(), and for a result `T take() noexcept`.

    park(op) gives the awaitable. The handler is stored in the object, the object in the frame.
*/
template <class Derived, class T>
class operation : public parked {
  using signature =
      std::conditional_t<std::is_void_v<T>,
                         void(std::exception_ptr),
                         void(std::exception_ptr, std::conditional_t<std::is_void_v<T>, int, T>)>;
  using handler_type =
      typename asio::async_result<asio::use_awaitable_t<>, signature>::handler_type;

 public:
  using parked::parked;

  /// Asio's initiation: the frame is suspended and stays where it is from now on.
  void operator()(handler_type&& handler) {
    handler_.emplace(std::move(handler));
    begin(handler_->get_cancellation_slot());
  }

  friend awaitable<T> park(Derived op) {
    op.check();
    return asio::async_initiate<const asio::use_awaitable_t<>, signature>(std::move(op),
                                                                          asio::use_awaitable);
  }

 private:
  void resume(std::exception_ptr error) final {
    handler_type handler{std::move(*handler_)};
    handler_.reset();
    if constexpr (std::is_void_v<T>) {
      handler(std::move(error));
    } else if (error) {
      // The handler takes a value in any case, but doesn't look at it.
      alignas(T) unsigned char none[sizeof(T)];
      handler(std::move(error), std::move(*reinterpret_cast<T*>(none)));
    } else {
      handler(std::exception_ptr{}, static_cast<Derived&>(*this).take());
    }
  }
  void abandon() noexcept final {
    auto handler = std::move(handler_);
    handler_.reset();
  }

  std::optional<handler_type> handler_;
};

}  // namespace comcp::detail

#endif
