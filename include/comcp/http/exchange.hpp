#ifndef COMCP_HTTP_EXCHANGE_HPP
#define COMCP_HTTP_EXCHANGE_HPP

// One HTTP request and its one response, as types: the state of the response is the type of the
// object one holds.
//
//   exchange --respond()--> (gone)            exchange --start_stream()--> stream --finish()-->
//   (gone)
//
// Each arrow consumes its object (`std::move(ex).respond(...)`), and nothing leads back: a second
// status line, or an error page behind a stream, can't be written. Neither type can be copied.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/http/message.hpp"

namespace comcp::http {

class stream;
class exchange;

namespace detail {
class exchange_state;
std::optional<std::string_view> body_here(exchange&, std::size_t) noexcept;
void expect_silence(exchange&) noexcept;
void forget_request(exchange&) noexcept;

/** The right to act on an exchange, and the duty to end it. Move-only; dropping it ends the
    exchange: see exchange and stream. Shard-bound, noexcept to drop, does no I/O by itself. */
class exchange_token {
 public:
  exchange_token() noexcept = default;
  explicit exchange_token(std::shared_ptr<exchange_state> state) noexcept;
  exchange_token(exchange_token&&) noexcept = default;
  exchange_token& operator=(exchange_token&& other) noexcept;
  ~exchange_token();

  const std::shared_ptr<exchange_state>& state() const noexcept { return state_; }
  /// The duty is done: dropping the token means nothing any more.
  void spend() noexcept { state_.reset(); }

 private:
  std::shared_ptr<exchange_state> state_;
};
}  // namespace detail

/// What became of bytes that were to be sent. A peer that is gone is a value, never an exception.
enum class send_result : std::uint8_t {
  sent,   ///< handed to the operating system, all of it
  closed  ///< the peer is gone or too slow, or the exchange is over; further sends say the same
};

enum class body_status : std::uint8_t {
  complete,      ///< the whole body was read
  too_large,     ///< longer than the limit; with a Content-Length nothing was read
  disconnected,  ///< the peer left before the end: there is nobody to answer
  timed_out,     ///< not all of it came within the body timeout
  malformed,     ///< the chunked framing is broken
  no_room        ///< too much is arriving on other connections: `server_limits::max_arriving_bytes`
};

/// The status code that tells the client (413, 408, 400, 503); 200 for `complete`, 0 for `disconnected`.
int to_http_status(body_status) noexcept;

/** What reading a body gave. `body` is whole or empty. */
class read_body_result {
 public:
  read_body_result() noexcept {}
  explicit read_body_result(body_status s) noexcept : status(s) {}
  explicit operator bool() const noexcept { return status == body_status::complete; }

  body_status status = body_status::complete;
  std::string body;
};

/** The other end of a connection. */
class peer_info {
 public:
  peer_info() noexcept {}
  std::string address;  ///< textual IP address
  std::uint16_t port = 0;
  bool tls = false;
};

/** A request whose response has not been started.

    The handler is given one and has to end it in one of two ways. Dropped instead, the client is
    answered 500 once the handler has returned.

    The exchange belongs to the handler's scope: when the handler returns the exchange is over, and
    an object that was moved elsewhere then does nothing (`closed`).

    @par Thread safety  the connection's shard only
    @see test/http/exchange.cpp, lib/http/DESIGN.md
*/
class exchange {
 public:
  /// Made by the server.
  explicit exchange(std::shared_ptr<detail::exchange_state> state) noexcept;
  exchange(exchange&&) noexcept = default;
  exchange& operator=(exchange&&) noexcept = default;
  ~exchange() = default;

  /// Not moved from.
  explicit operator bool() const noexcept { return token_.state() != nullptr; }

  /// @par Preconditions not moved from (asserted), as for all members. Valid while the handler
  /// runs.
  const request_head& request() const noexcept;
  const peer_info& peer() const noexcept;

  /** Reads the request's body.

      A client that waits for it (`Expect: 100-continue`) is told to continue here, not before, so
      that a handler can refuse by the head alone. A body whose Content-Length is above the limit is
      not read at all.

      @param limit_bytes the server's limit `max_body_bytes` when left out
      @par Errors none thrown; after anything but `complete` the connection is closed behind the
                  response
      @par Cancellation what was read is lost; the exchange can still be answered, with close
      @par Preconditions called once; a second call yields an empty body
  */
  awaitable<read_body_result> read_body();
  awaitable<read_body_result> read_body(std::size_t limit_bytes);

  /** Sends the one response and ends the exchange.

      Consumed by the call itself, also when the awaitable is never awaited (the client then gets a
      500). HEAD is answered without the body but with its length.

      @par Completion   when all bytes were handed to the operating system
      @par Cancellation a response that was not fully handed over closes the connection
  */
  [[nodiscard]] awaitable<send_result> respond(response) &&;

  /** Starts a response whose length is not known, and sends its head at once.

      The exchange becomes a stream. If the peer is gone, the stream is a closed one.
  */
  [[nodiscard]] awaitable<stream> start_stream(int status, fields headers) &&;

  /// A header for whichever response will be sent, the server's own error responses included.
  /// Replaces one of the same name; a header of the response itself wins over it.
  void set_header(std::string_view name, std::string_view value);

  /** Waits until nobody is there to take an answer: the peer has closed or reset the connection, or
      the exchange is over.

      Works while a handler runs and goes on when the exchange becomes a stream; pipelined bytes are
      kept, up to `max_read_ahead_bytes`. What the end of the peer's sending side means is said by
      `server_limits::half_close`.

      @par Cancellation harmless
  */
  awaitable<void> until_disconnected();

  /** From now on a peer that goes away cancels the scope around the handler, with the reason "peer
      disconnected". Costs nothing until it happens, unlike a task that waits. */
  void cancel_on_disconnect();

  /// The peer is known to be gone. Only watched exchanges know at once.
  bool disconnected() const noexcept;
  /// The server is shutting down: this exchange is the last one of its connection.
  bool draining() const noexcept;

 private:
  friend class independent_handler;
  friend class sending_response;
  friend std::optional<std::string_view> detail::body_here(exchange&, std::size_t) noexcept;
  friend void detail::expect_silence(exchange&) noexcept;
  friend void detail::forget_request(exchange&) noexcept;
  detail::exchange_token token_;
};

/** A response that has begun and is sent piece by piece.

    Dropped without `finish()`, the connection is closed without the last chunk, so that the client
    sees that the response is incomplete.

    @par Thread safety  the connection's shard only; one `send` at a time
*/
class stream {
 public:
  explicit stream(detail::exchange_token token) noexcept;
  stream(stream&&) noexcept = default;
  stream& operator=(stream&&) noexcept = default;
  ~stream() = default;

  explicit operator bool() const noexcept { return token_.state() != nullptr; }

  /** Sends bytes at once, as one chunk. Waits while the peer doesn't read.

      @par Completion   `sent` when handed to the operating system, or `closed`. An empty piece
                        sends nothing. On a HEAD request always `closed`, as there is no body
      @par Errors       std::logic_error when another send is under way
      @par Cancellation closes the connection: part of a chunk may be out
      @par Lifetime     the bytes must live until completion
  */
  awaitable<send_result> send(std::string_view bytes);
  awaitable<send_result> send(std::span<const std::string_view> pieces);

  /// Ends the response properly. The connection serves on.
  [[nodiscard]] awaitable<send_result> finish() &&;

  /// As for exchange; ends also when the stream is finished or dropped.
  awaitable<void> until_disconnected();
  void cancel_on_disconnect();
  bool closed() const noexcept;
  bool draining() const noexcept;

 private:
  detail::exchange_token token_;
};

/// What answers requests. Runs as part of the connection's task, in a scope of its own.
using handler = std::function<awaitable<void>(exchange)>;

// The promises of the types. What users will meet is in test/compile_fail/.
static_assert(!std::is_copy_constructible_v<exchange> && !std::is_copy_assignable_v<exchange>);
static_assert(!std::is_copy_constructible_v<stream> && !std::is_copy_assignable_v<stream>);
static_assert(std::is_nothrow_move_constructible_v<exchange>);
static_assert(std::is_nothrow_move_constructible_v<stream>);
static_assert(std::is_nothrow_destructible_v<exchange> && std::is_nothrow_destructible_v<stream>);

namespace detail {
template <class T>
concept responds_as_lvalue = requires(T& t) { t.respond(response{}); };
template <class T>
concept streams_as_lvalue = requires(T& t) { t.start_stream(200, fields{}); };
template <class T>
concept finishes_as_lvalue = requires(T& t) { t.finish(); };
template <class T>
concept responds = requires(T t) { std::move(t).respond(response{}); };
}  // namespace detail
static_assert(!detail::responds_as_lvalue<exchange>, "a response must consume its exchange");
static_assert(!detail::streams_as_lvalue<exchange>, "a stream must consume its exchange");
static_assert(!detail::finishes_as_lvalue<stream>, "the end must consume the stream");
static_assert(!detail::responds<stream>, "no status line behind a stream");

}  // namespace comcp::http

#endif
