// Handlers that ask their client over Streamable HTTP: on the stream of the call, or by its result.

#include <boost/describe/class.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <set>

#include "comcp/server/server.hpp"
#include "http_transport/support.hpp"

using namespace test;

namespace {

struct person {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(person, (), (name))

awaitable<std::string> greet(request_context& ctx) {
  const auto who = co_await ctx.elicit<person>("Name?", call_options().key("user_name"));
  co_return who ? "Hello, " + who->name : "Hello";
}

constexpr std::string_view accepted = R"({"action":"accept","content":{"name":"Ada"}})";

/// A modern call of the tool by a client with these capabilities; `more` are members of the params.
std::string asking_call(std::string_view id, std::string_view capabilities, std::string_view more) {
  std::string body =
      modern_body(id, "tools/call", R"("name":"greet","arguments":{})" + std::string(more));
  const std::string_view none = R"(clientCapabilities":{})";
  const auto at = body.find(none) + none.size() - 2;
  body.replace(at, 2, capabilities);
  return post_text(body, {{"MCP-Protocol-Version", std::string(modern_version)},
                          {"Mcp-Method", "tools/call"},
                          {"Mcp-Name", "greet"}});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(streamable_http_asking)

COMCP_TEST_CORO(a_legacy_client_is_asked_on_the_stream_of_its_call) {
  comcp::server server("s", "1");
  server.tool("greet", "Greets", greet);
  world w(&server);
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    const header_list in_session = {{"Mcp-Session-Id", id}};
    world::connection& c = w.connect();
    const reply begun = co_await c.ask(post_text(call_body(1, "greet"), in_session));
    BOOST_TEST_REQUIRE(begun.events.size() == 1U);
    const json::value question = begun.event(0);
    BOOST_TEST(question.at("method") == "elicitation/create");
    check_schema(*begun.events[0].data, "2025-11-25");
    const std::string answer = R"({"jsonrpc":"2.0","id":)" + json::serialize(question.at("id")) +
                               R"(,"result":)" + std::string(accepted) + "}";
    world::connection& other = w.connect();
    const reply taken = co_await other.ask(post_text(answer, in_session));
    BOOST_TEST(taken.status == 202);
    const reply rest = co_await c.more();
    BOOST_TEST_REQUIRE(rest.events.size() == 1U);
    BOOST_TEST(rest.event(0).at("result").at("content").at(0).at("text") == "Hello, Ada");
    BOOST_TEST(rest.complete);
  });
}

// S-MRTR-09 S-MRTR-05
COMCP_TEST_CORO(a_modern_client_is_asked_by_the_result_and_calls_again) {
  comcp::server server("s", "1");
  server.tool("greet", "Greets", greet);
  world w(&server);
  co_await w.run([&]() -> awaitable<void> {
    const std::string_view can = R"({"elicitation":{}})";
    const reply asking = co_await w.connect().ask(asking_call("1", can, ""));
    BOOST_TEST(asking.status == 200);
    BOOST_TEST(!asking.streams());
    check_schema(asking.body, modern_version, "tools/call");
    const json::value result = asking.json().at("result");
    BOOST_TEST(result.at("resultType") == "input_required");
    const std::string state(result.at("requestState").as_string());
    const auto retry = [](const std::string& with) {
      return R"(,"inputResponses":{"user_name":)" + std::string(accepted) +
             R"(},"requestState":")" + with + "\"";
    };
    // Another connection, another id.
    const reply done = co_await w.connect().ask(asking_call("\"again\"", can, retry(state)));
    BOOST_TEST(done.json().at("result").at("content").at(0).at("text") == "Hello, Ada");
    const reply forged =
        co_await w.connect().ask(asking_call("3", can, retry(state + "-TAMPERED")));
    BOOST_TEST(forged.code() == -32602);
  });
}

// S-MOD-05
COMCP_TEST_CORO(a_modern_client_without_the_capability_gets_400) {
  comcp::server server("s", "1");
  server.tool("greet", "Greets", greet);
  world w(&server);
  co_await w.run([&]() -> awaitable<void> {
    const reply refused = co_await w.connect().ask(asking_call("1", R"({"sampling":{}})", ""));
    BOOST_TEST(refused.status == 400);
    BOOST_TEST(refused.code() == -32021);
    check_schema(refused.body, modern_version);
  });
}

// flow:elicitation:url-at-session-init
COMCP_TEST_CORO(a_client_is_sent_to_a_page_as_soon_as_it_listens) {
  for (const bool resumable : {true, false}) {
    comcp::server server("s", "1");
    std::string outcome;
    server.on_session_start([&](session& started) {
      started.start_soon([&](session& s) -> awaitable<void> {
        co_await s.until_listening();
        const auto answer =
            co_await s.elicit_url("Sign in", "https://example.com/in?visit=v1", "v1");
        outcome = answer == protocol::elicit_result::outcome::accept ? "accepted" : "refused";
        json::object done;
        done["elicitationId"] = "v1";
        co_await s.notify("notifications/elicitation/complete", std::move(done));
      });
    });
    auto options = streamable_http_options();
    if (!resumable) options.keep_no_events();
    world w(&server, options);
    co_await w.run([&]() -> awaitable<void> {
      const std::string id = co_await w.open("2025-11-25", R"({"elicitation":{"url":{}}})");
      BOOST_TEST(outcome.empty());
      world::connection& listens = w.connect();
      const header_list stream = {{"Accept", "text/event-stream"}, {"Mcp-Session-Id", id}};
      const reply begun = co_await listens.ask(request_text("GET", stream));
      BOOST_TEST_REQUIRE(begun.events.size() == 1U);
      check_schema(*begun.events[0].data, "2025-11-25");
      const json::value question = begun.event(0);
      BOOST_TEST(question.at("method") == "elicitation/create");
      BOOST_TEST(question.at("params").at("mode") == "url");
      BOOST_TEST(question.at("params").at("elicitationId") == "v1");
      const std::string answer = R"({"jsonrpc":"2.0","id":)" + json::serialize(question.at("id")) +
                                 R"(,"result":{"action":"accept"}})";
      const header_list session = {{"Mcp-Session-Id", id}};
      const reply taken = co_await w.connect().ask(post_text(answer, session));
      BOOST_TEST(taken.status == 202);
      const reply rest = co_await listens.more();
      BOOST_TEST(outcome == "accepted");
      BOOST_TEST_REQUIRE(rest.events.size() == 1U);
      check_schema(*rest.events[0].data, "2025-11-25");
      BOOST_TEST(rest.event(0).at("method") == "notifications/elicitation/complete");
    });
  }
}

namespace {

/// What a page knows of the visits that were asked for: whose they are.
class visits {
 public:
  std::string expect(const std::string& subject) {
    const std::string id = "visit-" + std::to_string(++last_);
    owners_[id] = subject;
    return id;
  }
  /// The page itself, opened by whom it knows from its own sign-in.
  bool open(const std::string& id, const std::string& visitor) {
    const auto found = owners_.find(id);
    if (found == owners_.end() || found->second != visitor) return false;
    done_.insert(id);
    return true;
  }
  bool done(const std::string& id) const { return done_.contains(id); }

 private:
  int last_ = 0;
  std::map<std::string, std::string> owners_;
  std::set<std::string> done_;
};

awaitable<access_verdict> by_name(const http::request_head& head, const http::peer_info&) {
  co_return access_verdict::granted(
      std::make_shared<const principal>(std::string(head.header("Authorization").value_or("?"))));
}

/// A modern call of the tool "connect" by this user; `more` are members of the params.
std::string connecting(const std::string& user, const std::string& more = {}) {
  std::string body = modern_body("1", "tools/call", R"("name":"connect","arguments":{})" + more);
  const std::string_view none = R"(clientCapabilities":{})";
  const auto at = body.find(none) + none.size() - 2;
  body.replace(at, 2, R"({"elicitation":{"url":{}}})");
  return post_text(body, {{"MCP-Protocol-Version", std::string(modern_version)},
                          {"Mcp-Method", "tools/call"},
                          {"Mcp-Name", "connect"},
                          {"Authorization", user}});
}

}  // namespace

// S-ELIC-04: who asked is known from authorization, and stays the same in every round of a call; who came
// is the page's to know.
COMCP_TEST_CORO(a_visit_counts_only_when_it_is_the_askers) {
  comcp::server server("s", "1");
  visits pages;
  server.tool("connect", "", [&](request_context& ctx) -> awaitable<std::string> {
    const auto mine = [&]() -> awaitable<std::string> {
      co_return pages.expect(ctx.on_behalf_of()->subject);
    };
    const std::string id = co_await ctx.once("visit", mine);
    const std::string url = "https://example.com/connect?visit=" + id;
    co_await ctx.elicit_url("Connect", url, id);
    co_return pages.done(id) ? "connected" : "nobody came";
  });
  world w(&server, streamable_http_options().authorize(by_name));
  co_await w.run([&]() -> awaitable<void> {
    const reply asked = co_await w.connect().ask(connecting("ann"));
    const json::value result = asked.json().at("result");
    BOOST_TEST(result.at("resultType") == "input_required");
    const auto& question = result.at("inputRequests").at("q1").at("params");
    BOOST_TEST(question.at("url") == "https://example.com/connect?visit=visit-1");
    const std::string retry = R"(,"inputResponses":{"q1":{"action":"accept"}},"requestState":")" +
                              std::string(result.at("requestState").as_string()) + "\"";
    // Somebody else was sent the link.
    BOOST_TEST(!pages.open("visit-1", "mallory"));
    const reply early = co_await w.connect().ask(connecting("ann", retry));
    BOOST_TEST(early.json().at("result").at("content").at(0).at("text") == "nobody came");
    BOOST_TEST(pages.open("visit-1", "ann"));
    // Somebody else got hold of the call.
    const reply stolen = co_await w.connect().ask(connecting("mallory", retry));
    BOOST_TEST(stolen.code() == -32602);
    const reply done = co_await w.connect().ask(connecting("ann", retry));
    BOOST_TEST(done.json().at("result").at("content").at(0).at("text") == "connected");
  });
}

BOOST_AUTO_TEST_SUITE_END()
