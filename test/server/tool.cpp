// Tools over the wire, in every revision: handlers of every shape, results, arguments, failures.

#include "comcp/server/tool.hpp"

#include "comcp/json/validator.hpp"
#include "server/support.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <chrono>
#include <iterator>
#include <variant>

using namespace test;
using namespace std::chrono_literals;

namespace {

enum class unit { celsius, kelvin };
BOOST_DESCRIBE_ENUM(unit, celsius, kelvin)

struct weather_args {
  std::string city;
  std::optional<int> days;
  std::optional<::unit> unit;
};
BOOST_DESCRIBE_STRUCT(weather_args, (), (city, days, unit))

[[maybe_unused]] void annotate(json::notes<weather_args>& about) {
  about(&weather_args::city, "Name of the city").min_length(1);
  about(&weather_args::days, "Days ahead").minimum(1).maximum(14);
}

struct forecast {
  std::string city;
  std::vector<double> degrees;
};
BOOST_DESCRIBE_STRUCT(forecast, (), (city, degrees))

awaitable<std::string> by_value(weather_args a, request_context&) {
  co_await checkpoint();
  co_return a.city + " " + std::to_string(a.days.value_or(3));
}
awaitable<forecast> structured(const weather_args& a) {
  co_await checkpoint();  // the arguments are still there
  forecast f;
  f.city = a.city;
  f.degrees = {1.5, 2};
  co_return f;
}
awaitable<int> number(request_context&) {
  co_return 42;
}
awaitable<bool> truth() {
  co_return true;
}
awaitable<void> nothing() {
  co_return;
}
awaitable<json::value> raw(json::object a, request_context&) {
  co_return json::value(std::move(a));
}
awaitable<content_block> picture() {
  co_return content_block(protocol::image_content("aGk=", "image/png"));
}
awaitable<std::vector<content_block>> several() {
  std::vector<content_block> all;
  all.emplace_back("text");
  all.emplace_back(protocol::audio_content("aGk=", "audio/wav"));
  all.emplace_back(protocol::resource_link("x:a", "a"));
  all.emplace_back(
      protocol::embedded_resource(resource_contents::of_text("x:b", "hello", "text/plain")));
  co_return all;
}
awaitable<call_tool_result> own_result() {
  co_return call_tool_result::error("not today");
}
awaitable<std::vector<int>> list_of_numbers() {
  co_return std::vector<int>{1, 2, 3};
}
awaitable<unit> enumerator() {
  co_return unit::kelvin;
}

struct service {
  int factor = 3;
  awaitable<int> times(json::object a) { co_return factor* static_cast<int>(a.at("n").as_int64()); }
  awaitable<int> twice(json::object a) const {
    co_return 2 * static_cast<int>(a.at("n").as_int64());
  }
};

json::object call(std::string_view name, std::string_view arguments = "{}") {
  json::object params;
  params["name"] = name;
  params["arguments"] = obj(arguments);
  return params;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tools)

// tools:call:content:text, mcpserver:tool:extra
COMCP_TEST_CORO(handlers_of_every_shape_answer) {
  service its;
  server s("s", "1");
  auto shared = std::make_shared<service>();
  auto owned = std::make_unique<int>(7);
  s.tool("by_value", "", by_value)
      .tool("number", "", number)
      .tool("truth", "", truth)
      .tool("nothing", "", nothing)
      .tool("enumerator", "", enumerator)
      .tool("member", "", bind_member(its, &service::times))
      .tool("const_member", "", bind_member(std::move(shared), &service::twice))
      .tool("lambda", "",
            [p = std::move(owned)]() -> awaitable<int> {
              co_await checkpoint();  // what it captured is still there
              co_return *p;
            })
      .tool("literal", "", []() -> awaitable<const char*> { co_return "text"; });
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    auto a = co_await c.ask("tools/call", call("by_value", R"({"city":"Paris","days":2})"));
    BOOST_TEST(text_of(a) == "Paris 2");
    a = co_await c.ask("tools/call", call("by_value", R"({"city":"Paris"})"));
    BOOST_TEST(text_of(a) == "Paris 3");
    a = co_await c.ask("tools/call", call("number"));
    BOOST_TEST(text_of(a) == "42");
    a = co_await c.ask("tools/call", call("truth"));
    BOOST_TEST(text_of(a) == "true");
    a = co_await c.ask("tools/call", call("nothing"));
    BOOST_TEST(result_of(a).at("content").as_array().empty());
    a = co_await c.ask("tools/call", call("enumerator"));
    BOOST_TEST(text_of(a) == "kelvin");
    a = co_await c.ask("tools/call", call("member", R"({"n":5})"));
    BOOST_TEST(text_of(a) == "15");
    a = co_await c.ask("tools/call", call("const_member", R"({"n":5})"));
    BOOST_TEST(text_of(a) == "10");
    a = co_await c.ask("tools/call", call("lambda"));
    BOOST_TEST(text_of(a) == "7");
    a = co_await c.ask("tools/call", call("literal"));
    BOOST_TEST(text_of(a) == "text");
    // Arguments may be left out altogether.
    a = co_await c.ask("tools/call", obj(R"({"name":"number"})"));
    BOOST_TEST(text_of(a) == "42");
  });
}

// tools:call:structured-content, tools:call:structured-content:text-mirror,
// mcpserver:tool:output-schema:model
// S-TOOL-04, S-TOOL-05
COMCP_TEST_CORO(described_results_are_structured_with_their_text_beside) {
  server s("s", "1");
  s.tool("forecast", "", structured).tool("list", "", list_of_numbers);
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    auto a = co_await c.ask("tools/call", call("forecast", R"({"city":"Paris"})"));
    const json::value expected = parsed(R"({"city":"Paris","degrees":[1.5,2.0]})");
    BOOST_TEST(text_of(a) == R"({"city":"Paris","degrees":[1.5,2.0]})");  // not 1.5E0
    BOOST_TEST(result_of(a).contains("structuredContent") == c.rules.structured_content);
    if (c.rules.structured_content) BOOST_TEST(result_of(a).at("structuredContent") == expected);

    a = co_await c.ask("tools/call", call("list"));
    BOOST_TEST(text_of(a) == "[1,2,3]");
    BOOST_TEST(result_of(a).contains("structuredContent") == c.rules.structured_content);

    a = co_await c.ask("tools/list");
    const auto& listed = result_of(a).at("tools").as_array();
    BOOST_TEST(listed.at(0).as_object().contains("outputSchema") == c.rules.structured_content);
    BOOST_TEST(listed.at(1).as_object().contains("outputSchema") == c.rules.structured_content);
  });
}

// mcpserver:tool:output-schema:wrapped
// S-TOOL-04, S-TOOL-05
COMCP_TEST_CORO(results_that_are_no_objects_travel_in_one_where_the_revision_wants_it) {
  struct row {
    const char* tool;
    const char* value;
    const char* schema;
    const char* text;
  };
  const row rows[] = {
      {"choice", R"({"city":"Ulm","degrees":[]})", nullptr, R"({"city":"Ulm","degrees":[]})"},
      {"enumerator", R"("kelvin")", R"({"type":"string","enum":["celsius","kelvin"]})", "kelvin"},
      {"list", "[1,2,3]", nullptr, "[1,2,3]"},
      {"number", "42", nullptr, "42"},
      {"truth", "true", R"({"type":"boolean"})", "true"},
  };
  server s("s", "1");
  s.tool("list", "", list_of_numbers)
      .tool("number", "", number)
      .tool("truth", "", truth)
      .tool("enumerator", "", enumerator)
      .tool("choice", "", []() -> awaitable<std::variant<forecast, std::vector<int>>> {
        forecast f;
        f.city = "Ulm";
        co_return f;
      });
  co_await on_every_revision(s, [&](client& c) -> awaitable<void> {
    auto listing = co_await c.ask("tools/list");
    const auto& listed = result_of(listing).at("tools").as_array();
    for (std::size_t i = 0; i < std::size(rows); ++i) {
      const row& r = rows[i];
      auto a = co_await c.ask("tools/call", call(r.tool));
      BOOST_TEST_CONTEXT(r.tool) {
        BOOST_TEST(listed.at(i).at("name") == r.tool);
        BOOST_TEST(text_of(a) == r.text);
        BOOST_TEST(result_of(a).contains("structuredContent") == c.rules.structured_content);
        if (!c.rules.structured_content) continue;
        const json::value& content = result_of(a).at("structuredContent");
        const json::value& schema = listed.at(i).at("outputSchema");
        const bool wrapped = !c.rules.structured_any;
        BOOST_TEST(json::equal(wrapped ? content.at("result") : content, parsed(r.value)));
        if (wrapped) {
          BOOST_TEST(content.as_object().size() == 1U);
          BOOST_TEST(schema.at("type") == "object");
          BOOST_TEST(schema.at("required") == parsed(R"(["result"])"));
        }
        if (r.schema)
          BOOST_TEST(json::equal(wrapped ? schema.at("properties").at("result") : schema,
                                 parsed(r.schema)));
        // What a client would do.
        auto compiled = json::schema_validator::compile(schema);
        BOOST_TEST_REQUIRE(compiled.has_value());
        BOOST_TEST(compiled->is_valid(content));
      }
    }
  });
}

// mcpserver:tool:output-schema:wrapped: references lead where they led.
COMCP_TEST_CORO(a_schema_that_is_wrapped_means_the_same) {
  const std::string_view tree =
      R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"array","minItems":1,
          "items":{"anyOf":[{"$ref":"#"},{"$ref":"#/$defs/leaf"},{"$ref":"#word"}]},
          "$defs":{"leaf":{"type":"integer"},"$ref":{"type":"null"},"w":{"$anchor":"word","const":"x"}},
          "default":[{"$ref":"#"}]})";
  json::value value = parsed("[1]");
  server s("s", "1");
  s.tool(
      "tree", "", [&]() -> awaitable<json::value> { co_return value; },
      tool_options().output_schema(parsed(tree)));
  co_await on_every_revision(s, [&](client& c) -> awaitable<void> {
    if (!c.rules.structured_content) co_return;
    auto listing = co_await c.ask("tools/list");
    const json::value& schema = result_of(listing).at("tools").at(0).at("outputSchema");
    auto compiled = json::schema_validator::compile(schema);
    BOOST_TEST_REQUIRE(compiled.has_value());
    if (c.rules.structured_any) {
      BOOST_TEST(schema == parsed(tree));
    } else {
      BOOST_TEST(schema.at("$schema") == "https://json-schema.org/draft/2020-12/schema");
      BOOST_TEST(schema.at("properties").at("result").at("default") == parsed(R"([{"$ref":"#"}])"));
    }
    for (const auto& [text, fits] :
         {std::pair(R"([1,[2,["x"]]])", true), std::pair(R"([1,[]])", false),
          std::pair(R"(["y"])", false), std::pair(R"([null])", false)}) {
      value = parsed(text);
      auto a = co_await c.ask("tools/call", call("tree"));
      BOOST_TEST_CONTEXT(text) {
        BOOST_TEST(is_tool_error(a) == !fits);
        json::value sent = value;
        if (!c.rules.structured_any) {
          sent = json::object();
          sent.get_object()["result"] = value;
        }
        BOOST_TEST(compiled->is_valid(sent) == fits);
        if (fits) BOOST_TEST(result_of(a).at("structuredContent") == sent);
      }
    }
  });
}

// tools:call:content:audio, tools:call:content:image, tools:call:content:embedded-resource,
// tools:call:content:resource-link, tools:call:content:mixed
COMCP_TEST_CORO(content_blocks_of_every_kind_arrive_as_the_revision_knows_them) {
  server s("s", "1");
  s.tool("picture", "", picture).tool("several", "", several).tool("own", "", own_result);
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    auto a = co_await c.ask("tools/call", call("picture"));
    const auto& image = result_of(a).at("content").as_array().at(0);
    BOOST_TEST(image == parsed(R"({"type":"image","data":"aGk=","mimeType":"image/png"})"));
    a = co_await c.ask("tools/call", call("several"));
    BOOST_TEST(result_of(a).at("content").as_array().size() == 4U);
    a = co_await c.ask("tools/call", call("own"));
    BOOST_TEST(is_tool_error(a));
    BOOST_TEST(text_of(a) == "not today");
  });
}

// tools:list:basic, tools:list:metadata
COMCP_TEST_CORO(lists_say_what_the_author_said) {
  server s("s", "1");
  protocol::icon icon;
  icon.src = "https://example.com/i.png";
  s.tool("weather", "Forecast", by_value,
         tool_options()
             .title("Weather")
             .read_only()
             .idempotent()
             .open_world(false)
             .destructive(false)
             .icon(icon)
             .meta("example.com/tier", 1));
  s.tool("plain", "", truth);
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    auto a = co_await c.ask("tools/list");
    const auto& listed = result_of(a).at("tools").as_array();
    BOOST_TEST(listed.at(0).at("name") == "plain");
    BOOST_TEST(listed.at(0).at("inputSchema") ==
               parsed(R"({"type":"object","additionalProperties":false})"));
    const auto& t = listed.at(1).as_object();
    BOOST_TEST(t.at("description") == "Forecast");
    BOOST_TEST(t.at("inputSchema").at("properties").at("city") ==
               parsed(R"({"type":"string","description":"Name of the city","minLength":1})"));
    BOOST_TEST(t.at("inputSchema").at("required") == parsed(R"(["city"])"));
    BOOST_TEST(t.contains("title") == c.rules.title);
    BOOST_TEST(t.contains("_meta") == c.rules.title);
    BOOST_TEST(t.contains("icons") == c.rules.icons);
    BOOST_TEST(t.contains("annotations") == c.rules.tool_annotations);
    if (c.rules.tool_annotations)
      BOOST_TEST(t.at("annotations") ==
                 parsed(R"({"readOnlyHint":true,"destructiveHint":false,"idempotentHint":true,
                            "openWorldHint":false})"));
  });
}

// tools:input-schema:json-schema-2020-12, tools:input-schema:preserve-additional-properties,
// tools:input-schema:preserve-defs, tools:input-schema:preserve-schema-dialect
// tools:list:schema-verbatim
COMCP_TEST_CORO(schemas_given_by_hand_are_sent_verbatim) {
  const std::string_view schema = R"({"$schema":"https://json-schema.org/draft/2020-12/schema",
      "type":"object","$defs":{"name":{"$anchor":"n","type":"string"}},
      "properties":{"a":{"$ref":"#n"}},"additionalProperties":false,
      "if":{"required":["a"]},"then":{"minProperties":1},"else":{"maxProperties":0},
      "allOf":[{"not":{"required":["z"]}}],"x-own":[1,{"deep":null}]})";
  server s("s", "1");
  s.tool("raw", "", raw, tool_options().input_schema(obj(schema)));
  co_await on_every_revision(s, [&](client& c) -> awaitable<void> {
    auto a = co_await c.ask("tools/list");
    BOOST_TEST(result_of(a).at("tools").as_array().at(0).at("inputSchema") == parsed(schema));
    a = co_await c.ask("tools/call", call("raw", R"({"a":"x"})"));
    BOOST_TEST(text_of(a) == R"({"a":"x"})");
    a = co_await c.ask("tools/call", call("raw", R"({"a":7})"));
    BOOST_TEST(is_tool_error(a));
  });
}

// mcpserver:tool:input-validation
// S-TOOL-02
COMCP_TEST_CORO(bad_arguments_are_a_result_that_names_each_of_them) {
  server s("s", "1");
  bool called = false;
  s.tool("weather", "", [&called](weather_args) -> awaitable<void> {
    called = true;
    co_return;
  });
  co_await on_every_revision(s, [&](client& c) -> awaitable<void> {
    auto a = co_await c.ask("tools/call", call("weather", R"({"city":"","days":99,"unit":"x"})"));
    BOOST_TEST(is_tool_error(a));
    const std::string text = text_of(a);
    for (const char* part : {"/city", "/days", "/unit"})
      BOOST_TEST_CONTEXT(text) {
        BOOST_TEST((text.find(part) != std::string::npos));
      }
    a = co_await c.ask("tools/call", call("weather", R"({"city":7})"));
    BOOST_TEST(is_tool_error(a));
    a = co_await c.ask("tools/call", call("weather"));
    BOOST_TEST(is_tool_error(a));
    BOOST_TEST((text_of(a).find("city") != std::string::npos));
  });
  BOOST_TEST(!called);
}

// tools:call:unknown-name, mcpserver:tool:unknown-name, protocol:error:invalid-params
// S-TOOL-01
COMCP_TEST_CORO(a_call_that_is_no_call_is_a_protocol_error) {
  server s("s", "1");
  s.tool("t", "", truth);
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    for (const char* params :
         {R"({"name":"unknown"})", R"({"name":7})", R"({"arguments":{}})",
          R"({"name":"t","arguments":[]})", R"({"name":"t","arguments":"x"})"}) {
      auto a = co_await c.ask("tools/call", obj(params));
      BOOST_TEST_CONTEXT(params) {
        BOOST_TEST(code_of(a) == -32602);
      }
    }
  });
}

// tools:call:is-error, mcpserver:tool:handler-throws
// S-TOOL-03, R-06
COMCP_TEST_CORO(what_a_handler_throws_reaches_the_client_only_when_meant_for_it) {
  auto log = std::make_shared<recording_sink>();
  server s("s", "1", logging_to(log));
  s.tool("told", "", []() -> awaitable<void> {
    co_await checkpoint();
    throw tool_error("no such city");
  });
  s.tool("leaks", "", []() -> awaitable<void> {
    co_await checkpoint();
    throw std::runtime_error("password=hunter2");
  });
  s.tool("odd", "", []() -> awaitable<void> {
    co_await checkpoint();
    throw 42;
  });
  s.tool("coded", "", []() -> awaitable<void> {
    co_await checkpoint();
    throw request_error(jsonrpc::error_object(4711, "mine"));
  });
  s.tool("early", "", []() -> awaitable<void> { throw std::runtime_error("hunter2"); });
  s.tool("cancelled", "", []() -> awaitable<void> {
    co_await checkpoint();
    throw boost::system::system_error(
        boost::system::error_code(ECANCELED, boost::system::system_category()));
  });
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    auto a = co_await c.ask("tools/call", call("told"));
    BOOST_TEST(is_tool_error(a));
    BOOST_TEST(text_of(a) == "no such city");
    for (const char* name : {"leaks", "odd", "early", "cancelled"}) {
      a = co_await c.ask("tools/call", call(name));
      BOOST_TEST_CONTEXT(name) {
        BOOST_TEST(is_tool_error(a));
        BOOST_TEST(text_of(a) == "The tool failed because of an internal error.");
      }
    }
    a = co_await c.ask("tools/call", call("coded"));
    BOOST_TEST(code_of(a) == 4711);
    BOOST_TEST(error_of(a).at("message") == "mine");
  });
  BOOST_TEST(log->count("password=hunter2") == 5U);
}

// mcpserver:output-schema:missing-structured, mcpserver:output-schema:server-validate,
// mcpserver:output-schema:skip-on-error
// S-TOOL-04
COMCP_TEST_CORO(a_result_that_breaks_the_output_schema_is_the_servers_fault) {
  auto log = std::make_shared<recording_sink>();
  server s("s", "1", logging_to(log));
  const auto schema =
      parsed(R"({"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]})");
  const auto options = tool_options().output_schema(schema);
  s.tool("good", "", []() -> awaitable<json::value> { co_return parsed(R"({"n":1})"); }, options);
  s.tool(
      "bad", "", []() -> awaitable<json::value> { co_return parsed(R"({"n":"secret"})"); },
      options);
  s.tool("none", "", []() -> awaitable<std::string> { co_return "text"; }, options);
  s.tool("failed", "", own_result, options);
  s.tool(
      "own", "",
      []() -> awaitable<call_tool_result> {
        call_tool_result r;
        r.structured_content = parsed(R"({"n":3})");
        co_return r;
      },
      options);
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    auto a = co_await c.ask("tools/call", call("good"));
    BOOST_TEST(!is_tool_error(a));
    for (const char* name : {"bad", "none"}) {
      a = co_await c.ask("tools/call", call(name));
      BOOST_TEST_CONTEXT(name) {
        BOOST_TEST(is_tool_error(a));
        BOOST_TEST((text_of(a).find("secret") == std::string::npos));
      }
    }
    a = co_await c.ask("tools/call", call("failed"));
    BOOST_TEST(text_of(a) == "not today");
    a = co_await c.ask("tools/call", call("own"));
    BOOST_TEST(text_of(a) == R"({"n":3})");
  });
  BOOST_TEST(log->count("does not match its output schema") == 10U);
}

COMCP_TEST_CORO(a_time_limit_ends_the_call_not_the_session) {
  server s("s", "1");
  bool unwound = false;
  s.tool(
      "slow", "",
      [&unwound]() -> awaitable<void> {
        try {
          co_await sleep(1h);
        } catch (...) {
          unwound = true;
          throw;
        }
      },
      tool_options().time_limit(2s));
  s.tool("quick", "", truth, tool_options().time_limit(2s));
  co_await on_every_revision(s, [&](client& c) -> awaitable<void> {
    const auto begin = this_shard().now();
    unwound = false;
    auto a = co_await c.ask("tools/call", call("slow"));
    BOOST_TEST(is_tool_error(a));
    BOOST_TEST(text_of(a) == "The tool took longer than its time limit.");
    BOOST_TEST((this_shard().now() - begin == 2s));
    BOOST_TEST(unwound);
    a = co_await c.ask("tools/call", call("quick"));
    BOOST_TEST(text_of(a) == "true");
  });
}

// C-04, C-07, S-CANC-02
COMCP_TEST_CORO(a_cancelled_call_unwinds_and_is_not_answered) {
  server s("s", "1");
  int unwound = 0;
  s.tool("slow", "", [&unwound]() -> awaitable<void> {
    try {
      co_await sleep(1h);
    } catch (...) {
      ++unwound;
      throw;
    }
  });
  s.tool("quick", "", truth);
  co_await on_every_revision(s, [&](client& c) -> awaitable<void> {
    unwound = 0;
    co_await c.peer.request(77, "tools/call", call("slow"));
    co_await c.peer.request(78, "tools/call", call("slow"));
    co_await sleep(1s);
    co_await c.peer.cancel(77);
    auto a = co_await c.ask("tools/call", call("quick"));
    BOOST_TEST(text_of(a) == "true");
    BOOST_TEST(c.notifications.empty());
    BOOST_TEST(unwound == 1);
    co_await c.peer.expect_silence(1s);
    co_await c.peer.cancel(78);
  });
}

// tools:call:concurrent
// user asks 11, C-15
COMCP_TEST_CORO(a_slow_call_does_not_hold_up_others) {
  server s("s", "1");
  s.tool("slow", "", []() -> awaitable<void> { co_await sleep(5s); });
  s.tool("quick", "", truth);
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    co_await c.peer.request(77, "tools/call", call("slow"));
    const auto begin = this_shard().now();
    co_await c.ask("tools/call", call("quick"));
    BOOST_TEST((this_shard().now() == begin));
    auto a = co_await c.answer(77, "tools/call");
    BOOST_TEST((this_shard().now() - begin == 5s));
  });
}

COMCP_TEST_CORO(calls_beyond_the_servers_limit_wait_their_turn) {
  server s("s", "1", server_options().max_concurrent_calls(2));
  int running = 0;
  int most = 0;
  s.tool("slow", "", [&]() -> awaitable<void> {
    most = std::max(most, ++running);
    co_await sleep(1s);
    --running;
  });
  co_await on_every_revision(s, [&](client& c) -> awaitable<void> {
    most = 0;
    for (int id = 70; id < 75; ++id)
      co_await c.peer.request(id, "tools/call", call("slow"));
    co_await sleep(100ms);
    BOOST_TEST(s.running_calls() == 2U);
    BOOST_TEST(s.waiting_calls() == 3U);
    // Lists don't wait behind calls.
    co_await c.ask("tools/list");
    for (int id = 70; id < 75; ++id)
      co_await c.answer(id, "tools/call");
    BOOST_TEST(most == 2);
    BOOST_TEST(s.running_calls() == 0U);
  });
}

COMCP_TEST_CORO(a_tool_removed_while_it_runs_ends_its_calls) {
  server s("s", "1");
  auto alive = std::make_shared<int>(5);
  std::weak_ptr<int> watch = alive;
  s.tool("keeps", "", truth);
  s.tool("slow", "", [alive = std::move(alive)]() -> awaitable<int> {
    co_await sleep(5s);
    co_return *alive;
  });
  co_await with_client(s, revision::v2026_07_28, [&](client& c) -> awaitable<void> {
    co_await c.peer.request(77, "tools/call", call("slow"));
    co_await sleep(1s);
    BOOST_TEST(s.remove_tool("slow"));
    BOOST_TEST(!s.remove_tool("slow"));
    BOOST_TEST(!watch.expired());
    auto refused = co_await c.ask("tools/call", call("slow"));
    BOOST_TEST(code_of(refused) == -32602);
    auto a = co_await c.answer(77, "tools/call");
    BOOST_TEST(text_of(a) == "5");
    co_await checkpoint();
    BOOST_TEST(watch.expired());
  });
}

// tools:call:progress, tools:call:logging-mid-execution, mcpserver:context:progress,
// mcpserver:context:logging
COMCP_TEST_CORO(a_handler_talks_back_before_it_answers) {
  server s("s", "1");
  s.tool("chatty", "", [](request_context& ctx) -> awaitable<void> {
    co_await ctx.report_progress(1, 2, "half");
    co_await ctx.log(protocol::logging_level::warning, "careful");
  });
  co_await on_every_revision(s, [](client& c) -> awaitable<void> {
    json::object params = call("chatty");
    json::object meta;
    meta["progressToken"] = "p";
    meta["io.modelcontextprotocol/logLevel"] = "info";
    params["_meta"] = std::move(meta);
    c.notifications.clear();
    auto a = co_await c.ask("tools/call", std::move(params));
    BOOST_TEST(!is_tool_error(a));
    BOOST_TEST(c.notifications.size() == 2U);
    BOOST_TEST(c.notifications.at(0).at("method") == "notifications/progress");
    BOOST_TEST(c.notifications.at(1).at("method") == "notifications/message");
  });
}

// mcpserver:tool:naming-validation
// S-TOOL-10: doubted, not refused
BOOST_AUTO_TEST_CASE(an_unusual_name_is_registered_with_a_warning) {
  auto log = std::make_shared<recording_sink>();
  server s("s", "1", logging_to(log));
  s.tool("get weather", "", truth);
  BOOST_TEST(log->count("warning: the name of tool \"get weather\"") == 1U);
  BOOST_CHECK_THROW(s.tool("get weather", "", truth), registration_error);
}

BOOST_AUTO_TEST_CASE(annotated_arguments_are_known_to_the_transport) {
  server s("s", "1");
  s.tool("t", "", raw,
         tool_options().input_schema(obj(
             R"({"type":"object","properties":{"r":{"type":"string","x-mcp-header":"Region"}}})")));
  s.tool("plain", "", truth);
  BOOST_TEST(s.parameter_headers("t", nullptr)->at(0).name == "Region");
  BOOST_TEST(!s.parameter_headers("plain", nullptr));
  BOOST_TEST(!s.parameter_headers("unknown", nullptr));
}

BOOST_AUTO_TEST_SUITE_END()
