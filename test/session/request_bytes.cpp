// How long the bytes of large requests count. Who is refused for them is in session_core.cpp.

#include "comcp/session/request_budget.hpp"

#include "session/support.hpp"

#include "comcp/scope/event.hpp"

using namespace test;

namespace {

std::string request(int id, std::string_view method, std::size_t padding = 0) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + std::string(method) +
         R"(","params":{"x":")" + std::string(padding, 'x') + R"("}})";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(request_bytes)

// Its elements divide the text unevenly: whichever of them runs, all of it counts, and only once.
COMCP_TEST_CORO(a_batch_counts_as_a_whole_until_its_last_request_ends) {
  const auto budget = std::make_shared<request_budget>(std::size_t{64} << 20);
  for (const std::size_t padding : {std::size_t{1} << 20, std::size_t{200} << 10}) {
    bench b(protocol::revision::v2025_03_26);
    b.options.budget(budget);
    event go[2];
    for (const int i : {0, 1})
      b.handler.scripts["test/held" + std::to_string(i)] =
          [&go, i](jsonrpc::request r, responder answer, request_context&) -> awaitable<void> {
        co_await go[i].wait();
        std::move(answer).reply(std::move(r.params));
      };
    std::string batch = "[" + request(1, "test/held0", padding) + "," + request(2, "test/held1");
    for (int id = 3; id <= 100; ++id)
      batch += "," + request(id, "ping");
    batch += "]";
    co_await b.with([&](testing::raw_peer& peer) -> awaitable<void> {
      co_await peer.handshake();
      const std::size_t bytes = batch.size();
      co_await peer.send(batch);
      co_await comcp::testing::wait_all_tasks_blocked();
      BOOST_TEST(budget->used() == bytes);
      go[0].set();
      co_await comcp::testing::wait_all_tasks_blocked();
      BOOST_TEST(budget->used() == bytes);
      go[1].set();
      co_await comcp::testing::wait_all_tasks_blocked();
      BOOST_TEST(budget->used() == 0U);
    });
  }
}

COMCP_TEST_CORO(a_batch_that_finds_no_room_is_refused_and_its_small_parts_with_it) {
  bench b(protocol::revision::v2025_03_26);
  b.options.max_request_bytes(20'000);
  co_await b.with([&](testing::raw_peer& peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.send(R"([{"jsonrpc":"2.0","id":1,"method":"test/slow","params":{"ms":5,"x":")" +
                       std::string(15'000, 'x') + R"("}}])");
    std::string batch = "[" + request(2, "test/echo", 9000) + "," + request(3, "test/echo") + "]";
    co_await peer.send(batch);
    for (int i = 0; i < 2; ++i) {
      const json::value refused = co_await peer.expect();
      BOOST_TEST(error_code_of(refused) == -32603);
    }
    const json::value answer = co_await peer.expect();
    BOOST_TEST(answer.at("id") == 1);
    co_await peer.send(batch);
    for (int i = 0; i < 2; ++i) {
      const json::value answered = co_await peer.expect();
      BOOST_TEST(error_code_of(answered) == 0);
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
