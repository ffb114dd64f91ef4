// A message's params may be in memory that goes with its exchange (request_handler::copies_params): what
// authors keep of them must not be in it.

#include <boost/describe/class.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>

#include "comcp/server/extension.hpp"
#include "comcp/session/serve.hpp"
#include "server/support.hpp"

using namespace test;

namespace {

struct with_value {
  json::value inner;
};
BOOST_DESCRIBE_STRUCT(with_value, (), (inner))

bool is_own(const json::storage_ptr& where) {
  return *where == *json::storage_ptr();
}

/// Serves a call whose params are in the resource.
awaitable<void> call_in(boost::json::monotonic_resource& memory,
                        server& s,
                        std::string method,
                        std::string params) {
  json::value parsed = boost::json::parse(params, &memory);
  parsed.as_object()["_meta"] = {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                                 {"io.modelcontextprotocol/clientCapabilities",
                                  {{"extensions", {{"org.example/extra", json::object()}}}}}};
  BOOST_TEST(!is_own(parsed.storage()));
  const auto box = outbox::make(outbox_options().ends_with_last_answer(true));
  const session_options options;
  jsonrpc::request request(1, std::move(method), std::move(parsed));
  auto serving = serve_stateless(std::move(request), box, s, options);
  co_await std::move(serving);
  const auto answer = box->try_next();
  BOOST_TEST_REQUIRE(answer.has_value());
  BOOST_TEST(answer->error_code == 0, answer->text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(server_arena)

COMCP_TEST_CORO(a_copy_of_what_a_request_says_of_itself_is_its_own) {
  boost::json::monotonic_resource memory;
  server s("s", "1");
  bool was_in_arena = false;
  protocol::request_meta kept;
  s.tool("t", "", [&](request_context& ctx) -> awaitable<std::string> {
    was_in_arena = !is_own(ctx.meta().verbatim.storage());
    kept = protocol::request_meta(ctx.meta());  // as a call that goes on behind its request does
    co_return "";
  });
  co_await call_in(memory, s, "tools/call", R"({"name":"t"})");
  BOOST_TEST(was_in_arena);
  BOOST_TEST(is_own(kept.verbatim.storage()));
  BOOST_TEST(is_own(kept.verbatim.at("io.modelcontextprotocol/clientCapabilities").storage()));
}

COMCP_TEST_CORO(what_handlers_keep_of_their_arguments_is_their_own) {
  constexpr const char* arguments = R"({"name":"t","arguments":{"inner":{"a":[1,"two"]}}})";
  boost::json::monotonic_resource memory;
  server s("s", "1");
  BOOST_TEST(s.copies_params());
  int kept = 0;
  const auto check = [&](const json::value& v) {
    ++kept;
    BOOST_TEST(is_own(v.storage()));
    BOOST_TEST(v == boost::json::parse(R"({"a":[1,"two"]})"));
  };
  const auto anything = [] {
    return tool_options().input_schema(json::object{{"type", "object"}});
  };

  s.tool(
      "t", "",
      [&](json::object a) -> awaitable<std::string> {
        BOOST_TEST(is_own(a.storage()));
        check(a.at("inner"));
        co_return "";
      },
      anything());
  co_await call_in(memory, s, "tools/call", arguments);
  s.remove_tool("t");
  s.tool(
      "t", "",
      [&](json::value a) -> awaitable<std::string> {
        BOOST_TEST(is_own(a.storage()));
        check(a.at("inner"));
        co_return "";
      },
      anything());
  co_await call_in(memory, s, "tools/call", arguments);
  s.remove_tool("t");
  s.tool("t", "", [&](with_value a) -> awaitable<std::string> {
    check(a.inner);
    co_return "";
  });
  co_await call_in(memory, s, "tools/call", arguments);
  s.remove_tool("t");
  protocol::tool info;
  info.name = "t";
  info.input_schema = json::object{{"type", "object"}};
  const auto call = [&](json::object a, request_context&) -> awaitable<call_tool_result> {
    BOOST_TEST(is_own(a.storage()));
    check(a.at("inner"));
    co_return call_tool_result();
  };
  s.add(tool_definition(info, call));
  co_await call_in(memory, s, "tools/call", arguments);
  BOOST_TEST(kept == 4);
}

COMCP_TEST_CORO(what_an_extension_gets_is_its_own) {
  class extra final : public extension {
   public:
    explicit extra(int& own) : extension("org.example/extra") {
      add(extension_method(
          "extra/take", [&own](json::object params, request_context&) -> awaitable<json::object> {
            own += is_own(params.storage()) && is_own(params.at("x").storage());
            co_return json::object();
          }));
    }
  };
  boost::json::monotonic_resource memory;
  server s("s", "1");
  int own = 0;
  s.extend(std::make_shared<extra>(own));
  co_await call_in(memory, s, "extra/take", R"({"x":[1]})");
  BOOST_TEST(own == 1);
}

BOOST_AUTO_TEST_SUITE_END()
