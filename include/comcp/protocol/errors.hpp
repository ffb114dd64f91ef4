#ifndef COMCP_PROTOCOL_ERRORS_HPP
#define COMCP_PROTOCOL_ERRORS_HPP

#include <span>
#include <string_view>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/version.hpp"

namespace comcp::protocol {

// The errors that the specification names, with the data that it asks for. Sentences say what to change.

/// -32601: unknown, removed, or behind a capability that isn't offered (S-RPC-07).
jsonrpc::error_object method_not_found(std::string_view method);

/// -32602 with a sentence that says what to change.
jsonrpc::error_object invalid_params(std::string_view why);

/// -32603. Says nothing of what happened: that is for the log.
jsonrpc::error_object internal_error();

/// The error for a missing resource, with the code of the revision and `data.uri` (S-RES-01, S-RES-02).
jsonrpc::error_object resource_not_found(std::string_view uri, const rules& r);

/// -32020: a header of an HTTP request is missing, malformed, repeated, or differs from the body.
jsonrpc::error_object header_mismatch(std::string_view header, std::string_view why);

/// -32021 with `data.requiredCapabilities`, a ClientCapabilities object that names what is missing.
jsonrpc::error_object missing_client_capability(json::object required);

/** -32022 with `data{supported, requested}`.
    @param supported newest first on the wire; never empty (S-MOD-04, S-MOD-16) */
jsonrpc::error_object unsupported_version(std::string_view requested,
                                          std::span<const rules> supported = all_rules());

}  // namespace comcp::protocol

#endif
