// The code of docs/revisions.md.

#include "comcp/server/server.hpp"

#include "server/support.hpp"

#include <chrono>

using namespace test;

namespace {

// [revisions-identity]
comcp::server make_server() {
  return comcp::server(
      "weather", "2.1.0",
      comcp::server_options()
          .title("Weather")
          .description("Forecasts for every place")
          .website_url("https://example.com/weather")
          .instructions("Ask for a place before you ask for its forecast.")
          .page_size(2)
          .cache_lists({std::chrono::minutes(5), comcp::protocol::cache_scope::public_}));
}
// [/revisions-identity]

// [revisions-rules]
comcp::awaitable<std::string> dialect(comcp::request_context& ctx) {
  std::string text = "speaking " + std::string(ctx.rules().name);
  if (!ctx.rules().structured_content) text += ", text only";
  if (ctx.client_capabilities().roots) text += ", with roots";
  co_return text;
}
// [/revisions-rules]

}  // namespace

BOOST_AUTO_TEST_SUITE(docs_revisions)

COMCP_TEST_CORO(every_revision_is_told_what_it_knows) {
  comcp::server server = make_server();
  for (const char* name : {"a", "b", "c"})
    server.tool(name, "Describes", dialect);
  co_await on_every_revision(
      server,
      [](client& c) -> awaitable<void> {
        std::size_t pages = 0;
        json::object params;
        for (bool more = true; more; ++pages) {
          const json::value page = co_await c.ask("tools/list", params);
          const json::value* next = result_of(page).if_contains("nextCursor");
          if (next) params["cursor"] = *next;
          more = next != nullptr;
          BOOST_TEST(result_of(page).contains("ttlMs") == c.rules.cache_hints);
        }
        BOOST_TEST(pages == 2U);
        const json::value said = co_await c.ask("tools/call", obj(R"({"name":"a"})"));
        BOOST_TEST(text_of(said) == "speaking " + std::string(c.rules.name) +
                                        (c.rules.structured_content ? "" : ", text only") +
                                        ", with roots");
        if (c.rules.era == protocol::era::legacy) {
          const json::value pong = co_await c.ask("ping");
          BOOST_TEST(result_of(pong).empty());
        } else {
          const json::value about = co_await c.ask("server/discover");
          BOOST_TEST(result_of(about).at("supportedVersions").as_array().size() == 5U);
        }
      },
      obj(R"({"roots":{}})"));
}

BOOST_AUTO_TEST_SUITE_END()
