#include "comcp/jsonrpc/codec.hpp"
#include "jsonrpc/text.hpp"

namespace comcp::jsonrpc {
namespace {

void append_head(std::string& out, const request_id& id) {
  out += R"({"jsonrpc":"2.0","id":)";
  id.append_to(out);
}

void append_params(std::string& out, const json::value& params) {
  if (params.is_null()) return;
  out += R"(,"params":)";
  append_value(out, params);
}

}  // namespace

void encode_request(std::string& out,
                    const request_id& id,
                    std::string_view method,
                    const json::value& params) {
  append_head(out, id);
  out += R"(,"method":)";
  append_string(out, method);
  append_params(out, params);
  out += '}';
}

void encode_notification(std::string& out, std::string_view method, const json::value& params) {
  out += R"({"jsonrpc":"2.0","method":)";
  append_string(out, method);
  append_params(out, params);
  out += '}';
}

void begin_result(std::string& out, const request_id& id) {
  append_head(out, id);
  out += R"(,"result":)";
}

void encode_result(std::string& out, const request_id& id, const json::value& result) {
  begin_result(out, id);
  append_value(out, result);
  out += '}';
}

void encode_result(std::string& out, const request_id& id, raw_json_view result) {
  begin_result(out, id);
  append_raw(out, result.text);
  out += '}';
}

void encode_error(std::string& out,
                  const std::optional<request_id>& id,
                  const error_object& error,
                  missing_id without_id) {
  if (id)
    append_head(out, *id);
  else
    out += without_id == missing_id::null ? R"({"jsonrpc":"2.0","id":null)" : R"({"jsonrpc":"2.0")";
  out += R"(,"error":{"code":)";
  out += std::to_string(error.code);
  out += R"(,"message":)";
  append_string(out, error.message);
  if (error.data) {
    out += R"(,"data":)";
    append_value(out, *error.data);
  }
  out += "}}";
}

void encode(std::string& out, const message& m) {
  if (const auto* r = std::get_if<request>(&m))
    encode_request(out, r->id, r->method, r->params);
  else if (const auto* n = std::get_if<notification>(&m))
    encode_notification(out, n->method, n->params);
  else if (const auto* ok = std::get_if<response>(&m))
    encode_result(out, ok->id, ok->result);
  else if (const auto* bad = std::get_if<error_response>(&m))
    encode_error(out, bad->id, bad->error);
}

std::string to_text(const json::value& value) {
  std::string out;
  append_value(out, value);
  return out;
}

}  // namespace comcp::jsonrpc
