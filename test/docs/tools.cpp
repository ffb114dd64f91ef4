// The code of docs/tools.md.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "comcp/scope/blocking.hpp"
#include "comcp/scope/sleep.hpp"
#include "server/support.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

// [tool-struct]
enum class unit { celsius, fahrenheit };
BOOST_DESCRIBE_ENUM(unit, celsius, fahrenheit)

struct forecast_args {
  std::string city;
  int days = 3;
  std::optional<unit> in;
};
BOOST_DESCRIBE_STRUCT(forecast_args, (), (city, days, in))

// What the types can't say: found by argument-dependent lookup, all of it optional.
inline void annotate(comcp::json::notes<forecast_args>& about) {
  about(&forecast_args::city, "Name of the city, in English").min_length(1).max_length(80);
  about(&forecast_args::days, "How many days ahead").defaulted().minimum(1).maximum(14);
}
// [/tool-struct]

// [tool-result]
struct day {
  std::string date;
  double high = 0;
  double low = 0;
};
BOOST_DESCRIBE_STRUCT(day, (), (date, high, low))

struct forecast {
  std::string city;
  std::vector<day> days;
};
BOOST_DESCRIBE_STRUCT(forecast, (), (city, days))

comcp::awaitable<forecast> get_forecast(forecast_args args) {
  forecast f{args.city, {}};
  for (int i = 0; i != args.days; ++i)
    f.days.push_back({"2026-12-0" + std::to_string(i + 1), 4.5, -1});
  co_return f;  // structuredContent with an output schema, and its JSON as text
}
// [/tool-result]

void add_forecast(server& server) {
  // [tool-register]
  server.tool("forecast", "The weather of the next days", get_forecast,
              comcp::tool_options().title("Weather forecast").read_only().open_world());
  // [/tool-register]
}

// [tool-errors]
struct account_args {
  std::string account;
};
BOOST_DESCRIBE_STRUCT(account_args, (), (account))

comcp::awaitable<std::string> close_account(account_args args) {
  if (args.account == "main") {
    // For the model: a result with isError, which it can react to.
    throw comcp::tool_error("'main' can't be closed: choose another account");
  }
  if (args.account == "database") {
    // A bug or an outage: the client reads "internal error", the text goes to the log.
    throw std::runtime_error("connection to 10.0.0.7 refused");
  }
  co_return "closed";
}
// [/tool-errors]

// [tool-content]
comcp::awaitable<std::vector<comcp::content_block>> chart() {
  std::vector<comcp::content_block> blocks;
  blocks.emplace_back("The last 30 days:");
  blocks.emplace_back(comcp::protocol::image_content("iVBORw0KGgo=", "image/png"));
  comcp::protocol::resource_link link("file:///reports/month.csv", "month.csv");
  link.mime_type = "text/csv";
  blocks.emplace_back(std::move(link));
  co_return blocks;
}
// [/tool-content]

// [tool-blocking]
comcp::awaitable<int> count_primes() {
  // A shard's thread must never block: what blocks runs on a bounded pool of threads.
  co_return co_await comcp::run_blocking([] {
    int found = 0;
    for (int n = 2; n != 1000; ++n) {
      bool prime = true;
      for (int d = 2; d * d <= n; ++d)
        prime = prime && n % d != 0;
      found += prime;
    }
    return found;
  });
}
// [/tool-blocking]

void add_raw(server& server) {
  // [tool-raw]
  auto schema = comcp::json::parse(R"({
    "type": "object",
    "properties": {"region": {"type": "string", "x-mcp-header": "Region"}},
    "required": ["region"]
  })");
  server.tool(
      "query", "Takes JSON as it comes",
      [](comcp::json::object arguments) -> comcp::awaitable<comcp::json::value> {
        co_return comcp::json::array{arguments.at("region"), 1, 2};
      },
      comcp::tool_options()
          .input_schema(schema.as_object())
          .time_limit(30s)
          .meta("example.com/owner", "team-a"));
  // [/tool-raw]
}

void change_at_run_time(server& server) {
  // [tool-change]
  server.tool("now", "The time", []() -> comcp::awaitable<std::string> { co_return "12:00"; });
  server.remove_tool("now");  // a call that runs goes on to its end
  // [/tool-change]
}

}  // namespace

BOOST_AUTO_TEST_SUITE(docs_tools)

COMCP_TEST_CORO(types_make_schemas_and_structured_results) {
  server s("s", "1");
  add_forecast(s);
  co_await with_client(s, revision::v2025_11_25, [](client& c) -> awaitable<void> {
    auto listed = co_await c.ask("tools/list");
    const auto& tool = result_of(listed).at("tools").at(0);
    BOOST_TEST(tool.at("inputSchema").at("properties").at("days").at("maximum") == 14);
    BOOST_TEST(tool.at("inputSchema").at("required") == parsed(R"(["city"])"));
    BOOST_TEST(tool.at("outputSchema").at("type") == "object");
    auto called =
        co_await c.ask("tools/call", obj(R"({"name":"forecast","arguments":{"city":"Oslo"}})"));
    BOOST_TEST(result_of(called).at("structuredContent").at("days").as_array().size() == 3U);
    auto bad = co_await c.ask("tools/call",
                              obj(R"({"name":"forecast","arguments":{"city":"Oslo","days":99}})"));
    BOOST_TEST(is_tool_error(bad));
  });
}

COMCP_TEST_CORO(what_handlers_throw) {
  server s("s", "1");
  s.tool("close", "", close_account);
  co_await with_client(s, revision::v2025_11_25, [](client& c) -> awaitable<void> {
    auto refused =
        co_await c.ask("tools/call", obj(R"({"name":"close","arguments":{"account":"main"}})"));
    BOOST_TEST(is_tool_error(refused));
    BOOST_TEST(text_of(refused) == "'main' can't be closed: choose another account");
    auto failed =
        co_await c.ask("tools/call", obj(R"({"name":"close","arguments":{"account":"database"}})"));
    BOOST_TEST(is_tool_error(failed));
    BOOST_TEST(text_of(failed).find("10.0.0.7") == std::string::npos);
  });
}

COMCP_TEST_CORO(other_results) {
  server s("s", "1");
  s.tool("chart", "", chart).tool("primes", "", count_primes);
  add_raw(s);
  change_at_run_time(s);
  co_await with_client(s, revision::v2026_07_28, [](client& c) -> awaitable<void> {
    auto content = co_await c.ask("tools/call", obj(R"({"name":"chart"})"));
    BOOST_TEST(result_of(content).at("content").as_array().size() == 3U);
    auto primes = co_await c.ask("tools/call", obj(R"({"name":"primes"})"));
    BOOST_TEST(text_of(primes) == "168");
    auto raw = co_await c.ask("tools/call", obj(R"({"name":"query","arguments":{"region":"eu"}})"));
    BOOST_TEST(result_of(raw).at("structuredContent") == parsed(R"(["eu",1,2])"));
  });
}

BOOST_AUTO_TEST_SUITE_END()
