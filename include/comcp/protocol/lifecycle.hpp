#ifndef COMCP_PROTOCOL_LIFECYCLE_HPP
#define COMCP_PROTOCOL_LIFECYCLE_HPP

#include <span>
#include <string>
#include <variant>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/capabilities.hpp"
#include "comcp/protocol/version.hpp"

namespace comcp::protocol {

/** Params of `initialize`. */
class initialize_params {
 public:
  initialize_params() = default;
  std::string protocol_version;  ///< as the client asked; may be unknown
  client_capabilities capabilities;
  implementation client_info;
};

/// The params, or the error (-32602, naming the member) that answers them.
std::variant<initialize_params, jsonrpc::error_object> decode_initialize(const json::value& params);

/** What a server says of itself: the result of `initialize`, and the truth behind `server/discover`. */
class initialize_result {
 public:
  initialize_result() = default;
  server_capabilities capabilities;
  implementation server_info;
  std::string instructions;  ///< text for the model; empty: not sent
};

/// `r` is the negotiated revision; its name goes into `protocolVersion`.
json::object encode(const initialize_result& value, const rules& r);

/** The result of `server/discover` but for what every result has (`complete_result`).
    @param supported what the server speaks, of both eras; newest first on the wire */
json::object encode_discover(const initialize_result& value,
                             const rules& r,
                             std::span<const rules> supported = all_rules());

/// Params of `initialize`, for those who connect.
json::object encode(const initialize_params& value, const rules& r);

}  // namespace comcp::protocol

#endif
