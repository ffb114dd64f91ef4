// Every kind of bad input over HTTP, in both eras: its status and its code, and the server goes on.
// 01-base §1.1 (limits count as parse failures), 05-transports §5, 07-errors.

#include <boost/describe/class.hpp>
#include <boost/test/unit_test.hpp>

#include "comcp/server/server.hpp"
#include "http_transport/support.hpp"

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

/// A row: what is wrong, the request, and "status code" of the answer (code 0: no JSON-RPC error).
struct bad {
  std::string what;
  std::string request;
  std::string expected;
};

const std::string good_arguments = R"({"left":1,"right":2})";
const std::string bad_utf8 = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"p\xff\"}";
const std::string deep = std::string(300, '[') + std::string(300, ']');

streamable_http_options small_limits() {
  return streamable_http_options().conversation(
      session_options().codec_limits(jsonrpc::limits().max_bytes(4000).max_depth(64)));
}

std::string outcome(const reply& r) {
  return std::to_string(r.status) + ' ' + std::to_string(r.body.starts_with('{') ? r.code() : 0);
}

/// Each row on a connection of its own, then a good call.
template <class Good>
awaitable<void> expect_all(world& w, const std::vector<bad>& rows, Good good) {
  for (const bad& row : rows) {
    BOOST_TEST_CONTEXT(row.what) {
      const reply r = co_await w.connect().ask(row.request);
      BOOST_TEST(outcome(r) == row.expected);
      const reply fine = co_await w.connect().ask(good());
      BOOST_TEST(fine.status == 200);
      BOOST_TEST(fine.body.find("\"3\"") != std::string::npos);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_input_over_http)

COMCP_TEST_CORO(a_session_answers_each_kind_and_goes_on) {
  server adder("adder", "1.0");
  adder.tool("add", "Adds", add);
  world w(&adder, small_limits());
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    const header_list in = {{"Mcp-Session-Id", id}, {"MCP-Protocol-Version", "2025-11-25"}};
    const auto post = [&](std::string_view body) { return post_text(body, in); };
    const auto call = [&](std::string_view params) {
      return post(R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":)" +
                  std::string(params) + "}");
    };
    const std::string ping = R"({"jsonrpc":"2.0","id":7,"method":"ping"})";
    const std::vector<bad> rows = {
        {"bad JSON", post("{\"jsonrpc\":"), "400 -32700"},
        {"bad UTF-8", post(bad_utf8), "400 -32700"},
        {"oversize", post(std::string(4001, ' ')), "413 -32600"},
        {"too deep", post(deep), "400 -32700"},
        {"not a message", post(R"({"id":7,"method":"ping"})"), "400 -32600"},
        {"a batch that the revision lacks", post("[" + ping + "]"), "400 -32600"},
        {"wrong HTTP method", request_text("PUT", post_headers(in), ping), "405 -32600"},
        {"wrong JSON-RPC method", post(R"({"jsonrpc":"2.0","id":7,"method":"no/such"})"),
         "200 -32601"},
        {"wrong Content-Type",
         request_text("POST",
                      {{"Content-Type", "text/plain"},
                       {"Accept", "application/json, text/event-stream"},
                       {"Mcp-Session-Id", id}},
                      ping),
         "415 -32600"},
        {"wrong Accept",
         request_text("POST",
                      {{"Content-Type", "application/json"},
                       {"Accept", "text/html"},
                       {"Mcp-Session-Id", id}},
                      ping),
         "406 -32600"},
        {"no session", post_text(ping), "400 -32600"},
        {"unknown session", post_text(ping, {{"Mcp-Session-Id", "0-unknown"}}), "404 -32600"},
        {"unknown version",
         post_text(ping, {{"Mcp-Session-Id", id}, {"MCP-Protocol-Version", "1999-01-01"}}),
         "400 -32022"},
        {"unknown tool", call(R"({"name":"no_such"})"), "200 -32602"},
        {"params of a wrong type", call("[]"), "200 -32602"},
    };
    const auto good = [&] { return call(R"({"name":"add","arguments":)" + good_arguments + "}"); };
    co_await expect_all(w, rows, good);
    // The model made this mistake, so the model is told: S-TOOL, a result.
    const reply types =
        co_await w.connect().ask(call(R"({"name":"add","arguments":{"left":"one","right":2}})"));
    BOOST_TEST(outcome(types) == "200 0");
    BOOST_TEST(types.body.find("\"isError\":true") != std::string::npos);
    BOOST_TEST(types.body.find("/left") != std::string::npos);
  });
}

COMCP_TEST_CORO(a_stateless_request_answers_each_kind_and_the_server_goes_on) {
  server adder("adder", "1.0");
  adder.tool("add", "Adds", add);
  world w(&adder, small_limits());
  co_await w.run([&]() -> awaitable<void> {
    const auto post = [](std::string_view body) {
      return post_text(body, {{"MCP-Protocol-Version", std::string(modern_version)},
                              {"Mcp-Method", "tools/list"}});
    };
    const std::string list = modern_body("7", "tools/list");
    const std::string call = modern_body("7", "tools/call", R"("name":"add","arguments":{})");
    const std::vector<bad> rows = {
        {"bad JSON", post("{\"jsonrpc\":"), "400 -32700"},
        {"bad UTF-8", post(bad_utf8), "400 -32700"},
        {"oversize", post(std::string(4001, ' ')), "413 -32600"},
        {"too deep", post(deep), "400 -32700"},
        {"not a message", post(R"({"id":7,"method":"tools/list"})"), "400 -32600"},
        {"a batch", post("[" + list + "]"), "400 -32600"},
        {"no envelope", post(R"({"jsonrpc":"2.0","id":7,"method":"tools/list"})"), "400 -32602"},
        {"wrong HTTP method", request_text("PUT", post_headers(), list), "405 -32600"},
        {"wrong JSON-RPC method", modern_text("7", "no/such"), "404 -32601"},
        {"a method of the other era", modern_text("7", "ping"), "404 -32601"},
        {"wrong Content-Type",
         request_text("POST",
                      {{"Content-Type", "text/plain"},
                       {"MCP-Protocol-Version", std::string(modern_version)},
                       {"Mcp-Method", "tools/list"}},
                      list),
         "415 -32600"},
        {"Mcp-Method missing",
         post_text(list, {{"MCP-Protocol-Version", std::string(modern_version)}}), "400 -32020"},
        {"Mcp-Method differs", post(modern_body("7", "tools/call", R"("name":"add")")),
         "400 -32020"},
        {"Mcp-Name differs",
         post_text(call, {{"MCP-Protocol-Version", std::string(modern_version)},
                          {"Mcp-Method", "tools/call"},
                          {"Mcp-Name", "sub"}}),
         "400 -32020"},
        {"unknown version",
         post_text(modern_body("7", "tools/list", "", "1999-01-01"),
                   {{"MCP-Protocol-Version", "1999-01-01"}, {"Mcp-Method", "tools/list"}}),
         "400 -32022"},
        {"unknown tool", modern_call("7", "no_such"), "400 -32602"},
    };
    const auto good = [&] { return modern_call("7", "add", good_arguments); };
    co_await expect_all(w, rows, good);
    const reply types =
        co_await w.connect().ask(modern_call("7", "add", R"({"left":"one","right":2})"));
    BOOST_TEST(outcome(types) == "200 0");
    BOOST_TEST(types.body.find("\"isError\":true") != std::string::npos);
    BOOST_TEST(types.body.find("/left") != std::string::npos);
  });
}

BOOST_AUTO_TEST_SUITE_END()
