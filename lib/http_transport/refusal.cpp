#include "http_transport/refusal.hpp"

namespace comcp::detail {

http::response json_response(int status, std::string text) {
  return http::response(status, "application/json", std::move(text));
}

http::response refusal::to_response() const {
  std::string body;
  jsonrpc::encode_error(body, id, error, without_id);
  http::response r = json_response(status, std::move(body));
  if (!allow.empty()) r.headers.set("Allow", allow);
  if (retry_after) r.headers.set("Retry-After", std::to_string(retry_after->count()));
  return r;
}

refusal unknown_session() {
  return {404,
          "Session not found: it has ended or never was. Send initialize again, without the "
          "Mcp-Session-Id header"};
}

int modern_status(int error_code) noexcept {
  using namespace jsonrpc::error_code;
  switch (error_code) {
    case method_not_found:
      return 404;
    case parse_error:
    case invalid_request:
    case invalid_params:
    case header_mismatch:
    case missing_required_client_capability:
    case unsupported_protocol_version:
      return 400;
    default:
      // -32603 too: nothing is prescribed, and proxies replace the bodies of 5xx.
      return 200;
  }
}

}  // namespace comcp::detail
