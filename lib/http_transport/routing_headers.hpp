#ifndef COMCP_LIB_HTTP_TRANSPORT_ROUTING_HEADERS_HPP
#define COMCP_LIB_HTTP_TRANSPORT_ROUTING_HEADERS_HPP

// The headers in which a modern request repeats parts of its body, so that proxies can route it:
// what they say must be true. spec: basic/transports/streamable-http#headers, 2026-07-28

#include <optional>
#include <string_view>

#include "comcp/http/fields.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/parameter_header.hpp"

namespace comcp::detail {

inline constexpr std::string_view version_header = "MCP-Protocol-Version";
inline constexpr std::string_view session_header = "Mcp-Session-Id";
inline constexpr std::string_view event_header = "Last-Event-ID";
inline constexpr std::string_view method_header = "Mcp-Method";
inline constexpr std::string_view name_header = "Mcp-Name";

/// -32020 with the reason behind "Header mismatch: ".
jsonrpc::error_object header_mismatch(std::string_view why);

/** MCP-Protocol-Version, Mcp-Method, Mcp-Name against the request; -32020 or nothing
    (S-HTTP-09 to S-HTTP-13).

    @param version    what params._meta names
    @param name_param the member of the params that Mcp-Name repeats; empty: none */
std::optional<jsonrpc::error_object> check_routing_headers(const http::fields& headers,
                                                           const jsonrpc::request& request,
                                                           std::string_view version,
                                                           std::string_view name_param);

/// What the protocol's table says: which member of the params `Mcp-Name` repeats; empty: none.
std::string_view name_param_of_core(std::string_view method) noexcept;

/// Mcp-Param-* against the arguments of a `tools/call` (S-HTTP-14 to S-HTTP-16).
std::optional<jsonrpc::error_object> check_parameter_headers(
    const http::fields& headers,
    const jsonrpc::request& call,
    const protocol::parameter_headers& annotated);

}  // namespace comcp::detail

#endif
