#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <utility>

#include "comcp/scope/sleep.hpp"
#include "http/tcp_wire.hpp"
#include "scope/io_wait.hpp"

namespace comcp::http {

namespace {

class tls_wire final : public wire {
 public:
  tls_wire(tcp_socket socket, asio::ssl::context& context) : stream_(std::move(socket), context) {}

  awaitable<error_code> handshake() override {
    auto start = [this](auto done) {
      stream_.async_handshake(asio::ssl::stream_base::server, std::move(done));
    };
    const error_code ec = co_await wait_for("the handshake", start);
    co_await checkpoint();
    co_return ec;
  }
  void start_read(asio::mutable_buffer to, std::shared_ptr<wire_events> events) override {
    if (sent_farewell_) {
      stream_.next_layer().async_read_some(
          to,
          [events = std::move(events)](error_code ec, std::size_t n) { events->on_read(ec, n); });
      return;
    }
    stream_.async_read_some(to, [this, events = std::move(events)](error_code ec, std::size_t n) {
      if (sent_farewell_) ec = {};  // see below
      // Many peers close without a farewell. HTTP's own framing tells a truncated body.
      if (ec == asio::ssl::error::stream_truncated) ec = asio::error::eof;
      events->on_read(ec, n);
    });
  }
  void start_write(std::span<const asio::const_buffer> from,
                   std::shared_ptr<wire_events> events) override {
    stream_.async_write_some(from, [events = std::move(events)](error_code ec, std::size_t n) {
      events->on_write(ec, n);
    });
  }
  // OpenSSL encrypts before it is known whether the socket takes it.
  std::size_t try_write(std::span<const asio::const_buffer>, error_code&) noexcept override {
    return 0;
  }
  void start_watch(std::shared_ptr<wire_events> events) override {
    stream_.next_layer().async_wait(
        tcp_socket::wait_error, [events = std::move(events)](error_code) { events->on_reset(); });
  }
  awaitable<void> end_sending() override {
    auto start = [this](auto done) { stream_.async_shutdown(std::move(done)); };
    co_await wait_for("the peer's farewell", start);
    // A peer that still sends has made that fail, and every read behind it. What it sends is dropped as it is: closing
    // on unread bytes would be a reset, and take our answer away.
    sent_farewell_ = true;
    cut();
    co_await checkpoint();
  }
  void cut() noexcept override {
    error_code ignored;
    stream_.next_layer().shutdown(tcp_socket::shutdown_send, ignored);
  }
  void close() noexcept override {
    error_code ignored;
    stream_.next_layer().close(ignored);
  }

 private:
  /// A step that was cancelled leaves nothing but closing.
  template <class Start>
  awaitable<error_code> wait_for(const char* what, Start start) {
    auto stop = [this]() noexcept { close(); };
    return park(comcp::detail::io_wait(comcp::detail::this_task(), what, std::move(start), stop));
  }

  asio::ssl::stream<tcp_socket> stream_;
  bool sent_farewell_ = false;
};

}  // namespace

std::unique_ptr<wire> make_tls_wire(tcp_socket socket, asio::ssl::context& context) {
  return std::make_unique<tls_wire>(std::move(socket), context);
}

}  // namespace comcp::http
