#include "comcp/http_transport/bearer_auth.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <set>
#include <stdexcept>

#include "comcp/http/fields.hpp"
#include "comcp/json/value.hpp"

namespace comcp {
namespace {

constexpr std::string_view well_known = "/.well-known/oauth-protected-resource";

constexpr std::chrono::hours longest_leeway{24};

/// RFC 6749 §3.3: what a scope may be made of. Quotes and spaces would end it in a challenge.
bool is_scope(std::string_view s) {
  return !s.empty() && std::ranges::all_of(s, [](unsigned char c) {
    return c > 0x20 && c < 0x7F && c != '"' && c != '\\';
  });
}

void check_scopes(const std::vector<std::string>& scopes) {
  for (const std::string& s : scopes) {
    if (!is_scope(s)) throw std::invalid_argument("'" + s + "' is no OAuth scope");
    if (s == "offline_access") {
      throw std::invalid_argument(
          "offline_access is between a client and its authorization server: leave it out");
    }
  }
}

/// RFC 6750 §2.1.
bool is_token(std::string_view t) {
  const auto body = t.substr(0, std::min(t.find_last_not_of('=') + 1, t.size()));
  return !body.empty() && std::ranges::all_of(body, [](unsigned char c) {
    return std::isalnum(c) ||
           std::string_view("-._~+/").find(static_cast<char>(c)) != std::string::npos;
  });
}

std::string_view without_slash(std::string_view url) {
  return url.ends_with('/') ? url.substr(0, url.size() - 1) : url;
}

std::string joined(const std::vector<std::string>& scopes) {
  std::string out;
  for (const std::string& s : scopes)
    out.append(out.empty() ? "" : " ").append(s);
  return out;
}

/// A URL in two parts: scheme and authority in lower case, and the path.
class split_url {
 public:
  explicit split_url(std::string_view url) {
    const auto scheme = url.find("://");
    const bool http =
        scheme != std::string_view::npos && (http::iequals(url.substr(0, scheme), "https") ||
                                             http::iequals(url.substr(0, scheme), "http"));
    const auto end = http ? std::min(url.find('/', scheme + 3), url.size()) : 0;
    if (!http || end == scheme + 3 || url.find_first_of("#?\" \\") != std::string_view::npos) {
      throw std::invalid_argument(
          "'" + std::string(url) +
          "' can't name a protected resource: write a URL like https://example.com/mcp");
    }
    origin.assign(url.substr(0, end));
    std::ranges::transform(origin, origin.begin(), [](unsigned char c) { return std::tolower(c); });
    path = without_slash(url.substr(end));
  }
  std::string origin;
  std::string path;
};

}  // namespace

class bearer_auth::impl {
 public:
  impl(std::string_view resource,
       std::vector<std::string> issuers,
       token_verifier verify,
       bearer_options options)
      : at_(resource), verify_(std::move(verify)), options_(std::move(options)) {
    if (issuers.empty()) throw std::invalid_argument("bearer_auth needs an authorization server");
    if (!verify_) throw std::invalid_argument("bearer_auth needs a token_verifier");
    if (options_.leeway_ < std::chrono::seconds(0) || options_.leeway_ > longest_leeway)
      throw std::invalid_argument("the leeway of bearer_auth is between zero and a day");
    check_scopes(options_.required_);
    check_scopes(options_.supported_);
    options_.audiences_.push_back(at_.origin + at_.path);
    metadata_url_ = at_.origin + std::string(well_known) + at_.path;
    json::object document;
    document["resource"] = at_.origin + at_.path;
    document["authorization_servers"] = json::array(issuers.begin(), issuers.end());
    if (!options_.supported_.empty()) {
      document["scopes_supported"] =
          json::array(options_.supported_.begin(), options_.supported_.end());
    }
    document["bearer_methods_supported"] = json::array({"header"});
    if (!options_.name_.empty()) document["resource_name"] = options_.name_;
    metadata_ = json::serialize(document);
  }

  awaitable<access_verdict> check(const http::request_head& head) const {
    if (head.headers.count("Authorization") > 1) {
      co_return access_verdict::denied(refusal(400, "invalid_request", "one Authorization header"));
    }
    const std::string_view credentials = head.header("Authorization").value_or("");
    const auto space = credentials.find(' ');
    if (!http::iequals(credentials.substr(0, space), "Bearer")) {
      co_return access_verdict::denied(refusal(401, {}, {}, needed_by(head)));
    }
    std::string token;
    if (space != std::string_view::npos) {
      const auto begin = credentials.find_first_not_of(' ', space);
      if (begin != std::string_view::npos) token = credentials.substr(begin);
    }
    if (!is_token(token)) co_return invalid(head, "the token is malformed");
    std::optional<verified_token> known = co_await verify_(std::move(token));
    if (!known) co_return invalid(head, "the token is unknown or was revoked");
    if (known->expires && *known->expires <= options_.now_() - options_.leeway_) {
      co_return invalid(head, "the token has expired");
    }
    if (!is_for_us(known->audience)) co_return invalid(head, "the token is for another resource");
    const std::vector<std::string> needed = needed_by(head);
    const std::set<std::string> granted = closure(known->who.scopes);
    if (!std::ranges::all_of(needed, [&](const auto& s) { return granted.contains(s); })) {
      co_return access_verdict::denied(
          refusal(403, "insufficient_scope", "the token lacks a scope", needed));
    }
    co_return access_verdict::granted(std::make_shared<const principal>(std::move(known->who)));
  }

  awaitable<void> answer_metadata(http::exchange ex) const {
    http::response document(200, "application/json", metadata_);
    document.header("Access-Control-Allow-Origin", "*").header("Cache-Control", "max-age=3600");
    co_await std::move(ex).respond(std::move(document));
  }

  const std::string& path() const noexcept { return at_.path; }
  const std::string& metadata_url() const noexcept { return metadata_url_; }
  const std::string& metadata() const noexcept { return metadata_; }

 private:
  std::vector<std::string> needed_by(const http::request_head& head) const {
    std::vector<std::string> needed = options_.required_;
    if (options_.required_by_) {
      for (std::string& s : options_.required_by_(head)) {
        if (std::ranges::find(needed, s) == needed.end()) needed.push_back(std::move(s));
      }
    }
    return needed;
  }

  bool is_for_us(const std::vector<std::string>& audience) const {
    return std::ranges::any_of(audience, [&](const std::string& a) {
      return std::ranges::any_of(options_.audiences_, [&](const std::string& own) {
        return without_slash(a) == without_slash(own);
      });
    });
  }

  /// With what the granted scopes imply.
  std::set<std::string> closure(const std::vector<std::string>& scopes) const {
    std::set<std::string> all;
    std::vector<std::string> next = scopes;
    while (!next.empty()) {
      std::string s = std::move(next.back());
      next.pop_back();
      if (!all.insert(s).second) continue;
      if (const auto found = options_.hierarchy_.find(s); found != options_.hierarchy_.end())
        next.insert(next.end(), found->second.begin(), found->second.end());
    }
    return all;
  }

  access_verdict invalid(const http::request_head& head, std::string_view why) const {
    return access_verdict::denied(refusal(401, "invalid_token", why, needed_by(head)));
  }

  http::response refusal(int status,
                         std::string_view error,
                         std::string_view description,
                         const std::vector<std::string>& needed = {}) const {
    std::string challenge = "Bearer resource_metadata=\"" + metadata_url_ + '"';
    const std::string scope = joined(needed.empty() ? options_.supported_ : needed);
    if (status != 400 && !scope.empty()) challenge.append(", scope=\"").append(scope).append("\"");
    json::object body;
    if (!error.empty()) {
      challenge.append(", error=\"").append(error).append("\", error_description=\"");
      challenge.append(description).append("\"");
      body["error"] = std::string(error);
      body["error_description"] = std::string(description);
    } else {
      body["error_description"] = "this resource needs a bearer token";
    }
    http::response r(status, "application/json", json::serialize(body));
    r.header("WWW-Authenticate", challenge).header("Cache-Control", "no-store");
    return r;
  }

  const split_url at_;
  const token_verifier verify_;
  bearer_options options_;
  std::string metadata_url_;
  std::string metadata_;
};

bearer_auth::bearer_auth(std::string_view resource,
                         std::vector<std::string> issuers,
                         token_verifier verify,
                         bearer_options options)
    : impl_(std::make_shared<const impl>(
          resource, std::move(issuers), std::move(verify), std::move(options))) {}

access_check bearer_auth::check() const {
  return [self = impl_](const http::request_head& head, const http::peer_info&) {
    return self->check(head);
  };
}

void bearer_auth::add_routes(http::router& paths) const {
  const auto answer = [self = impl_](http::exchange ex) {
    return self->answer_metadata(std::move(ex));
  };
  paths.add("GET", well_known, answer);
  if (!impl_->path().empty()) paths.add("GET", std::string(well_known) + impl_->path(), answer);
}

http_endpoint_options bearer_auth::applied_to(http_endpoint_options options) const {
  streamable_http_options mcp = options.mcp();
  mcp.authorize(check());
  options.mcp(std::move(mcp));
  options.routes([self = *this, more = options.routes()](http::router& paths) {
    self.add_routes(paths);
    if (more) more(paths);
  });
  return options;
}

const std::string& bearer_auth::metadata_url() const noexcept {
  return impl_->metadata_url();
}
const std::string& bearer_auth::metadata() const noexcept {
  return impl_->metadata();
}

}  // namespace comcp
