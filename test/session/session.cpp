#include "comcp/session/session.hpp"

#include "session/support.hpp"

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

}  // namespace

BOOST_AUTO_TEST_SUITE(session_requests)

COMCP_TEST_CORO(answers_carry_the_id_of_their_request_in_any_order) {
  bench b;
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(1, "test/slow", ms(20));
    co_await peer.request(2, "test/slow", ms(10));
    BOOST_TEST(co_await peer.expect() == test::result(2, R"({"slept":10})"));
    BOOST_TEST(co_await peer.expect() == test::result(1, R"({"slept":20})"));
  });
  BOOST_TEST(b.sink->quiet());
}

COMCP_TEST_CORO(R_09_five_ids_of_different_type_and_value_in_flight_together) {
  bench b;
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    json::array ids{0, "0", 1, "1", std::numeric_limits<std::int64_t>::max()};
    for (const auto& id : ids)
      co_await peer.request(id, "test/slow", ms(5));
    for (const auto& id : ids) {
      BOOST_TEST(co_await peer.expect() == test::result(id, R"({"slept":5})"));
    }
  });
}

COMCP_TEST_CORO(R_04_a_handler_that_does_not_answer_gets_one_internal_error_sent) {
  bench b;
  b.handler.scripts["test/forget"] = [](jsonrpc::request, responder,
                                        request_context&) -> awaitable<void> { co_return; };
  b.handler.scripts["test/throw42"] = [](jsonrpc::request, responder,
                                         request_context&) -> awaitable<void> {
    throw 42;
    co_return;
  };
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    for (const char* method : {"test/forget", "test/throw42"}) {
      co_await peer.request(7, method);
      BOOST_TEST(test::error_code_of(co_await peer.expect()) == -32603);
      co_await peer.expect_silence();
    }
    co_await peer.request(8, "test/echo");
    BOOST_TEST(test::error_code_of(co_await peer.expect()) == 0);
  });
}

// protocol:error:internal-error
COMCP_TEST_CORO(R_06_the_text_of_an_exception_goes_to_the_log_and_never_to_the_peer) {
  bench b;
  b.handler.scripts["test/throw"] = [](jsonrpc::request, responder,
                                       request_context&) -> awaitable<void> {
    throw std::runtime_error("password=hunter2");
    co_return;
  };
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(7, "test/throw");
    BOOST_TEST(co_await peer.expect_text() ==
               R"({"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"Internal error"}})");
  });
  BOOST_TEST(b.sink->count("warning: test/throw failed: password=hunter2") == 1u);
}

COMCP_TEST_CORO(a_handler_chooses_its_error_by_what_it_throws) {
  bench b;
  b.handler.scripts["test/refuse"] = [](jsonrpc::request, responder,
                                        request_context&) -> awaitable<void> {
    throw request_error(jsonrpc::error_object(-32602, "city is missing", json::value(1)));
    co_return;
  };
  b.handler.scripts["test/refuse_in_group"] = [](jsonrpc::request, responder,
                                                 request_context&) -> awaitable<void> {
    co_await with_task_group([](task_group& g) -> awaitable<void> {
      g.start_soon([]() -> awaitable<void> {
        throw request_error(jsonrpc::error_object(-32602, "from a child"));
        co_return;
      });
      co_return;
    });
  };
  b.handler.scripts["test/missing"] = [](jsonrpc::request, responder,
                                         request_context&) -> awaitable<void> {
    throw capability_missing_error(obj(R"({"sampling":{}})"));
    co_return;
  };
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(1, "test/refuse");
    BOOST_TEST(
        co_await peer.expect_text() ==
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"city is missing","data":1}})");
    co_await peer.request(2, "test/refuse_in_group");
    BOOST_TEST((co_await peer.expect()).at("error").at("message") == "from a child");
    co_await peer.request(3, "test/missing");
    BOOST_TEST(test::error_code_of(co_await peer.expect()) == -32602);
  });
  BOOST_TEST(b.sink->quiet());
}

COMCP_TEST_CORO(S_MOD_05_a_missing_capability_has_its_own_code_and_data_in_the_modern_era) {
  bench b(protocol::revision::v2026_07_28);
  b.handler.scripts["test/missing"] = [](jsonrpc::request, responder,
                                         request_context&) -> awaitable<void> {
    throw capability_missing_error(obj(R"({"sampling":{}})"));
    co_return;
  };
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.request(3, "test/missing");
    const auto answer = co_await peer.expect();
    BOOST_TEST(test::error_code_of(answer) == -32021);
    BOOST_TEST(answer.at("error").at("data") ==
               json::parse(R"({"requiredCapabilities":{"sampling":{}}})"));
  });
}

COMCP_TEST_CORO(a_responder_may_outlive_its_handler_and_its_request_stays_in_flight) {
  bench b;
  std::optional<responder> kept;
  session* conversation = nullptr;
  b.handler.scripts["test/keep"] = [&](jsonrpc::request, responder a,
                                       request_context& ctx) -> awaitable<void> {
    conversation = ctx.conversation();
    kept.emplace(std::move(a));
    co_return;
  };
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(7, "test/keep");
    co_await wait_all_tasks_blocked();
    BOOST_TEST(b.handler.seen.finished == 1);
    BOOST_TEST(conversation->in_flight_count() == 1u);
    std::move(*kept).reply(obj("{}"));
    BOOST_TEST(co_await peer.expect() == test::result(7, "{}"));
    BOOST_TEST(conversation->in_flight_count() == 0u);

    co_await peer.request(8, "test/keep");
    co_await wait_all_tasks_blocked();
    co_await peer.cancel(8);
    co_await wait_all_tasks_blocked();
    BOOST_TEST(!kept->pending());
    BOOST_TEST((std::move(*kept).reply(obj("{}")) == send_status::closed));
    co_await peer.expect_silence();

    co_await peer.request(9, "test/keep");
    co_await wait_all_tasks_blocked();
  });
  // The connection is gone: the responder is spent, and dropping it later does nothing.
  BOOST_TEST(!kept->pending());
  kept.reset();
}

COMCP_TEST_CORO(a_handler_may_go_on_after_its_answer) {
  bench b;
  b.handler.scripts["test/afterwards"] = [&](jsonrpc::request, responder a,
                                             request_context& ctx) -> awaitable<void> {
    std::move(a).reply(obj("{}"));
    b.handler.seen.statuses.push_back(co_await ctx.report_progress(1));
    co_await sleep(10ms);
  };
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(7, "test/afterwards", obj(R"({"_meta":{"progressToken":1}})"));
    BOOST_TEST(co_await peer.expect() == test::result(7, "{}"));
    // S-PROG-01; and the id is free again although the handler still runs.
    co_await peer.request(7, "test/echo");
    BOOST_TEST(co_await peer.expect() == test::result(7, "null"));
    co_await peer.expect_silence(20ms);
  });
  BOOST_TEST((b.handler.seen.statuses.at(0) == send_status::closed));
}

// protocol:notifications:no-response
COMCP_TEST_CORO(S_RPC_03_notifications_are_never_answered_whatever_they_are) {
  bench b;
  b.handler.notification = [](jsonrpc::notification) -> awaitable<void> {
    throw std::runtime_error("the handler of a notification fails");
    co_return;
  };
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.notify("notifications/roots/list_changed");
    co_await peer.notify("no/such");
    co_await peer.send(R"({"jsonrpc":"2.0","method":"notifications/progress","params":[1]})");
    co_await peer.expect_silence();
    co_await peer.request(1, "ping");
    BOOST_TEST(co_await peer.expect() == test::result(1, "{}"));
  });
  BOOST_TEST(b.handler.seen.notifications.size() == 3u);
}

// protocol:cancel:late-response-ignored
COMCP_TEST_CORO(R_13_a_response_nobody_waits_for_is_ignored) {
  bench b;
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.respond(999, obj("{}"));
    co_await peer.expect_silence();
    co_await peer.request(1, "ping");
    BOOST_TEST(co_await peer.expect() == test::result(1, "{}"));
  });
  BOOST_TEST(b.sink->quiet());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(session_lifecycle)

// S-LIFE-01
COMCP_TEST_CORO(the_handshake_of_every_legacy_revision) {
  for (const auto& rules : protocol::all_rules()) {
    if (rules.era == protocol::era::modern) continue;
    bench b(rules.id);
    co_await b.with([&](peer_ref peer) -> awaitable<void> {
      const auto hello = co_await peer.handshake();
      BOOST_TEST(std::string_view(hello.at("protocolVersion").as_string()) == rules.name);
      BOOST_TEST(hello.at("serverInfo").at("name") == "scripted");
      BOOST_TEST(hello.at("serverInfo").at("version") == "1");
      BOOST_TEST(hello.at("capabilities").is_object());
      BOOST_TEST(hello.as_object().size() == 3U);
      co_await peer.request(1, "tools/list");
      BOOST_TEST(co_await peer.expect() == test::result(1, R"({"tools":[]})"));
    });
    BOOST_TEST(b.handler.seen.session_starts == 1);
    BOOST_TEST(b.handler.seen.session_ends == 1);
  }
}

COMCP_TEST_CORO(a_session_that_only_initializes_starts_with_its_first_request_and_its_end_is_told) {
  bench b;
  b.options.handshake(handshake_check::initialize_only);
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.request("hello", "initialize",
                          json::parse(R"({"protocolVersion":"2025-11-25","capabilities":{},
                                          "clientInfo":{"name":"hasty","version":"1"}})")
                              .as_object());
    BOOST_TEST(co_await peer.expect() != json::value());
    BOOST_TEST(b.handler.seen.session_starts == 0);
    co_await peer.request(1, "tools/list");
    BOOST_TEST(co_await peer.expect() == test::result(1, R"({"tools":[]})"));
    BOOST_TEST(b.handler.seen.session_starts == 1);
    co_await peer.notify("notifications/initialized");
    co_await peer.request(2, "tools/list");
    BOOST_TEST(co_await peer.expect() == test::result(2, R"({"tools":[]})"));
  });
  BOOST_TEST(b.handler.seen.session_starts == 1);
  BOOST_TEST(b.handler.seen.session_ends == 1);
}

COMCP_TEST_CORO(T_13_a_request_before_the_handshake_is_refused_and_a_later_handshake_works) {
  bench b;
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.request(1, "tools/list");
    BOOST_TEST(test::error_code_of(co_await peer.expect()) == -32600);
    co_await peer.handshake();
    co_await peer.request(2, "tools/list");
    BOOST_TEST(co_await peer.expect() == test::result(2, R"({"tools":[]})"));
  });
}

COMCP_TEST_CORO(initialize_is_answered_inline_so_that_what_is_pipelined_behind_it_sees_its_result) {
  bench b;
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.send(peer.request_text(
        1, "initialize",
        obj(R"({"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}})")));
    co_await peer.notify("notifications/initialized");
    co_await peer.request(2, "tools/list");
    BOOST_TEST((co_await peer.expect()).at("id") == 1);
    BOOST_TEST(co_await peer.expect() == test::result(2, R"({"tools":[]})"));
  });
}

COMCP_TEST_CORO(a_failing_description_is_an_internal_error_and_leaks_nothing) {
  bench b;
  b.handler.describe_throws = true;
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.send(peer.request_text(
        1, "initialize",
        obj(R"({"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}})")));
    const std::string answer = co_await peer.expect_text();
    BOOST_TEST(answer.find("-32603") != std::string::npos);
    BOOST_TEST(answer.find("hunter2") == std::string::npos);
    b.handler.describe_throws = false;
    co_await peer.handshake();
  });
}

COMCP_TEST_CORO(S_MOD_15_both_eras_at_once_on_one_connection) {
  bench b;
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    auto ends = make_memory_transports();  // only to compose modern requests
    const testing::raw_peer modern(std::move(ends.second), protocol::revision::v2026_07_28);
    co_await peer.send(modern.request_text("m1", "test/slow", ms(30)));
    co_await peer.handshake();
    co_await peer.request("l1", "test/slow", ms(20));
    co_await peer.send(modern.request_text("m2", "test/slow", ms(10)));
    BOOST_TEST((co_await peer.expect()).at("id") == "m2");
    BOOST_TEST((co_await peer.expect()).at("id") == "l1");
    BOOST_TEST((co_await peer.expect()).at("id") == "m1");
  });
}

COMCP_TEST_CORO(C_12_the_end_of_input_cancels_what_is_not_done_within_the_drain_limit) {
  bench b;
  b.options.drain_limit(50ms);
  b.handler.scripts["test/family"] = [](jsonrpc::request, responder,
                                        request_context&) -> awaitable<void> {
    co_await with_task_group([](task_group& g) -> awaitable<void> {
      for (int i = 0; i < 3; ++i)
        g.start_soon([] { return sleep(1h); });
      co_await sleep(1h);
    });
  };
  const auto before = this_shard().live_tasks();
  const auto start = this_shard().now();
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    for (int i = 0; i < 5; ++i)
      co_await peer.request(i, "test/family");
    co_await wait_all_tasks_blocked();
    BOOST_TEST(b.handler.seen.live() == 5);
  });
  BOOST_TEST(b.handler.seen.unwound == 5);
  BOOST_TEST(this_shard().live_tasks() == before);
  BOOST_TEST((this_shard().now() - start == 50ms));
  BOOST_TEST(b.handler.seen.session_ends == 1);
  BOOST_TEST(b.sink->quiet());
}

COMCP_TEST_CORO(what_was_asked_before_the_end_of_input_is_answered_when_it_is_quick) {
  // printf '...requests...' | server: the answers still come.
  auto ends = make_memory_transports();
  test::scripted_handler handler;
  testing::raw_peer peer(std::move(ends.second));
  class half_closed final : public transport {  // input ends, output stays open
   public:
    half_closed(transport& inner, int messages) : inner_(inner), left_(messages) {}
    awaitable<read_result> read() override {
      if (left_-- == 0) co_return read_result::end();
      co_return co_await inner_.read();
    }
    awaitable<write_status> write(std::span<const std::string> m) override {
      return inner_.write(m);
    }
    void close() noexcept override { inner_.close(); }

   private:
    transport& inner_;
    int left_;
  } end(*ends.first, 3);
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return serve(end, handler); }, "serve");
    co_await peer.handshake();
    co_await peer.request(1, "test/slow", ms(100));
    BOOST_TEST(co_await peer.expect() == test::result(1, R"({"slept":100})"));
    co_await peer.expect_end();
  });
}

COMCP_TEST_CORO(draining_refuses_new_requests_finishes_old_ones_and_then_ends) {
  bench b;
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(1, "test/slow", ms(100));
    co_await wait_all_tasks_blocked();
    b.control.drain("shutting down", 1s);
    co_await peer.request(2, "tools/list");
    BOOST_TEST(test::error_code_of(co_await peer.expect()) == -32603);
    BOOST_TEST(co_await peer.expect() == test::result(1, R"({"slept":100})"));
    co_await peer.expect_end();
  });
}

COMCP_TEST_CORO(a_second_drain_with_a_shorter_limit_hurries) {
  bench b;
  const auto start = this_shard().now();
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(1, "test/slow", ms(100'000));
    co_await wait_all_tasks_blocked();
    b.control.drain("shutting down", 1h);
    co_await wait_all_tasks_blocked();
    b.control.drain("hurry", 10ms);
    co_await peer.expect_end();
  });
  BOOST_TEST((this_shard().now() - start == 10ms));
}

COMCP_TEST_CORO(H_20_cancelling_the_server_ends_everything_at_once) {
  bench b;
  b.handler.scripts["test/stubborn"] = [](jsonrpc::request, responder a,
                                          request_context&) -> awaitable<void> {
    co_await shielded([] { return sleep(5ms); });
    std::move(a).reply(obj("{}"));
  };
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    auto serving = group.spawn([&] { return serve(*b.server_end, b.handler, b.options); }, "serve");
    co_await b.peer.handshake();
    co_await b.peer.request(1, "test/slow", ms(100'000));
    co_await b.peer.request(2, "test/stubborn");
    co_await wait_all_tasks_blocked();
    serving.cancel();
    co_await b.peer.expect_end();  // and no answer before it
  });
  BOOST_TEST(b.handler.seen.live() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
