#ifndef COMCP_HTTP_SERVER_HPP
#define COMCP_HTTP_SERVER_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/http/exchange.hpp"
#include "comcp/http/limits.hpp"
#include "comcp/http/origin.hpp"
#include "comcp/http/tls.hpp"
#include "comcp/log.hpp"

namespace comcp::http {

/** Where and how a server listens. */
class server_options {
 public:
  server_options() noexcept {}

  /// A numeric IPv4 or IPv6 address; default 127.0.0.1. Names are not resolved.
  server_options& address(std::string ip) { return address_ = std::move(ip), *this; }
  const std::string& address() const noexcept { return address_; }
  /// 0 (default): any free port; see server::port.
  server_options& port(std::uint16_t number) noexcept { return port_ = number, *this; }
  std::uint16_t port() const noexcept { return port_; }
  /// Several servers, one per shard, share the port and the kernel spreads the connections.
  server_options& reuse_port(bool on = true) noexcept { return reuse_port_ = on, *this; }
  bool reuse_port() const noexcept { return reuse_port_; }
  /// Connections the kernel holds until they are accepted; default 1024.
  server_options& backlog(int n) noexcept { return backlog_ = n, *this; }
  int backlog() const noexcept { return backlog_; }

  server_options& limits(server_limits l) noexcept { return limits_ = l, *this; }
  const server_limits& limits() const noexcept { return limits_; }
  /// Serve TLS instead of plain HTTP.
  server_options& tls(tls_options t) { return tls_ = std::move(t), *this; }
  const std::optional<tls_options>& tls() const noexcept { return tls_; }
  /// Checked before the handler sees a request; the default serves loopback names only.
  server_options& origin(origin_policy p) { return origin_ = std::move(p), *this; }
  const origin_policy& origin() const noexcept { return origin_; }
  /// Answers preflights and adds the headers to every response; off by default. An origin that may
  /// read the answers here may also send: it passes the Origin check, whatever that says.
  server_options& cors(cors_policy p) { return cors_ = std::move(p), *this; }
  const cors_policy& cors() const noexcept { return cors_; }
  server_options& log(logger to) { return log_ = std::move(to), *this; }
  const logger& log() const noexcept { return log_; }

 private:
  std::string address_ = "127.0.0.1";
  std::uint16_t port_ = 0;
  int backlog_ = 1024;
  bool reuse_port_ = false;
  server_limits limits_;
  std::optional<tls_options> tls_;
  origin_policy origin_;
  cors_policy cors_;
  logger log_;
};

/** Counters of one server; gauges are of now, the rest since the start. */
class server_stats {
 public:
  server_stats() noexcept {}
  std::size_t open_connections = 0;
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;   ///< above max_connections
  std::uint64_t requests = 0;  ///< heads that were read whole
  std::uint64_t rejected = 0;  ///< requests answered by the server itself with 4xx or 5xx
};

/** An HTTP/1.1 server on one shard.

    `serve()` is the listener scope: it holds a task per connection, and in each connection a scope
    per exchange. It returns when all of them are gone.

    @par Thread safety  its shard only
    @see lib/http/DESIGN.md, test/http/server.cpp
*/
class server {
 public:
  /** Binds and listens at once, on the calling task's shard, so that `port()` is known and clients
      can connect before `serve()` runs.

      @par Errors boost::system::system_error that names the address, or what is wrong with the
                  certificate or key
  */
  explicit server(handler h, server_options options = {});
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  std::uint16_t port() const noexcept;
  /// "http://127.0.0.1:8080", or https.
  std::string url() const;

  /** Accepts and serves until drained or cancelled.

      @par Errors none but what makes accepting impossible for good; lack of descriptors is waited
                        out
      @par Cancellation closes the listener and all connections at once, then throws as any
                        cancellation
      @par Preconditions called once
  */
  awaitable<void> serve();

  /** Lets `serve()` end: stops accepting, closes idle connections, lets each exchange that is under
      way finish (its response says `Connection: close`), and cancels what is left after the limit.

      Open streams count as under way: whoever feeds them should finish them now (exchange and
      stream say `draining()`). May be called again with a shorter limit; zero cancels at once.
  */
  void drain(std::chrono::milliseconds limit);

  server_stats stats() const noexcept;

  struct impl;  // private to lib/http

 private:
  std::shared_ptr<impl> impl_;
};

}  // namespace comcp::http

#endif
