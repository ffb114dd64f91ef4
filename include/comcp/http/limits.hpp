#ifndef COMCP_HTTP_LIMITS_HPP
#define COMCP_HTTP_LIMITS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace comcp::http {

/** What the end of the peer's sending side (a FIN, or TLS close_notify) means while its request is
    being answered. TCP can't tell a client that is gone from one that only stopped sending. */
enum class half_close : std::uint8_t {
  /// The peer is gone: watched handlers are cancelled, streams are closed. As Go and nginx see it.
  /// An ordinary response is still written, so `nc -N` gets its answer from an unwatched handler.
  is_disconnect,
  /// The peer still reads: only a reset or a failing write says that it is gone.
  is_allowed
};

/** Limits of a server, each with its default. */
class server_limits {
 public:
  using milliseconds = std::chrono::milliseconds;

  server_limits() noexcept {}

  /// Request line and headers; default 16 KiB. Above: 431.
  server_limits& max_header_bytes(std::size_t n) noexcept { return header_bytes_ = n, *this; }
  std::size_t max_header_bytes() const noexcept { return header_bytes_; }
  /// Header lines; default 100. Above: 431.
  server_limits& max_header_count(std::size_t n) noexcept { return header_count_ = n, *this; }
  std::size_t max_header_count() const noexcept { return header_count_; }
  /// What `read_body()` takes when the handler names no limit; default 4 MiB.
  server_limits& max_body_bytes(std::size_t n) noexcept { return body_bytes_ = n, *this; }
  std::size_t max_body_bytes() const noexcept { return body_bytes_; }
  /// Bytes of following requests kept while one is being answered; default 64 KiB. Beyond, the
  /// peer's sending is stopped by TCP.
  server_limits& max_read_ahead_bytes(std::size_t n) noexcept { return read_ahead_ = n, *this; }
  std::size_t max_read_ahead_bytes() const noexcept { return read_ahead_; }
  /// Bytes of large bodies (above 64 KiB) that have not arrived in full, over all connections of a listener's shard;
  /// default 256 MiB. A body that would exceed it is `no_room`, for which the MCP transports answer 503 with
  /// Retry-After; one that is alone always fits.
  server_limits& max_arriving_bytes(std::size_t n) noexcept { return arriving_ = n, *this; }
  std::size_t max_arriving_bytes() const noexcept { return arriving_; }
  /// Open connections; default 10,000. Above: 503 with Retry-After, and closed.
  server_limits& max_connections(std::size_t n) noexcept { return connections_ = n, *this; }
  std::size_t max_connections() const noexcept { return connections_; }

  /// From the end of a response to the first byte of the next request; default 75 s. Then closed.
  server_limits& idle_timeout(milliseconds t) noexcept { return idle_ = t, *this; }
  milliseconds idle_timeout() const noexcept { return idle_; }
  /// From the first byte of a request (or from accepting) to the end of its headers, the TLS
  /// handshake likewise; default 10 s. Then 408.
  server_limits& header_timeout(milliseconds t) noexcept { return header_ = t, *this; }
  milliseconds header_timeout() const noexcept { return header_; }
  /// For the whole body, from the call of `read_body`; default 30 s. Then `timed_out`.
  server_limits& body_timeout(milliseconds t) noexcept { return body_ = t, *this; }
  milliseconds body_timeout() const noexcept { return body_; }
  /// For each 16 KiB of a write, and for what is left of it; default 30 s. Then the connection is closed: a peer
  /// that reads slower would hold whoever writes for as long as it likes.
  server_limits& write_timeout(milliseconds t) noexcept { return write_ = t, *this; }
  milliseconds write_timeout() const noexcept { return write_; }
  /// How long a connection that is to be closed is read on, so that the peer gets the response
  /// before a reset; default 1 s.
  server_limits& linger_timeout(milliseconds t) noexcept { return linger_ = t, *this; }
  milliseconds linger_timeout() const noexcept { return linger_; }
  /// A peer that vanished without a word (power, network) is noticed after about this time, by TCP
  /// keep-alive probes and the limit on unacknowledged data; default 60 s, zero: leave it to the
  /// system.
  server_limits& dead_peer_timeout(milliseconds t) noexcept { return dead_peer_ = t, *this; }
  milliseconds dead_peer_timeout() const noexcept { return dead_peer_; }

  /// More than one request per connection; default on.
  server_limits& keep_alive(bool on) noexcept { return keep_alive_ = on, *this; }
  bool keep_alive() const noexcept { return keep_alive_; }
  /// Default: is_disconnect.
  server_limits& on_half_close(half_close what) noexcept { return half_close_ = what, *this; }
  half_close on_half_close() const noexcept { return half_close_; }

 private:
  std::size_t header_bytes_ = std::size_t{16} * 1024;
  std::size_t header_count_ = 100;
  std::size_t body_bytes_ = std::size_t{4} * 1024 * 1024;
  std::size_t read_ahead_ = std::size_t{64} * 1024;
  std::size_t arriving_ = std::size_t{256} * 1024 * 1024;
  std::size_t connections_ = 10'000;
  milliseconds idle_{75'000};
  milliseconds header_{10'000};
  milliseconds body_{30'000};
  milliseconds write_{30'000};
  milliseconds linger_{1'000};
  milliseconds dead_peer_{60'000};
  bool keep_alive_ = true;
  half_close half_close_ = half_close::is_disconnect;
};

}  // namespace comcp::http

#endif
