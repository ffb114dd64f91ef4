// What a client learns later: lists that change, resources that are updated; and lists in pages.

#include <algorithm>

#include "matrix/scenario.hpp"

using namespace test::matrix;

namespace {

constexpr const char* never_told = "no session to be told in";

json::object uri(std::string_view u) {
  json::object o;
  o["uri"] = u;
  return o;
}

bool subscribes_by_request(const pair& p) {
  return p.rules.subscribe_by_request && has_session(p);
}

/// A message that belongs to no request has no request's stream.
void check_stream(const connection& c, const note& n) {
  if (!c.where.via.divided()) return;
  if (c.where.modern()) {
    BOOST_TEST(!n.stream.is_null());
    BOOST_TEST(n.params().at("_meta").at("io.modelcontextprotocol/subscriptionId") == n.stream);
  } else {
    BOOST_TEST(n.stream.is_null());
  }
}

bool lists(const json::array& all, const json::object& name) {
  return std::any_of(all.begin(), all.end(),
                     [&](const json::value& each) { return each.at("name") == name.at("name"); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(matrix_changes)

COMCP_MATRIX(clients_are_told_when_lists_change,
             proves("tools:list-changed prompts:list-changed resources:list-changed "
                    "mcpserver:register:post-connect "
                    "transport:streamable-http:unrelated-messages hosting:http:standalone-sse")
                 .where(never_told, has_changes)
                 .on_real_routes()) {
  co_await c.watch();
  const json::object name = c.unique_name();
  for (const char* change : {"add", "remove"}) {
    co_await c.call(change, name);
    for (const char* kind : {"tools", "prompts", "resources"}) {
      const note told = co_await c.heard("notifications/" + std::string(kind) + "/list_changed");
      check_stream(c, told);
      const json::array all = co_await c.list(std::string(kind) + "/list", kind);
      BOOST_TEST(lists(all, name) == (std::string_view(change) == "add"));
    }
  }
}

COMCP_MATRIX(many_changes_are_told_once,
             proves("mcpserver:list-changed:debounce").where(never_told, has_changes)) {
  co_await c.watch();
  co_await c.call("test_trigger_tool_change");  // adds and removes
  co_await c.heard("notifications/tools/list_changed");
  co_await c.quiet();
}

COMCP_MATRIX(
    subscribers_hear_of_their_resource_alone,
    proves("resources:updated-notification resources:subscribe resources:subscribe:updated")
        .where(never_told, has_changes)
        .on_real_routes()) {
  co_await c.watch("test://watched-resource");
  co_await c.call("touch", uri("test://static-text"));
  co_await c.call("touch", uri("test://watched-resource"));
  const note told = co_await c.heard("notifications/resources/updated");
  BOOST_TEST(told.params().at("uri") == "test://watched-resource");
  check_stream(c, told);
  co_await c.quiet();
}

COMCP_MATRIX(a_subscription_ends_when_it_is_taken_back,
             proves("resources:unsubscribe resources:unsubscribe:stops-updates")
                 .where(never_told, subscribes_by_request)) {
  co_await c.watch("test://watched-resource");
  const auto ended = co_await c.result("resources/unsubscribe", uri("test://watched-resource"));
  BOOST_TEST(ended.empty());
  co_await c.call("touch", uri("test://watched-resource"));
  co_await c.quiet();
}

COMCP_MATRIX(what_is_not_offered_cannot_be_subscribed_to,
             proves("resources:subscribe:capability-required").server(offer::no_changes)) {
  const auto refused = co_await c.error("resources/subscribe", uri("test://static-text"));
  BOOST_TEST(refused.at("code") == -32601);
  const json::object name = c.unique_name();
  co_await c.call("add", name);
  co_await c.call("remove", name);
  co_await c.quiet();
}

COMCP_MATRIX(streams_are_told_apart_by_the_ids_of_their_requests,
             proves("protocol:request-id:caller-supplied").where(never_told, has_changes)) {
  const auto first = co_await c.start("subscriptions/listen",
                                      obj(R"({"notifications":{"toolsListChanged":true}})"));
  const auto second = co_await c.start(
      "subscriptions/listen",
      obj(R"({"notifications":{"resourceSubscriptions":["test://watched-resource"]}})"));
  co_await c.heard("notifications/subscriptions/acknowledged");
  co_await c.heard("notifications/subscriptions/acknowledged");
  const auto id_of = [](const note& n) {
    return n.params().at("_meta").at("io.modelcontextprotocol/subscriptionId");
  };
  co_await c.call("touch", uri("test://watched-resource"));
  co_await c.call("test_trigger_tool_change");
  const note updated = co_await c.heard("notifications/resources/updated");
  const note changed = co_await c.heard("notifications/tools/list_changed");
  BOOST_TEST(id_of(updated) == second);
  BOOST_TEST(id_of(changed) == first);
  co_await c.abandon(second);
  co_await c.call("activity", c.unique_name());
  co_await c.call("touch", uri("test://watched-resource"));
  co_await c.quiet();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(matrix_pagination)

COMCP_MATRIX(every_page_comes_once,
             proves("pagination:exhaustion tools:list:pagination resources:list:pagination "
                    "resources:templates:pagination prompts:list:pagination")
                 .server(offer::pages)) {
  const std::pair<const char*, const char*> lists_of[] = {
      {"tools/list", "tools"},
      {"prompts/list", "prompts"},
      {"resources/list", "resources"},
      {"resources/templates/list", "resourceTemplates"},
  };
  for (const auto& [method, entries] : lists_of) {
    const auto page = co_await c.result(method);
    BOOST_TEST(page.at(entries).as_array().size() == 2U);
    BOOST_TEST(page.contains("nextCursor"));
    const json::array all = co_await c.list(method, entries);
    std::set<std::string> names;
    for (const json::value& each : all)
      names.insert(std::string(each.at("name").as_string()));
    BOOST_TEST(all.size() == 5U);
    BOOST_TEST(names.size() == 5U);
  }
}

COMCP_MATRIX(a_cursor_of_nobody_is_refused,
             proves("pagination:invalid-cursor").server(offer::pages)) {
  for (const char* method :
       {"tools/list", "prompts/list", "resources/list", "resources/templates/list"}) {
    for (const char* params : {R"({"cursor":"forged"})", R"({"cursor":7})"}) {
      const auto refused = co_await c.error(method, obj(params));
      BOOST_TEST(refused.at("code") == -32602, method);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
