#ifndef COMCP_HTTP_ORIGIN_HPP
#define COMCP_HTTP_ORIGIN_HPP

// Who may talk to the server from a browser. A page of any site can make its visitor's browser send
// requests to a local server (and with DNS rebinding even read the answers); the browser's own Host
// and Origin headers give it away.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "comcp/http/message.hpp"

namespace comcp::http {

/** A host and a port as in a Host header. */
class host_port {
 public:
  host_port() noexcept {}
  std::string host;                   ///< lower case; an IPv6 address without its brackets
  std::optional<std::uint16_t> port;  ///< as written, no default filled in
  bool is_ipv6 = false;
};

/// Reads `host`, `host:port`, `[v6]`, `[v6]:port`. Nothing for anything else (user info, spaces,
/// empty host, ports out of range).
std::optional<host_port> parse_host(std::string_view text);

/// `localhost`, `*.localhost`, 127.0.0.0/8 in its four-part decimal form, or ::1. Other spellings
/// of the loopback address (127.1, 0x7f.0.0.1, ::ffff:127.0.0.1) are not taken.
bool is_loopback_host(const host_port& host) noexcept;

/** Decides by Host and Origin whether a request is looked at at all.

    By default only loopback names are served, on any port, whatever address the server listens on:
    a server that is reached by another name must say so with `allow_host`. A request without Origin
    comes from no browser's cross-site page and passes; the origin `null` does not.

    @see test/http/origin.cpp
*/
class origin_policy {
 public:
  origin_policy() noexcept {}
  /// No check at all: for servers behind a gateway that checks.
  static origin_policy allow_all() noexcept;

  /// A name in the Host header, `example.org` (any port) or `example.org:8443`.
  /// @par Errors std::invalid_argument if it can't be read
  origin_policy& allow_host(std::string_view host);
  /// Any IP address as Host: rebinding needs a name, so an address is safe from it. For servers
  /// that listen on other addresses than loopback.
  origin_policy& allow_ip_hosts(bool on = true) noexcept { return ip_hosts_ = on, *this; }
  /// An origin as browsers write it, `https://app.example` or with a port. Exact match.
  /// @par Errors std::invalid_argument if it isn't scheme://host[:port]
  origin_policy& allow_origin(std::string_view origin);
  /// Any origin. Leaves the Host check on.
  origin_policy& allow_any_origin(bool on = true) noexcept { return any_origin_ = on, *this; }
  /// Loopback names and origins pass (default).
  origin_policy& allow_loopback(bool on = true) noexcept { return loopback_ = on, *this; }

  enum class verdict : std::uint8_t { allowed, bad_host, bad_origin };
  /// Looks at every Origin and at the authority of the request.
  verdict check(const request_head& request) const;
  /// The same for a client that asks again and again: the authority that was allowed last isn't looked at
  /// twice.
  verdict check(const request_head& request, std::string& allowed_before) const;
  /// What was refused and which option allows it, for the response and the log.
  static std::string explain(verdict, const request_head& request);

  bool host_allowed(std::string_view host) const;
  bool origin_allowed(std::string_view origin) const;

 private:
  bool all_ = false;
  bool loopback_ = true;
  bool ip_hosts_ = false;
  bool any_origin_ = false;
  std::vector<host_port> hosts_;
  std::vector<std::string> origins_;
};

/** Which pages of other origins may read the answers (CORS). Off until an origin is allowed.

    A preflight is answered only for configured origins; every response to an allowed origin,
    whatever its status, carries the headers.
*/
class cors_policy {
 public:
  cors_policy() noexcept {}
  /// @par Errors std::invalid_argument if it isn't scheme://host[:port]
  cors_policy& allow_origin(std::string_view origin);
  cors_policy& allow_any_origin(bool on = true) noexcept { return any_ = on, *this; }
  /// Pages served from this machine, on any port.
  cors_policy& allow_loopback_origins(bool on = true) noexcept { return loopback_ = on, *this; }
  /// Also `Access-Control-Allow-Credentials`; the origin is then always named, never `*`.
  cors_policy& allow_credentials(bool on = true) noexcept { return credentials_ = on, *this; }
  /// Added to GET, HEAD and POST. @par Errors std::invalid_argument if it is no token
  cors_policy& allow_method(std::string_view method);
  cors_policy& allow_header(std::string_view name);
  /// Those of which only the beginning is known, as far as a preflight asks for them.
  cors_policy& allow_headers_with_prefix(std::string_view prefix);
  cors_policy& expose_header(std::string_view name);
  /// How long browsers remember a preflight; default 10 minutes.
  cors_policy& max_age(std::chrono::seconds age) noexcept { return max_age_ = age, *this; }

  bool enabled() const noexcept { return any_ || loopback_ || !origins_.empty(); }
  bool origin_allowed(std::string_view origin) const;
  /// The answer if the request is a preflight: 204 with the permissions, or 403 for another origin.
  std::optional<response> preflight(const request_head& request) const;
  /// Adds what every response to this request needs (also `Vary: Origin`).
  void decorate(const request_head& request, fields& out) const;

 private:
  void name_origin(std::string_view origin, fields& out) const;
  std::string headers_for(const request_head& preflight) const;

  bool any_ = false;
  bool loopback_ = false;
  bool credentials_ = false;
  std::chrono::seconds max_age_{600};
  std::vector<std::string> origins_;
  std::string methods_ = "GET, HEAD, POST";
  std::string headers_;
  std::vector<std::string> header_prefixes_;
  std::string exposed_;
};

}  // namespace comcp::http

#endif
