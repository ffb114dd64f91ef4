#include "comcp/protocol/input_required.hpp"

#include <cassert>

#include "protocol/reader.hpp"

namespace comcp::protocol {

json::object encode(const input_required_result& value) {
  assert(!value.requests.empty() || value.state);
  json::object o;
  o["resultType"] = "input_required";
  if (!value.requests.empty()) {
    json::object requests;
    for (const auto& [key, request] : value.requests) {
      json::object r;
      r["method"] = request.method;
      if (!request.params.is_null()) r["params"] = request.params;
      requests[key] = std::move(r);
    }
    o["inputRequests"] = std::move(requests);
  }
  if (value.state) o["requestState"] = *value.state;
  return o;
}

bool has_input_answers(const json::value& params) noexcept {
  const json::object* o = params.if_object();
  return o && (o->contains("inputResponses") || o->contains("requestState"));
}

std::variant<input_answers, jsonrpc::error_object> decode_input_answers(const json::value& params) {
  return reading([&] {
    input_answers answers;
    if (params.is_null()) return answers;
    const reader in(params, "");
    answers.responses = in.object("inputResponses");
    for (const auto& member : answers.responses) {
      if (!member.value().is_object()) {
        std::string path = "/inputResponses";
        json::append_pointer_token(path, member.key());
        throw unfit(path + " must be an object: the result of the request with this key");
      }
    }
    if (in.find("requestState")) answers.state = in.text("requestState");
    return answers;
  });
}

}  // namespace comcp::protocol
