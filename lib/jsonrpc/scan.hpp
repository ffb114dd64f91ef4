#ifndef COMCP_LIB_JSONRPC_SCAN_HPP
#define COMCP_LIB_JSONRPC_SCAN_HPP

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "comcp/jsonrpc/codec.hpp"

namespace comcp::jsonrpc {

/// What the look over a message found.
enum class finding : std::uint8_t { fit_to_parse, too_long, not_utf8, too_deep, too_many_values };

/** Looks over a message once, before anything is built from it: size, UTF-8, depth, number of values.

    It doesn't check the grammar; that is the parser's part. */
finding scan(std::string_view bytes, const limits& bounds) noexcept;

}  // namespace comcp::jsonrpc

#endif
