#include "http/tcp_wire.hpp"

#include <boost/asio/error.hpp>

#include <array>
#include <cerrno>
#include <utility>

#include <sys/socket.h>
#include <sys/uio.h>

namespace comcp::http {

std::size_t try_send(int descriptor,
                     std::span<const asio::const_buffer> from,
                     error_code& ec) noexcept {
  std::array<iovec, 16> pieces;
  std::size_t count = 0;
  for (const auto& buffer : from) {
    if (count == pieces.size()) break;
    pieces[count].iov_base = const_cast<void*>(buffer.data());
    pieces[count++].iov_len = buffer.size();
  }
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = count;
  const auto n = ::sendmsg(descriptor, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n >= 0) return static_cast<std::size_t>(n);
  if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
    ec.assign(errno, boost::system::system_category());
  return 0;
}

namespace {

class tcp_wire final : public wire {
 public:
  explicit tcp_wire(tcp_socket socket) noexcept : socket_(std::move(socket)) {}

  awaitable<error_code> handshake() override { co_return error_code(); }

  void start_read(asio::mutable_buffer to, std::shared_ptr<wire_events> events) override {
    socket_.async_read_some(
        to, [events = std::move(events)](error_code ec, std::size_t n) { events->on_read(ec, n); });
  }
  void start_write(std::span<const asio::const_buffer> from,
                   std::shared_ptr<wire_events> events) override {
    socket_.async_write_some(from, [events = std::move(events)](error_code ec, std::size_t n) {
      events->on_write(ec, n);
    });
  }
  std::size_t try_write(std::span<const asio::const_buffer> from,
                        error_code& ec) noexcept override {
    if (!socket_.is_open()) {
      ec = asio::error::bad_descriptor;
      return 0;
    }
    return try_send(socket_.native_handle(), from, ec);
  }
  void start_watch(std::shared_ptr<wire_events> events) override {
    socket_.async_wait(tcp_socket::wait_error,
                       [events = std::move(events)](error_code) { events->on_reset(); });
  }
  awaitable<void> end_sending() override {
    cut();
    co_return;
  }
  void cut() noexcept override {
    error_code ignored;
    socket_.shutdown(tcp_socket::shutdown_send, ignored);
  }
  void close() noexcept override {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  tcp_socket socket_;
};

}  // namespace

std::unique_ptr<wire> make_tcp_wire(tcp_socket socket) {
  return std::make_unique<tcp_wire>(std::move(socket));
}

}  // namespace comcp::http
