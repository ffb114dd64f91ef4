#ifndef COMCP_JSONRPC_ERROR_CODE_HPP
#define COMCP_JSONRPC_ERROR_CODE_HPP

namespace comcp::jsonrpc {

/** The numeric codes of JSON-RPC and MCP. Application codes lie outside -32768..-32000; local conditions
    (timeout, closed) never use these numbers. */
namespace error_code {

inline constexpr int parse_error = -32700;       ///< the bytes are not JSON, or exceed a limit
inline constexpr int invalid_request = -32600;   ///< JSON, but not a JSON-RPC message
inline constexpr int method_not_found = -32601;  ///< unknown, removed, or not offered
inline constexpr int invalid_params = -32602;    ///< params don't fit the method
inline constexpr int internal_error = -32603;  ///< the server's fault; says nothing of its insides
inline constexpr int resource_not_found = -32002;                  ///< before 2026-07-28 only
inline constexpr int url_elicitation_required = -32042;            ///< 2025-11-25 only
inline constexpr int header_mismatch = -32020;                     ///< 2026-07-28
inline constexpr int missing_required_client_capability = -32021;  ///< 2026-07-28
inline constexpr int unsupported_protocol_version = -32022;        ///< 2026-07-28

}  // namespace error_code
}  // namespace comcp::jsonrpc

#endif
