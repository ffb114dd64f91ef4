// comcp::server behind Streamable HTTP: one source of tools, every revision.

#include <boost/describe/class.hpp>
#include <boost/test/unit_test.hpp>

#include "comcp/server/server.hpp"
#include "http_transport/support.hpp"

using namespace test;

namespace {

struct weather_args {
  std::string city;
};
BOOST_DESCRIBE_STRUCT(weather_args, (), (city))

awaitable<std::string> weather(weather_args args, request_context& context) {
  co_await context.report_progress(1, 2, "asking");
  co_await context.log(protocol::logging_level::warning, "it rains");
  co_await sleep(1s);
  co_return "rain in " + args.city;
}

awaitable<std::string> wait_for_ever(weather_args, request_context&) {
  co_await sleep_forever();
  co_return "";
}

header_list in(const std::string& id) {
  return {{"Mcp-Session-Id", id}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(streamable_http_with_server)

COMCP_TEST_CORO(the_same_tool_serves_every_revision) {
  comcp::server server("weather", "1.0");
  server.tool("weather", "Weather of a city", weather);
  world w(&server);
  co_await w.run([&]() -> awaitable<void> {
    for (const std::string version : {"2025-03-26", "2025-06-18", "2025-11-25"}) {
      const std::string id = co_await w.open(version);
      world::connection& c = w.connect();
      const reply begun =
          co_await c.ask(post_text(call_body(1, "weather", R"({"city":"Ulm"})"), in(id)));
      co_await sleep(2s);
      const reply rest = co_await c.more();
      BOOST_TEST(begun.event(0).at("method") == "notifications/progress");
      for (const http::sse_event& e : begun.events)
        check_schema(*e.data, version);
      BOOST_REQUIRE(!rest.events.empty());
      check_schema(*rest.events.back().data, version, "tools/call");
      BOOST_TEST(rest.events.back().data->find("rain in Ulm") != std::string::npos);
      BOOST_TEST(rest.complete);
      const reply list =
          co_await c.ask(post_text(R"({"jsonrpc":"2.0","id":2,"method":"tools/list"})", in(id)));
      check_schema(list.body, version, "tools/list");
    }
    world::connection& c = w.connect();
    const reply begun = co_await c.ask(modern_call("1", "weather", R"({"city":"Ulm"})"));
    co_await sleep(2s);
    const reply rest = co_await c.more();
    // S-LOG-02: no level was asked for.
    BOOST_TEST(begun.events.size() == 1U);
    check_schema(*begun.events.at(0).data, modern_version);
    BOOST_TEST(rest.events.size() == 1U);
    check_schema(*rest.events.at(0).data, modern_version, "tools/call");
    for (const char* method : {"server/discover", "tools/list"}) {
      const reply r = co_await c.ask(modern_text("2", method));
      BOOST_TEST(r.status == 200);
      check_schema(r.body, modern_version, method);
    }
    // S-MOD-11, S-MOD-16
    const reply discovered = co_await c.ask(modern_text("3", "server/discover"));
    const json::value result = discovered.json().at("result");
    const reply unsupported = co_await c.ask(post_text(
        modern_body("4", "tools/list", "", "v999"),
        header_list(1, std::pair<std::string, std::string>("MCP-Protocol-Version", "v999"))));
    BOOST_TEST(unsupported.status == 400);
    const reply prompts = co_await c.ask(modern_text("5", "prompts/list"));
    BOOST_TEST(prompts.status == 404);
    BOOST_TEST(prompts.code() == -32601);
    BOOST_TEST(!result.at("supportedVersions").as_array().empty());
  });
}

// S-MOD-16: what -32022 lists, server/discover lists too.
COMCP_TEST_CORO(the_versions_of_a_refusal_are_those_of_discover) {
  comcp::server server("s", "1");
  world w(&server);
  co_await w.run([&]() -> awaitable<void> {
    world::connection& c = w.connect();
    const reply discovered = co_await c.ask(modern_text("3", "server/discover"));
    const json::value listed = discovered.json().at("result").at("supportedVersions");
    const header_list v999 = {{"MCP-Protocol-Version", "v999"}, {"Mcp-Method", "tools/list"}};
    const reply refused =
        co_await c.ask(post_text(modern_body("4", "tools/list", "", "v999"), v999));
    BOOST_TEST(refused.code() == -32022);
    const json::array supported = refused.json().at("error").at("data").at("supported").as_array();
    BOOST_TEST(!supported.empty());
    for (const json::value& v : supported)
      BOOST_TEST((std::find(listed.as_array().begin(), listed.as_array().end(), v) !=
                  listed.as_array().end()),
                 v);
  });
}

// hosting:http:modern:discover-response-shape
COMCP_TEST_CORO(discover_tells_versions_and_capabilities_and_its_name_in_meta) {
  comcp::server server("weather", "1.0");
  server.tool("weather", "Weather of a city", weather);
  world w(&server);
  co_await w.run([&]() -> awaitable<void> {
    const reply r = co_await w.connect().ask(modern_text("1", "server/discover"));
    check_schema(r.body, modern_version, "server/discover");
    const json::object result = r.json().at("result").as_object();
    const json::array& versions = result.at("supportedVersions").as_array();
    std::vector<std::string> names;
    for (const json::value& v : versions)
      names.emplace_back(v.as_string());
    BOOST_TEST(names.front() == modern_version);
    for (const protocol::rules& known : protocol::all_rules())
      BOOST_TEST((std::find(names.begin(), names.end(), known.name) != names.end()));
    BOOST_TEST(result.at("capabilities").at("tools").is_object());
    BOOST_TEST(!result.contains("serverInfo"));
    BOOST_TEST(!result.contains("protocolVersion"));
    const json::value& me = result.at("_meta").at("io.modelcontextprotocol/serverInfo");
    BOOST_TEST(me.at("name") == "weather");
    BOOST_TEST(me.at("version") == "1.0");
  });
}

// S-CACHE-03: what may be kept by everybody is still read by those only who may.
COMCP_TEST_CORO(caching_hints_give_nobody_access) {
  const auto who = [](const http::request_head& head,
                      const http::peer_info&) -> awaitable<access_verdict> {
    const std::string_view token = head.header("Authorization").value_or("");
    if (token != "Bearer ann" && token != "Bearer bob")
      co_return access_verdict::denied(http::text_response(401));
    co_return access_verdict::granted(
        std::make_shared<const principal>(std::string(token.substr(7))));
  };
  const auto for_all = protocol::cache_hints(1h, protocol::cache_scope::public_);
  comcp::server server("s", "1", server_options().cache_lists(for_all).cache_reads(for_all));
  const auto only_ann = [](request_context& ctx) -> awaitable<std::string> {
    if (ctx.on_behalf_of()->subject != "ann") throw not_found_error();
    co_return "hunter2";
  };
  server.resource("x:diary", "diary", only_ann, resource_options().cache(for_all));
  world w(&server, streamable_http_options().authorize(who));
  co_await w.run([&]() -> awaitable<void> {
    const auto read_as = [&](std::string token) -> awaitable<reply> {
      const header_list more = {{"Authorization", "Bearer " + token}, {"Mcp-Name", "x:diary"}};
      co_return co_await w.connect().ask(
          modern_text("1", "resources/read", R"("uri":"x:diary")", more));
    };
    const auto list_as = [&](std::string token) -> awaitable<reply> {
      const header_list more = {{"Authorization", "Bearer " + token}};
      co_return co_await w.connect().ask(modern_text("1", "resources/list", "", more));
    };
    const reply hers = co_await read_as("ann");
    BOOST_TEST(hers.json().at("result").at("cacheScope") == "public");
    BOOST_TEST(hers.json().at("result").at("ttlMs") == 3'600'000);
    BOOST_TEST(hers.body.find("hunter2") != std::string::npos);
    for (int i = 0; i < 2; ++i) {  // nothing of it was kept here
      const reply his = co_await read_as("bob");
      BOOST_TEST(his.code() == -32602);
      BOOST_TEST(his.body.find("hunter2") == std::string::npos);
      BOOST_TEST(his.body.find("cacheScope") == std::string::npos);
    }
    const reply listed = co_await list_as("bob");
    BOOST_TEST(listed.json().at("result").at("cacheScope") == "public");
    const reply read_by_stranger = co_await read_as("eve");
    BOOST_TEST(read_by_stranger.status == 401);
    const reply listed_by_stranger = co_await list_as("eve");
    BOOST_TEST(listed_by_stranger.status == 401);
  });
}

// 03 §2.1, §2.2: one change reaches GET streams and subscriptions.
COMCP_TEST_CORO(changes_reach_both_eras) {
  comcp::server server("s", "1");
  server.tool("weather", "Weather of a city", weather);
  world w(&server);
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    world::connection& get = w.connect();
    const header_list stream = {{"Accept", "text/event-stream"}, {"Mcp-Session-Id", id}};
    co_await get.ask(request_text("GET", stream));
    world::connection& listens = w.connect();
    const reply ack = co_await listens.ask(modern_text(
        "\"L\"", "subscriptions/listen", R"("notifications":{"toolsListChanged":true})"));
    BOOST_TEST(ack.event(0).at("method") == "notifications/subscriptions/acknowledged");
    check_schema(*ack.events.at(0).data, modern_version);

    server.tool("later", "Another", wait_for_ever);
    const reply legacy = co_await get.more();
    BOOST_TEST(legacy.event(0).at("method") == "notifications/tools/list_changed");
    const reply modern = co_await listens.more();
    BOOST_TEST(modern.event(0).at("method") == "notifications/tools/list_changed");
    check_schema(*modern.events.at(0).data, modern_version);

    server.drain();
    w.server.drain(1s);
    const reply end = co_await listens.more();
    BOOST_TEST(end.complete);
    BOOST_REQUIRE(end.events.size() == 1U);
    check_schema(*end.events[0].data, modern_version, "subscriptions/listen");
    const reply get_end = co_await get.more();
    BOOST_TEST(get_end.complete);
  });
}

// S-MOD-05: the status of an error is that of any other answer, as long as no stream has begun.
COMCP_TEST_CORO(a_refused_subscription_is_an_http_error_and_no_stream) {
  comcp::server server("s", "1", server_options().max_subscriptions(1));
  server.tool("weather", "Weather of a city", weather);
  world w(&server);
  co_await w.run([&]() -> awaitable<void> {
    const auto listen = [](const char* id, const char* what) {
      return modern_text(id, "subscriptions/listen", what);
    };
    world::connection& c = w.connect();
    const reply bad = co_await c.ask(listen("1", R"("notifications":{"toolsListChanged":"yes"})"));
    BOOST_TEST(bad.status == 400);
    BOOST_TEST(bad.header("Content-Type") == "application/json");
    BOOST_TEST(bad.code() == -32602);
    const char* const good = R"("notifications":{"toolsListChanged":true})";
    const reply first = co_await w.connect().ask(listen("2", good));
    BOOST_TEST(first.status == 200);
    BOOST_TEST(first.events.size() == 1U);
    const reply too_many = co_await c.ask(listen("3", good));
    BOOST_TEST(too_many.header("Content-Type") == "application/json");
    BOOST_TEST(too_many.code() == -32603);
    server.drain();
  });
}

// S-HTTP-14 with the tool's own schema.
COMCP_TEST_CORO(parameter_headers_follow_the_tools_schema) {
  comcp::server server("s", "1");
  const json::object schema =
      json::parse(
          R"({"type":"object","properties":{"city":{"type":"string","x-mcp-header":"City"}}})")
          .as_object();
  server.tool("weather", "Weather of a city", weather, tool_options().input_schema(schema));
  world w(&server);
  co_await w.run([&]() -> awaitable<void> {
    world::connection& c = w.connect();
    const reply missing = co_await c.ask(modern_call("1", "weather", R"({"city":"Ulm"})"));
    BOOST_TEST(missing.status == 400);
    BOOST_TEST(missing.code() == -32020);
    const header_list right = {{"Mcp-Param-City", "Ulm"}};
    const reply served = co_await c.ask(modern_call("1", "weather", R"({"city":"Ulm"})", right));
    BOOST_TEST(served.status == 200);
    co_await sleep(2s);
  });
}

// S-HTTP-20
COMCP_TEST_CORO(leaving_cancels_the_handler_of_a_modern_call) {
  comcp::server server("s", "1");
  server.tool("wait", "Waits", wait_for_ever);
  world w(&server);
  co_await w.run([&]() -> awaitable<void> {
    world::connection& c = w.connect();
    c.send(modern_call("1", "wait", R"({"city":"x"})"));
    co_await testing::wait_all_tasks_blocked();
    BOOST_TEST(server.running_calls() == 1U);
    c.peer().reset();
    co_await testing::wait_all_tasks_blocked();
    BOOST_TEST(server.running_calls() == 0U);
  });
}

BOOST_AUTO_TEST_SUITE_END()
