#ifndef COMCP_PROTOCOL_INPUT_REQUIRED_HPP
#define COMCP_PROTOCOL_INPUT_REQUIRED_HPP

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"

namespace comcp::protocol {

/** A question to the client inside a result: the method and params of a request that isn't one. */
class input_request {
 public:
  input_request() = default;
  input_request(std::string m, json::value p) : method(std::move(m)), params(std::move(p)) {}

  std::string method;  ///< elicitation/create, sampling/createMessage or roots/list (S-MRTR-03)
  json::value params;  ///< null: none
};

/** "Ask the user this, and send the whole request again." Never cacheable. spec: 2026-07-28, MRTR */
class input_required_result {
 public:
  input_required_result() = default;
  std::map<std::string, input_request> requests;  ///< by a key of the server's choice
  std::optional<std::string> state;               ///< comes back as it is; the client may forge it
};

/// At least one of the two members must be there (S-MRTR-02): asserted.
json::object encode(const input_required_result& value);

/** What a repeated request brings along. */
class input_answers {
 public:
  input_answers() = default;
  json::object responses;  ///< by key; unknown keys are ignored by whoever asked (S-MRTR-07)
  std::optional<std::string> state;  ///< untrusted

  bool empty() const noexcept { return responses.empty() && !state; }
};

/// The params have one of both members.
bool has_input_answers(const json::value& params) noexcept;
/// `inputResponses` and `requestState` of the params, or -32602 (S-MRTR-08). Both may be absent.
std::variant<input_answers, jsonrpc::error_object> decode_input_answers(const json::value& params);

}  // namespace comcp::protocol

#endif
