#ifndef COMCP_PROTOCOL_PAGINATION_HPP
#define COMCP_PROTOCOL_PAGINATION_HPP

#include <optional>
#include <string>
#include <variant>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"

namespace comcp::protocol {

/// Where a list goes on, in the words of the server that made it; the empty string is a cursor, too.
using cursor = std::optional<std::string>;

/// The cursor in the params of a list request; -32602 when it isn't a string (S-PAGE-01).
std::variant<cursor, jsonrpc::error_object> decode_cursor(const json::value& params);

/// Sets or leaves out `nextCursor`.
void put_next_cursor(json::object& result, const cursor& next);

}  // namespace comcp::protocol

#endif
