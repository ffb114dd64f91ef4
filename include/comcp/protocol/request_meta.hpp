#ifndef COMCP_PROTOCOL_REQUEST_META_HPP
#define COMCP_PROTOCOL_REQUEST_META_HPP

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/capabilities.hpp"
#include "comcp/protocol/errors.hpp"
#include "comcp/protocol/logging.hpp"
#include "comcp/protocol/version.hpp"

namespace comcp::protocol {

/// Keys of `_meta` that the specification defines.
namespace meta_key {
inline constexpr std::string_view progress_token = "progressToken";
inline constexpr std::string_view protocol_version = "io.modelcontextprotocol/protocolVersion";
inline constexpr std::string_view client_capabilities =
    "io.modelcontextprotocol/clientCapabilities";
inline constexpr std::string_view client_info = "io.modelcontextprotocol/clientInfo";
inline constexpr std::string_view log_level = "io.modelcontextprotocol/logLevel";
inline constexpr std::string_view server_info = "io.modelcontextprotocol/serverInfo";
inline constexpr std::string_view subscription_id = "io.modelcontextprotocol/subscriptionId";
}  // namespace meta_key

/** A request's `params._meta`, understood.

    @par Thread safety one thread: what a request says of its client is decoded when it is asked for
*/
class request_meta {
 public:
  request_meta() noexcept;
  /// With the progress token that it has.
  explicit request_meta(json::object meta);
  request_meta(const request_meta& other);
  request_meta(request_meta&&) noexcept;
  request_meta& operator=(request_meta&&) noexcept;
  ~request_meta();

  /// Null in the legacy era, where the session knows.
  const protocol::rules* rules = nullptr;
  std::optional<jsonrpc::request_id> progress_token;
  std::optional<logging_level> log_level;  ///< modern only
  /// All of `_meta`; trace context keys and the like. May be in memory that goes with the request: what is
  /// kept for longer is copied with `json::object(verbatim, json::storage_ptr())`.
  json::object verbatim;

  /// Modern only: the version that it names, as text; empty when it isn't text.
  std::string_view version() const noexcept;
  /// Modern only; null: it doesn't say.
  const implementation* client_info() const;
  /// Modern only.
  const client_capabilities& capabilities() const;
  /// Modern only: the client declares one of these capabilities, whatever is in it.
  bool declares_any(std::initializer_list<std::string_view> capabilities) const noexcept;

 private:
  class client;
  const client& decoded() const;
  mutable std::unique_ptr<const client> client_;
};

/// The key of the protocol version is in `params._meta`: the one sign of a modern message.
bool has_modern_envelope(const json::value& params) noexcept;

/// Takes `_meta` out of the params. Never fails: what doesn't fit is ignored (S-RPC-13).
request_meta decode_legacy_meta(json::value& params);

/** Takes the envelope of a modern request out of its params: -32602 names what is missing or wrong (S-MOD-02), -32022 lists
    what is supported (S-MOD-04). The order is that of the specification's ladder; a transport
    with headers checks them between `decode_modern_envelope` and `check_version`. */
std::variant<request_meta, jsonrpc::error_object> decode_modern_envelope(json::value& params);
/// Sets `rules` from the version that the envelope names, or says -32022.
std::optional<jsonrpc::error_object> check_version(request_meta& meta);

}  // namespace comcp::protocol

#endif
