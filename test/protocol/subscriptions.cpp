#include "comcp/protocol/subscriptions.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "comcp/jsonrpc/codec.hpp"

namespace {
using namespace comcp;
using namespace comcp::protocol;

subscription_filter wanted(std::string_view filter) {
  const auto params = json::parse(R"({"notifications":)" + std::string(filter) + "}");
  return std::get<subscription_filter>(decode_listen(params));
}

BOOST_AUTO_TEST_SUITE(protocol_subscriptions)

BOOST_AUTO_TEST_CASE(a_filter_keeps_order_drops_repetitions_and_carries_extensions) {
  const auto f = wanted(
      R"({"resourceSubscriptions":["b","a","b"],"toolsListChanged":true,
          "promptsListChanged":false,"taskIds":["t"]})");
  BOOST_TEST(f.tools_list_changed);
  BOOST_TEST(!f.prompts_list_changed);
  BOOST_TEST(f.resources == (std::vector<std::string>{"b", "a"}), boost::test_tools::per_element());
  BOOST_TEST(jsonrpc::to_text(encode(f)) ==
             R"({"taskIds":["t"],"toolsListChanged":true,"resourceSubscriptions":["b","a"]})");
  BOOST_TEST(wanted("{}").empty());
}

// S-SUB-02
BOOST_AUTO_TEST_CASE(only_what_is_offered_is_honoured) {
  const auto everything = wanted(
      R"({"resourceSubscriptions":["a"],"toolsListChanged":true,"promptsListChanged":true,
          "resourcesListChanged":true,"taskIds":["t"]})");
  BOOST_TEST(honoured(everything, server_capabilities()).empty());
  server_capabilities offered;
  offered.tools_list_changed = true;
  BOOST_TEST(jsonrpc::to_text(encode(honoured(everything, offered))) ==
             R"({"toolsListChanged":true})");
  offered.resources_subscribe = true;
  BOOST_TEST(honoured(everything, offered).resources.size() == 1U);
  BOOST_TEST(honoured(everything, offered).others.empty());
}

// S-SUB-03: the tag has the type of the id.
BOOST_AUTO_TEST_CASE(every_message_of_a_subscription_carries_the_id_of_its_request) {
  server_capabilities offered;
  offered.tools_list_changed = true;
  const auto granted = honoured(wanted(R"({"toolsListChanged":true})"), offered);
  BOOST_TEST(
      jsonrpc::to_text(acknowledged_params(granted, "7")) ==
      R"({"notifications":{"toolsListChanged":true},"_meta":{"io.modelcontextprotocol/subscriptionId":"7"}})");
  json::object params;
  params["uri"] = "u";
  params["_meta"].emplace_object()["k"] = 1;
  tag_subscription(params, 7);
  BOOST_TEST(jsonrpc::to_text(params) ==
             R"({"uri":"u","_meta":{"k":1,"io.modelcontextprotocol/subscriptionId":7}})");
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace
