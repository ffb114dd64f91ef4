// What an extension can add to a server, in the manner of one that isn't ours.
// spec: 2026-07-28, extensions

#include "comcp/server/extension.hpp"

#include "server/support.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

constexpr auto modern = revision::v2026_07_28;

awaitable<std::string> plain() {
  co_return "plain";
}

/// Methods, a kind of result, a capability and a topic of its own.
class tickets final : public extension {
 public:
  tickets() : extension("example.com/tickets") {
    add(extension_method("tickets/get",
                         [](json::object params, request_context&) -> awaitable<json::object> {
                           if (!params.contains("ticket"))
                             throw request_error(
                                 jsonrpc::error_object(-32602, "/ticket is missing"));
                           json::object result;
                           result["ticket"] = params["ticket"];
                           co_return result;
                         })
            .name_param("ticket"));
  }
  void describe(protocol::server_capabilities& offered, const protocol::rules& r) const override {
    if (r.extensions) offered.extensions["example.com/tickets"] = obj(R"({"max":7})");
  }
  bool takes(const tool_call& call, const request_context& context) override {
    return declared_by(context) && call.tool().meta.contains("ticket");
  }
  awaitable<json::object> answer(tool_call call, request_context& context) override {
    auto running = call.run(context);
    const call_outcome outcome = co_await std::move(running);
    json::object result;
    result["resultType"] = "ticket";
    result["price"] = outcome.error ? json::value("refused") : outcome.result.at("content");
    result["wish"] = call.params().at("wish");
    co_return result;
  }
  awaitable<void> on_listen(listen_wish& wish, request_context&) override {
    if (!wish.wanted().contains("tickets")) co_return;
    wish.grant("tickets", true);
    wish.topic("example.com/tickets");
  }
  void attached(server&) override { ++times_attached; }

  int times_attached = 0;
};

json::object declaring() {
  return obj(R"({"extensions":{"example.com/tickets":{}}})");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(server_extension)

COMCP_TEST_CORO(its_methods_are_there_for_who_declares_it) {
  server s("s", "1");
  const auto mine = std::make_shared<tickets>();
  s.extend(mine);
  BOOST_TEST(mine->times_attached == 1);
  BOOST_TEST(s.name_param("tickets/get") == "ticket");
  BOOST_TEST(s.name_param("tools/call") == "name");
  BOOST_TEST(s.name_param("tools/list").empty());
  auto declared = [](client& c) -> awaitable<void> {
    co_await c.peer.request(1, "tickets/get", obj(R"({"ticket":"t1"})"));
    json::value answer = co_await c.answer(1, "");
    BOOST_TEST(result_of(answer).at("ticket") == "t1");
    BOOST_TEST(result_of(answer).at("resultType") == "complete");
    answer = co_await c.ask("tickets/get");
    BOOST_TEST(code_of(answer) == -32602);
    answer = co_await c.ask("server/discover");
    BOOST_TEST(result_of(answer).at("capabilities").at("extensions") ==
               parsed(R"({"example.com/tickets":{"max":7}})"));
  };
  co_await with_client(s, modern, declared, declaring());
  auto undeclared = [](client& c) -> awaitable<void> {
    const json::value answer = co_await c.ask("tickets/get", obj(R"({"ticket":"t1"})"));
    BOOST_TEST(code_of(answer) == -32021);
    BOOST_TEST(error_of(answer).at("data").at("requiredCapabilities") == json::value(declaring()));
  };
  co_await with_client(s, modern, undeclared);
  auto too_old = [](client& c) -> awaitable<void> {
    const json::value answer = co_await c.ask("tickets/get", obj(R"({"ticket":"t1"})"));
    BOOST_TEST(code_of(answer) == -32601);
  };
  co_await with_client(s, revision::v2025_11_25, too_old, declaring());
}

COMCP_TEST_CORO(it_may_answer_a_call_with_a_result_of_its_own) {
  server s("s", "1");
  s.extend(std::make_shared<tickets>());
  s.tool("a", "", plain, tool_options().meta("ticket", true)).tool("b", "", plain);
  auto scenario = [](client& c) -> awaitable<void> {
    co_await c.peer.request(1, "tools/call", obj(R"({"name":"a","arguments":{},"wish":"window"})"));
    const json::value answer = co_await c.answer(1, "");
    BOOST_TEST(result_of(answer).at("resultType") == "ticket");
    BOOST_TEST(result_of(answer).at("wish") == "window");
    BOOST_TEST(result_of(answer).at("price").at(0).at("text") == "plain");
    const json::value other = co_await c.ask("tools/call", obj(R"({"name":"b"})"));
    BOOST_TEST(text_of(other) == "plain");
  };
  co_await with_client(s, modern, scenario, declaring());
}

COMCP_TEST_CORO(its_events_reach_who_listens_the_last_one_of_a_topic) {
  server s("s", "1");
  s.extend(std::make_shared<tickets>());
  auto scenario = [&](client& c) -> awaitable<void> {
    co_await c.peer.request("L", "subscriptions/listen",
                            obj(R"({"notifications":{"tickets":true,"unknown":1}})"));
    json::value m = co_await c.peer.expect();
    BOOST_TEST(m.at("params").at("notifications") == parsed(R"({"tickets":true})"));
    for (int i = 1; i <= 3; ++i) {
      json::object params;
      params["left"] = i;
      s.publish(change_event::of_topic("example.com/tickets", "notifications/tickets", params));
      s.publish(change_event::of_topic("example.com/other", "notifications/other", params));
    }
    m = co_await c.peer.expect();
    BOOST_TEST(m.at("method") == "notifications/tickets");
    BOOST_TEST(m.at("params").at("left") == 3);
    BOOST_TEST(m.at("params").at("_meta").at("io.modelcontextprotocol/subscriptionId") == "L");
    co_await c.peer.expect_silence();
  };
  co_await with_client(s, modern, scenario, declaring());
}

BOOST_AUTO_TEST_CASE(what_is_there_already_is_refused) {
  class named final : public extension {
   public:
    explicit named(std::string id, std::string method) : extension(std::move(id)) {
      add(extension_method(std::move(method),
                           [](json::object, request_context&) -> awaitable<json::object> {
                             co_return json::object();
                           }));
    }
  };
  server s("s", "1");
  s.extend(std::make_shared<named>("a/a", "a/do"));
  BOOST_CHECK_THROW(s.extend(std::make_shared<named>("a/a", "b/do")), registration_error);
  BOOST_CHECK_THROW(s.extend(std::make_shared<named>("b/b", "a/do")), registration_error);
  BOOST_CHECK_THROW(s.extend(std::make_shared<named>("b/b", "tools/call")), registration_error);
  BOOST_CHECK_THROW(s.extend(nullptr), registration_error);
  s.extend(std::make_shared<named>("b/b", "b/do"));
}

BOOST_AUTO_TEST_SUITE_END()
