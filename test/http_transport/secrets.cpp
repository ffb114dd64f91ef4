// What must not be told to whoever reads the log: a whole conversation of both eras, its log swept for
// everything in it that is a secret.

#include <boost/describe/class.hpp>
#include <boost/test/unit_test.hpp>

#include "comcp/log.hpp"
#include "comcp/server/server.hpp"
#include "http_transport/support.hpp"

using namespace test;

namespace {

struct person {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(person, (), (name))

[[maybe_unused]] void annotate(json::notes<person>& about) {
  about(&person::name).max_length(30);
}

class lines final : public log_sink {
 public:
  void write(log_level, std::string_view message) noexcept override { all.emplace_back(message); }
  std::size_t count(std::string_view part) const {
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& line) {
      return line.find(part) != std::string::npos;
    }));
  }
  std::vector<std::string> all;
};

constexpr std::string_view token = "tok-1f0a77";
constexpr std::string_view argument = "arg-5c22e1";
constexpr std::string_view answer = "ans-93bd04";
constexpr std::string_view secret_result = "res-48aa16";

awaitable<access_verdict> only_with_token(const http::request_head& head, const http::peer_info&) {
  if (head.header("Authorization") != "Bearer " + std::string(token))
    co_return access_verdict::denied(http::text_response(401));
  co_return access_verdict::granted(std::make_shared<const principal>("sub-7e9100"));
}

/// A retry of the modern call of "asks".
std::string asking(const std::string& more) {
  const std::string name = R"("name":"asks","arguments":{"pin":")" + std::string(argument) + "\"}";
  std::string body = modern_body("1", "tools/call", name + more);
  const std::string_view none = R"(clientCapabilities":{})";
  const auto at = body.find(none) + none.size() - 2;
  body.replace(at, 2, R"({"elicitation":{}})");
  return post_text(body, {{"MCP-Protocol-Version", std::string(modern_version)},
                          {"Mcp-Method", "tools/call"},
                          {"Mcp-Name", "asks"},
                          {"Authorization", "Bearer " + std::string(token)}});
}

std::string responses(std::string_view name) {
  return R"(,"inputResponses":{"q1":{"action":"accept","content":{"name":")" + std::string(name) +
         "\"}}}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(streamable_http_secrets)

// S-LOG-05
COMCP_TEST_CORO(nothing_secret_of_a_conversation_is_logged) {
  const auto sink = std::make_shared<lines>();
  const logger log(sink, log_level::debug, 10'000, 10'000);
  const std::string key = "key-61d3c8 0123456789 0123456789 0123456789";
  comcp::server server("s", "1", server_options().log(log).rounds(round_options().key(key)));
  bool fickle = false;
  server.tool("asks", "", [&](json::object, request_context& ctx) -> awaitable<std::string> {
    const auto who = co_await ctx.elicit<person>(fickle ? "Who else?" : "Who?");
    if (who && who->name == "throw") throw std::runtime_error("logged on purpose");
    co_return std::string(secret_result);
  });
  const json::object never = json::parse(R"({"type":"object","required":["x"]})").as_object();
  server.tool(
      "breaks_its_schema", "",
      [](json::object) -> awaitable<json::value> {
        json::object o;
        o["password"] = secret_result;
        co_return o;
      },
      tool_options().output_schema(never));
  world w(&server, streamable_http_options()
                       .authorize(only_with_token)
                       .conversation(session_options().log(log)));
  std::vector<std::string> secrets = {std::string(token),
                                      std::string(argument),
                                      std::string(answer),
                                      std::string(secret_result),
                                      key,
                                      key.substr(0, 10),
                                      "sub-7e9100"};
  co_await w.run([&]() -> awaitable<void> {
    const std::string bearer = "Bearer " + std::string(token);
    const header_list with_token = {{"Authorization", bearer}};

    // 2025-11-25: a session, a question, what goes wrong with both.
    const std::string id = co_await w.open("2025-11-25", R"({"elicitation":{}})", with_token);
    secrets.push_back(id);
    const header_list session = {{"Authorization", bearer}, {"Mcp-Session-Id", id}};
    const std::string arguments = R"({"pin":")" + std::string(argument) + "\"}";
    for (const std::string_view said :
         {answer, std::string_view("throw"),
          std::string_view("longer than thirty characters ans-93bd04")}) {
      world::connection& c = w.connect();
      const reply begun = co_await c.ask(post_text(call_body(1, "asks", arguments), session));
      const std::string response =
          R"({"jsonrpc":"2.0","id":)" + json::serialize(begun.event(0).at("id")) +
          R"(,"result":{"action":"accept","content":{"name":")" + std::string(said) + "\"}}}";
      co_await w.connect().ask(post_text(response, session));
      co_await w.connect().ask(post_text(response, session));  // nobody waits for it any more
      co_await c.more();
    }
    co_await w.connect().ask(post_text(call_body(2, "breaks_its_schema", arguments), session));
    co_await w.connect().ask(post_text(call_body(3, "unknown", arguments), session));
    co_await w.connect().ask(post_text(R"({"jsonrpc":"2.0","method":"tok-1f0a77)", session));
    const header_list wrong_session = {{"Authorization", bearer}, {"Mcp-Session-Id", id + "0"}};
    co_await w.connect().ask(post_text(call_body(4, "asks"), wrong_session));
    const header_list wrong_token = {{"Authorization", bearer + "0"}, {"Mcp-Session-Id", id}};
    co_await w.connect().ask(post_text(call_body(5, "asks"), wrong_token));
    const header_list wrong_type = {{"Authorization", bearer}, {"Content-Type", "ans-93bd04/x"}};
    co_await w.connect().ask(request_text("POST", wrong_type, call_body(6, "asks", arguments)));
    const header_list resuming = {
        {"Authorization", bearer}, {"Mcp-Session-Id", id}, {"Last-Event-ID", id + "/9"}};
    co_await w.connect().ask(request_text("GET", resuming));
    co_await w.connect().ask(request_text("DELETE", session));

    // 2026-07-28: rounds, good and bad.
    const reply asked = co_await w.connect().ask(asking(""));
    BOOST_TEST(asked.json().at("result").at("resultType") == "input_required");
    const std::string state(asked.json().at("result").at("requestState").as_string());
    secrets.push_back(state);
    const std::string with_state = R"(,"requestState":")" + state + "\"";
    const reply done = co_await w.connect().ask(asking(with_state + responses(answer)));
    BOOST_TEST(done.body.find(secret_result) != std::string::npos);
    const reply forged = co_await w.connect().ask(
        asking(R"(,"requestState":"x)" + state + "\"" + responses(answer)));
    BOOST_TEST(forged.code() == -32602);
    co_await w.connect().ask(
        asking(with_state + responses("longer than thirty, ans-93bd04 .......")));
    fickle = true;
    const reply changed = co_await w.connect().ask(asking(with_state + responses(answer)));
    BOOST_TEST(changed.code() == -32602);
    const header_list mirrored = {{"Authorization", bearer}, {"Mcp-Param-Pin", "arg-5c22e1"}};
    co_await w.connect().ask(modern_call("9", "asks", arguments, mirrored));
    const header_list misnamed = {{"Authorization", bearer}, {"Mcp-Name", "arg-5c22e1"}};
    co_await w.connect().ask(modern_call("9", "asks", arguments, misnamed));
  });
  // Otherwise there was nothing to sweep.
  BOOST_TEST(sink->count("refused with 404") > 0U);
  BOOST_TEST(sink->count("refused with 400") > 0U);
  BOOST_TEST(sink->count("logged on purpose") > 0U);
  BOOST_TEST(sink->count("output schema") > 0U);
  BOOST_TEST(sink->all.size() > 8U);
  for (const std::string& secret : secrets)
    BOOST_TEST(sink->count(secret) == 0U, secret << " is in the log");
}

BOOST_AUTO_TEST_SUITE_END()
