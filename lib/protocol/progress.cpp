#include "comcp/protocol/progress.hpp"

#include "protocol/fields.hpp"
#include "protocol/reader.hpp"

namespace comcp::protocol {

json::object encode(const progress_update& value,
                    const jsonrpc::request_id& token,
                    const rules& r) {
  json::object o;
  o["progressToken"] = token.to_json();
  o["progress"] = value.progress;
  if (value.total) o["total"] = *value.total;
  if (r.progress_message) put_text(o, "message", value.message);
  return o;
}

std::variant<progress_params, jsonrpc::error_object> decode_progress(const json::value& params) {
  return reading([&] {
    const reader in(params, "");
    const json::value* token = in.find("progressToken");
    auto id = token ? jsonrpc::request_id::from_json(*token) : std::nullopt;
    if (!id) in.complain("progressToken", "a string or an integer");
    progress_params result;
    result.token = std::move(*id);
    result.update.progress = in.number("progress");
    result.update.total = in.optional_number("total");
    result.update.message = in.optional_text("message");
    return result;
  });
}

json::object encode(const cancelled_params& value) {
  json::object o;
  o["requestId"] = value.request_id.to_json();
  put_text(o, "reason", value.reason);
  return o;
}

std::optional<cancelled_params> decode_cancelled(const json::value& params) {
  const json::object* o = params.if_object();
  const json::value* named = o ? o->if_contains("requestId") : nullptr;
  auto id = named ? jsonrpc::request_id::from_json(*named) : std::nullopt;
  if (!id) return std::nullopt;
  return cancelled_params(std::move(*id), get_text(*o, "reason"));
}

}  // namespace comcp::protocol
