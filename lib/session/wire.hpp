#ifndef COMCP_LIB_SESSION_WIRE_HPP
#define COMCP_LIB_SESSION_WIRE_HPP

// Messages of this layer as frames.

#include <optional>
#include <string_view>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/codec.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/session/outbox.hpp"

namespace comcp::detail {

frame result_frame(const jsonrpc::request_id& id, const json::value& result);
frame result_frame(const jsonrpc::request_id& id, const jsonrpc::raw_json& result);
frame error_frame(const std::optional<jsonrpc::request_id>& id,
                  const jsonrpc::error_object& error,
                  jsonrpc::missing_id without_id = jsonrpc::missing_id::null);
/// What a request gets whose handler gave no answer: says nothing of the reason.
frame internal_error_frame(const jsonrpc::request_id& id);
frame notification_frame(std::string_view method, const json::value& params);
frame request_frame(const jsonrpc::request_id& id,
                    std::string_view method,
                    const json::value& params);

}  // namespace comcp::detail

#endif
