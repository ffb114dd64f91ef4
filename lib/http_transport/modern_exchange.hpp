#ifndef COMCP_LIB_HTTP_TRANSPORT_MODERN_EXCHANGE_HPP
#define COMCP_LIB_HTTP_TRANSPORT_MODERN_EXCHANGE_HPP

#include <functional>
#include <memory>
#include <optional>

#include "comcp/awaitable.hpp"
#include "comcp/http/exchange.hpp"
#include "comcp/scope/detail/deadline_heap.hpp"
#include "comcp/scope/detail/turn_end.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/session/outbox.hpp"
#include "http/sending_response.hpp"
#include "http_transport/reply.hpp"

namespace comcp::detail {

/** The exchange of one modern request, whose handler runs in the exchange's own task.

    An answer that comes first leaves at once, as JSON. If something else comes first, or nothing for
    a while, it becomes a stream, and a task of its own writes it. So the usual request needs no second
    task, no queue and no timer.

    @par Lifetime outlives the group, the outbox's other users or not
*/
class modern_exchange final : outbox_listener, turn_end, timer_node {
 public:
  /// How to reply when the answer doesn't come first, made when it is needed.
  using make_options = std::function<reply_options()>;

  modern_exchange(http::exchange ex, std::shared_ptr<outbox> box, make_options how);
  ~modern_exchange();

  /// The handler is about to run; `group` is around it.
  void begin(task_group& group, duration silence_until_stream);
  /// The handler has ended. True: it was answered, or the group sees to it; else `finish`.
  bool is_served() noexcept;
  /// Sends what comes of it. @par Preconditions not served
  awaitable<void> finish();

 private:
  // outbox_listener
  bool take(frame& answer) noexcept override;
  void queued() noexcept override { start_writer(); }
  void finished() noexcept override { start_writer(); }
  // turn_end: the handler waits for something
  void on_turn_end() noexcept override;
  // timer_node: it has waited for long
  void on_due() noexcept override;

  void stop_listening() noexcept;
  void start_writer() noexcept;
  awaitable<void> write();
  awaitable<void> send_rest();

  http::exchange ex_;
  const std::shared_ptr<outbox> box_;
  const make_options how_;
  shard& home_;
  task_group* group_ = nullptr;
  duration silence_until_stream_{};
  std::optional<http::sending_response> sending_;
  bool silent_ = false;   // for so long that it is a stream
  bool writing_ = false;  // a task does it
};

}  // namespace comcp::detail

#endif
