#ifndef COMCP_LIB_JSONRPC_TEXT_HPP
#define COMCP_LIB_JSONRPC_TEXT_HPP

#include <string>
#include <string_view>

#include "comcp/json/value.hpp"

namespace comcp::jsonrpc {

/// Appends a JSON string literal.
void append_string(std::string& out, std::string_view text);
/// Appends a value as JSON text; Boost.JSON never writes raw newlines.
void append_value(std::string& out, const json::value& value);

}  // namespace comcp::jsonrpc

#endif
