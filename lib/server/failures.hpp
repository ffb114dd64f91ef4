#ifndef COMCP_LIB_SERVER_FAILURES_HPP
#define COMCP_LIB_SERVER_FAILURES_HPP

// What left a handler by exception, and what the client hears of it. No I/O.

#include <exception>
#include <string>
#include <string_view>
#include <variant>

#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/tools.hpp"
#include "comcp/protocol/version.hpp"

namespace comcp::detail {

/// The answer to a failed tool call, and the line for the log (empty: none).
struct tool_failure {
  std::variant<protocol::call_tool_result, jsonrpc::error_object> answer;
  std::string for_log;
};
tool_failure judge_tool_failure(const std::exception_ptr& failure,
                                std::string_view tool,
                                const protocol::rules& r);

/// The same for everything that isn't a tool. `uri` is that of the resource; empty otherwise.
struct other_failure {
  jsonrpc::error_object answer;
  std::string for_log;
};
other_failure judge_failure(const std::exception_ptr& failure,
                            std::string_view what,
                            std::string_view uri,
                            const protocol::rules& r);

}  // namespace comcp::detail

#endif
