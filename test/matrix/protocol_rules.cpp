// What holds for every message: errors, ids, notifications, cancellation, progress. spec: basic

#include "matrix/scenario.hpp"

using namespace test::matrix;

namespace {

json::object with_token(std::string_view params, json::value token = "t") {
  json::object p = obj(params);
  json::object meta;
  meta["progressToken"] = std::move(token);
  p["_meta"] = std::move(meta);
  return p;
}

json::object waiting(const json::object& name) {
  json::object params = with_token(R"({"name":"wait"})");
  params["arguments"] = name;
  return params;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(matrix_protocol)

COMCP_MATRIX(an_unknown_method_is_refused_and_service_goes_on,
             proves("protocol:error:method-not-found").on_real_routes()) {
  const auto refused = co_await c.error("no/such/method");
  BOOST_TEST(refused.at("code") == -32601);
  co_await c.still_served();
}

COMCP_MATRIX(params_that_are_none_are_refused, proves("protocol:error:invalid-params")) {
  for (const char* params :
       {R"({"name":7})", R"({"arguments":{}})", R"({"name":"echo","arguments":[]})"}) {
    const auto refused = co_await c.error("tools/call", obj(params));
    BOOST_TEST(refused.at("code") == -32602, params);
  }
  const auto refused = co_await c.error("resources/read", obj(R"({"uri":[]})"));
  BOOST_TEST(refused.at("code") == -32602);
}

COMCP_MATRIX(what_a_handler_throws_stays_inside,
             proves("protocol:error:internal-error mcpserver:resource:read-throws-surfaced "
                    "hosting:http:modern:handler-exception-internal-error")) {
  const auto read = co_await c.error("resources/read", obj(R"({"uri":"test://broken"})"));
  const auto prompt = co_await c.error("prompts/get", obj(R"({"name":"broken"})"));
  for (const json::object& error : {read, prompt}) {
    BOOST_TEST(error.at("code") == -32603);
    BOOST_TEST(json::serialize(error).find("hunter2") == std::string::npos);
  }
}

COMCP_MATRIX(what_is_no_message_is_answered_without_id,
             proves("protocol:error:null-id hosting:http:parse-error-400").on_real_routes()) {
  co_await c.send_text("{\"jsonrpc\":");
  const auto parse = co_await c.unasked();
  BOOST_TEST(error_in(parse).at("code") == -32700);
  co_await c.send_text(R"({"jsonrpc":"2.0"})");
  const auto invalid = co_await c.unasked();
  BOOST_TEST(error_in(invalid).at("code") == -32600);
  for (const json::object& answer : {parse, invalid}) {
    BOOST_TEST(answer.contains("id") == c.rules.null_id_in_errors);
  }
  co_await c.still_served();
}

COMCP_MATRIX(notifications_are_never_answered,
             proves("protocol:notifications:no-response protocol:cancel:unknown-id-ignored "
                    "hosting:http:notifications-202 hosting:http:modern:notification-post-202")) {
  co_await c.notify("notifications/no/such");
  co_await c.notify("notifications/cancelled", obj(R"({"requestId":4711})"));
  co_await c.notify("notifications/cancelled", obj(R"({"requestId":"never"})"));
  co_await c.notify("notifications/progress", obj(R"({"progressToken":"never","progress":1})"));
  co_await c.quiet();
  co_await c.still_served();
}

COMCP_MATRIX(progress_arrives_in_order_before_the_answer,
             proves("protocol:progress:callback protocol:progress:monotonic tools:call:progress "
                    "protocol:progress:stops-after-completion mcpserver:context:progress "
                    "transport:streamable-http:notifications")
                 .where("one JSON object", has_early_messages)
                 .on_real_routes()) {
  const auto id = co_await c.start("tools/call", with_token(R"({"name":"steps"})"));
  co_await c.answer(id);
  BOOST_TEST_REQUIRE(c.notes.size() == 3U);
  const int values[] = {1, 2, 4};
  for (std::size_t i = 0; i != 3; ++i) {
    const note& n = c.notes[i];
    BOOST_TEST(n.method() == "notifications/progress");
    BOOST_TEST(n.params().at("progressToken") == "t");
    BOOST_TEST(n.params().at("progress") == values[i]);
    BOOST_TEST(n.params().at("total") == 4);
    BOOST_TEST(n.params().contains("message") == c.rules.progress_message);
    if (c.where.via.divided()) {
      BOOST_TEST(n.stream == id);
    }
  }
  co_await c.quiet();
}

COMCP_MATRIX(without_a_token_there_is_no_progress, proves("protocol:progress:callback")) {
  co_await c.call("steps");
  BOOST_TEST(c.notes.empty());
}

COMCP_MATRIX(a_cancelled_call_unwinds_and_is_not_answered,
             proves("protocol:cancel:in-flight protocol:cancel:handler-abort-propagates "
                    "protocol:cancel:server-survives protocol:cancel:abort-scoped")
                 .where("nothing to cancel by", has_cancellation)
                 .where("the start can't be seen", has_early_messages)
                 .on_real_routes()) {
  const json::object name = c.unique_name();
  const json::object other_name = c.unique_name();
  const auto id = co_await c.start("tools/call", waiting(name));
  co_await c.heard("notifications/progress");
  const auto other = co_await c.start_call("meet", other_name);
  BOOST_TEST(co_await c.text_of("activity", name) == "1 running, 0 cancelled");
  co_await c.abandon(id);
  std::string now;
  for (int i = 0; i != 100 && now != "0 running, 1 cancelled"; ++i)
    now = co_await c.text_of("activity", name);
  BOOST_TEST(now == "0 running, 1 cancelled");
  co_await c.call("meet", other_name);
  const auto met = co_await c.answer(other);
  BOOST_TEST(text_in(result_in(met)) == "met");
  co_await c.quiet();
}

COMCP_MATRIX(a_request_of_another_era_finds_no_method, proves("protocol:error:method-not-found")) {
  const auto refused =
      co_await c.error(c.where.modern() ? "ping" : "server/discover", json::object());
  BOOST_TEST(refused.at("code") == -32601);
}

BOOST_AUTO_TEST_SUITE_END()
