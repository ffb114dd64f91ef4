#ifndef COMCP_HTTP_TRANSPORT_HTTP_ENDPOINT_HPP
#define COMCP_HTTP_TRANSPORT_HTTP_ENDPOINT_HPP

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/http/router.hpp"
#include "comcp/http/server.hpp"
#include "comcp/http_transport/streamable_http_server.hpp"
#include "comcp/session/endpoint.hpp"

namespace comcp {

/** Options of an http_endpoint. */
class http_endpoint_options {
 public:
  http_endpoint_options() = default;

  /// The MCP endpoint's path; default "/mcp".
  http_endpoint_options& path(std::string p) { return path_ = std::move(p), *this; }
  const std::string& path() const noexcept { return path_; }
  /** Serves HTTP+SSE (2024-11-05) beside it, for clients that know nothing newer. Off by default; never
      on where `mcp` serves the modern era only.
      @param stream   path of the stream
      @param messages path that clients post to; what their stream tells them, so behind a proxy that
                      changes paths it is the public one that has to lead there */
  http_endpoint_options& http_sse(std::string stream = "/sse", std::string messages = "/messages") {
    return sse_path_ = std::move(stream), messages_path_ = std::move(messages), *this;
  }
  /// Empty: off.
  const std::string& sse_path() const noexcept { return sse_path_; }
  const std::string& messages_path() const noexcept { return messages_path_; }
  /// Sessions, limits, authorization.
  http_endpoint_options& mcp(streamable_http_options o) { return mcp_ = std::move(o), *this; }
  const streamable_http_options& mcp() const noexcept { return mcp_; }
  /// HTTP itself: limits, TLS, allowed hosts and origins, CORS. Address, port and their sharing are
  /// set by the endpoint.
  http_endpoint_options& http(http::server_options o) { return http_ = std::move(o), *this; }
  const http::server_options& http() const noexcept { return http_; }
  /// `/healthz` (200 while the process serves) and `/readyz` (503 while draining); default on.
  http_endpoint_options& health(bool on) { return health_ = on, *this; }
  bool health() const noexcept { return health_; }
  /// Adds further paths. Called once per shard.
  http_endpoint_options& routes(std::function<void(http::router&)> add) {
    return routes_ = std::move(add), *this;
  }
  const std::function<void(http::router&)>& routes() const noexcept { return routes_; }

 private:
  std::string path_ = "/mcp";
  std::string sse_path_;
  std::string messages_path_;
  streamable_http_options mcp_;
  http::server_options http_;
  bool health_ = true;
  std::function<void(http::router&)> routes_;
};

/** A listening socket that serves MCP: an http::server on every shard, all on one port. */
class http_endpoint final : public endpoint {
 public:
  /// @par Errors std::invalid_argument for an address that isn't `ip:port` or `[ipv6]:port`
  explicit http_endpoint(std::string_view address, http_endpoint_options options = {});
  ~http_endpoint() override;

  std::string name() const override;
  bool uses_every_shard() const noexcept override { return true; }
  awaitable<void> serve(request_handler& handler) override;
  void drain(duration limit) override;

  /// The port that was asked for; once a shard serves, the one that is bound. Any thread.
  std::uint16_t port() const noexcept;
  /// "http://127.0.0.1:8080/mcp". Any thread.
  std::string url() const;
  /// Any thread; all zero before the first shard serves.
  streamable_http_stats stats() const noexcept;

 private:
  class impl;
  std::shared_ptr<impl> impl_;
};

/** Serves MCP over HTTP: `comcp::run(server, comcp::listen_http("127.0.0.1:8080"))`.

    `localhost:8080` and `:8080` mean the loopback address. With port 0 any free one is taken.
*/
std::unique_ptr<http_endpoint> listen_http(std::string_view address,
                                           http_endpoint_options options = {});

}  // namespace comcp

#endif
