// What holds for every message of a server, whatever it was asked.

#include "comcp/session/session.hpp"
#include "server/support.hpp"

#include <boost/describe/class.hpp>

#include <algorithm>
#include <set>

using namespace test;
using namespace std::chrono_literals;

namespace {

struct person {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(person, (), (name))

/// Something of every kind, and every way to fail.
void offer_all(server& s) {
  s.tool("fine", "", []() -> awaitable<std::string> { co_return "fine"; });
  s.tool("broken", "", []() -> awaitable<std::string> { throw std::runtime_error("broken"); });
  s.tool("refuses", "", []() -> awaitable<std::string> { throw invalid_params_error("no"); });
  s.tool("asks", "", [](request_context& ctx) -> awaitable<std::string> {
    const auto who = co_await ctx.elicit<person>("Who?", call_options().timeout(1s));
    co_return who ? who->name : "nobody";
  });
  s.tool("slow", "", []() -> awaitable<void> { co_await sleep(1h); });
  s.resource("x:a", "a", []() -> awaitable<std::string> { co_return "a"; });
  s.resource("x:gone", "gone", []() -> awaitable<std::string> { throw not_found_error(); });
  s.prompt("p", "", []() -> awaitable<std::string> { co_return "p"; });
  s.resource_template("t:{x}", "t", []() -> awaitable<std::string> { co_return "t"; });
  s.completion(completion_target::resource_template("t:{x}", "x"), {"1", "2"});
}

json::object named(std::string_view tool) {
  json::object params;
  params["name"] = tool;
  return params;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(every_message)

// S-RPC-04
COMCP_TEST_CORO(an_answer_has_a_result_or_an_error_and_never_both) {
  server s("s", "1");
  offer_all(s);
  const std::vector<std::pair<std::string, std::string>> requests = {
      {"tools/list", "{}"},
      {"tools/list", R"({"cursor":"none"})"},
      {"tools/call", R"({"name":"fine"})"},
      {"tools/call", R"({"name":"broken"})"},
      {"tools/call", R"({"name":"refuses"})"},
      {"tools/call", R"({"name":"unknown"})"},
      {"tools/call", R"({"name":7})"},
      {"tools/call", R"({"name":"fine","arguments":{"surprise":1}})"},
      {"tools/call", R"({"name":"asks"})"},
      {"resources/list", "{}"},
      {"resources/templates/list", "{}"},
      {"resources/read", R"({"uri":"x:a"})"},
      {"resources/read", R"({"uri":"x:gone"})"},
      {"resources/read", R"({"uri":"t:%zz"})"},
      {"resources/read", "{}"},
      {"resources/subscribe", R"({"uri":"x:a"})"},
      {"resources/unsubscribe", R"({"uri":"x:a"})"},
      {"prompts/list", "{}"},
      {"prompts/get", R"({"name":"p"})"},
      {"prompts/get", R"({"name":"unknown"})"},
      {"completion/complete",
       R"({"ref":{"type":"ref/resource","uri":"t:{x}"},"argument":{"name":"x","value":""}})"},
      {"completion/complete", "{}"},
      {"server/discover", "{}"},
      {"initialize", "{}"},
      {"ping", "{}"},
      {"logging/setLevel", R"({"level":"loud"})"},
      {"no/such/method", "{}"},
  };
  std::size_t results = 0;
  std::size_t errors = 0;
  co_await on_every_revision(s, [&](client& c) -> awaitable<void> {
    for (const auto& [method, params] : requests) {
      const json::value answer = co_await c.ask(method, obj(params));
      const json::object& members = answer.as_object();
      BOOST_TEST_CONTEXT(method << " " << params) {
        BOOST_TEST(members.contains("result") != members.contains("error"));
        BOOST_TEST(members.size() == 3U);
        ++(members.contains("result") ? results : errors);
      }
    }
    // What isn't a request at all.
    for (const char* text : {"{", "7", R"({"id":6,"method":"ping"})",
                             R"({"jsonrpc":"2.0","id":null,"method":"ping"})"}) {
      co_await c.peer.send(text);
      const json::value answer = co_await c.next();
      BOOST_TEST_CONTEXT(text) {
        BOOST_TEST(answer.as_object().contains("error"));
        BOOST_TEST(!answer.as_object().contains("result"));
      }
    }
  });
  BOOST_TEST(results > 50U);
  BOOST_TEST(errors > 40U);
}

// S-CANC-03: the client's requests are the client's to cancel, whatever becomes of them here.
COMCP_TEST_CORO(only_its_own_requests_are_cancelled_by_a_server) {
  server s("s", "1");
  offer_all(s);
  for (const protocol::rules& r : protocol::all_rules()) {
    BOOST_TEST_CONTEXT(r.name) {
      std::set<std::string> asked;
      std::vector<std::string> cancelled;
      auto talk = [&](client& c) -> awaitable<void> {
        co_await c.peer.request(1, "tools/call", named("slow"));
        co_await c.peer.request(2, "tools/call", named("slow"));
        co_await c.peer.request(3, "tools/call", named("asks"));
        co_await c.peer.request(4, "tools/call", named("asks"));
        co_await testing::wait_all_tasks_blocked();
        co_await c.peer.cancel(1);  // taken back by the client
        co_await c.peer.cancel(3);  // and while the server waits for its answer
        std::size_t answers = 0;    // 2: the server's time limit; 4: its question's
        while (answers < (r.server_requests && r.elicitation ? 2U : 3U)) {
          const json::value m = co_await c.next();
          const auto& members = m.as_object();
          const auto* method = members.if_contains("method");
          if (!method)
            ++answers;
          else if (members.contains("id"))
            asked.insert(json::serialize(members.at("id")));
          else if (*method == "notifications/cancelled")
            cancelled.push_back(json::serialize(members.at("params").at("requestId")));
        }
        co_await c.peer.expect_silence(1min);
      };
      co_await with_client(s, r.id, talk, obj(R"({"elicitation":{}})"),
                           session_options().request_timeout(10min));
      for (const std::string& id : cancelled)
        BOOST_TEST(asked.contains(id), "not ours: " << id);
      BOOST_TEST(asked.size() == (r.server_requests && r.elicitation ? 2U : 0U));
      BOOST_TEST(cancelled.size() == asked.size());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
