#ifndef COMCP_LIB_HTTP_WIRE_HPP
#define COMCP_LIB_HTTP_WIRE_HPP

// What a connection needs of a byte stream; hides whether it is a socket, TLS, or memory in a test.

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <span>

#include "comcp/awaitable.hpp"

namespace comcp::http {

using boost::system::error_code;

/** Told when an operation has ended: by the event loop, never inside of the call that started it,
    and outside of any task. The operation keeps the object alive. */
class wire_events {
 public:
  virtual void on_read(error_code ec, std::size_t size) noexcept = 0;
  virtual void on_write(error_code ec, std::size_t size) noexcept = 0;
  /// The peer has reset the connection.
  virtual void on_reset() noexcept = 0;

 protected:
  ~wire_events() = default;
};

/** One read, one write and one watch at a time. Buffers must stay until the operation has ended,
    which `close()` hurries. */
class wire {
 public:
  wire() = default;
  wire(const wire&) = delete;
  wire& operator=(const wire&) = delete;
  virtual ~wire() = default;

  /// Before anything else. A cancelled handshake leaves nothing but closing.
  virtual awaitable<error_code> handshake() = 0;

  virtual void start_read(asio::mutable_buffer to, std::shared_ptr<wire_events> events) = 0;
  virtual void start_write(std::span<const asio::const_buffer> from,
                           std::shared_ptr<wire_events> events) = 0;
  /// Writes what can be taken without waiting; 0 when nothing, or when it isn't known.
  virtual std::size_t try_write(std::span<const asio::const_buffer> from,
                                error_code& ec) noexcept = 0;
  /// Looks for a reset while nothing is read; not all wires can.
  virtual void start_watch(std::shared_ptr<wire_events> events) = 0;

  /// Says that nothing more will be sent. TLS waits for the peer's farewell: limit it in time.
  virtual awaitable<void> end_sending() = 0;
  /// The same without waiting: the peer sees the end of the stream, and with TLS that it is untimely.
  virtual void cut() noexcept = 0;
  /// Ends everything; idempotent.
  virtual void close() noexcept = 0;
};

}  // namespace comcp::http

#endif
