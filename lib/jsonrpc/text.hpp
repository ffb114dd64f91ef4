#ifndef COMCP_LIB_JSONRPC_TEXT_HPP
#define COMCP_LIB_JSONRPC_TEXT_HPP

#include <string>
#include <string_view>

#include "comcp/json/value.hpp"

namespace comcp::jsonrpc {

// JSON text that is always fit for the wire: one line, valid UTF-8, whatever handlers put into it.

/// Appends a JSON string literal. Bytes that aren't UTF-8 become U+FFFD.
void append_string(std::string& out, std::string_view text);
/// Appends a value. Numbers that JSON lacks (NaN, infinities) become null.
void append_value(std::string& out, const json::value& value);
/// Appends text that is JSON already; line breaks between its tokens become blanks.
void append_raw(std::string& out, std::string_view text);

}  // namespace comcp::jsonrpc

#endif
