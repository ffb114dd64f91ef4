// On whose behalf a request comes: what its own token says, whoever's session it is in.

#include <boost/test/unit_test.hpp>

#include <string>

#include "http_transport/support.hpp"

using namespace test;

namespace {

/// "Authorization: ann read": ann, who may read.
awaitable<access_verdict> by_header(const http::request_head& head, const http::peer_info&) {
  const std::string_view token = head.header("Authorization").value_or("");
  const std::size_t space = token.find(' ');
  if (space == std::string_view::npos) co_return access_verdict::denied(http::text_response(401));
  principal who(std::string(token.substr(0, space)));
  who.scopes.emplace_back(token.substr(space + 1));
  co_return access_verdict::granted(std::make_shared<const principal>(std::move(who)));
}

header_list with_token(std::string token, const std::string& session = {}) {
  header_list all = {{"Authorization", std::move(token)}};
  if (!session.empty()) all.emplace_back("Mcp-Session-Id", session);
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(principals)

// A token with less, or with more, than the one that opened the session.
COMCP_TEST_CORO(of_a_request_in_a_session_are_its_own) {
  world w(streamable_http_options().authorize(by_header));
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open("2025-03-26", "{}", with_token("ann write"));
    world::connection& c = w.connect();
    for (const std::string scope : {"read", "write", "admin"}) {
      const header_list headers = with_token("ann " + scope, id);
      const reply one = co_await c.ask(post_text(call_body(1, "echo"), headers));
      BOOST_TEST(one.status == 200);
      BOOST_TEST(w.tools.seen.scopes == scope + " ");
      w.tools.seen.scopes.clear();
      const reply batch = co_await c.ask(post_text("[" + call_body(2, "echo") + "]", headers));
      BOOST_TEST(batch.status == 200);
      BOOST_TEST(w.tools.seen.scopes == scope + " ");
    }
    const reply others =
        co_await c.ask(post_text(call_body(3, "echo"), with_token("bob write", id)));
    BOOST_TEST(others.status == 404);
  });
}

COMCP_TEST_CORO(of_a_message_to_an_sse_stream_are_its_own) {
  world w(streamable_http_options().authorize(by_header));
  co_await w.run([&]() -> awaitable<void> {
    world::connection& stream = w.connect();
    const reply opened = co_await stream.ask(sse_text(with_token("ann write")));
    BOOST_REQUIRE(opened.events.size() == 1U);
    const std::string url = opened.events[0].data.value_or("");
    for (const std::string& body : {initialize_body("2024-11-05"), std::string(initialized_body)})
      co_await w.connect().ask(message_text(url, body, with_token("ann write")));
    for (const std::string scope : {"read", "write"}) {
      co_await w.connect().ask(message_text(url, call_body(1, "echo"), with_token("ann " + scope)));
      BOOST_TEST(w.tools.seen.scopes == scope + " ");
    }
  });
}

// S-AUTH-06
COMCP_TEST_CORO(handlers_never_see_the_token) {
  world w(streamable_http_options().authorize(by_header));
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open("2025-11-25", "{}", with_token("ann secret"));
    world::connection& c = w.connect();
    const reply legacy =
        co_await c.ask(post_text(call_body(1, "echo"), with_token("ann secret", id)));
    BOOST_TEST(legacy.status == 200);
    BOOST_TEST(w.tools.seen.scopes == "secret ");
    BOOST_TEST(w.tools.seen.token == "");
    std::string modern = modern_call("2", "echo");
    modern.insert(modern.find("\r\n") + 2, "Authorization: ann modern\r\n");
    const reply answer = co_await c.ask(modern);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(w.tools.seen.scopes == "modern ");
    BOOST_TEST(w.tools.seen.token == "");
  });
}

BOOST_AUTO_TEST_SUITE_END()
