#include "comcp/protocol/subscriptions.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "comcp/protocol/request_meta.hpp"
#include "protocol/reader.hpp"

namespace comcp::protocol {
namespace {

struct kind {
  std::string_view member;
  bool subscription_filter::* flag;
  bool server_capabilities::* offered;
};

constexpr std::array<kind, 3> kinds = {{
    {"toolsListChanged", &subscription_filter::tools_list_changed,
     &server_capabilities::tools_list_changed},
    {"promptsListChanged", &subscription_filter::prompts_list_changed,
     &server_capabilities::prompts_list_changed},
    {"resourcesListChanged", &subscription_filter::resources_list_changed,
     &server_capabilities::resources_list_changed},
}};
constexpr std::string_view resources_member = "resourceSubscriptions";

bool is_core(std::string_view member) {
  return member == resources_member ||
         std::ranges::any_of(kinds, [&](const kind& k) { return k.member == member; });
}

}  // namespace

json::object encode(const subscription_filter& value) {
  json::object o = value.others;
  for (const kind& k : kinds)
    if (value.*k.flag) o[k.member] = true;
  if (!value.resources.empty())
    o[resources_member] = json::array(value.resources.begin(), value.resources.end());
  return o;
}

std::variant<subscription_filter, jsonrpc::error_object> decode_listen(const json::value& params) {
  return reading([&] {
    const reader wanted = reader(params, "").inner("notifications");
    subscription_filter filter;
    for (const kind& k : kinds)
      filter.*k.flag = wanted.flag(k.member);
    std::unordered_set<std::string_view> seen;
    std::vector<std::string> named = wanted.texts(resources_member);
    for (std::string& uri : named)
      if (seen.insert(uri).second) filter.resources.push_back(uri);
    for (const auto& member : wanted.members())
      if (!is_core(member.key())) filter.others.insert(member);
    return filter;
  });
}

subscription_filter honoured(subscription_filter wanted, const server_capabilities& offered) {
  for (const kind& k : kinds)
    wanted.*k.flag = wanted.*k.flag && offered.*k.offered;
  if (!offered.resources_subscribe) wanted.resources.clear();
  wanted.others.clear();
  return wanted;
}

json::object acknowledged_params(const subscription_filter& granted,
                                 const jsonrpc::request_id& subscription) {
  json::object params;
  params["notifications"] = encode(granted);
  tag_subscription(params, subscription);
  return params;
}

void tag_subscription(json::object& params_or_result, const jsonrpc::request_id& subscription) {
  json::value& meta = params_or_result["_meta"];
  if (!meta.is_object()) meta.emplace_object();
  meta.get_object()[meta_key::subscription_id] = subscription.to_json();
}

std::variant<std::string, jsonrpc::error_object> decode_uri(const json::value& params) {
  return reading([&] { return reader(params, "").text("uri"); });
}

}  // namespace comcp::protocol
