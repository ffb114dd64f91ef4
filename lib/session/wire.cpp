#include "session/wire.hpp"

#include <utility>

namespace comcp::detail {

frame result_frame(const jsonrpc::request_id& id, const json::value& result) {
  std::string text;
  jsonrpc::encode_result(text, id, result);
  return frame(frame::kind::result, std::move(text));
}

frame result_frame(const jsonrpc::request_id& id, const jsonrpc::raw_json& result) {
  std::string text;
  jsonrpc::encode_result(text, id, result);
  return frame(frame::kind::result, std::move(text));
}

frame error_frame(const std::optional<jsonrpc::request_id>& id,
                  const jsonrpc::error_object& error,
                  jsonrpc::missing_id without_id) {
  std::string text;
  jsonrpc::encode_error(text, id, error, without_id);
  return frame(frame::kind::error, std::move(text), error.code);
}

frame internal_error_frame(const jsonrpc::request_id& id) {
  return error_frame(id,
                     jsonrpc::error_object(jsonrpc::error_code::internal_error, "Internal error"));
}

frame notification_frame(std::string_view method, const json::value& params) {
  std::string text;
  jsonrpc::encode_notification(text, method, params);
  return frame(frame::kind::notification, std::move(text));
}

frame request_frame(const jsonrpc::request_id& id,
                    std::string_view method,
                    const json::value& params) {
  std::string text;
  jsonrpc::encode_request(text, id, method, params);
  return frame(frame::kind::request, std::move(text));
}

}  // namespace comcp::detail
