#ifndef COMCP_SESSION_OUTBOX_HPP
#define COMCP_SESSION_OUTBOX_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/jsonrpc/request_id.hpp"
#include "comcp/scope/clock.hpp"

namespace comcp {

/** One outgoing JSON-RPC message, already text. */
class frame {
 public:
  enum class kind : std::uint8_t {
    result,  ///< answers a request
    error,   ///< answers a request with an error, or has no id
    notification,
    request,  ///< server-to-client request, legacy era only
    pause     ///< no message: the consumer is to leave here, see outbox::pause
  };

  frame() = default;
  frame(kind k, std::string message, int code = 0)
      : text(std::move(message)), error_code(code), what(k) {}

  bool is_answer() const noexcept { return what == kind::result || what == kind::error; }

  std::string text;    ///< one message, no newline in it
  int error_code = 0;  ///< of an `error`: decides the HTTP status of a modern answer
  kind what = kind::notification;
  std::optional<std::chrono::milliseconds> come_back;  ///< of a `pause`
};

/// What became of something handed over for sending. Being closed is a value, not an exception.
enum class send_status : std::uint8_t {
  sent,     ///< queued, in order
  closed,   ///< the peer is gone, or the request is over; nothing was queued
  skipped,  ///< nobody asked for it (no progress token, level too low): nothing was queued
  full      ///< only from `try_send`: no room now
};

/** Options of an outbox. */
class outbox_options {
 public:
  outbox_options() = default;
  /// Producers wait while so many bytes are queued; default 1 MiB.
  outbox_options& max_bytes(std::size_t bytes) {
    max_bytes_ = bytes;
    return *this;
  }
  std::size_t max_bytes() const noexcept { return max_bytes_; }
  /** The queue of one exchange: when the last answer that was reserved has been given (or will
      never come, because its request was cancelled), the outbox ends by itself. */
  outbox_options& ends_with_last_answer(bool on) {
    ends_with_last_answer_ = on;
    return *this;
  }
  bool ends_with_last_answer() const noexcept { return ends_with_last_answer_; }
  /** The consumer can take reserved answers and nothing else (one JSON object per request): everything
     else gets `closed`, so that a question to the peer fails at once instead of waiting. */
  outbox_options& answers_only(bool on) {
    answers_only_ = on;
    return *this;
  }
  bool answers_only() const noexcept { return answers_only_; }
  /** Its consumer can leave in the middle, and the peer come back for the rest: `pause` works. */
  outbox_options& can_pause(bool on) {
    can_pause_ = on;
    return *this;
  }
  bool can_pause() const noexcept { return can_pause_; }

 private:
  std::size_t max_bytes_ = std::size_t{1024} * 1024;
  bool ends_with_last_answer_ = false;
  bool answers_only_ = false;
  bool can_pause_ = false;
};

/** Hears of what comes into an outbox that has no consumer yet, in the call that brings it.

    @par Lifetime until it is taken away (`outbox::listen`); may take itself away in a call
*/
class outbox_listener {
 public:
  /// The first answer, while nothing is queued. True: taken, it isn't queued.
  virtual bool take(frame& answer) noexcept = 0;
  /// Something was queued.
  virtual void queued() noexcept = 0;
  /// Nothing more will come: `finish` was called, or there is no answer left to wait for.
  virtual void finished() noexcept = 0;

 protected:
  ~outbox_listener() = default;
};

/** The one queue between whoever answers and whoever writes: bounded in bytes, FIFO, many
    producers, one consumer, one shard, held by `shared_ptr`.

    Stdio has one per connection, each HTTP exchange has its own, a session's GET stream has one.

    Answers don't wait for room: they have a reserved place, so that dropping a responder can
    queue one without allocating, throwing or suspending. They still count, so producers and the
    reader of new requests feel them.

    The consumer's loop is `while (auto f = co_await box->next()) write(f->text)`; when it ends,
    the exchange or connection is to be finished. For an exchange `unanswered()` then says how
    many requests will get no answer (cancelled by the peer): its stream ends without one (H-11).

    @see lib/session/DESIGN.md, test/session/outbox.cpp
*/
class outbox {
 public:
  static std::shared_ptr<outbox> make(outbox_options options = {});
  ~outbox();
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;

  /** Queues a frame, waiting in FIFO order while there is no room.

      @par Completion   `sent`, or `closed` when the outbox is or becomes closed; `closed` also
                        when it has ended with its last answer
      @par Cancellation a cancelled send has queued nothing
  */
  awaitable<send_status> send(frame f);

  /** `send` for something that makes sense only before `over` becomes true: progress and logs of
      a request. When its turn comes too late, the result is `closed` and nothing is queued.
      @par Lifetime `over` must outlive the awaitable */
  awaitable<send_status> send_unless(const bool& over, frame f);

  /// Queues if there is room and nobody waits before: `sent`, `full` or `closed`.
  send_status try_send(frame f);

  /** Queues without regard to the bound: for answers that have no reserved place, such as the
      error to an unreadable message. Whoever uses it must not read on while `has_room` is false. */
  send_status push(frame f);

  /** Asks the consumer to leave behind what is queued now; what comes later waits for the peer to come
      back. Takes no room.

      @par Completion `sent`; `skipped` when the consumer can't; `closed`
      @param come_back when the peer should; nothing: the transport's default */
  send_status pause(std::optional<std::chrono::milliseconds> come_back = {});

  bool has_room() const noexcept;
  /// Waits until there is room, or the outbox is closed. How a reader of requests feels
  /// back-pressure.
  awaitable<void> until_room();

  /** Takes the next frame; nothing when the outbox has ended and all was taken.

      @par Cancellation a cancelled `next` has taken nothing
      @par Preconditions one consumer at a time
  */
  awaitable<std::optional<frame>> next();
  /** Waits until `next` would not, at most for `limit` (zero: without one). The consumer's, as `next` is.

      @par Cancellation nothing changes */
  awaitable<void> until_queued(duration limit);
  /// Takes the next frame if there is one now. Lets a writer batch what is ready.
  std::optional<frame> try_next();

  /** The peer is gone: what is queued is dropped, producers get `closed`, the consumer gets
      nothing. Idempotent. */
  void close() noexcept;
  /// Nothing more will be queued; what is queued can still be taken.
  void finish() noexcept;

  /// From now on `who` hears; null: nobody.
  void listen(outbox_listener* who) noexcept;

  /// Nothing can be queued any more (closed, finished, or ended with the last answer).
  bool closed() const noexcept;
  std::size_t queued_bytes() const noexcept;
  std::size_t queued_count() const noexcept;
  /// Answers reserved and not yet given.
  std::size_t pending_answers() const noexcept;
  /// Requests of this outbox that ended without an answer.
  std::size_t unanswered() const noexcept;

  /** Keeps an outbox that ends with its last answer open while a batch is being delivered:
      without it an element that is answered at once would end the exchange of the others. */
  class hold {
   public:
    explicit hold(std::shared_ptr<outbox> box) noexcept;
    hold(hold&& other) noexcept = default;
    hold& operator=(hold&&) = delete;
    ~hold();

   private:
    std::shared_ptr<outbox> box_;
  };

  /** A reserved place for exactly one answer; used by `responder`. */
  class slot {
   public:
    slot() noexcept;
    slot(slot&& other) noexcept;
    slot& operator=(slot&& other) noexcept;
    /// Gives up the place: the request ends without an answer.
    ~slot();

    explicit operator bool() const noexcept { return box_ != nullptr; }
    const std::shared_ptr<outbox>& box() const noexcept { return box_; }
    /// Queues the answer; never waits, never throws. Spends the slot.
    send_status put(frame f) && noexcept;
    /// Queues the answer -32603 "Internal error"; its text is made when it is taken out, so that
    /// nothing is allocated here.
    send_status put_internal_error() && noexcept;
    /// Gives up the place now.
    void abandon() noexcept;

   private:
    friend class outbox;
    struct node;
    slot(std::shared_ptr<outbox> box, std::unique_ptr<node> place) noexcept;
    send_status put_place() && noexcept;
    std::shared_ptr<outbox> box_;
    std::unique_ptr<node> place_;
  };
  /// @param id of the request that will be answered
  static slot reserve(const std::shared_ptr<outbox>& box, jsonrpc::request_id id);

 private:
  struct impl;
  explicit outbox(impl& i) noexcept;
  impl* const impl_;
};

}  // namespace comcp

#endif
