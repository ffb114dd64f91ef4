#ifndef COMCP_SESSION_PRINCIPAL_HPP
#define COMCP_SESSION_PRINCIPAL_HPP

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "comcp/json/value.hpp"

namespace comcp {

/** On whose behalf a request comes, as established by authorization: never by what a client says of
    itself. Immutable, shared between threads. */
class principal {
 public:
  principal() = default;
  explicit principal(std::string subject_id) : subject(std::move(subject_id)) {}

  std::string subject;              ///< unique within the issuer
  std::string issuer;               ///< who vouches for it
  std::vector<std::string> scopes;  ///< what it may do
  json::object claims;              ///< everything else the token said
};

/** What the transport knows about where a request came from. Lives as long as the request. */
class request_origin {
 public:
  virtual ~request_origin() = default;
  /// "stdio", "memory", "streamable-http", ...
  virtual std::string_view transport_name() const noexcept = 0;
  /// HTTP header, name compared without case; nothing on other transports. `Authorization` is not among them: a
  /// token must not be passed on (S-AUTH-06); what a handler needs of it is in its principal.
  virtual std::optional<std::string_view> header(std::string_view) const noexcept { return {}; }
  virtual std::string_view remote_address() const noexcept { return {}; }
  /// The same for what goes on when the request is over. Null: nothing is known then.
  virtual std::shared_ptr<const request_origin> kept() const { return nullptr; }
};

}  // namespace comcp

#endif
