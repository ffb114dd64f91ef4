#ifndef COMCP_LIB_JSONRPC_RECOVER_HPP
#define COMCP_LIB_JSONRPC_RECOVER_HPP

#include <string_view>

#include "comcp/jsonrpc/message.hpp"

namespace comcp::jsonrpc {

/** Finds out whom a message concerns that breaks a limit and therefore is never built.

    Reads only the outermost members, skips over their values and allocates nothing but a string id of
    moderate length. Sets in `into` the id to answer with (a request), or that it is a response and to
    which request of ours. What isn't plausible up to its end leaves `into` as it is. */
void recover_id(malformed& into, std::string_view bytes);

}  // namespace comcp::jsonrpc

#endif
