#include "comcp/http_transport/http_endpoint.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "comcp/http/message.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/scope/task_group.hpp"

namespace comcp {

namespace {

/// Between the end of the MCP drain and the moment when connections are cut: for last chunks.
constexpr auto farewell = std::chrono::milliseconds(500);

struct listen_address {
  std::string ip;
  std::uint16_t port;
};

[[noreturn]] void bad_address(std::string_view text) {
  throw std::invalid_argument("cannot listen on \"" + std::string(text) +
                              "\": ADDRESS:PORT is needed, such as 127.0.0.1:8080 or [::1]:8080");
}

listen_address parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) bad_address(text);
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size())
    bad_address(text);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    bad_address(text);
  if (host.empty() || host == "localhost") host = "127.0.0.1";
  return {std::string(host), port};
}

awaitable<void> answer_text(http::exchange ex, int status, std::string_view text) {
  const std::string_view method = ex.request().method;
  http::response r = http::text_response(status, text);
  if (method != "GET" && method != "HEAD") {
    r = http::text_response(405);
    r.headers.set("Allow", "GET, HEAD");
  }
  r.headers.set("Cache-Control", "no-store");
  co_await std::move(ex).respond(std::move(r));
}

}  // namespace

class http_endpoint::impl : public std::enable_shared_from_this<http_endpoint::impl> {
 public:
  impl(std::string_view address, http_endpoint_options options)
      : options_(std::move(options)), at_(parse_address(address)), port_(at_.port) {}

  awaitable<void> serve(request_handler& handler, const std::function<void()>& listening);
  void drain(duration limit);
  std::string url() const;
  std::uint16_t port() const noexcept { return port_.load(std::memory_order_relaxed); }
  streamable_http_stats stats() const noexcept {
    const std::lock_guard held(mutex_);
    return mcp_ ? mcp_->stats() : streamable_http_stats();
  }

 private:
  /// One shard's listener.
  class listener {
   public:
    listener(shard& s, std::shared_ptr<http::server> l) : home(&s), server(std::move(l)) {}
    shard* home;
    std::shared_ptr<http::server> server;
  };

  std::shared_ptr<http::server> listen(request_handler& handler);
  http::router routes() const;

  const http_endpoint_options options_;
  const listen_address at_;
  std::atomic<std::uint16_t> port_;
  mutable std::mutex mutex_;  // of what follows: start, stop, statistics
  std::unique_ptr<streamable_http_server> mcp_;
  std::vector<listener> listeners_;
  std::optional<duration> drained_;
};

http::router http_endpoint::impl::routes() const {
  http::router paths;
  paths.add(options_.path(),
            [mcp = mcp_.get()](http::exchange ex) { return mcp->handle(std::move(ex)); });
  const bool legacy = options_.mcp().conversation().eras() != served_eras::modern;
  if (legacy && !options_.sse_path().empty()) {
    paths.add(options_.sse_path(),
              [mcp = mcp_.get(), to = options_.messages_path()](http::exchange ex) {
                return mcp->handle_sse(std::move(ex), to);
              });
    paths.add(options_.messages_path(), [mcp = mcp_.get()](http::exchange ex) {
      return mcp->handle_sse_message(std::move(ex));
    });
  }
  if (options_.health()) {
    paths.add("/healthz",
              [](http::exchange ex) { return answer_text(std::move(ex), 200, "ok\n"); });
    paths.add("/readyz", [mcp = mcp_.get()](http::exchange ex) {
      const bool ready = !mcp->draining();
      return answer_text(std::move(ex), ready ? 200 : 503, ready ? "ready\n" : "draining\n");
    });
  }
  if (options_.routes()) options_.routes()(paths);
  return paths;
}

// The first shard finds out whether the port is free and, for port 0, which one it is; all of them
// then share it. Binding it alone first is what tells another process that has it.
std::shared_ptr<http::server> http_endpoint::impl::listen(request_handler& handler) {
  const std::lock_guard held(mutex_);
  http::server_options http = options_.http();
  http.address(at_.ip).port(mcp_ ? port() : at_.port);
  if (http.cors().enabled()) http.cors(streamable_http_cors(http.cors()));
  if (!mcp_) {
    http.reuse_port(false);
    http::server probe([](http::exchange) -> awaitable<void> { co_return; }, http);
    http.port(probe.port());
    mcp_ = std::make_unique<streamable_http_server>(handler, options_.mcp());
  }
  http.reuse_port(true);
  auto paths = std::make_shared<const http::router>(routes());
  auto server = std::make_shared<http::server>(
      [paths](http::exchange ex) { return (*paths)(std::move(ex)); }, std::move(http));
  listeners_.emplace_back(this_shard(), server);
  port_.store(server->port(), std::memory_order_relaxed);  // who sees a new port can connect to it
  if (drained_) {
    mcp_->drain(*drained_);
    server->drain(std::chrono::milliseconds(0));
  }
  return server;
}

awaitable<void> http_endpoint::impl::serve(request_handler& handler,
                                           const std::function<void()>& listening) {
  // Sockets belong to their shard: nothing of them is left behind for another thread to destroy.
  class leave {
   public:
    explicit leave(std::shared_ptr<impl> e) noexcept : endpoint_(std::move(e)) {}
    ~leave() {
      const std::lock_guard held(endpoint_->mutex_);
      std::erase_if(endpoint_->listeners_,
                    [here = &this_shard()](const listener& l) { return l.home == here; });
    }
    leave(const leave&) = delete;
    leave& operator=(const leave&) = delete;

   private:
    std::shared_ptr<impl> endpoint_;
  };
  const auto server = listen(handler);
  const leave at_end(shared_from_this());
  listening();
  auto both = [&](task_group& group) -> awaitable<void> {
    group.start_soon([this] { return mcp_->run(); }, "mcp");
    co_await server->serve();
  };
  co_await with_task_group(both, scope_options().name("http endpoint"));
}

void http_endpoint::impl::drain(duration limit) {
  const std::lock_guard held(mutex_);
  drained_ = drained_ ? std::min(*drained_, limit) : limit;
  if (mcp_) mcp_->drain(limit);
  const auto cut = std::chrono::ceil<std::chrono::milliseconds>(limit) + farewell;
  for (const listener& l : listeners_)
    l.home->post([server = l.server, cut] { server->drain(cut); });
}

std::string http_endpoint::impl::url() const {
  const bool v6 = at_.ip.find(':') != std::string::npos;
  std::string text = options_.http().tls() ? "https://" : "http://";
  text += v6 ? '[' + at_.ip + ']' : at_.ip;
  text += ':' + std::to_string(port()) + options_.path();
  return text;
}

http_endpoint::http_endpoint(std::string_view address, http_endpoint_options options)
    : impl_(std::make_shared<impl>(address, std::move(options))) {}

http_endpoint::~http_endpoint() = default;

std::string http_endpoint::name() const {
  return impl_->url();
}
awaitable<void> http_endpoint::serve(request_handler& handler) {
  co_await impl_->serve(handler, [this] { tell_serving(); });
}
void http_endpoint::drain(duration limit) {
  impl_->drain(limit);
}
std::uint16_t http_endpoint::port() const noexcept {
  return impl_->port();
}
std::string http_endpoint::url() const {
  return impl_->url();
}
streamable_http_stats http_endpoint::stats() const noexcept {
  return impl_->stats();
}

std::unique_ptr<http_endpoint> listen_http(std::string_view address,
                                           http_endpoint_options options) {
  return std::make_unique<http_endpoint>(address, std::move(options));
}

}  // namespace comcp
