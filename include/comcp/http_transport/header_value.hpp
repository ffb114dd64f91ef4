#ifndef COMCP_HTTP_TRANSPORT_HEADER_VALUE_HPP
#define COMCP_HTTP_TRANSPORT_HEADER_VALUE_HPP

// How MCP carries any text in an HTTP header (`Mcp-Name`, `Mcp-Param-*`): plain where that is safe,
// otherwise as `=?base64?...?=` around the Base64 of its UTF-8.
// spec: basic/transports/streamable-http#value-encoding, 2026-07-28

#include <optional>
#include <string>
#include <string_view>

namespace comcp {

/** Writes a text as a header value.

    Plain if all of it is printable ASCII, it neither begins nor ends with a space, and it could not be
    taken for an encoded value; encoded otherwise. The empty text is the empty value.

    @par Preconditions the text is UTF-8
*/
std::string encode_header_value(std::string_view text);

/** Reads a header value whose optional white space has been removed.

    @par Errors nothing is returned for an encoded value whose Base64 is bad or not canonical (alphabet,
                padding, left-over bits) or isn't UTF-8, and for a plain one with characters that must
                be encoded. All of them are a header mismatch.
*/
std::optional<std::string> decode_header_value(std::string_view value);

/** Tells whether a header value says this text, without allocating for a plain value. */
bool header_value_equals(std::string_view value, std::string_view text);

}  // namespace comcp

#endif
