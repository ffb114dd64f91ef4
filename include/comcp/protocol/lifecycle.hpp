#ifndef COMCP_PROTOCOL_LIFECYCLE_HPP
#define COMCP_PROTOCOL_LIFECYCLE_HPP

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
  std::string protocol_version;  ///< as the client asked; may be unknown
  client_capabilities capabilities;
  implementation client_info;
};

/// The params, or the error (-32602, naming the member) that answers them.
std::variant<initialize_params, jsonrpc::error_object> decode_initialize(const json::value& params);

/** What a server says of itself: the result of `initialize`, and the truth behind `server/discover`. */
class initialize_result {
 public:
  server_capabilities capabilities;
  implementation server_info;
  std::string instructions;  ///< text for the model; empty: not sent
};

/// `r` is the negotiated revision; its name goes into `protocolVersion`.
json::object encode(const initialize_result& value, const rules& r);

}  // namespace comcp::protocol

#endif
