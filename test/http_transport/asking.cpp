// Handlers that ask their client over Streamable HTTP: on the stream of the call, or by its result.

#include <boost/describe/class.hpp>
#include <boost/test/unit_test.hpp>

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

BOOST_AUTO_TEST_SUITE_END()
