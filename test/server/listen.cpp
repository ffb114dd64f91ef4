// subscriptions/listen. spec: 2026-07-28, basic/subscriptions

#include "server/support.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

awaitable<std::string> text() {
  co_return "text";
}
awaitable<bool> truth() {
  co_return true;
}

constexpr auto modern = revision::v2026_07_28;

void offer_everything(server& s) {
  s.tool("t", "", truth);
  s.resource("x:a", "a", text);
  s.prompt("p", "", text);
}

json::object wish(std::string_view notifications) {
  json::object params;
  params["notifications"] = parsed(notifications);
  return params;
}

constexpr const char* everything =
    R"({"toolsListChanged":true,"promptsListChanged":true,"resourcesListChanged":true,
        "resourceSubscriptions":["x:a","x:b"]})";

const json::value& tag_of(const json::value& message) {
  return message.at("params").at("_meta").at("io.modelcontextprotocol/subscriptionId");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(listening)

// S-SUB-01, S-SUB-02, S-SUB-03
COMCP_TEST_CORO(is_acknowledged_first_and_every_message_is_tagged) {
  server s("s", "1");
  offer_everything(s);
  co_await with_client(s, modern, [&](client& c) -> awaitable<void> {
    co_await c.peer.request("L1", "subscriptions/listen", wish(everything));
    auto m = co_await c.next();
    BOOST_TEST(m.at("method") == "notifications/subscriptions/acknowledged");
    BOOST_TEST(tag_of(m) == "L1");
    BOOST_TEST(m.at("params").at("notifications") == parsed(everything));
    BOOST_TEST(s.open_subscriptions() == 1U);

    s.tool("later", "", truth);
    m = co_await c.next();
    BOOST_TEST(m.at("method") == "notifications/tools/list_changed");
    BOOST_TEST(tag_of(m) == "L1");
    s.remove_prompt("p");
    m = co_await c.next();
    BOOST_TEST(m.at("method") == "notifications/prompts/list_changed");
    s.resource("x:b", "b", text);
    m = co_await c.next();
    BOOST_TEST(m.at("method") == "notifications/resources/list_changed");
    s.resource_updated("x:c");
    s.resource_updated("x:b");
    m = co_await c.next();
    BOOST_TEST(m.at("method") == "notifications/resources/updated");
    BOOST_TEST(m.at("params").at("uri") == "x:b");
    BOOST_TEST(tag_of(m) == "L1");
    co_await c.peer.expect_silence(1h);
  });
  BOOST_TEST(s.open_subscriptions() == 0U);
}

// S-SUB-02, S-SUB-04
COMCP_TEST_CORO(grants_only_what_is_offered_and_brings_only_what_was_granted) {
  server s("s", "1");
  s.tool("t", "", truth);
  co_await with_client(s, modern, [&](client& c) -> awaitable<void> {
    co_await c.peer.request(
        7, "subscriptions/listen",
        wish(
            R"({"toolsListChanged":false,"promptsListChanged":true,"resourceSubscriptions":["x:a"],
                "unknownKind":true})"));
    auto m = co_await c.next();
    BOOST_TEST(m.at("params").at("notifications") == parsed("{}"));
    BOOST_TEST(tag_of(m) == 7);
    s.tool("later", "", truth);
    s.prompt("p", "", text);
    s.resource_updated("x:a");
    co_await c.peer.expect_silence(1s);
  });
}

// protocol:request-id:caller-supplied: what a client chose is what its messages are told apart by.
COMCP_TEST_CORO(several_streams_each_get_their_own_copy) {
  server s("s", "1");
  offer_everything(s);
  co_await with_client(s, modern, [&](client& c) -> awaitable<void> {
    co_await c.peer.request(1, "subscriptions/listen", wish(R"({"toolsListChanged":true})"));
    auto m = co_await c.next();
    BOOST_TEST(tag_of(m) == 1);
    co_await c.peer.request("1", "subscriptions/listen", wish(R"({"toolsListChanged":true})"));
    m = co_await c.next();
    BOOST_TEST(tag_of(m) == "1");
    s.tool("later", "", truth);
    auto first = co_await c.next();
    auto second = co_await c.next();
    const bool one_each = (tag_of(first) == 1 && tag_of(second) == "1") ||
                          (tag_of(first) == "1" && tag_of(second) == 1);
    BOOST_TEST(one_each);
    co_await c.peer.cancel("1");
    co_await testing::wait_all_tasks_blocked();
    s.tool("last", "", truth);
    m = co_await c.next();
    BOOST_TEST(tag_of(m) == 1);
    co_await c.peer.expect_silence(1s);
  });
}

// S-SUB-06
COMCP_TEST_CORO(ends_without_a_word_when_the_client_cancels) {
  server s("s", "1");
  offer_everything(s);
  co_await with_client(s, modern, [&](client& c) -> awaitable<void> {
    co_await c.peer.request(1, "subscriptions/listen", wish(everything));
    auto m = co_await c.next();
    co_await c.peer.cancel(1);
    co_await checkpoint();
    s.tool("later", "", truth);
    co_await c.peer.expect_silence(1s);
    BOOST_TEST(s.open_subscriptions() == 0U);
  });
}

// S-SUB-05
COMCP_TEST_CORO(ends_with_its_result_when_the_server_drains) {
  server s("s", "1");
  offer_everything(s);
  co_await with_client(s, modern, [&](client& c) -> awaitable<void> {
    co_await c.peer.request(1, "subscriptions/listen", wish(everything));
    auto m = co_await c.next();
    s.tool("later", "", truth);
    s.drain();
    m = co_await c.next();  // what was known before still comes
    BOOST_TEST(m.at("method") == "notifications/tools/list_changed");
    m = co_await c.next("subscriptions/listen");
    BOOST_TEST(m.at("id") == 1);
    BOOST_TEST(m.at("result").at("_meta").at("io.modelcontextprotocol/subscriptionId") == 1);
    BOOST_TEST(m.at("result").at("resultType") == "complete");

    co_await c.peer.request(2, "subscriptions/listen", wish(everything));
    m = co_await c.next();
    BOOST_TEST(m.at("method") == "notifications/subscriptions/acknowledged");
    m = co_await c.next("subscriptions/listen");
    BOOST_TEST(m.at("id") == 2);
    // Everything else goes on.
    m = co_await c.ask("tools/list");
    BOOST_TEST(result_of(m).at("tools").as_array().size() == 2U);
  });
}

COMCP_TEST_CORO(refuses_what_it_can_not_read) {
  server s("s", "1", server_options().max_subscribed_resources(1));
  offer_everything(s);
  co_await with_client(s, modern, [&](client& c) -> awaitable<void> {
    for (const char* params :
         {"{}", R"({"notifications":[]})", R"({"notifications":{"toolsListChanged":"yes"}})",
          R"({"notifications":{"resourceSubscriptions":"x:a"}})",
          R"({"notifications":{"resourceSubscriptions":[7]}})",
          R"({"notifications":{"resourceSubscriptions":["x:a","x:b"]}})"}) {
      auto a = co_await c.ask("subscriptions/listen", obj(params));
      BOOST_TEST_CONTEXT(params) {
        BOOST_TEST(code_of(a) == -32602);
      }
    }
  });
}

COMCP_TEST_CORO(is_bounded_in_number) {
  server s("s", "1", server_options().max_subscriptions(2));
  offer_everything(s);
  co_await with_client(s, modern, [&](client& c) -> awaitable<void> {
    for (int id = 70; id < 72; ++id) {
      co_await c.peer.request(id, "subscriptions/listen", wish(everything));
      auto m = co_await c.next();
    }
    auto a = co_await c.ask("subscriptions/listen", wish(everything));
    BOOST_TEST(code_of(a) == -32603);
    co_await c.peer.cancel(70);
    co_await checkpoint();
    co_await c.peer.request(73, "subscriptions/listen", wish(everything));
    auto m = co_await c.next();
    BOOST_TEST(tag_of(m) == 73);
  });
}

// Streams stay open by design: they hold no place among the concurrent requests.
COMCP_TEST_CORO(leaves_the_limits_to_others) {
  server s("s", "1", server_options().max_concurrent_calls(1));
  offer_everything(s);
  co_await with_client(
      s, modern,
      [&](client& c) -> awaitable<void> {
        for (int id = 70; id < 75; ++id) {
          co_await c.peer.request(id, "subscriptions/listen", wish(everything));
          auto m = co_await c.next();
        }
        auto a = co_await c.ask("tools/call", obj(R"({"name":"t"})"));
        BOOST_TEST(text_of(a) == "true");
      },
      {}, session_options().max_concurrent_requests(1));
}

// 03-features 2.2: back-pressure
COMCP_TEST_CORO(equal_changes_count_once_while_the_client_does_not_read) {
  server s("s", "1");
  offer_everything(s);
  co_await with_client(
      s, modern,
      [&](client& c) -> awaitable<void> {
        co_await c.peer.request(1, "subscriptions/listen", wish(everything));
        auto m = co_await c.next();
        for (int i = 0; i < 1000; ++i) {
          s.resource_updated("x:a");
          s.resource_updated("x:b");
          if (i % 100 == 0) co_await sleep(1ms);
        }
        int heard = 0;
        bool silent = false;
        while (!silent) {
          bool came = co_await move_on_after(1s, [&]() -> awaitable<void> { co_await c.next(); });
          silent = !came;
          heard += came;
        }
        BOOST_TEST(heard >= 2);
        BOOST_TEST(heard <= 22);
      },
      {}, session_options().max_outgoing_bytes(300));
}

COMCP_TEST_CORO(ends_when_too_many_changes_wait) {
  server s("s", "1", server_options().max_queued_changes(3));
  offer_everything(s);
  co_await with_client(s, modern, [&](client& c) -> awaitable<void> {
    co_await c.peer.request(1, "subscriptions/listen", wish(everything));
    auto m = co_await c.next();
    for (int i = 0; i < 10; ++i)
      s.resource_updated("x:a/" + std::to_string(i));
    int told = 0;
    while (true) {
      m = co_await c.next();
      if (m.at("method") == "notifications/cancelled") break;
      ++told;
    }
    BOOST_TEST(m.at("params").at("requestId") == 1);
    BOOST_TEST(told <= 3);
    co_await c.peer.expect_silence(1s);
    BOOST_TEST(s.open_subscriptions() == 0U);
  });
}

// The bus is replaceable: what another instance publishes reaches our subscribers.
COMCP_TEST_CORO(hears_of_changes_made_by_another_instance) {
  const auto shared = make_local_bus();
  server here("s", "1", server_options().change_bus(shared));
  server there("s", "1", server_options().change_bus(shared));
  offer_everything(here);
  co_await with_client(here, modern, [&](client& c) -> awaitable<void> {
    co_await c.peer.request(1, "subscriptions/listen", wish(everything));
    auto m = co_await c.next();
    there.resource_updated("x:a");
    m = co_await c.next();
    BOOST_TEST(m.at("params").at("uri") == "x:a");
  });
}

BOOST_AUTO_TEST_SUITE_END()
