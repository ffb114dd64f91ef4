#include "comcp/http/server.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/detail/socket_option.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "comcp/scope/shard.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "http/connection.hpp"
#include "http/tcp_wire.hpp"
#include "http/tls_context.hpp"
#include "scope/io_wait.hpp"

namespace comcp::http {

namespace {

using asio::ip::tcp;
using acceptor_type = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;
template <int Level, int Name>
using int_option = asio::detail::socket_option::integer<Level, Name>;
template <int Level, int Name>
using bool_option = asio::detail::socket_option::boolean<Level, Name>;

constexpr auto descriptor_pause = std::chrono::milliseconds(100);
// One in each turn of the loop would be one in a hundred requests: at full load newcomers would wait for a minute.
constexpr int most_accepted_at_once = 64;

constexpr std::string_view too_many =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Type: text/plain; "
    "charset=utf-8\r\nContent-Length: 21\r\nConnection: close\r\n\r\ntoo many connections\n";

std::string host_text(const asio::ip::address& address) {
  return address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
}

/// A program that a handler starts would hold the connection open behind our back.
void keep_from_children(int descriptor) noexcept {
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

bool lacks_resources(const error_code& ec) noexcept {
  return ec == asio::error::no_descriptors || ec == asio::error::no_buffer_space ||
         ec == asio::error::no_memory || ec.value() == ENFILE;
}

/// The connection was lost before it was accepted: the next one may work.
bool concerns_one_connection(const error_code& ec) noexcept {
  switch (ec.value()) {
    case ECONNABORTED:
    case EPROTO:
    case EPERM:  // a firewall rule
    case EINTR:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
      return true;
    default:
      return false;
  }
}

}  // namespace

struct server::impl {
  impl(handler h, server_options o)
      : service(std::make_shared<connection_service>(std::move(h), std::move(o), this_shard())),
        acceptor(service->home.context()) {
    listen();
    if (service->options.tls()) tls = make_tls_context(*service->options.tls());
  }

  void listen() {
    const auto& options = service->options;
    error_code ec;
    const auto address = asio::ip::make_address(options.address(), ec);
    const auto where = options.address() + " port " + std::to_string(options.port());
    if (ec)
      throw boost::system::system_error(
          ec, "cannot listen on '" + options.address() + "': a numeric IP address is needed");
    const tcp::endpoint endpoint(address, options.port());
    acceptor.open(endpoint.protocol(), ec);
    if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
    keep_from_children(acceptor.native_handle());
    if (!ec && options.reuse_port())
      acceptor.set_option(bool_option<SOL_SOCKET, SO_REUSEPORT>(true), ec);
    if (!ec && endpoint.protocol() == tcp::v6()) acceptor.set_option(asio::ip::v6_only(true), ec);
    if (!ec) acceptor.bind(endpoint, ec);
    if (!ec) acceptor.listen(options.backlog(), ec);
    if (!ec) acceptor.non_blocking(true, ec);
    if (!ec) local = acceptor.local_endpoint(ec);
    if (ec) throw boost::system::system_error(ec, "cannot listen on " + where);
    watch_for_dead_peers();
  }

  // Accepted sockets inherit these from the listening one (Linux). A system that lacks one of them
  // does without.
  void watch_for_dead_peers() {
    const auto limit = service->options.limits().dead_peer_timeout();
    if (limit.count() <= 0) return;
    const auto seconds = [](std::chrono::milliseconds t) {
      return std::max(1, static_cast<int>(t.count() / 1000));
    };
    error_code ignored;
    acceptor.set_option(bool_option<SOL_SOCKET, SO_KEEPALIVE>(true), ignored);
    acceptor.set_option(int_option<IPPROTO_TCP, TCP_KEEPIDLE>(seconds(limit / 2)), ignored);
    acceptor.set_option(int_option<IPPROTO_TCP, TCP_KEEPINTVL>(seconds(limit / 8)), ignored);
    acceptor.set_option(int_option<IPPROTO_TCP, TCP_KEEPCNT>(4), ignored);
#ifdef TCP_USER_TIMEOUT
    acceptor.set_option(int_option<IPPROTO_TCP, TCP_USER_TIMEOUT>(static_cast<int>(limit.count())),
                        ignored);
#endif
  }

  std::string where() const {
    return host_text(local.address()) + ":" + std::to_string(local.port());
  }

  /// Accepts who is there, or waits for somebody. Without memory for one that one is lost, the listener waits.
  awaitable<void> accept_some() {
    error_code ec = asio::error::no_memory;
    try {
      ec = co_await accept_or_wait();
    } catch (const std::bad_alloc&) {
    }
    co_await checkpoint();
    if (!ec || ec == asio::error::would_block) co_return;
    if (lacks_resources(ec)) {
      service->options.log().write_limited(log_level::warning,
                                           "http: cannot accept connections: " + ec.message(),
                                           service->home.now());
      co_await sleep(descriptor_pause);
    } else if (acceptor.is_open() && ec != asio::error::operation_aborted &&
               !concerns_one_connection(ec)) {
      throw boost::system::system_error(ec, "cannot accept connections on " + where());
    }
  }

  awaitable<error_code> accept_or_wait() {
    error_code ec;
    for (int i = 0; i < most_accepted_at_once && !ec; ++i) {
      tcp_socket socket(service->home.context());
      tcp::endpoint from;
      acceptor.accept(socket, from, ec);
      if (!ec) take(std::move(socket), from);
    }
    if (ec == asio::error::would_block) {
      auto start = [this](auto done) {
        acceptor.async_wait(acceptor_type::wait_read, std::move(done));
      };
      auto stop = [this]() noexcept {
        error_code ignored;
        acceptor.cancel(ignored);
      };
      ec = co_await park(
          comcp::detail::io_wait(comcp::detail::this_task(), "connections", start, stop));
    }
    co_return ec;
  }

  void take(tcp_socket socket, const tcp::endpoint& from) {
    error_code ignored;
    keep_from_children(socket.native_handle());
    ++service->stats.accepted;
    if (service->stats.open_connections >= service->options.limits().max_connections()) {
      ++service->stats.refused;
      const std::array refusal{asio::const_buffer(too_many.data(), too_many.size())};
      if (!tls) try_send(socket.native_handle(), refusal, ignored);
      socket.shutdown(tcp_socket::shutdown_send, ignored);
      return;
    }
    socket.set_option(tcp::no_delay(true), ignored);
    peer_info peer;
    peer.address = from.address().to_string();
    peer.port = from.port();
    peer.tls = tls != nullptr;
    std::unique_ptr<wire> how;
    try {
      how = tls ? make_tls_wire(std::move(socket), *tls) : make_tcp_wire(std::move(socket));
    } catch (const boost::system::system_error&) {  // OpenSSL's way of having no memory
      throw std::bad_alloc();
    }
    connection::start(std::make_shared<connection>(std::move(how), std::move(peer), service));
  }

  void drain(std::chrono::milliseconds limit) {
    const auto until = time_after(service->home.now(), limit);
    drained_by = std::min(drained_by, until);
    if (!std::exchange(service->draining, true)) {
      error_code ignored;
      acceptor.close(ignored);
      auto& connections = service->connections;
      for (auto* c = connections.first(); c; c = connections.next(*c))
        c->drain();
    }
    if (scope) scope->deadline(drained_by);
  }

  std::shared_ptr<connection_service> service;
  acceptor_type acceptor;
  tcp::endpoint local;
  std::unique_ptr<asio::ssl::context> tls;
  cancel_scope* scope = nullptr;  // of the listener, while it serves
  time_point drained_by = time_point::max();
};

namespace {

/// Everything below the listener is over when this returns.
awaitable<void> run(std::shared_ptr<server::impl> self) {
  struct at_end {
    server::impl& self;
    ~at_end() {
      error_code ignored;
      self.scope = nullptr;
      self.service->group = nullptr;
      self.acceptor.close(ignored);
    }
  };
  const at_end guard{*self};
  const auto body = [&](task_group& group) -> awaitable<void> {
    self->scope = &group.scope();
    self->service->group = &group;
    if (self->service->draining) group.scope().deadline(self->drained_by);
    for (bool failed = false; self->acceptor.is_open();) {
      try {
        co_await self->accept_some();
        failed = false;
      } catch (const std::bad_alloc&) {
        if (std::exchange(failed, true)) throw;  // there is none even for trying
      }
    }
  };
  const auto name = "listener " + self->where();
  co_await with_task_group(body, scope_options().name(name));
}

}  // namespace

server::server(handler h, server_options options)
    : impl_(std::make_shared<impl>(std::move(h), std::move(options))) {}

server::~server() = default;

std::uint16_t server::port() const noexcept {
  return impl_->local.port();
}

std::string server::url() const {
  return (impl_->tls ? "https://" : "http://") + impl_->where();
}

awaitable<void> server::serve() {
  return run(impl_);
}

void server::drain(std::chrono::milliseconds limit) {
  impl_->drain(limit);
}

server_stats server::stats() const noexcept {
  return impl_->service->stats;
}

}  // namespace comcp::http
