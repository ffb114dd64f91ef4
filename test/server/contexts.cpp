// What handlers see of a request and its client, and what of theirs the client sees: in every revision.

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <algorithm>
#include <map>
#include <variant>

#include "comcp/protocol/methods.hpp"
#include "comcp/session/session.hpp"
#include "server/support.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

awaitable<json::value> about_the_client(request_context& context) {
  json::object seen;
  if (const auto* who = context.client_info()) {
    seen["name"] = who->name;
    seen["version"] = who->version;
    seen["title"] = who->title;
  }
  const auto& can = context.client_capabilities();
  seen["sampling"] = can.sampling;
  seen["elicitation"] = can.elicitation();
  seen["roots"] = can.roots;
  co_return seen;
}

awaitable<json::value> echo_meta(request_context& context) {
  co_return context.meta().verbatim;
}

awaitable<call_tool_result> with_meta() {
  call_tool_result r = call_tool_result::text("text");
  r.meta["example.com/trace"] = "t-1";
  co_return r;
}

awaitable<std::string> every_level(request_context& context) {
  using protocol::logging_level;
  for (const auto level : {logging_level::debug, logging_level::info, logging_level::notice,
                           logging_level::warning, logging_level::error, logging_level::critical,
                           logging_level::alert, logging_level::emergency})
    co_await context.log(level, "text", "a.logger");
  co_return "done";
}

awaitable<protocol::resource_link> find_report() {
  co_return protocol::resource_link("report://7", "report");
}

enum class colour { red, green };
BOOST_DESCRIBE_ENUM(colour, red, green)
struct point {
  int x = 0;
  int y = 0;
};
BOOST_DESCRIBE_STRUCT(point, (), (x, y))
struct shape_args {
  std::variant<int, std::string> id;
  std::vector<point> corners;
  std::map<std::string, colour> colours;
  double scale = 1;
};
BOOST_DESCRIBE_STRUCT(shape_args, (), (id, corners, colours, scale))
inline void annotate(json::notes<shape_args>& about) {
  about(&shape_args::corners).min_items(3);
  about(&shape_args::scale).defaulted().exclusive_minimum(0);
}

awaitable<std::string> draw(shape_args args) {
  co_return std::to_string(args.corners.size()) + " corners, " +
      (args.colours.at("line") == colour::green ? "green" : "red");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(contexts)

// lifecycle:initialize:client-info, lifecycle:initialize:client-capabilities
COMCP_TEST_CORO(handlers_see_who_the_client_is_and_what_it_can) {
  server s("s", "1");
  s.tool("about", "", about_the_client);
  for (const protocol::rules& r : protocol::all_rules()) {
    auto ends = make_memory_transports();
    testing::raw_peer peer(std::move(ends.second), r.id);
    json::value seen;
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      group.start_soon([&] { return serve(s, *ends.first); }, "server");
      const bool modern = r.era == protocol::era::modern;
      const std::string who = R"({"name":"an agent","version":"7","title":"An Agent"})";
      const std::string can = R"({"sampling":{},"roots":{}})";
      std::string meta;
      if (modern) {
        meta = R"(,"_meta":{"io.modelcontextprotocol/protocolVersion":")" + std::string(r.name) +
               R"(","io.modelcontextprotocol/clientInfo":)" + who +
               R"(,"io.modelcontextprotocol/clientCapabilities":)" + can + "}";
      } else {
        co_await peer.send(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{)"
                           R"("protocolVersion":")" +
                           std::string(r.name) + R"(","capabilities":)" + can +
                           R"(,"clientInfo":)" + who + "}}");
        co_await peer.expect();
        co_await peer.send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
      }
      co_await peer.send(
          R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"about")" + meta +
          "}}");
      auto answer = co_await peer.expect();
      seen = parsed(text_of(answer));
      peer.close();
    });
    BOOST_TEST_CONTEXT(r.name) {
      BOOST_TEST(seen.at("name") == "an agent");
      BOOST_TEST(seen.at("version") == "7");
      BOOST_TEST(seen.at("title") == "An Agent");
      BOOST_TEST(seen.at("sampling").as_bool());
      BOOST_TEST(seen.at("roots").as_bool());
      BOOST_TEST(!seen.at("elicitation").as_bool());
    }
  }
}

// meta:request-to-handler, meta:result-to-client
COMCP_TEST_CORO(meta_passes_in_both_directions) {
  server s("s", "1");
  s.tool("echo", "", echo_meta).tool("with_meta", "", with_meta);
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    auto a = co_await c.ask("tools/call", obj(R"({"name":"echo","_meta":{
        "traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "tracestate":"a=b","baggage":"k=v","example.com/x":{"deep":[1,null]}}})"));
    const auto seen = parsed(text_of(a));
    BOOST_TEST(seen.at("traceparent") == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    BOOST_TEST(seen.at("baggage") == "k=v");
    BOOST_TEST(seen.at("example.com/x") == parsed(R"({"deep":[1,null]})"));
    a = co_await c.ask("tools/call", obj(R"({"name":"with_meta"})"));
    BOOST_TEST(result_of(a).at("_meta").at("example.com/trace") == "t-1");
  });
}

// logging:message:all-levels, logging:set-level, logging:capability:declared, S-LOG-03
COMCP_TEST_CORO(each_of_the_eight_levels_arrives_unless_it_is_below_what_was_asked_for) {
  server s("s", "1");
  s.tool("log", "", every_level);
  const std::vector<std::string> levels = {"debug", "info",     "notice", "warning",
                                           "error", "critical", "alert",  "emergency"};
  co_await on_every_revision(s, [&](client& c) -> awaitable<void> {
    for (std::size_t least = 0; least != levels.size(); ++least) {
      c.notifications.clear();
      if (c.rules.era == protocol::era::modern) {
        json::object params = obj(R"({"name":"log"})");
        json::object meta;
        meta["io.modelcontextprotocol/logLevel"] = levels[least];
        params["_meta"] = std::move(meta);
        co_await c.ask("tools/call", std::move(params));
      } else {
        json::object params;
        params["level"] = levels[least];
        auto set = co_await c.ask("logging/setLevel", std::move(params));
        BOOST_TEST(result_of(set).empty());
        co_await c.ask("tools/call", obj(R"({"name":"log"})"));
      }
      BOOST_TEST(c.notifications.size() == levels.size() - least);
      for (std::size_t i = 0; i != c.notifications.size(); ++i) {
        const auto& params = c.notifications[i].at("params");
        BOOST_TEST(params.at("level") == json::value(levels[least + i]));
        BOOST_TEST(params.at("logger") == "a.logger");
      }
    }
  });
}

// flow:tool-result:resource-link-follow
COMCP_TEST_CORO(a_link_in_a_result_can_be_read) {
  server s("s", "1");
  s.tool("find", "", find_report);
  s.resource("report://7", "report", []() -> awaitable<std::string> { co_return "all is well"; });
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    auto found = co_await c.ask("tools/call", obj(R"({"name":"find"})"));
    const auto& block = result_of(found).at("content").at(0);
    // Revisions without links carry the same in an embedded text.
    const std::string uri(block.as_object().contains("uri") ? block.at("uri").as_string()
                                                            : json::string("report://7"));
    BOOST_TEST(json::serialize(block).find("report://7") != std::string::npos);
    json::object params;
    params["uri"] = uri;
    auto read = co_await c.ask("resources/read", std::move(params));
    BOOST_TEST(result_of(read).at("contents").at(0).at("text") == "all is well");
  });
}

// mcpserver:context:read-resource
COMCP_TEST_CORO(a_handler_reads_what_the_same_server_offers) {
  server s("s", "1", server_options().max_concurrent_calls(1));  // the caller's place is enough
  s.resource(
      "config://limit", "limit",
      [](const resource_request&, request_context& ctx) -> awaitable<std::string> {
        co_await checkpoint();
        co_return "7 for " + std::string(ctx.method());
      },
      resource_options().mime_type("text/plain"));
  s.resource_template("note://{id}", "note",
                      [](const resource_request& r, request_context&) -> awaitable<std::string> {
                        if (r.variables.at("id") == "broken") throw std::runtime_error("hunter2");
                        co_return "note " + r.variables.at("id");
                      });
  s.tool("read", "", [&s](json::object a, request_context& ctx) -> awaitable<std::string> {
    const std::string uri(a.at("uri").as_string());
    const auto read = co_await s.read_resource(uri, ctx);
    const auto& first = read.contents.at(0);
    co_return first.uri + " " + first.mime_type + " " + first.text;
  });
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    const auto read = [&c](std::string uri) -> awaitable<json::value> {
      json::object params;
      params["name"] = "read";
      params["arguments"].emplace_object()["uri"] = uri;
      co_return co_await c.ask("tools/call", std::move(params));
    };
    auto a = co_await read("config://limit");
    BOOST_TEST(text_of(a) == "config://limit text/plain 7 for tools/call");
    a = co_await read("note://5");
    BOOST_TEST(text_of(a) == "note://5  note 5");
    a = co_await read("note://none/at/all");
    BOOST_TEST(is_tool_error(a));
    BOOST_TEST(text_of(a) == "Resource not found: note://none/at/all");
    a = co_await read("note://broken");
    BOOST_TEST(is_tool_error(a));
    BOOST_TEST((text_of(a).find("hunter2") == std::string::npos));
  });
}

// roots:list-changed, protocol:error:null-id
COMCP_TEST_CORO(what_clients_tell_reaches_its_hooks) {
  const auto log = std::make_shared<recording_sink>();
  server s("s", "1", logging_to(log));
  std::vector<std::string> heard;
  s.on_notification(protocol::method::roots_changed,
                    [&](const json::value&, session& from) -> awaitable<void> {
                      const auto now = co_await from.roots();
                      heard.push_back("roots " + now.at(0).uri);
                    });
  s.on_notification("notifications/example",
                    [&](const json::value& params, session&) -> awaitable<void> {
                      co_await checkpoint();
                      heard.push_back("example " + json::serialize(params));
                      if (params.at("n") == 2) throw std::runtime_error("a hook's own trouble");
                    });
  s.on_peer_error([&](session&, const jsonrpc::error_object& e) { heard.push_back(e.message); });
  for (const protocol::rules& r : protocol::all_rules()) {
    if (!r.roots_list_changed) continue;
    heard.clear();
    auto talk = [&](client& c) -> awaitable<void> {
      co_await c.peer.notify("notifications/roots/list_changed");
      const json::value question = co_await c.next();
      BOOST_TEST(question.at("method") == "roots/list");
      co_await c.peer.respond(question.at("id"), obj(R"({"roots":[{"uri":"file:///new"}]})"));
      co_await c.peer.notify("notifications/example", obj(R"({"n":2})"));
      co_await c.peer.notify("notifications/example", obj(R"({"n":3})"));
      co_await c.peer.notify("notifications/other");
      co_await c.peer.send(
          R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"what?"}})");
      co_await testing::wait_all_tasks_blocked();
    };
    co_await with_client(s, r.id, talk, obj(R"({"roots":{"listChanged":true}})"),
                         session_options().log(logger(log, log_level::debug)));
    BOOST_TEST(heard.size() == 4U);
    for (const char* expected :
         {"roots file:///new", R"(example {"n":2})", R"(example {"n":3})", "what?"})
      BOOST_TEST((std::ranges::find(heard, expected) != heard.end()), expected);
  }
  BOOST_TEST(log->count("notifications/example failed: a hook's own trouble") == 4U);
}

// mcpserver:tool:schema-variants
COMCP_TEST_CORO(unions_nested_types_and_bounds_are_checked_before_the_handler_runs) {
  server s("s", "1");
  s.tool("draw", "", draw);
  const char* good =
      R"({"id":"a","corners":[{"x":0,"y":0},{"x":1,"y":0},{"x":0,"y":1}],"colours":{"line":"green"}})";
  const std::pair<const char*, const char*> bad[] = {
      {R"({"id":true,"corners":[{"x":0,"y":0},{"x":1,"y":0},{"x":0,"y":1}],"colours":{}})", "/id"},
      {R"({"id":1,"corners":[{"x":0,"y":0}],"colours":{}})", "/corners"},
      {R"({"id":1,"corners":[{"x":0,"y":0},{"x":1},{"x":0,"y":1}],"colours":{}})", "/corners/1"},
      {R"({"id":1,"corners":[{"x":0,"y":0},{"x":1,"y":0},{"x":0,"y":1}],"colours":{"line":"blue"}})",
       "/colours/line"},
      {R"({"id":1,"corners":[{"x":0,"y":0},{"x":1,"y":0},{"x":0,"y":1}],"colours":{},"scale":0})",
       "/scale"}};
  co_await on_every_revision(s, [&](client& c) -> awaitable<void> {
    json::object params = obj(R"({"name":"draw"})");
    params["arguments"] = parsed(good);
    auto a = co_await c.ask("tools/call", params);
    BOOST_TEST(text_of(a) == "3 corners, green");
    for (const auto& [arguments, where] : bad) {
      params["arguments"] = parsed(arguments);
      a = co_await c.ask("tools/call", params);
      BOOST_TEST(is_tool_error(a));
      BOOST_TEST_CONTEXT(arguments << " -> " << text_of(a)) {
        BOOST_TEST(text_of(a).find(where) != std::string::npos);
      }
    }
  });
}

// S-RPC-07: an unknown notification is ignored
COMCP_TEST_CORO(unknown_methods_are_32601_and_unknown_notifications_nothing) {
  server s("s", "1");
  s.tool("log", "", every_level);
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    co_await c.peer.notify("notifications/example", obj(R"({"a":1})"));
    auto a = co_await c.ask("example/method");
    BOOST_TEST(code_of(a) == -32601);
    co_await c.peer.expect_silence(1s);
  });
}

// S-LIFE-06, lifecycle:ping, ping:client-to-server: while a handler runs
COMCP_TEST_CORO(ping_is_answered_at_once) {
  server s("s", "1");
  s.tool("slow", "", []() -> awaitable<void> { co_await sleep(1h); });
  for (const protocol::rules& r : protocol::all_rules()) {
    if (r.era == protocol::era::modern) continue;  // has no ping
    co_await with_client(s, r.id, [](client& c) -> awaitable<void> {
      co_await c.peer.request(99, "tools/call", obj(R"({"name":"slow"})"));
      const auto before = this_shard().now();
      auto a = co_await c.ask("ping");
      BOOST_TEST(result_of(a).empty());
      BOOST_TEST((this_shard().now() == before));
    });
  }
}

// S-MOD-01, S-MOD-08, S-MOD-12, S-CACHE-02
COMCP_TEST_CORO(modern_results_say_what_they_are_and_lists_are_the_same_for_all) {
  server s("s", "1",
           server_options().page_size(2).cache_lists({1min, protocol::cache_scope::public_}));
  for (int i = 0; i != 5; ++i)
    s.tool("t" + std::to_string(i), "", echo_meta);
  std::string first;
  for (int connection = 0; connection != 2; ++connection) {
    co_await with_client(s, revision::v2026_07_28, [&](client& c) -> awaitable<void> {
      auto discovered = co_await c.ask("server/discover");
      BOOST_TEST(result_of(discovered).at("resultType") == "complete");
      if (connection == 1) co_await c.ask("tools/call", obj(R"({"name":"t0"})"));
      std::string all;
      json::object params;
      for (;;) {
        auto page = co_await c.ask("tools/list", params);
        BOOST_TEST(result_of(page).at("resultType") == "complete");
        BOOST_TEST(result_of(page).at("cacheScope") == "public");
        all += json::serialize(result_of(page).at("tools"));
        const auto* next = result_of(page).if_contains("nextCursor");
        if (!next) break;
        params["cursor"] = *next;
      }
      if (first.empty()) first = all;
      BOOST_TEST(all == first);
    });
  }
}

BOOST_AUTO_TEST_SUITE_END()
