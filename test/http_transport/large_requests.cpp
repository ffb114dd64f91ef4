// What large requests may take in all.

#include <boost/test/unit_test.hpp>

#include <string>

#include "http_transport/support.hpp"

using namespace test;

namespace {

/// A call of `slow` that is a good 9,000 bytes long.
std::string large(std::string_view ms) {
  return R"({"ms":)" + std::string(ms) + R"(,"text":")" + std::string(9000, 'x') + R"("})";
}

streamable_http_options small_budget() {
  return streamable_http_options().max_request_bytes(20'000).retry_after(std::chrono::seconds(7));
}

void check_busy(const reply& r) {
  BOOST_TEST(r.status == 503);
  BOOST_TEST(r.header("Retry-After") == "7");
  BOOST_TEST(r.code() == -32603);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(large_requests)

COMCP_TEST_CORO(are_told_to_come_back_while_others_take_all_the_room) {
  world w(small_budget());
  co_await w.run([&]() -> awaitable<void> {
    world::connection& a = w.connect();
    world::connection& b = w.connect();
    a.send(modern_call("1", "slow", large("1000")));
    b.send(modern_call("1", "slow", large("3000")));
    co_await testing::wait_all_tasks_blocked();
    world::connection& c = w.connect();
    const reply busy = co_await c.ask(modern_call("2", "echo", large("0")));
    check_busy(busy);
    const reply small = co_await c.ask(modern_call("3", "echo"));
    BOOST_TEST(small.status == 200);
    co_await sleep(2s);  // a's is over
    const reply now = co_await c.ask(modern_call("4", "echo", large("0")));
    BOOST_TEST(now.status == 200);
    co_await sleep(2s);
  });
}

// Its client has left, its call goes on, and so does its share.
COMCP_TEST_CORO(of_a_session_count_as_long_as_they_run) {
  world w(small_budget());
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    const header_list session = {{"Mcp-Session-Id", id}};
    for (int n = 1; n <= 2; ++n) {
      world::connection& left = w.connect();
      left.send(post_text(call_body(n, "slow", large("1000")), session));
      co_await testing::wait_all_tasks_blocked();
      left.peer().reset();
      co_await testing::wait_all_tasks_blocked();
    }
    world::connection& c = w.connect();
    const reply busy = co_await c.ask(post_text(call_body(3, "echo", large("0")), session));
    check_busy(busy);
    co_await sleep(2s);
    const reply now = co_await c.ask(post_text(call_body(4, "echo", large("0")), session));
    BOOST_TEST(now.status == 200);
  });
}

COMCP_TEST_CORO(of_one_session_have_a_bound_of_their_own) {
  world w(streamable_http_options().conversation(session_options().max_request_bytes(20'000)));
  co_await w.run([&]() -> awaitable<void> {
    const std::string id = co_await w.open();
    const header_list session = {{"Mcp-Session-Id", id}};
    const std::string other_id = co_await w.open();
    const header_list other = {{"Mcp-Session-Id", other_id}};
    for (int n = 1; n <= 2; ++n)
      w.connect().send(post_text(call_body(n, "slow", large("1000")), session));
    co_await testing::wait_all_tasks_blocked();
    world::connection& c = w.connect();
    const reply busy = co_await c.ask(post_text(call_body(3, "echo", large("0")), session));
    BOOST_TEST(busy.code() == -32603);
    const reply free = co_await c.ask(post_text(call_body(3, "echo", large("0")), other));
    BOOST_TEST(free.json().as_object().contains("result"));
    co_await sleep(2s);
    const reply now = co_await c.ask(post_text(call_body(4, "echo", large("0")), session));
    BOOST_TEST(now.json().as_object().contains("result"));
  });
}

// Its messages wait: its stream is full.
COMCP_TEST_CORO(that_wait_for_an_sse_stream_count) {
  world w(small_budget().conversation(session_options().max_outgoing_bytes(1000)));
  co_await w.run([&]() -> awaitable<void> {
    world::connection& stream = w.connect();
    const reply opened = co_await stream.ask(sse_text());
    BOOST_REQUIRE(opened.events.size() == 1U);
    const std::string url = opened.events[0].data.value_or("");
    for (const std::string& body : {initialize_body("2024-11-05"), std::string(initialized_body)})
      co_await w.connect().ask(message_text(url, body));
    stream.peer().window(100);
    const auto say = [&](int n) { return message_text(url, call_body(n, "echo", large("0"))); };
    for (int n = 1; n <= 2; ++n)  // one answer is being written, the other fills the stream
      co_await w.connect().ask(say(n));
    world::connection& one = w.connect();
    world::connection& another = w.connect();
    one.send(say(3));
    another.send(say(4));
    co_await testing::wait_all_tasks_blocked();
    const reply busy = co_await w.connect().ask(say(5));
    check_busy(busy);
    stream.peer().window(1'000'000);
    co_await testing::wait_all_tasks_blocked();
    for (world::connection* waited : {&one, &another}) {
      const reply r = co_await waited->settle();
      BOOST_TEST(r.status == 202);
    }
    const reply now = co_await w.connect().ask(say(6));
    BOOST_TEST(now.status == 202);
  });
}

COMCP_TEST_CORO(of_any_size_that_is_accepted_fit_alone) {
  world w(streamable_http_options().max_request_bytes(1));
  co_await w.run([&]() -> awaitable<void> {
    const reply r = co_await w.connect().ask(modern_call("1", "echo", large("0")));
    BOOST_TEST(r.status == 200);
  });
}

BOOST_AUTO_TEST_SUITE_END()
