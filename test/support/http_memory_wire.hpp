#ifndef COMCP_TEST_SUPPORT_HTTP_MEMORY_WIRE_HPP
#define COMCP_TEST_SUPPORT_HTTP_MEMORY_WIRE_HPP

// A connection of the HTTP server on memory instead of a socket: exact bytes in, exact bytes out,
// in virtual time.
//
//   auto answer = co_await http_test::converse(handler, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
//
// or step by step with http_test::conversation. Link comcp::http.

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "comcp/http/server.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/testing/virtual_time.hpp"
#include "http/connection.hpp"
#include "http/wire.hpp"

namespace http_test {

namespace asio = boost::asio;
using comcp::awaitable;

/// What both ends of the memory share; the test's end is this class itself.
class memory_peer : public std::enable_shared_from_this<memory_peer> {
 public:
  explicit memory_peer(asio::io_context& context) : context_(context) {}

  // The test's side.
  void send(std::string_view bytes) {
    input_ += bytes;
    advance();
  }
  /// No more is sent; the rest can still be read by the server.
  void fin() {
    fin_ = true;
    advance();
  }
  /// The connection breaks in both directions.
  void reset() {
    reset_ = true;
    advance();
  }
  /// The server gets at most so many bytes per read.
  void read_size(std::size_t n) { read_size_ = n; }
  /// The peer takes at most so many bytes per write.
  void write_size(std::size_t n) { write_size_ = n; }
  /// The peer takes so many more bytes, then stops reading.
  void window(std::size_t n) {
    window_ = n;
    advance();
  }
  /// Nothing is written at once, as with TLS.
  void no_try_write() { try_write_ = false; }

  /// Called when something was written, and when the server's side has ended.
  void on_output(std::function<void()> f) { on_output_ = std::move(f); }

  /// Bytes sent that the server has not read.
  std::size_t unread() const { return input_.size(); }
  const std::string& output() const { return output_; }
  std::string take_output() { return std::exchange(output_, {}); }
  /// The server has ended its sending side, by closing or before.
  bool ended() const { return cut_ || closed_; }
  bool closed() const { return closed_; }

 private:
  friend class memory_wire;
  enum class op { none, pending };

  void advance() {
    if (reading_ && (closed_ || reset_ || fin_ || !input_.empty())) {
      auto events = std::exchange(reading_, nullptr);
      asio::post(context_, [self = shared_from_this(), events] { self->complete_read(events); });
    }
    if (writing_ && (closed_ || reset_ || cut_ || window_ > 0)) {
      auto events = std::exchange(writing_, nullptr);
      asio::post(context_, [self = shared_from_this(), events] { self->complete_write(events); });
    }
    if (watching_ && (closed_ || reset_)) {
      auto events = std::exchange(watching_, nullptr);
      asio::post(context_, [events] { events->on_reset(); });
    }
  }
  void complete_read(const std::shared_ptr<comcp::http::wire_events>& events) {
    if (closed_) return events->on_read(asio::error::operation_aborted, 0);
    if (reset_) return events->on_read(asio::error::connection_reset, 0);
    const auto n = std::min({input_.size(), read_size_, read_buffer_.size()});
    if (n == 0) return events->on_read(asio::error::eof, 0);
    std::memcpy(read_buffer_.data(), input_.data(), n);
    input_.erase(0, n);
    events->on_read({}, n);
  }
  void complete_write(const std::shared_ptr<comcp::http::wire_events>& events) {
    if (closed_) return events->on_write(asio::error::operation_aborted, 0);
    if (reset_ || cut_) return events->on_write(asio::error::broken_pipe, 0);
    events->on_write({}, take(write_buffers_));
  }
  std::size_t take(std::span<const asio::const_buffer> from) {
    std::size_t n = 0;
    for (const auto& buffer : from) {
      const auto part = std::min({buffer.size(), window_, write_size_ - n});
      output_.append(static_cast<const char*>(buffer.data()), part);
      if (window_ != unlimited) window_ -= part;
      n += part;
    }
    if (n != 0) tell();
    return n;
  }
  void tell() const {
    if (on_output_) on_output_();
  }

  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
  asio::io_context& context_;
  std::string input_;
  std::string output_;
  std::size_t read_size_ = unlimited;
  std::size_t write_size_ = unlimited;
  std::size_t window_ = unlimited;
  bool try_write_ = true;
  bool fin_ = false;
  bool reset_ = false;
  bool cut_ = false;
  bool closed_ = false;
  asio::mutable_buffer read_buffer_;
  std::span<const asio::const_buffer> write_buffers_;
  std::shared_ptr<comcp::http::wire_events> reading_;
  std::shared_ptr<comcp::http::wire_events> writing_;
  std::shared_ptr<comcp::http::wire_events> watching_;
  std::function<void()> on_output_;
};

/// The server's side.
class memory_wire final : public comcp::http::wire {
 public:
  explicit memory_wire(std::shared_ptr<memory_peer> peer) : peer_(std::move(peer)) {}
  ~memory_wire() override { memory_wire::close(); }

  awaitable<comcp::http::error_code> handshake() override { co_return comcp::http::error_code(); }
  void start_read(asio::mutable_buffer to,
                  std::shared_ptr<comcp::http::wire_events> events) override {
    peer_->read_buffer_ = to;
    peer_->reading_ = std::move(events);
    peer_->advance();
  }
  void start_write(std::span<const asio::const_buffer> from,
                   std::shared_ptr<comcp::http::wire_events> events) override {
    peer_->write_buffers_ = from;
    peer_->writing_ = std::move(events);
    peer_->advance();
  }
  std::size_t try_write(std::span<const asio::const_buffer> from,
                        comcp::http::error_code& ec) noexcept override {
    if (peer_->closed_ || peer_->reset_ || peer_->cut_) {
      ec = asio::error::broken_pipe;
      return 0;
    }
    return peer_->try_write_ ? peer_->take(from) : 0;
  }
  void start_watch(std::shared_ptr<comcp::http::wire_events> events) override {
    peer_->watching_ = std::move(events);
    peer_->advance();
  }
  awaitable<void> end_sending() override {
    cut();
    co_return;
  }
  void cut() noexcept override {
    peer_->cut_ = true;
    peer_->advance();
    peer_->tell();
  }
  void close() noexcept override {
    peer_->closed_ = true;
    peer_->advance();
    peer_->tell();
  }

 private:
  std::shared_ptr<memory_peer> peer_;
};

/// A connection and the peer at its other end, step by step. Needs a task (COMCP_TEST_CORO).
class conversation {
 public:
  explicit conversation(comcp::http::handler handle, comcp::http::server_options options = {})
      : conversation(std::make_shared<comcp::http::connection_service>(
            std::move(handle), std::move(options), comcp::this_shard())) {}
  /// One of several connections to a server.
  explicit conversation(std::shared_ptr<comcp::http::connection_service> service)
      : peer_(std::make_shared<memory_peer>(comcp::this_shard().context())),
        service_(std::move(service)) {}

  /// Starts the connection's task.
  void start(comcp::task_group& group) {
    auto made = std::make_shared<comcp::http::connection>(std::make_unique<memory_wire>(peer_),
                                                          comcp::http::peer_info(), service_);
    connection_ = made;
    service_->group = &group;
    comcp::http::connection::start(std::move(made));
  }
  memory_peer& peer() { return *peer_; }
  comcp::http::server_stats& stats() { return service_->stats; }
  void drain() {
    service_->draining = true;
    if (auto made = connection_.lock()) made->drain();
  }
  /// The connection object is gone too.
  bool gone() const { return connection_.expired(); }

  void send(std::string_view bytes) { peer_->send(bytes); }
  /// Everything written, once nothing more happens before time moves on; without Date lines.
  awaitable<std::string> settle() {
    co_await comcp::testing::wait_all_tasks_blocked();
    co_return without_date(peer_->take_output());
  }

  static std::string without_date(std::string text) {
    // A body may say "Date: ", too.
    constexpr std::string_view date = "\r\nDate: ";
    constexpr std::size_t whole =
        std::string_view("\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT").size();
    for (auto at = text.find(date); at != std::string::npos; at = text.find(date, at + 1))
      if (std::string_view(text).substr(at, whole + 2).ends_with(" GMT\r\n")) text.erase(at, whole);
    return text;
  }

 private:
  std::shared_ptr<memory_peer> peer_;
  std::shared_ptr<comcp::http::connection_service> service_;
  std::weak_ptr<comcp::http::connection> connection_;
};

/** Sends the bytes on a new connection and returns everything that was answered until the server
    closed it (idle connections end in virtual time), without Date lines. */
inline awaitable<std::string> converse(comcp::http::handler handle,
                                       std::string bytes,
                                       comcp::http::server_options options = {},
                                       std::size_t read_size = 1 << 20) {
  conversation talk(std::move(handle), std::move(options));
  talk.peer().read_size(read_size);
  talk.send(bytes);
  co_await comcp::with_task_group([&](comcp::task_group& group) -> awaitable<void> {
    talk.start(group);
    co_return;
  });
  co_return conversation::without_date(talk.peer().output());
}

}  // namespace http_test

#endif
