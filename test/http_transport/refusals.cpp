// What the transport answers by itself, as its operator hears of it.

#include <boost/test/unit_test.hpp>

#include "comcp/log.hpp"
#include "http_transport/support.hpp"

using namespace test;

namespace {

class lines final : public log_sink {
 public:
  void write(log_level level, std::string_view message) noexcept override {
    all.push_back(std::string(to_string(level)) + " " + std::string(message));
  }
  std::vector<std::string> all;
};

struct heard {
  int status;
  int code;
  std::string text;
  std::string method;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(streamable_http_refusals)

// hosting:http:onerror
COMCP_TEST_CORO(every_refusal_is_told_once_with_its_status_and_code) {
  std::vector<heard> all;
  const auto hook = [&](const refused_exchange& r) {
    all.push_back({r.status, r.code, std::string(r.text), r.head.method});
  };
  const auto check = [](const http::request_head& head,
                        const http::peer_info&) -> awaitable<access_verdict> {
    if (head.header("Authorization")) co_return access_verdict::denied(http::text_response(403));
    co_return access_verdict::granted();
  };
  world w(streamable_http_options().on_refused(hook).authorize(check).max_sessions(1));
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    BOOST_TEST(all.empty());
    const header_list in_session = {{"Mcp-Session-Id", id}};
    struct row {
      std::string text;
      int status;
      int code;
    };
    const header_list unknown = {{"Mcp-Session-Id", "0-unknown"}};
    const header_list twice = {{"Mcp-Session-Id", id}, {"Mcp-Session-Id", id}};
    const header_list stranger = {{"Authorization", "Bearer x"}};
    const header_list plain = {{"Content-Type", "text/plain"}, {"Accept", "*/*"}};
    const header_list no_stream = {{"Content-Type", "application/json"}, {"Accept", "text/html"}};
    const header_list v1999 = {{"MCP-Protocol-Version", "1999-01-01"}};
    const header_list modern = {{"MCP-Protocol-Version", std::string(modern_version)}};
    const header_list lost = {
        {"Accept", "text/event-stream"}, {"Mcp-Session-Id", id}, {"Last-Event-ID", "9"}};
    const std::vector<row> rows = {
        {post_text("{", in_session), 400, -32700},
        {post_text("7", in_session), 400, -32600},
        {post_text(call_body(1, "echo")), 400, -32600},
        {post_text(call_body(1, "echo"), unknown), 404, -32600},
        {post_text(call_body(1, "echo"), twice), 400, -32600},
        {post_text(call_body(1, "echo"), stranger), 403, 0},
        {post_text(initialize_body()), 503, -32603},
        {request_text("POST", plain, call_body(1, "echo")), 415, -32600},
        {request_text("POST", no_stream, call_body(1, "echo")), 406, -32600},
        {request_text("PUT", in_session, "{}"), 405, -32600},
        {request_text("GET", lost), 400, -32600},
        {request_text("DELETE", unknown), 404, -32600},
        {post_text(call_body(1, "echo"), v1999), 400, -32022},
        {post_text(modern_body("4", "tools/list"), modern), 400, -32020},
    };
    for (const row& r : rows) {
      all.clear();
      const reply answer = co_await w.connect().ask(r.text);
      BOOST_TEST_CONTEXT(r.text) {
        BOOST_TEST(answer.status == r.status);
        BOOST_TEST_REQUIRE(all.size() == 1U);
        BOOST_TEST(all[0].status == r.status);
        BOOST_TEST(all[0].code == r.code);
        BOOST_TEST(!all[0].text.empty());
        BOOST_TEST(r.text.starts_with(all[0].method));
      }
    }
    // What a session or a handler answers is no refusal.
    all.clear();
    const reply failed = co_await w.connect().ask(post_text(call_body(1, "throw"), in_session));
    BOOST_TEST(failed.status == 200);
    BOOST_TEST(all.empty());
  });
}

// hosting:http:onerror: neither a flood of refusals nor a broken hook is the server's undoing.
COMCP_TEST_CORO(a_broken_hook_changes_nothing_and_the_log_is_bounded) {
  const auto sink = std::make_shared<lines>();
  const auto hook = [](const refused_exchange&) {
    throw std::runtime_error("a hook's own trouble");
  };
  world w(streamable_http_options().on_refused(hook).conversation(
      session_options().log(logger(sink, log_level::debug, 20, 1))));
  co_await w.run([&]() -> awaitable<void> {
    world::connection& c = w.connect();
    for (int i = 0; i < 200; ++i) {
      const reply r = co_await c.ask(post_text("{"));
      BOOST_TEST(r.status == 400);
    }
    BOOST_TEST(w.server.stats().refused == 200U);
  });
  BOOST_TEST(sink->all.size() <= 2 * 25U);  // debug and warning
  const auto told = [&](std::string_view part) {
    return std::count_if(sink->all.begin(), sink->all.end(), [&](const std::string& line) {
      return line.find(part) != std::string::npos;
    });
  };
  BOOST_TEST(told("debug refused with 400: ") > 0);
  BOOST_TEST(told("warning a hook for refusals failed: a hook's own trouble") > 0);
}

BOOST_AUTO_TEST_SUITE_END()
