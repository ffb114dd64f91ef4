#include "listening.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "comcp/http/limits.hpp"
#include "comcp/http/origin.hpp"
#include "comcp/http/server.hpp"
#include "comcp/http_transport/http_endpoint.hpp"

namespace comcp::program {

namespace {

// Passes everything on, and puts the reason for a failure into words.
class explaining_endpoint final : public endpoint {
 public:
  explaining_endpoint(std::unique_ptr<http_endpoint> inner, const serve_options& o, logger log)
      : inner_(std::move(inner)),
        address_(o.listen),
        path_(o.path),
        sse_path_(o.http_sse ? o.sse_path : std::string()),
        log_(std::move(log)) {
    inner_->on_serving([this] {
      tell_serving();
      if (sse_path_.empty()) return;
      const std::string url = inner_->url();
      log_.write(log_level::info, "clients of HTTP+SSE connect to " +
                                      url.substr(0, url.size() - path_.size()) + sse_path_);
    });
  }

  std::string name() const override { return inner_->name(); }
  bool uses_every_shard() const noexcept override { return inner_->uses_every_shard(); }
  void drain(duration limit) override { inner_->drain(limit); }

  awaitable<void> serve(request_handler& handler) override {
    try {
      co_await inner_->serve(handler);
    } catch (const boost::system::system_error& e) {
      if (e.code() == boost::system::errc::operation_canceled) throw;
      const std::string advice = explain_listen_error(address_, e.code());
      if (advice.empty()) throw;
      throw std::runtime_error(advice);
    }
  }

 private:
  std::unique_ptr<http_endpoint> inner_;
  const std::string address_;
  const std::string path_;
  const std::string sse_path_;  // empty: not served
  const logger log_;
};

// Names are not looked up: a server should know on which of its addresses it listens.
void check_address(const std::string& listen) {
  const auto at = http::parse_host(listen);
  if (!at || !at->port || at->host == "localhost") return;  // the endpoint judges the rest
  boost::system::error_code wrong;
  boost::asio::ip::make_address(at->host, wrong);
  if (wrong) {
    throw usage_error(
        "--listen: '" + at->host +
        "' is no IP address; 127.0.0.1 serves this machine only, 0.0.0.0 every network "
        "it is in");
  }
}

void check_readable(const char* option, const std::string& file) {
  errno = 0;
  if (std::ifstream(file).peek() != std::ifstream::traits_type::eof()) return;
  throw std::runtime_error(
      std::string(option) + " " + file + ": " +
      (errno != 0 ? std::generic_category().message(errno) : "the file is empty"));
}

http::server_options http_of(const serve_options& o, const logger& log) {
  http::origin_policy origin;
  http::cors_policy cors;
  for (const std::string& host : o.allow_host) {
    try {
      origin.allow_host(host);
    } catch (const std::invalid_argument& e) {
      throw usage_error("--allow-host: " + std::string(e.what()));
    }
  }
  for (const std::string& allowed : o.allow_origin) {
    try {
      origin.allow_origin(allowed);
      cors.allow_origin(allowed);
    } catch (const std::invalid_argument& e) {
      throw usage_error("--allow-origin: " + std::string(e.what()));
    }
  }
  if (!is_loopback_address(o.listen)) {
    // Rebinding a name can't fake an address.
    origin.allow_ip_hosts();
    log.write(
        log_level::warning,
        "listening on " + o.listen + ": whoever reaches this address can use the tools" +
            std::string(o.allow_host.empty()
                            ? "; clients that come by name are refused until --allow-host names it"
                            : ""));
  }
  http::server_options out;
  out.limits(http::server_limits().max_connections(o.max_connections).max_body_bytes(o.max_body));
  out.origin(std::move(origin)).cors(streamable_http_cors(std::move(cors))).log(log);
  if (!o.tls_cert.empty()) {
    check_readable("--tls-cert", o.tls_cert);
    check_readable("--tls-key", o.tls_key);
    out.tls(http::tls_options().certificate_file(o.tls_cert).key_file(o.tls_key));
  }
  return out;
}

}  // namespace

std::unique_ptr<endpoint> make_http_endpoint(const serve_options& o,
                                             session_options conversation,
                                             const logger& log) {
  check_address(o.listen);
  streamable_http_options mcp;
  mcp.conversation(std::move(conversation)).max_sessions(o.max_sessions).idle_limit(o.session_idle);
  http_endpoint_options options;
  options.path(o.path).mcp(std::move(mcp)).http(http_of(o, log));
  if (o.http_sse) options.http_sse(o.sse_path, o.messages_path);
  try {
    return std::make_unique<explaining_endpoint>(listen_http(o.listen, std::move(options)), o, log);
  } catch (const std::invalid_argument& e) {
    throw usage_error("--listen: " + std::string(e.what()));
  }
}

std::string explain_listen_error(std::string_view address, const std::error_code& why) {
  std::string text = "can't listen on " + std::string(address) + ": ";
  if (why == std::errc::address_in_use) {
    return text +
           "the address is in use by another program. Stop that one, or choose another port "
           "with --listen ADDR:PORT (port 0 takes any free one)";
  }
  if (why == std::errc::permission_denied) {
    return text + "ports below 1024 are reserved. Choose a higher one with --listen ADDR:PORT";
  }
  if (why == std::errc::address_not_available) {
    return text +
           "this machine doesn't have that address. 127.0.0.1 serves this machine only, 0.0.0.0 "
           "every network it is in";
  }
  return {};
}

bool is_loopback_address(std::string_view address) {
  if (address.starts_with(':') || address.starts_with("localhost:")) return true;
  const auto host = http::parse_host(address);
  return host && http::is_loopback_host(*host);
}

}  // namespace comcp::program
