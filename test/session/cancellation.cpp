#include <array>
#include <tuple>

#include "comcp/scope/semaphore.hpp"
#include "session/support.hpp"

// Cancellation by notification, and the races around it.

using namespace comcp;
using namespace std::chrono_literals;
using test::bench;
using test::obj;
using testing::wait_all_tasks_blocked;

namespace {

using peer_ref = testing::raw_peer&;

auto ms(int n) {
  json::object o;
  o["ms"] = n;
  return o;
}

// The server is as good as new.
awaitable<void> check_alive(testing::raw_peer& peer) {
  co_await peer.request("alive", "tools/list");
  BOOST_TEST(co_await peer.expect() == test::result("alive", R"({"tools":[]})"));
}

const std::array<protocol::revision, 5> all_revisions = {
    protocol::revision::v2024_11_05, protocol::revision::v2025_03_26,
    protocol::revision::v2025_06_18, protocol::revision::v2025_11_25,
    protocol::revision::v2026_07_28};

}  // namespace

BOOST_AUTO_TEST_SUITE(session_cancellation)

// protocol:cancel:in-flight, protocol:cancel:handler-abort-propagates,
// protocol:cancel:server-survives
COMCP_TEST_CORO(C_04_S_CANC_02_S_STD_05_cancel_stops_the_handler_and_nothing_is_sent) {
  for (const auto revision : all_revisions) {
    bench b(revision);
    const auto start = this_shard().now();
    co_await b.with([&](peer_ref peer) -> awaitable<void> {
      co_await peer.handshake();
      co_await peer.request(7, "test/slow", ms(60'000));
      co_await wait_all_tasks_blocked();
      BOOST_TEST(b.handler.seen.live() == 1);
      co_await peer.cancel(7);
      co_await wait_all_tasks_blocked();
      BOOST_TEST(b.handler.seen.unwound == 1);
      BOOST_TEST((this_shard().now() == start));
      co_await peer.expect_silence();
      co_await check_alive(peer);
    });
    BOOST_TEST(b.sink->quiet());
  }
}

// protocol:cancel:unknown-id-ignored
COMCP_TEST_CORO(C_05_cancelling_an_unknown_or_finished_request_is_ignored) {
  bench b;
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.cancel(7);
    co_await peer.request(7, "test/echo");
    co_await peer.expect();
    co_await peer.cancel(7);
    co_await peer.cancel("handshake");
    co_await peer.notify("notifications/cancelled");
    co_await peer.expect_silence();
    co_await check_alive(peer);
  });
  BOOST_TEST(b.sink->quiet());
}

// protocol:cancel:abort-scoped
COMCP_TEST_CORO(C_07_cancelling_one_leaves_its_neighbour) {
  bench b;
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(1, "test/slow", ms(10));
    co_await peer.request(2, "test/slow", ms(10));
    co_await peer.cancel(1);
    BOOST_TEST(co_await peer.expect() == test::result(2, R"({"slept":10})"));
    co_await peer.expect_silence(1s);
  });
}

COMCP_TEST_CORO(C_15_a_cancel_and_a_quick_call_are_read_while_a_handler_runs) {
  bench b;
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    const auto start = this_shard().now();
    co_await peer.request(1, "test/slow", ms(5'000));
    co_await peer.request(2, "ping");
    co_await peer.request(3, "test/echo");
    co_await peer.cancel(1);
    BOOST_TEST((co_await peer.expect()).at("id") == 2);
    BOOST_TEST((co_await peer.expect()).at("id") == 3);
    BOOST_TEST((this_shard().now() == start));
    co_await peer.expect_silence(10s);
  });
}

COMCP_TEST_CORO(R_01_cancel_lands_between_the_result_and_its_sending_and_one_of_both_wins) {
  // Before the gap, in the same turn, and after it.
  for (const auto& [when, at_least, at_most] :
       {std::tuple(9ms, 0, 0), std::tuple(10ms, 0, 1), std::tuple(11ms, 1, 1)}) {
    bench b;
    b.handler.scripts["test/gap"] = [](jsonrpc::request, responder a,
                                       request_context&) -> awaitable<void> {
      co_await sleep(10ms);
      co_await checkpoint();  // the result is there; it yields once before it sends
      std::move(a).reply(obj("{}"));
    };
    int answers = 0;
    co_await b.with([&](peer_ref peer) -> awaitable<void> {
      co_await peer.handshake();
      co_await peer.request(7, "test/gap");
      co_await sleep(when);
      co_await peer.cancel(7);
      co_await peer.request(8, "test/slow", ms(100));
      while ((co_await peer.expect()).at("id") != 8)
        ++answers;
    });
    BOOST_TEST(answers >= at_least);
    BOOST_TEST(answers <= at_most);
    BOOST_TEST(b.sink->quiet());
  }
}

COMCP_TEST_CORO(R_02_the_error_of_a_handler_that_notices_its_cancellation_is_not_sent) {
  bench b;
  b.handler.scripts["test/reports"] = [&](jsonrpc::request, responder a,
                                          request_context& ctx) -> awaitable<void> {
    std::exception_ptr failure;
    try {
      co_await sleep(1h);
    } catch (...) {
      failure = std::current_exception();
    }
    b.handler.seen.statuses.push_back(
        std::move(a).fail(jsonrpc::error_object(-32603, "cancelled")));
    BOOST_TEST(ctx.scope().cancel_called());
    throw std::runtime_error("and another error on the way out");
  };
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(7, "test/reports");
    co_await wait_all_tasks_blocked();
    co_await peer.cancel(7);
    co_await peer.expect_silence();
    co_await check_alive(peer);
  });
  BOOST_TEST((b.handler.seen.statuses.at(0) == send_status::closed));
}

COMCP_TEST_CORO(R_07_an_unknown_method_cancelled_at_once_gets_one_error_or_nothing) {
  bench b;
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(9, "unknown/method");
    co_await peer.cancel(9);
    co_await peer.request(10, "ping");
    int errors = 0;
    for (auto m = co_await peer.expect(); m.at("id") != 10; m = co_await peer.expect()) {
      BOOST_TEST(test::error_code_of(m) == -32601);
      ++errors;
    }
    BOOST_TEST(errors <= 1);
    co_await peer.expect_silence();
  });
}

COMCP_TEST_CORO(C_09_a_shielded_clean_up_completes_and_a_second_cancel_changes_nothing) {
  bench b;
  bool rolled_back = false;
  b.handler.scripts["test/transaction"] = [&](jsonrpc::request, responder,
                                              request_context&) -> awaitable<void> {
    co_await with_cleanup([] { return sleep(1h); },
                          [&]() -> awaitable<void> {
                            co_await sleep(100ms);
                            rolled_back = true;
                          },
                          1s);
  };
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(7, "test/transaction");
    co_await wait_all_tasks_blocked();
    co_await peer.cancel(7);
    co_await sleep(50ms);
    BOOST_TEST(!rolled_back);
    co_await peer.cancel(7);
    co_await peer.expect_silence(60ms);
    BOOST_TEST(rolled_back);
    co_await check_alive(peer);
  });
}

COMCP_TEST_CORO(an_id_is_free_again_as_soon_as_its_request_is_cancelled) {
  bench b(protocol::revision::v2026_07_28);
  b.handler.scripts["test/lingers"] = [](jsonrpc::request, responder,
                                         request_context&) -> awaitable<void> {
    co_await shielded([] { return sleep(1s); });
  };
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.request(7, "test/lingers");
    co_await wait_all_tasks_blocked();
    co_await peer.cancel(7);
    co_await peer.request(7, "test/slow", ms(5'000));
    BOOST_TEST(co_await peer.expect() == test::result(7, R"({"slept":5000})"));
  });
}

COMCP_TEST_CORO(a_handler_that_cancels_itself_still_owes_an_answer) {
  bench b;
  b.handler.scripts["test/gives_up"] = [](jsonrpc::request, responder,
                                          request_context& ctx) -> awaitable<void> {
    ctx.scope().cancel("my own decision");
    co_await sleep(1h);
  };
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(7, "test/gives_up");
    BOOST_TEST(test::error_code_of(co_await peer.expect()) == -32603);
    co_await peer.expect_silence();
  });
}

COMCP_TEST_CORO(an_aborted_operation_that_nobody_cancelled_is_a_failure_like_any_other) {
  bench b;
  b.handler.scripts["test/socket_closed"] = [](jsonrpc::request, responder,
                                               request_context&) -> awaitable<void> {
    throw boost::system::system_error(boost::asio::error::operation_aborted);
    co_return;
  };
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(7, "test/socket_closed");
    BOOST_TEST(test::error_code_of(co_await peer.expect()) == -32603);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(session_limits)

COMCP_TEST_CORO(a_handler_beyond_the_request_timeout_is_cancelled_and_its_request_answered) {
  bench b;
  b.options.request_timeout(100ms);
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    const auto start = this_shard().now();
    co_await peer.request(7, "test/slow", ms(60'000));
    const auto answer = co_await peer.expect();
    BOOST_TEST(test::error_code_of(answer) == -32603);
    BOOST_TEST(answer.at("error").at("message") ==
               "The request took longer than the server allows");
    BOOST_TEST((this_shard().now() - start == 100ms));
    co_await peer.expect_silence();
    co_await check_alive(peer);
  });
  BOOST_TEST(b.handler.seen.unwound == 1);
}

COMCP_TEST_CORO(a_handler_may_move_its_deadline) {
  bench b;
  b.options.request_timeout(100ms);
  b.handler.scripts["test/long"] = [](jsonrpc::request, responder a,
                                      request_context& ctx) -> awaitable<void> {
    ctx.scope().deadline(time_point::max());
    co_await sleep(1h);
    std::move(a).reply(obj("{}"));
  };
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(7, "test/long");
    BOOST_TEST(co_await peer.expect() == test::result(7, "{}"));
  });
}

COMCP_TEST_CORO(requests_above_the_limit_wait_first_come_first_served_and_can_be_cancelled) {
  bench b;
  b.options.max_concurrent_requests(1).max_queued_requests(2);
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    for (int id : {1, 2, 3})
      co_await peer.request(id, "test/slow", ms(10));
    co_await wait_all_tasks_blocked();
    BOOST_TEST(b.handler.seen.started == 1);
    co_await peer.request(4, "test/slow", ms(10));
    const auto busy = co_await peer.expect();
    BOOST_TEST(test::error_code_of(busy) == -32603);
    BOOST_TEST(busy.at("error").at("message").as_string().starts_with("The server is busy"));
    co_await peer.cancel(2);
    co_await peer.request(5, "test/slow", ms(10));
    for (int id : {1, 3, 5})
      BOOST_TEST((co_await peer.expect()).at("id") == id);
  });
  BOOST_TEST(b.handler.seen.order == (std::vector<std::string>{"1", "3", "5"}),
             boost::test_tools::per_element());
}

COMCP_TEST_CORO(a_request_that_is_open_by_design_leaves_its_place_to_others) {
  bench b;
  b.options.max_concurrent_requests(1);
  b.handler.scripts["test/listen"] = [](jsonrpc::request, responder,
                                        request_context& ctx) -> awaitable<void> {
    ctx.leave_limits();
    co_await sleep_forever();
  };
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(1, "test/listen");
    co_await check_alive(peer);
  });
}

COMCP_TEST_CORO(the_gate_of_the_server_holds_across_sessions) {
  class one_at_a_time final : public request_gate {
   public:
    bool try_enter() noexcept override {
      auto p = free_.try_acquire();
      if (p) p->detach();
      return p.has_value();
    }
    awaitable<void> enter() override {
      auto p = co_await free_.acquire();
      p.detach();
    }
    void leave() noexcept override { free_.release(); }

   private:
    semaphore free_{1};
  };
  auto gate = std::make_shared<one_at_a_time>();
  bench first;
  bench second;
  first.options.gate(gate);
  second.options.gate(gate);
  co_await first.with([&](peer_ref one) -> awaitable<void> {
    co_await second.with([&](peer_ref two) -> awaitable<void> {
      co_await one.handshake();
      co_await two.handshake();
      co_await one.request(1, "test/slow", ms(10));
      co_await wait_all_tasks_blocked();
      co_await two.request(2, "test/slow", ms(10));
      co_await two.request(3, "test/slow", ms(10));
      co_await wait_all_tasks_blocked();
      BOOST_TEST(second.handler.seen.started == 0);
      co_await two.cancel(2);
      co_await one.expect();
      BOOST_TEST((co_await two.expect()).at("id") == 3);
      co_await one.request(4, "test/echo");
      co_await one.expect();
    });
  });
}

COMCP_TEST_CORO(a_flood_of_notifications_is_bounded) {
  bench b;
  b.options.max_queued_requests(3);
  b.handler.notification = [](jsonrpc::notification) -> awaitable<void> { co_await sleep(1s); };
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    for (int i = 0; i < 100; ++i)
      co_await peer.notify("notifications/progress");
    co_await peer.request(1, "ping");
    co_await peer.expect();
  });
  BOOST_TEST(b.handler.seen.notifications.size() == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
