#ifndef COMCP_LIB_HTTP_TRANSPORT_DIRECT_EXCHANGE_HPP
#define COMCP_LIB_HTTP_TRANSPORT_DIRECT_EXCHANGE_HPP

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "comcp/awaitable.hpp"
#include "comcp/http/exchange.hpp"
#include "comcp/scope/detail/deadline_heap.hpp"
#include "comcp/scope/detail/turn_end.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/session/outbox.hpp"
#include "http/independent_handler.hpp"
#include "http/sending_response.hpp"
#include "http_transport/frame_source.hpp"
#include "http_transport/reply.hpp"
#include "http_transport/shard_part.hpp"

namespace comcp::detail {

/** The exchange of one request whose handler runs in the exchange's own task.

    An answer that comes first leaves at once, as JSON. If something else comes first, or nothing for
    a while, it becomes a stream: when the handler is done before it waits for anything, one write for all of it;
    else a task of its own writes it. So the usual request needs no second task, no queue and no timer.

    @par Lifetime outlives the group, the outbox's other users or not
*/
class direct_exchange : outbox_listener, turn_end, timer_node, http::independent_handler {
 public:
  /// Whose the handler's work is, and so what becomes of it when the client leaves or has all it came for.
  enum class handler_of : std::uint8_t {
    exchange,  ///< it is cancelled
    session    ///< it goes on, without the connection
  };

  /// The handler is about to run; `group` is around it.
  void begin(task_group& group, duration silence_until_stream);
  /// The handler has ended, or there was none to begin. True: it was answered, or the group sees to it; else `finish`.
  bool is_served() noexcept;
  /// Sends what comes of it. @par Preconditions not served
  awaitable<void> finish();

 protected:
  /// @param method names it if it is cancelled at the end of a drain
  direct_exchange(http::exchange ex,
                  shard_part& part,
                  handler_of whose,
                  std::shared_ptr<outbox> box,
                  std::string_view method = {});
  ~direct_exchange();
  const std::shared_ptr<outbox>& box() const noexcept { return box_; }

 private:
  // When the answer doesn't come first:
  virtual reply_options how() = 0;
  virtual std::shared_ptr<feed> frames() = 0;
  /// Events are numbered and stored on their way.
  virtual bool keeps_events() const noexcept = 0;

  // outbox_listener
  bool take(frame& answer) noexcept override;
  void queued() noexcept override { at_turn_end(home_); }
  void finished() noexcept override { at_turn_end(home_); }
  // turn_end: the handler waits for something
  void on_turn_end() noexcept override;
  // timer_node: it has waited for long
  void on_due() noexcept override;
  // independent_handler
  void on_peer_gone() noexcept override;

  void stop_listening() noexcept;
  void go_on_waiting() noexcept;
  bool send_at_once() noexcept;
  void send(const http::prepared_head& head, std::string body);
  void start_writer() noexcept;
  awaitable<void> write();
  awaitable<void> send_rest();
  void sent(http::send_result how) noexcept;
  void leave() noexcept;

  http::exchange ex_;
  const std::shared_ptr<outbox> box_;
  shard& home_;
  const handler_of whose_;
  std::optional<open_exchange> counted_;
  task_group* group_ = nullptr;
  duration silence_until_stream_{};
  std::optional<http::sending_response> sending_;
  bool silent_ = false;   // for so long that it is a stream
  bool writing_ = false;  // a task does it
  bool handler_ended_ = false;
  bool left_ = false;       // the connection goes on without us
  bool listening_ = false;  // to the outbox
};

}  // namespace comcp::detail

#endif
