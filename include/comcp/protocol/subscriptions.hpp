#ifndef COMCP_PROTOCOL_SUBSCRIPTIONS_HPP
#define COMCP_PROTOCOL_SUBSCRIPTIONS_HPP

#include <string>
#include <variant>
#include <vector>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/capabilities.hpp"

namespace comcp::protocol {

/** What a client wants to hear of, or what a server agreed to tell. spec: 2026-07-28, subscriptions */
class subscription_filter {
 public:
  subscription_filter() = default;

  bool tools_list_changed = false;
  bool prompts_list_changed = false;
  bool resources_list_changed = false;
  std::vector<std::string> resources;  ///< URIs, each once, in the order they were named
  json::object others;                 ///< members that extensions define, verbatim

  bool empty() const noexcept {
    return !tools_list_changed && !prompts_list_changed && !resources_list_changed &&
           resources.empty() && others.empty();
  }
};

json::object encode(const subscription_filter& value);

/// The filter in the params of `subscriptions/listen`, or -32602 naming the member that is wrong.
std::variant<subscription_filter, jsonrpc::error_object> decode_listen(const json::value& params);

/** The part of a filter that a server with these capabilities honours; members of extensions are left
    out. What isn't offered is no error (S-SUB-02). */
subscription_filter honoured(subscription_filter wanted, const server_capabilities& offered);

/// Params of `notifications/subscriptions/acknowledged`, the first message of a subscription (S-SUB-01).
json::object acknowledged_params(const subscription_filter& granted,
                                 const jsonrpc::request_id& subscription);

/** Marks params or a result as belonging to the subscription that this listen request opened: with its
    id, of the same JSON type, in `_meta` (S-SUB-03). */
void tag_subscription(json::object& params_or_result, const jsonrpc::request_id& subscription);

/// Params of `resources/subscribe` and `resources/unsubscribe`: the URI. Also of `resources/read`.
std::variant<std::string, jsonrpc::error_object> decode_uri(const json::value& params);

}  // namespace comcp::protocol

#endif
