#ifndef COMCP_LIB_HTTP_CONNECTION_HPP
#define COMCP_LIB_HTTP_CONNECTION_HPP

// One connection: reads requests in order, runs the handler for each, writes the answers.

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "comcp/awaitable.hpp"
#include "comcp/http/server.hpp"
#include "comcp/scope/cancel_scope.hpp"
#include "comcp/scope/detail/intrusive_list.hpp"
#include "http/body_reader.hpp"
#include "http/exchange_state.hpp"
#include "http/input_buffer.hpp"
#include "http/request_parser.hpp"
#include "http/response_head.hpp"
#include "http/wire.hpp"

namespace comcp::detail {
class parked;
struct wait_tag;
}  // namespace comcp::detail

namespace comcp {
class shard;
class task_group;
}  // namespace comcp

namespace comcp::http {

struct connection_tag;

/// What the connections of a server share.
class connection_service {
 public:
  connection_service(handler h, server_options o, shard& s)
      : handle(std::move(h)), options(std::move(o)), home(s) {}

  handler handle;
  server_options options;
  shard& home;
  task_group* group = nullptr;  // of the connections' tasks, while the server runs
  server_stats stats;
  comcp::detail::intrusive_list<connection, connection_tag> connections;
  std::size_t arriving_bytes = 0;  // of large bodies that are not complete
  bool draining = false;
};

/// A limit of zero is none.
inline duration or_none(std::chrono::milliseconds limit) noexcept {
  constexpr auto longest = std::chrono::duration_cast<std::chrono::milliseconds>(duration::max());
  return limit.count() > 0 && limit < longest ? duration(limit) : duration::max();
}

/// The share of one body in `arriving_bytes`.
class arriving_body {
 public:
  explicit arriving_body(connection_service& s) noexcept : service_(s) {}
  ~arriving_body() { service_.arriving_bytes -= counted_; }
  arriving_body(const arriving_body&) = delete;
  arriving_body& operator=(const arriving_body&) = delete;
  /// So much of it is here. False: there is no room for more.
  bool grow_to(std::size_t bytes) noexcept;

 private:
  connection_service& service_;
  std::size_t counted_ = 0;
};

/// Buffers of one gathered write, shortened from the front as bytes go out.
class gather {
 public:
  static constexpr std::size_t max_pieces = 16;

  void add(std::string_view bytes) noexcept {
    if (!bytes.empty()) buffers_[end_++] = asio::const_buffer(bytes.data(), bytes.size());
  }
  bool empty() const noexcept { return begin_ == end_; }
  std::span<const asio::const_buffer> buffers() const noexcept {
    return std::span(buffers_).subspan(begin_, end_ - begin_);
  }
  void consume(std::size_t n) noexcept;

 private:
  std::array<asio::const_buffer, max_pieces> buffers_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/** The task of a connection, and the operations of its exchange.

    There is at most one read under way, and it isn't tied to who waits for it: it goes on while a
    handler runs, which is how a disconnect is noticed, and what it brings stays for whoever reads
    next. So neither watching nor the next request costs an operation of its own.

    One scope with a moving deadline covers everything outside of handlers; bodies and slow writes
    have their own.
*/
class connection final : public wire_events,
                         public std::enable_shared_from_this<connection>,
                         public comcp::detail::list_hook<connection_tag> {
 public:
  connection(std::unique_ptr<wire> w, peer_info peer, std::shared_ptr<connection_service> service);
  ~connection();

  /// Starts its task in the service's group. Throws when there is no memory for it.
  static void start(std::shared_ptr<connection> c);

  /// No further request. Ends the connection at once when none is under way.
  void drain() noexcept;

  // For the exchange's tokens.
  const peer_info& peer() const noexcept { return peer_; }
  bool draining() const noexcept { return draining_; }
  std::size_t default_body_limit() const noexcept { return limits().max_body_bytes(); }
  bool peer_is_gone() const noexcept;
  void watch();
  /// The head of a stream is written.
  void stream_began();
  /// Until the next request.
  void expect_silence() noexcept { silent_ = true; }
  /// The exchange is over, its handler isn't: another task serves what follows.
  void go_on_without_handler() noexcept;
  /// The body, if all of it is here and its length was told. Valid until anything is waited for.
  std::optional<std::string_view> body_here(std::size_t limit) noexcept;
  static awaitable<read_body_result> read_body(std::shared_ptr<connection> self, std::size_t limit);

  /// Plans the head of the response and puts it into the gather, with the body. The head's text stays
  /// in the connection, the body's where it is.
  void plan_response(
      gather& out, int status, const fields& headers, std::string_view body, const fields& common);
  void plan_response(gather& out,
                     const prepared_head& head,
                     std::string_view body,
                     const fields& common);
  void plan_stream(gather& out, int status, const fields& headers, const fields& common);
  /// The pieces as one chunk. False: nothing is to be sent.
  bool plan_chunk(gather& out, std::span<const std::string_view> pieces);
  void plan_end(gather& out);
  bool stream_has_body() const noexcept { return stream_body_; }

  /// Bytes can be sent; a stream also ends when its reader is known to be gone.
  bool writable() const noexcept { return !broken_; }
  bool writing() const noexcept { return writing_; }
  /// Writes what goes without waiting; true when that was all. What is left is to be written with
  /// `write_rest`, or the connection is broken.
  bool write_now(gather& what) noexcept;
  /// True when all was written. @par Cancellation breaks the connection
  awaitable<bool> write_rest(gather& what);
  /// A response that can't be completed: the peer sees its end without the proper mark.
  void cut() noexcept;

 private:
  friend class read_wait;
  friend class write_wait;
  enum class phase : std::uint8_t { handshake, idle, head, exchange, leftover, farewell };

  const server_limits& limits() const noexcept { return service_->options.limits(); }
  void deadline_in(std::chrono::milliseconds limit);
  void no_deadline();

  static awaitable<void> run(std::shared_ptr<connection> self);
  awaitable<void> serve();
  awaitable<void> refuse_slow();
  awaitable<bool> next_request();
  awaitable<bool> run_exchange();
  void begin_exchange();
  enum class after_exchange : std::uint8_t { go_on, close, apologize };
  after_exchange end_exchange() noexcept;
  std::optional<awaitable<void>> screen();
  awaitable<void> answer(response r);
  awaitable<bool> skip_leftover();
  awaitable<void> farewell();
  awaitable<body_status> read_body_rest(std::string& out, std::size_t limit);
  body_reader::progress take_body(std::string& out, std::size_t limit);
  bool must_close(const fields& headers) const noexcept;

  awaitable<void> readable();
  void begin_read();
  void go_on_watching();
  void on_read(error_code ec, std::size_t size) noexcept override;
  void on_write(error_code ec, std::size_t size) noexcept override;
  void on_reset() noexcept override;
  void leave_service() noexcept;
  void note_gone() noexcept;
  void give_up() noexcept;
  void report(const std::exception_ptr& error, std::string_view where) const noexcept;

  std::unique_ptr<wire> wire_;
  std::shared_ptr<connection_service> service_;
  peer_info peer_;
  cancel_scope* scope_ = nullptr;
  phase phase_ = phase::handshake;
  unsigned task_ =
      0;  // its tasks by number: the last one serves, those before it end with their handlers

  // Input.
  input_buffer input_;
  request_parser parser_;
  std::string allowed_authority_;  // see origin_policy::check
  body_reader body_;
  comcp::detail::intrusive_list<comcp::detail::parked, comcp::detail::wait_tag> readers_;
  bool reading_ = false;         // a read is under way
  bool watching_ = false;        // and another one follows, whoever waits
  bool watching_reset_ = false;  // as the buffer is full
  bool input_ended_ = false;     // FIN or error: nothing more comes
  bool reset_ = false;           // error: nothing can be sent either

  // Output.
  std::string head_;
  std::array<char, 20> chunk_head_;
  comcp::detail::intrusive_list<comcp::detail::parked, comcp::detail::wait_tag> writers_;
  error_code write_error_;
  std::size_t written_ = 0;
  bool writing_ = false;  // somebody waits in write_rest
  bool broken_ = false;   // nothing more can be sent; also while part of something is out
  bool cut_ = false;

  // The current exchange.
  std::shared_ptr<detail::exchange_state> state_;
  bool client_keeps_ = true;
  bool head_request_ = false;
  bool silent_ = false;  // the client is not expected to say anything during this exchange
  int version_ = 11;
  bool continue_pending_ = false;  // the client waits for 100
  bool body_broken_ = false;       // where the next request begins isn't known any more
  bool chunked_ = false;
  bool stream_body_ = false;
  bool close_after_ = false;
  bool first_ = true;
  bool counted_ = true;  // among the service's
  bool draining_ = false;
};

}  // namespace comcp::http

#endif
