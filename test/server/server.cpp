// What a server says of itself, how its lists change while it runs, its hooks.

#include "comcp/server/server.hpp"

#include "comcp/session/session.hpp"
#include "server/support.hpp"

#include <functional>
#include <set>
#include <thread>

using namespace test;
using namespace std::chrono_literals;

namespace {

awaitable<std::string> text() {
  co_return "text";
}
awaitable<bool> truth() {
  co_return true;
}

/// The capabilities as this client hears of them.
awaitable<json::object> capabilities(server& s, revision r) {
  if (protocol::rules_of(r).era == protocol::era::modern) {
    json::object found;
    co_await with_client(s, r, [&found](client& c) -> awaitable<void> {
      auto a = co_await c.ask("server/discover");
      found = result_of(a).at("capabilities").as_object();
    });
    co_return found;
  }
  auto ends = make_memory_transports();
  testing::raw_peer peer(std::move(ends.second), r);
  json::object found;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return serve(s, *ends.first); }, "server");
    auto hello = co_await peer.handshake();
    found = hello.at("capabilities").as_object();
    peer.close();
  });
  co_return found;
}

void offer_everything(server& s) {
  s.tool("t", "", truth);
  s.resource("x:a", "a", text);
  s.resource_template("x:{id}", "x", text);
  s.prompt("p", "", text, prompt_options().argument("n", ""));
  s.completion(completion_target::prompt("p", "n"), {"a"});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(servers)

// tools:capability:declared, resources:capability:declared, prompts:capability:declared,
// completion:capability:declared, mcpserver:completion:capability-auto
// S-LIFE-07, S-MOD-11, lifecycle:initialize:capabilities:from-handlers
COMCP_TEST_CORO(declare_what_they_offer) {
  server s("s", "1");
  offer_everything(s);
  for (const protocol::rules& r : protocol::all_rules()) {
    auto c = co_await capabilities(s, r.id);
    BOOST_TEST_CONTEXT(r.name) {
      BOOST_TEST(c.at("tools") == parsed(R"({"listChanged":true})"));
      BOOST_TEST(c.at("resources") == parsed(R"({"listChanged":true,"subscribe":true})"));
      BOOST_TEST(c.at("prompts") == parsed(R"({"listChanged":true})"));
      BOOST_TEST(c.contains("logging"));
      BOOST_TEST(c.contains("completions") == r.completions_capability);
    }
  }
}

// lifecycle:initialize:capabilities:minimal
COMCP_TEST_CORO(declare_nothing_when_nothing_is_registered) {
  server s("s", "1");
  for (const protocol::rules& r : protocol::all_rules()) {
    auto c = co_await capabilities(s, r.id);
    BOOST_TEST_CONTEXT(r.name) {
      BOOST_TEST(c.empty());
    }
  }
}

COMCP_TEST_CORO(take_away_what_the_options_take_away) {
  server s(
      "s", "1",
      server_options().list_changed(false).resource_subscriptions(false).logging(false).extension(
          "example.com/x", obj(R"({"a":1})")));
  offer_everything(s);
  for (const protocol::rules& r : protocol::all_rules()) {
    auto c = co_await capabilities(s, r.id);
    BOOST_TEST_CONTEXT(r.name) {
      BOOST_TEST(c.at("tools") == parsed("{}"));
      BOOST_TEST(c.at("resources") == parsed("{}"));
      BOOST_TEST(!c.contains("logging"));
      BOOST_TEST(c.contains("extensions") == r.extensions);
    }
  }
}

// completion:complete:not-supported, resources:subscribe:capability-required
// S-MOD-11: a method behind a capability that isn't declared doesn't exist
COMCP_TEST_CORO(answer_only_what_they_declare) {
  server s("s", "1", server_options().resource_subscriptions(false).logging(false));
  const char* gated[] = {
      "tools/list",          "tools/call",           "resources/list", "resources/templates/list",
      "resources/read",      "prompts/list",         "prompts/get",    "completion/complete",
      "resources/subscribe", "resources/unsubscribe"};
  co_await on_every_revision(s, [&](client& c) -> awaitable<void> {
    for (const char* method : gated) {
      auto a = co_await c.ask(method, obj(R"({"name":"x","uri":"x:a"})"));
      BOOST_TEST_CONTEXT(method) {
        BOOST_TEST(code_of(a) == -32601);
      }
    }
  });
  s.resource("x:a", "a", text);
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    auto a = co_await c.ask("resources/list");
    BOOST_TEST(result_of(a).at("resources").as_array().size() == 1U);
    a = co_await c.ask("resources/templates/list");
    BOOST_TEST(result_of(a).at("resourceTemplates").as_array().empty());
    a = co_await c.ask("resources/subscribe", obj(R"({"uri":"x:a"})"));
    BOOST_TEST(code_of(a) == -32601);
  });
}

// lifecycle:initialize:basic, lifecycle:discover:basic
// lifecycle:initialize:server-info, lifecycle:initialize:instructions
COMCP_TEST_CORO(say_who_they_are) {
  protocol::icon icon;
  icon.src = "data:image/png;base64,aGk=";
  server s("weather", "1.2",
           server_options()
               .title("Weather")
               .description("Forecasts")
               .website_url("https://example.com")
               .icon(icon)
               .instructions("Ask for one city at a time."));
  s.tool("t", "", truth);
  for (const protocol::rules& r : protocol::all_rules()) {
    auto ends = make_memory_transports();
    client c(std::move(ends.second), r.id);
    json::object about;
    std::string instructions;
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      group.start_soon([&] { return serve(s, *ends.first); }, "server");
      auto hello = co_await c.peer.handshake();
      if (hello.is_null()) {
        auto a = co_await c.ask("server/discover");
        about = result_of(a).at("_meta").at("io.modelcontextprotocol/serverInfo").as_object();
        instructions = result_of(a).at("instructions").as_string();
        BOOST_TEST(result_of(a).at("supportedVersions").as_array().size() == 5U);
        BOOST_TEST(result_of(a).at("ttlMs") == 0);
        BOOST_TEST(result_of(a).at("cacheScope") == "private");
        // S-MOD-09
        a = co_await c.ask("tools/list");
        BOOST_TEST(result_of(a).at("_meta").at("io.modelcontextprotocol/serverInfo").at("name") ==
                   "weather");
      } else {
        about = hello.at("serverInfo").as_object();
        instructions = hello.at("instructions").as_string();
      }
      c.peer.close();
    });
    BOOST_TEST_CONTEXT(r.name) {
      BOOST_TEST(about.at("name") == "weather");
      BOOST_TEST(about.at("version") == "1.2");
      BOOST_TEST(about.contains("title") == r.title);
      BOOST_TEST(about.contains("icons") == r.icons);
      BOOST_TEST(instructions == "Ask for one city at a time.");
    }
  }
}

// tools:list:pagination, resources:list:pagination, resources:templates:pagination,
// prompts:list:pagination, pagination:exhaustion
// pagination: every entry once, whatever the page size
COMCP_TEST_CORO(page_through_every_list) {
  server s("s", "1", server_options().page_size(2));
  for (int i = 0; i < 5; ++i) {
    const std::string n = std::to_string(i);
    s.tool("t" + n, "", truth);
    s.resource("x:" + n, "r" + n, text);
    s.resource_template("x:" + n + "/{id}", "x" + n, text);
    s.prompt("p" + n, "", text);
  }
  const std::pair<const char*, const char*> lists[] = {
      {"tools/list", "tools"},
      {"resources/list", "resources"},
      {"resources/templates/list", "resourceTemplates"},
      {"prompts/list", "prompts"}};
  co_await on_every_revision(s, [&](client& c) -> awaitable<void> {
    for (const auto& [method, member] : lists) {
      json::object params;
      std::set<std::string> names;
      int pages = 0;
      while (true) {
        auto a = co_await c.ask(method, params);
        ++pages;
        for (const auto& entry : result_of(a).at(member).as_array())
          BOOST_TEST(names.insert(std::string(entry.at("name").as_string())).second);
        const auto* next = result_of(a).if_contains("nextCursor");
        if (!next) break;
        params["cursor"] = *next;
      }
      BOOST_TEST(pages == 3);
      BOOST_TEST(names.size() == 5U);
      params["cursor"] = "nonsense";
      auto a = co_await c.ask(method, params);
      BOOST_TEST(code_of(a) == -32602);
    }
  });
}

// tools:list-changed, resources:list-changed, prompts:list-changed,
// mcpserver:register:post-connect, mcpserver:list-changed:debounce
// S-SUB-07, legacy: unasked, after the handshake
COMCP_TEST_CORO(tell_legacy_sessions_of_changes) {
  for (const protocol::rules& r : protocol::all_rules()) {
    if (r.era == protocol::era::modern) continue;
    server s("s", "1");
    offer_everything(s);
    co_await with_client(s, r.id, [&](client& c) -> awaitable<void> {
      s.tool("later", "", truth);
      auto m = co_await c.next();
      BOOST_TEST(m.at("method") == "notifications/tools/list_changed");
      s.remove_tool("later");
      m = co_await c.next();
      BOOST_TEST(m.at("method") == "notifications/tools/list_changed");
      s.prompt("later", "", text);
      m = co_await c.next();
      BOOST_TEST(m.at("method") == "notifications/prompts/list_changed");
      s.remove_resource("x:a");
      m = co_await c.next();
      BOOST_TEST(m.at("method") == "notifications/resources/list_changed");
      s.resource_updated("x:a");  // nobody subscribed
      s.completion(completion_target::resource_template("x:{id}", "id"),
                   {"a"});  // no list shows it
      BOOST_TEST(!s.remove_tool("none"));
      co_await c.peer.expect_silence(1s);
    });
  }
}

// resources:subscribe, resources:subscribe:updated, resources:unsubscribe,
// resources:unsubscribe:stops-updates, resources:updated-notification
// S-SUB-08
COMCP_TEST_CORO(tell_legacy_sessions_of_the_resources_they_subscribed_to) {
  for (const protocol::rules& r : protocol::all_rules()) {
    if (r.era == protocol::era::modern) continue;
    server s("s", "1", server_options().max_subscribed_resources(2));
    offer_everything(s);
    co_await with_client(s, r.id, [&](client& c) -> awaitable<void> {
      const auto ask = [&](const char* method, const char* uri) {
        json::object params;
        params["uri"] = uri;
        return c.ask(method, params);
      };
      auto a = co_await ask("resources/subscribe", "x:a");
      BOOST_TEST(result_of(a).empty());
      a = co_await ask("resources/subscribe", "x:a");  // again: no harm
      BOOST_TEST(result_of(a).empty());
      a = co_await ask("resources/subscribe", "y:none");
      BOOST_TEST(code_of(a) == -32002);
      a = co_await ask("resources/subscribe", "x:b");
      BOOST_TEST(result_of(a).empty());
      a = co_await ask("resources/subscribe", "x:c");
      BOOST_TEST(code_of(a) == -32602);
      a = co_await c.ask("resources/subscribe");
      BOOST_TEST(code_of(a) == -32602);

      s.resource_updated("x:other");
      s.resource_updated("x:a");
      auto m = co_await c.next();
      BOOST_TEST(m.at("method") == "notifications/resources/updated");
      BOOST_TEST(m.at("params").at("uri") == "x:a");
      s.resource_updated("x:b/part");
      m = co_await c.next();
      BOOST_TEST(m.at("params").at("uri") == "x:b/part");

      a = co_await ask("resources/unsubscribe", "x:a");
      BOOST_TEST(result_of(a).empty());
      a = co_await ask("resources/unsubscribe", "x:never");
      BOOST_TEST(result_of(a).empty());
      s.resource_updated("x:a");
      co_await c.peer.expect_silence(1s);
    });
  }
}

COMCP_TEST_CORO(a_session_that_does_not_read_catches_up_later) {
  server s("s", "1");
  offer_everything(s);
  const auto tight = session_options().max_outgoing_bytes(200);
  co_await with_client(
      s, revision::v2025_11_25,
      [&](client& c) -> awaitable<void> {
        auto a = co_await c.ask("resources/subscribe", obj(R"({"uri":"x:a"})"));
        // The transport takes one message, the queue another; the rest waits, each change once.
        for (int round = 0; round < 5; ++round)
          for (int i = 0; i < 20; ++i)
            s.resource_updated("x:a/" + std::to_string(i));
        co_await sleep(1s);
        std::set<std::string> heard;
        while (heard.size() < 20) {
          a = co_await c.ask("ping");
          a = co_await c.ask("tools/list");
          for (const auto& n : c.notifications)
            BOOST_TEST(heard.insert(std::string(n.at("params").at("uri").as_string())).second);
          c.notifications.clear();
        }
        BOOST_TEST(heard.size() == 20U);
      },
      {}, tight);
}

// Who could not be told of each change is told that everything may have changed.
COMCP_TEST_CORO(a_session_hears_of_a_burst_that_is_too_long_for_its_queue) {
  server s("s", "1");
  offer_everything(s);
  co_await with_client(s, revision::v2025_11_25, [&](client& c) -> awaitable<void> {
    for (const char* uri : {R"({"uri":"x:a"})", R"({"uri":"x:b"})"})
      co_await c.ask("resources/subscribe", obj(uri));
    for (int i = 0; i < 2000; ++i)
      s.resource_updated("x:a/" + std::to_string(i));
    s.add(make_prompt("late", "", text));
    std::vector<std::string> heard;
    for (int i = 0; i < 5; ++i) {
      const json::value m = co_await c.next();
      std::string what(m.at("method").as_string());
      if (const auto* params = m.as_object().if_contains("params"))
        what += " " + std::string(params->at("uri").as_string());
      heard.push_back(std::move(what));
    }
    const std::vector<std::string> expected = {
        "notifications/tools/list_changed", "notifications/prompts/list_changed",
        "notifications/resources/list_changed", "notifications/resources/updated x:a",
        "notifications/resources/updated x:b"};
    BOOST_TEST(heard == expected, boost::test_tools::per_element());
    co_await c.peer.expect_silence(1s);
    s.resource_updated("x:a/1");
    const json::value m = co_await c.next();
    BOOST_TEST(m.at("params").at("uri") == "x:a/1");
  });
}

// The handler of a removed tool may still be reading the list of tools.
COMCP_TEST_CORO(change_while_requests_run) {
  server s("s", "1");
  s.tool("t", "", truth);
  co_await with_client(s, revision::v2026_07_28, [&](client& c) -> awaitable<void> {
    std::jthread other([&](const std::stop_token& stop) {
      for (int i = 0; !stop.stop_requested() && i < 200; ++i) {
        s.tool("x" + std::to_string(i), "", truth);
        if (i > 3) s.remove_tool("x" + std::to_string(i - 3));
      }
    });
    for (int i = 0; i < 100; ++i) {
      auto a = co_await c.ask("tools/list");
      BOOST_TEST(!result_of(a).at("tools").as_array().empty());
      a = co_await c.ask("tools/call", obj(R"({"name":"t"})"));
      BOOST_TEST(text_of(a) == "true");
    }
  });
}

COMCP_TEST_CORO(call_their_hooks) {
  auto log = std::make_shared<recording_sink>();
  server s("s", "1", logging_to(log));
  s.tool("t", "", truth);
  std::string order;
  const auto note = [&order](const char* what) -> awaitable<void> {
    co_await checkpoint();
    order += what;
  };
  s.on_start([&] { return note("a"); }).on_start([&] { return note("b"); });
  s.on_stop([&] { return note("c"); }).on_stop([&] { return note("d"); });
  s.on_stop([]() -> awaitable<void> { throw std::runtime_error("stuck"); });
  s.on_session_start([&](session& about) {
    order += "<";
    BOOST_TEST(about.client_info()->name == "raw_peer");
  });
  s.on_session_end([&](session&) { order += ">"; });
  co_await s.start();
  co_await with_client(s, revision::v2025_06_18,
                       [](client& c) -> awaitable<void> { co_await c.ask("ping"); });
  co_await with_client(s, revision::v2026_07_28,
                       [](client& c) -> awaitable<void> { co_await c.ask("tools/list"); });
  co_await s.stop();
  BOOST_TEST(order == "ab<>dc");
  BOOST_TEST(log->count("a stop hook failed: stuck") == 1U);
}

COMCP_TEST_CORO(a_start_hook_that_throws_ends_the_start) {
  server s("s", "1");
  bool second = false;
  s.on_start([]() -> awaitable<void> { throw std::runtime_error("no database"); });
  s.on_start([&]() -> awaitable<void> {
    second = true;
    co_return;
  });
  std::string why;
  try {
    co_await s.start();
  } catch (const std::runtime_error& e) {
    why = e.what();
  }
  BOOST_TEST(why == "no database");
  BOOST_TEST(!second);
}

BOOST_AUTO_TEST_SUITE_END()
