// Every kind of bad input on a stream, in every revision: its code, and the server goes on.

#include <boost/describe/class.hpp>

#include "server/support.hpp"

using namespace test;

namespace {

struct add_args {
  int left = 0;
  int right = 0;
};
BOOST_DESCRIBE_STRUCT(add_args, (), (left, right))

awaitable<int> add(add_args a) {
  co_return a.left + a.right;
}

/// A row: what is wrong, the line, the code of the answer.
struct bad {
  std::string what;
  std::string line;
  std::int64_t code;
};

const std::string deep = std::string(300, '[') + std::string(300, ']');

session_options small_limits() {
  return session_options().codec_limits(jsonrpc::limits().max_bytes(4000).max_depth(64));
}

/// A request of the revision: modern ones carry their envelope.
std::string request(const protocol::rules& r, std::string_view method, std::string_view params) {
  std::string text = R"({"jsonrpc":"2.0","id":"x","method":")" + std::string(method) +
                     R"(","params":{)" + std::string(params);
  if (r.era == protocol::era::modern) {
    if (!params.empty()) text += ',';
    text += R"("_meta":{"io.modelcontextprotocol/protocolVersion":")" + std::string(r.name) +
            R"(","io.modelcontextprotocol/clientCapabilities":{},)"
            R"("io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"}})";
  }
  return text + "}}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_input_on_a_stream)

COMCP_TEST_CORO(each_kind_has_its_code_and_the_server_goes_on) {
  server s("adder", "1");
  s.tool("add", "Adds", add);
  const auto scenario = [](client& c) -> awaitable<void> {
    const auto call = [&](std::string_view params) {
      return request(c.rules, "tools/call", params);
    };
    const std::vector<bad> rows = {
        {"bad JSON", "{\"jsonrpc\":", -32700},
        {"bad UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"p\xff\"}", -32700},
        {"oversize", std::string(4001, 'x'), -32700},
        {"too deep", deep, -32700},
        {"a number", "7", -32600},
        {"no jsonrpc", R"({"id":7,"method":"ping"})", -32600},
        {"null id", R"({"jsonrpc":"2.0","id":null,"method":"ping"})", -32600},
        {"wrong method", request(c.rules, "no/such", ""), -32601},
        {"unknown tool", call(R"("name":"no_such")"), -32602},
        {"no name", call(""), -32602},
        {"arguments of a wrong type", call(R"("name":"add","arguments":[])"), -32602},
    };
    // Which form an error without an id has depends on what the client is known to speak.
    co_await c.ask("tools/list");
    for (const bad& row : rows) {
      BOOST_TEST_CONTEXT(row.what) {
        co_await c.peer.send(row.line);
        const json::value answer = co_await c.next();
        BOOST_TEST(code_of(answer) == row.code);
        json::object good = obj(R"({"name":"add","arguments":{"left":1,"right":2}})");
        const json::value fine = co_await c.ask("tools/call", std::move(good));
        BOOST_TEST(text_of(fine) == "3");
      }
    }
    // The model made this mistake, so the model is told.
    json::object wrong = obj(R"({"name":"add","arguments":{"left":"one","right":2}})");
    const json::value told = co_await c.ask("tools/call", std::move(wrong));
    BOOST_TEST(is_tool_error(told));
    BOOST_TEST(text_of(told).find("/left") != std::string::npos);
  };
  for (const protocol::rules& r : protocol::all_rules()) {
    BOOST_TEST_CONTEXT(r.name) {
      co_await with_client(s, r.id, scenario, {}, small_limits());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
