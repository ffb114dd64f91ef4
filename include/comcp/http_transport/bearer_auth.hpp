#ifndef COMCP_HTTP_TRANSPORT_BEARER_AUTH_HPP
#define COMCP_HTTP_TRANSPORT_BEARER_AUTH_HPP

// The resource server's half of MCP authorization: bearer tokens, challenges, and the metadata document
// that tells clients where to get a token. Issuing tokens is an authorization server's work.

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "comcp/awaitable.hpp"
#include "comcp/http/message.hpp"
#include "comcp/http/router.hpp"
#include "comcp/http_transport/http_endpoint.hpp"
#include "comcp/http_transport/streamable_http_options.hpp"
#include "comcp/session/principal.hpp"

namespace comcp {

/** What a verifier knows of a token that is genuine. */
class verified_token {
 public:
  verified_token() = default;

  principal who;                      ///< with the scopes that were granted
  std::vector<std::string> audience;  ///< for which resources it was issued
  std::optional<std::chrono::system_clock::time_point> expires;
};

/** Checks the signature of a token, or asks whoever issued it. Nothing when it isn't genuine, or was
    revoked. Audience, expiry and scopes are compared by bearer_auth.

    An exception (the issuer can't be reached) fails the request with 500: it says nothing about the
    token. Called on every shard, for every request: cache what is expensive.
*/
using token_verifier = std::function<awaitable<std::optional<verified_token>>(std::string token)>;

/** Options of bearer_auth. */
class bearer_options {
 public:
  bearer_options() = default;

  /// The scopes that every request needs. Default: none.
  bearer_options& require(std::vector<std::string> scopes) {
    return required_ = std::move(scopes), *this;
  }
  /** The scopes that this request needs beside. Sees the head only: modern clients name the method and
      the tool in `Mcp-Method` and `Mcp-Name`, which are checked against the body afterwards. */
  bearer_options& require_for(
      std::function<std::vector<std::string>(const http::request_head&)> f) {
    return required_by_ = std::move(f), *this;
  }
  /// Who has the broader scope has the narrower ones, too (S-AUTH-07). Transitive.
  bearer_options& implies(std::string broader, std::vector<std::string> narrower) {
    return hierarchy_[std::move(broader)] = std::move(narrower), *this;
  }
  /// What a client should ask for to begin with; in the metadata document, and in the challenge of a
  /// request without token when `require` says nothing.
  bearer_options& scopes_supported(std::vector<std::string> scopes) {
    return supported_ = std::move(scopes), *this;
  }
  /// For people.
  bearer_options& resource_name(std::string name) { return name_ = std::move(name), *this; }
  /// Also accepted as audience: earlier names of this server.
  bearer_options& audience(std::string also) {
    return audiences_.push_back(std::move(also)), *this;
  }
  /// Clocks of two machines differ: by zero to a day, default 30 s.
  bearer_options& leeway(std::chrono::seconds s) { return leeway_ = s, *this; }
  /// Replaces the system's clock in tests.
  bearer_options& now(std::function<std::chrono::system_clock::time_point()> f) {
    return now_ = std::move(f), *this;
  }

 private:
  friend class bearer_auth;
  std::vector<std::string> required_;
  std::function<std::vector<std::string>(const http::request_head&)> required_by_;
  std::map<std::string, std::vector<std::string>> hierarchy_;
  std::vector<std::string> supported_;
  std::string name_;
  std::vector<std::string> audiences_;
  std::chrono::seconds leeway_{30};
  std::function<std::chrono::system_clock::time_point()> now_ = std::chrono::system_clock::now;
};

/** Lets requests in that carry a token for this server.

    @code
    comcp::bearer_auth auth("https://mcp.example.com/mcp", {"https://login.example.com"}, verify);
    comcp::run(server, comcp::listen_http("127.0.0.1:8080", auth.applied_to({})));
    @endcode

    | Request | Answer |
    |---|---|
    | no token, or another scheme | 401, the challenge names the metadata document and the scopes |
    | a token that is malformed, unknown, expired, or for another server | 401 `invalid_token` |
    | a scope is missing | 403 `insufficient_scope` with all scopes that the request needs |
    | more than one Authorization header | 400 |

    A token in the query is not looked at. Handlers see who was let in by
    request_context::on_behalf_of(), never the token itself: it must not be passed on (S-AUTH-06).

    @par Thread safety immutable; copies share it
    spec: basic/authorization; RFC 6750, RFC 9728
*/
class bearer_auth {
 public:
  /** @param resource this server's URL as clients write it: with scheme, without fragment
      @param issuers  the authorization servers whose tokens are taken, at least one
      @par Errors     std::invalid_argument: not a URL, no issuer, a leeway out of its range, a scope with forbidden
                      characters, or `offline_access`, which is no business of a resource server (S-AUTH-08) */
  bearer_auth(std::string_view resource,
              std::vector<std::string> issuers,
              token_verifier verify,
              bearer_options options = {});

  /// For streamable_http_options::authorize.
  access_check check() const;
  /// Adds the metadata document: at the well-known path of the resource, and at its root.
  void add_routes(http::router& paths) const;
  /// The same on an endpoint; its own routes are kept.
  http_endpoint_options applied_to(http_endpoint_options options) const;

  /// Where the metadata document is.
  const std::string& metadata_url() const noexcept;
  /// The metadata document (RFC 9728).
  const std::string& metadata() const noexcept;

 private:
  class impl;
  std::shared_ptr<const impl> impl_;
};

}  // namespace comcp

#endif
