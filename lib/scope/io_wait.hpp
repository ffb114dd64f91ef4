#ifndef COMCP_LIB_SCOPE_IO_WAIT_HPP
#define COMCP_LIB_SCOPE_IO_WAIT_HPP

#include <boost/system/error_code.hpp>
#include <exception>
#include <memory>
#include <new>
#include <utility>

#include "comcp/scope/detail/park.hpp"
#include "comcp/scope/detail/task_ctx.hpp"
#include "comcp/scope/detail/turn_end.hpp"

namespace comcp::detail {

/** Waits for an operation of Asio that ends with an error_code.

    Awaited directly, an operation that finds no memory takes its task with it: Asio destroys the coroutine.
    Here the task gets the std::bad_alloc. Cancelled, the operation is asked to stop and waited for; what it
    ended with is returned, so go on with a cancel point.

      co_await park(io_wait(this_task(), "I/O", start, stop));

    `start` is called with the handler, `stop` must make it end soon and not throw.
*/
template <class Start, class Stop>
class io_wait final : public operation<io_wait<Start, Stop>, boost::system::error_code> {
  using error_code = boost::system::error_code;
  using base = operation<io_wait<Start, Stop>, error_code>;

 public:
  io_wait(task_ctx& task, const char* what, Start start, Stop stop)
      : base{task, what}, start_{std::move(start)}, stop_{std::move(stop)} {}
  io_wait(io_wait&&) noexcept = default;
  ~io_wait() override {
    if (here_) *here_ = nullptr;
  }

 private:
  friend base;

  /// Asio drops it uncalled when a later step of the operation finds no memory.
  class handler {
   public:
    explicit handler(std::shared_ptr<io_wait*> op) noexcept : op_{std::move(op)} {}
    handler(handler&&) noexcept = default;
    handler& operator=(handler&&) = delete;
    ~handler() {
      if (op_ && *op_) (*op_)->fail(std::make_exception_ptr(std::bad_alloc{}));
    }
    void operator()(error_code ec, std::size_t = 0) {
      const auto op = std::move(op_);
      if (!*op) return;
      const loop_turn turn((*op)->task().shard());
      (*op)->result_ = ec;
      (*op)->wake();
    }

   private:
    std::shared_ptr<io_wait*> op_;
  };

  void on_wait() override {
    here_ = std::make_shared<io_wait*>(this);
    start_(handler{here_});
  }
  bool on_cancel() noexcept override {
    stop_();
    return false;
  }
  error_code take() noexcept { return result_; }

  Start start_;
  Stop stop_;
  std::shared_ptr<io_wait*> here_;  // shared with the handler, which may outlive the wait
  error_code result_;
};

}  // namespace comcp::detail

#endif
