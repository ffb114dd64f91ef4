#ifndef COMCP_APPS_COMCP_ECHO_TOOL_HPP
#define COMCP_APPS_COMCP_ECHO_TOOL_HPP

#include "comcp/server/server.hpp"

namespace comcp::program {

/// The tool `echo`, which `comcp bench` calls: gives its argument `text` back, and reports progress
/// once to callers that ask for progress.
void add_echo_tool(server& to);

}  // namespace comcp::program

#endif
