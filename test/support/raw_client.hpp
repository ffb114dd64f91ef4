#ifndef COMCP_TEST_SUPPORT_RAW_CLIENT_HPP
#define COMCP_TEST_SUPPORT_RAW_CLIENT_HPP

// A client on a real socket that sends exactly the bytes it is told to.

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/scope/shard.hpp"

namespace http_test {

namespace asio = boost::asio;
using comcp::awaitable;

/// Nothing throws but cancellations: errors of the connection are ends of it.
class raw_client {
 public:
  using error_code = boost::system::error_code;

  raw_client() : socket_(comcp::this_shard().context()) {}

  awaitable<bool> connect(std::uint16_t port, const char* address = "127.0.0.1") {
    error_code ec;
    const asio::ip::tcp::endpoint to(asio::ip::make_address(address), port);
    co_await socket_.async_connect(to, asio::redirect_error(asio::use_awaitable, ec));
    if (!ec) socket_.set_option(asio::ip::tcp::no_delay(true), ec);
    co_return !ec;
  }
  awaitable<bool> send(std::string bytes) {
    error_code ec;
    co_await asio::async_write(socket_, asio::buffer(bytes),
                               asio::redirect_error(asio::use_awaitable, ec));
    co_return !ec;
  }
  /// Reads until there are at least so many bytes, or the server has closed.
  awaitable<bool> fill(std::size_t size) {
    while (input_.size() < size) {
      char chunk[16384];
      error_code ec;
      const auto n = co_await socket_.async_read_some(
          asio::buffer(chunk), asio::redirect_error(asio::use_awaitable, ec));
      input_.append(chunk, n);
      if (ec) {
        end_ = ec;
        co_return false;
      }
    }
    co_return true;
  }
  /// What has come; empty: the server has closed.
  awaitable<std::string> read_some() {
    if (input_.empty()) co_await fill(1);
    co_return std::exchange(input_, {});
  }
  /// Everything until the server closes.
  awaitable<std::string> read_all() {
    for (;;) {  // GCC 12 breaks `while (co_await ...) {}`
      const bool more = co_await fill(input_.size() + 1);
      if (!more) break;
    }
    co_return std::exchange(input_, {});
  }
  /// Everything until these bytes have come, them included; all there is when they don't.
  awaitable<std::string> read_until(std::string mark) {
    for (;;) {
      const auto at = input_.find(mark);
      if (at != std::string::npos) {
        auto out = input_.substr(0, at + mark.size());
        input_.erase(0, at + mark.size());
        co_return out;
      }
      const bool more = co_await fill(input_.size() + 1);
      if (!more) co_return std::exchange(input_, {});
    }
  }
  /// One response with Content-Length, head and body.
  awaitable<std::string> read_response() {
    auto head = co_await read_until("\r\n\r\n");
    const auto at = head.find("Content-Length: ");
    std::size_t length = 0;
    if (at != std::string::npos)
      std::from_chars(head.data() + at + 16, head.data() + head.size(), length);
    co_await fill(length);
    head += input_.substr(0, length);
    input_.erase(0, std::min(length, input_.size()));
    co_return head;
  }
  /// How the connection ended, after a read that failed.
  error_code end() const { return end_; }

  /// Its own.
  std::uint16_t port() const {
    error_code ignored;
    return socket_.local_endpoint(ignored).port();
  }

  /// Ends the sending side.
  void fin() {
    error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  }
  /// Ends with a reset.
  void reset() {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
  }
  void close() {
    error_code ignored;
    socket_.close(ignored);
  }
  asio::ip::tcp::socket& socket() { return socket_; }

 private:
  asio::ip::tcp::socket socket_;
  std::string input_;
  error_code end_;
};

}  // namespace http_test

#endif
