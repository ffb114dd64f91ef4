#include "comcp/http/origin.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <arpa/inet.h>

#include "comcp/log.hpp"
#include "http/tokens.hpp"

namespace comcp::http {

namespace {

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

bool is_ipv4(const std::string& host) noexcept {
  in_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool is_host_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

struct parsed_origin {
  std::string scheme;
  host_port host;
};

std::optional<parsed_origin> parse_origin(std::string_view text) {
  const auto at = text.find("://");
  if (at == std::string_view::npos || !is_token(text.substr(0, at))) return std::nullopt;
  auto host = parse_host(text.substr(at + 3));
  if (!host) return std::nullopt;
  return parsed_origin{lowered(text.substr(0, at)), std::move(*host)};
}

std::string canonical_origin(std::string_view text) {
  if (!parse_origin(text))
    throw std::invalid_argument("origin '" + std::string(text) +
                                "' is not of the form scheme://host[:port]");
  return lowered(text);
}

bool is_loopback_origin(std::string_view origin) {
  const auto parsed = parse_origin(origin);
  return parsed && (parsed->scheme == "http" || parsed->scheme == "https") &&
         is_loopback_host(parsed->host);
}

void add_to_list(std::string& list, std::string_view name) {
  if (!is_token(name))
    throw std::invalid_argument("'" + std::string(name) + "' can't be a method or a header name");
  if (!list.empty()) list += ", ";
  list += name;
}

}  // namespace

std::optional<host_port> parse_host(std::string_view text) {
  host_port out;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    out.host = lowered(text.substr(1, close - 1));
    out.is_ipv6 = true;
    in6_addr address{};
    if (::inet_pton(AF_INET6, out.host.c_str(), &address) != 1) return std::nullopt;
    rest = text.substr(close + 1);
  } else {
    const auto colon = text.find(':');
    out.host = lowered(text.substr(0, colon));
    if (out.host.empty() || !std::ranges::all_of(out.host, is_host_char)) return std::nullopt;
    if (colon != std::string_view::npos) rest = text.substr(colon);
  }
  if (rest.empty()) return out;
  if (rest.front() != ':') return std::nullopt;
  rest.remove_prefix(1);
  if (rest.empty()) return out;  // "host:" has an empty port, RFC 3986 §3.2.3
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), port);
  if (error != std::errc{} || end != rest.data() + rest.size()) return std::nullopt;
  out.port = port;
  return out;
}

bool is_loopback_host(const host_port& host) noexcept {
  if (host.is_ipv6) {
    in6_addr address{};
    return ::inet_pton(AF_INET6, host.host.c_str(), &address) == 1 &&
           IN6_IS_ADDR_LOOPBACK(&address);
  }
  // Browsers resolve names under localhost to loopback themselves (RFC 6761 §6.3).
  if (host.host == "localhost" || host.host.ends_with(".localhost")) return true;
  return host.host.starts_with("127.") && is_ipv4(host.host);
}

origin_policy origin_policy::allow_all() noexcept {
  origin_policy policy;
  policy.all_ = true;
  return policy;
}

origin_policy& origin_policy::allow_host(std::string_view host) {
  auto parsed = parse_host(host);
  if (!parsed)
    throw std::invalid_argument("host '" + std::string(host) +
                                "' is not of the form name or name:port");
  hosts_.push_back(std::move(*parsed));
  return *this;
}

origin_policy& origin_policy::allow_origin(std::string_view origin) {
  origins_.push_back(canonical_origin(origin));
  return *this;
}

bool origin_policy::host_allowed(std::string_view host) const {
  const auto parsed = parse_host(host);
  if (!parsed) return false;
  if (loopback_ && is_loopback_host(*parsed)) return true;
  if (ip_hosts_ && (parsed->is_ipv6 || is_ipv4(parsed->host))) return true;
  return std::ranges::any_of(hosts_, [&](const host_port& allowed) {
    return allowed.host == parsed->host && (!allowed.port || allowed.port == parsed->port);
  });
}

bool origin_policy::origin_allowed(std::string_view origin) const {
  if (any_origin_ || (loopback_ && is_loopback_origin(origin))) return true;
  return std::ranges::any_of(origins_,
                             [&](const std::string& allowed) { return iequals(allowed, origin); });
}

origin_policy::verdict origin_policy::check(const request_head& request) const {
  std::string nothing;
  return check(request, nothing);
}

origin_policy::verdict origin_policy::check(const request_head& request,
                                            std::string& allowed_before) const {
  if (all_) return verdict::allowed;
  const auto authority = request.authority();
  if (authority.empty() || authority != allowed_before) {
    // HTTP/1.0 clients may leave Host out; no browser does.
    const bool no_host = authority.empty() && !request.headers.contains("Host");
    if (!(no_host && request.version < 11) && !host_allowed(authority)) return verdict::bad_host;
    allowed_before = authority;
  }
  const auto& headers = request.headers;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto field = headers[i];
    if (iequals(field.name, "Origin") && !origin_allowed(field.value)) return verdict::bad_origin;
  }
  return verdict::allowed;
}

std::string origin_policy::explain(verdict v, const request_head& request) {
  switch (v) {
    case verdict::bad_host:
      return "Host " + quoted_for_log(request.authority()) +
             " is not served here; a server that is reached by that name must allow it "
             "(allow_host)";
    case verdict::bad_origin:
      return "Origin " + quoted_for_log(request.headers.joined("Origin")) +
             " may not use this server; the server must allow it (allow_origin)";
    case verdict::allowed:
      break;
  }
  return "allowed";
}

cors_policy& cors_policy::allow_origin(std::string_view origin) {
  origins_.push_back(canonical_origin(origin));
  return *this;
}

cors_policy& cors_policy::allow_method(std::string_view method) {
  add_to_list(methods_, method);
  return *this;
}

cors_policy& cors_policy::allow_header(std::string_view name) {
  add_to_list(headers_, name);
  return *this;
}

cors_policy& cors_policy::allow_headers_with_prefix(std::string_view prefix) {
  std::string checked;
  add_to_list(checked, prefix);
  header_prefixes_.push_back(std::move(checked));
  return *this;
}

cors_policy& cors_policy::expose_header(std::string_view name) {
  add_to_list(exposed_, name);
  return *this;
}

bool cors_policy::origin_allowed(std::string_view origin) const {
  if (any_ || (loopback_ && is_loopback_origin(origin))) return true;
  return std::ranges::any_of(origins_,
                             [&](const std::string& allowed) { return iequals(allowed, origin); });
}

void cors_policy::name_origin(std::string_view origin, fields& out) const {
  if (any_ && !credentials_) {
    out.set("Access-Control-Allow-Origin", "*");
  } else {
    out.set("Access-Control-Allow-Origin", origin);
    out.set("Vary", "Origin");
  }
  if (credentials_) out.set("Access-Control-Allow-Credentials", "true");
}

std::string cors_policy::headers_for(const request_head& preflight) const {
  std::string all = headers_;
  if (header_prefixes_.empty()) return all;
  const std::string wanted = preflight.headers.joined("Access-Control-Request-Headers");
  for (list_reader names(wanted); const auto name = names.next();) {
    const bool is_allowed = std::ranges::any_of(header_prefixes_, [&](const std::string& prefix) {
      return iequals(name->substr(0, prefix.size()), prefix);
    });
    if (is_allowed && is_token(*name)) add_to_list(all, *name);
  }
  return all;
}

std::optional<response> cors_policy::preflight(const request_head& request) const {
  if (!enabled() || request.method != "OPTIONS") return std::nullopt;
  const auto origin = request.header("Origin");
  if (!origin || !request.header("Access-Control-Request-Method")) return std::nullopt;
  if (!origin_allowed(*origin)) {
    auto refusal = text_response(403, "this origin is not allowed to use the server (CORS)");
    refusal.headers.set("Vary", "Origin");
    return refusal;
  }
  response answer(204);
  name_origin(*origin, answer.headers);
  answer.headers.set("Access-Control-Allow-Methods", methods_);
  if (const std::string names = headers_for(request); !names.empty())
    answer.headers.set("Access-Control-Allow-Headers", names);
  answer.headers.set("Access-Control-Max-Age", std::to_string(max_age_.count()));
  return answer;
}

void cors_policy::decorate(const request_head& request, fields& out) const {
  if (!enabled()) return;
  const auto origin = request.header("Origin");
  if (!origin || !origin_allowed(*origin)) {
    if (!any_ || credentials_) out.set("Vary", "Origin");
    return;
  }
  name_origin(*origin, out);
  if (!exposed_.empty()) out.set("Access-Control-Expose-Headers", exposed_);
}

}  // namespace comcp::http
