#ifndef COMCP_LIB_JSONRPC_SCAN_HPP
#define COMCP_LIB_JSONRPC_SCAN_HPP

#include <string_view>

#include "comcp/jsonrpc/codec.hpp"

namespace comcp::jsonrpc {

/** Looks over a message once, before anything is built from it: size, UTF-8, depth, number of values.

    Returns null when it may be parsed, else what is wrong, for the error's message. It doesn't check the
    grammar; that is the parser's part. */
const char* scan(std::string_view bytes, const limits& bounds) noexcept;

}  // namespace comcp::jsonrpc

#endif
