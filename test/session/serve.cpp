#include "comcp/session/serve.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include "comcp/scope/event.hpp"
#include "comcp/testing/flaky_transport.hpp"
#include "comcp/transport/stdio.hpp"
#include "session/support.hpp"

// One connection or one stateless request under every fault.

using namespace comcp;
using namespace std::chrono_literals;
using test::bench;
using test::obj;
using testing::flaky_transport;
using testing::wait_all_tasks_blocked;

namespace {

using peer_ref = testing::raw_peer&;

// A conversation with a bit of everything; true when it came to its end.
awaitable<bool> converse(testing::raw_peer& peer) {
  try {
    peer.patience(1min);
    co_await peer.handshake();
    co_await peer.request(1, "test/slow", obj(R"({"ms":10})"));
    co_await peer.request(2, "test/slow", obj(R"({"ms":50})"));
    co_await peer.request(3, "test/chatty", obj(R"({"_meta":{"progressToken":0}})"));
    co_await peer.request(4, "no/such");
    co_await peer.send("not json");
    co_await peer.cancel(2);
    int answers = 0;
    while (answers < 4) {  // of 1, 3, 4 and the line that isn't JSON
      const json::value m = co_await peer.expect();
      if (!m.as_object().contains("method")) ++answers;
    }
    co_return true;
  } catch (const std::runtime_error&) {
    co_return false;
  }
}

void add_chatty(test::scripted_handler& handler) {
  handler.scripts["test/chatty"] = [](jsonrpc::request, responder a,
                                      request_context& ctx) -> awaitable<void> {
    for (int i = 1; i <= 3; ++i) {
      co_await ctx.report_progress(i);
      co_await sleep(1ms);
    }
    std::move(a).reply(obj("{}"));
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(serve_sweeps)

// D-03, S-06, S-07: whatever the step, serving ends, nothing is left, nothing is logged above debug.
BOOST_AUTO_TEST_CASE(a_disconnect_at_any_step_ends_serving_and_leaves_nothing) {
  std::size_t steps = 0;
  for (std::size_t n = 1;; ++n) {
    testing::virtual_shard vs;
    bool struck = false;
    bool completed = false;
    vs.run([&]() -> awaitable<void> {
      bench b;
      add_chatty(b.handler);
      b.server_end = std::make_unique<flaky_transport>(std::move(b.server_end), n);
      auto& flaky = static_cast<flaky_transport&>(*b.server_end);
      co_await b.with(
          [&](peer_ref peer) -> awaitable<void> { completed = co_await converse(peer); });
      struck = flaky.struck();
      BOOST_TEST(b.handler.seen.live() == 0);
      BOOST_TEST(b.sink->quiet());
      BOOST_TEST(b.handler.seen.session_ends == b.handler.seen.session_starts);
    });
    BOOST_TEST(vs.leftovers() == "", "step " << n);
    steps = n;
    if (!struck) {
      BOOST_TEST(completed);
      break;
    }
  }
  BOOST_TEST(steps > 20u);
}

BOOST_AUTO_TEST_CASE(a_cancellation_of_serving_at_any_step_leaves_nothing) {
  for (std::size_t n = 1;; ++n) {
    testing::virtual_shard vs;
    bool struck = false;
    vs.run([&]() -> awaitable<void> {
      bench b;
      add_chatty(b.handler);
      cancel_scope* serving = nullptr;
      b.server_end =
          std::make_unique<flaky_transport>(std::move(b.server_end), n, [&] { serving->cancel(); });
      auto& flaky = static_cast<flaky_transport&>(*b.server_end);
      co_await with_task_group([&](task_group& group) -> awaitable<void> {
        group.start_soon([&]() -> awaitable<void> {
          co_await with_cancel_scope([&](cancel_scope& scope) -> awaitable<void> {
            serving = &scope;
            co_await serve(*b.server_end, b.handler, b.options);
          });
        });
        co_await converse(b.peer);
        b.peer.close();
      });
      struck = flaky.struck();
      BOOST_TEST(b.handler.seen.live() == 0);
      BOOST_TEST(b.sink->quiet());
    });
    BOOST_TEST(vs.leftovers() == "", "step " << n);
    if (!struck) break;
  }
}

// R-01, R-02 at every step: a request is cancelled after the server has taken N steps.
BOOST_AUTO_TEST_CASE(R_01_a_cancel_notification_at_any_step_never_makes_two_answers) {
  for (std::size_t n = 1; n < 40; ++n) {
    testing::virtual_shard vs;
    vs.run([&]() -> awaitable<void> {
      bench b;
      add_chatty(b.handler);
      testing::raw_peer* speaker = &b.peer;
      event strike;
      b.server_end =
          std::make_unique<flaky_transport>(std::move(b.server_end), n, [&] { strike.set(); });
      int answers = 0;
      co_await b.with([&](peer_ref peer) -> awaitable<void> {
        co_await with_task_group([&](task_group& group) -> awaitable<void> {
          group.start_soon([&]() -> awaitable<void> {
            co_await strike.wait();
            co_await speaker->cancel(7);
          });
          co_await peer.handshake();
          co_await peer.request(7, "test/chatty", obj(R"({"_meta":{"progressToken":0}})"));
          co_await peer.request(8, "test/slow", obj(R"({"ms":100})"));
          for (auto m = co_await peer.expect(); !(m.as_object().contains("id") && m.at("id") == 8);
               m = co_await peer.expect()) {
            answers += m.as_object().contains("id");
          }
          group.cancel();
        });
      });
      BOOST_TEST(answers <= 1, "step " << n);
      BOOST_TEST(b.sink->quiet());
    });
    BOOST_TEST(vs.leftovers() == "", "step " << n);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(serve_bad_input)

COMCP_TEST_CORO(S_RPC_11_each_malformed_message_has_its_answer_and_the_connection_goes_on) {
  struct row {
    const char* text;
    int code;
    json::value id;
  };
  const std::vector<row> rows = {
      {"not json", -32700, nullptr},
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"", -32700, nullptr},
      {"\"\xff\"", -32700, nullptr},
      {"[]", -32600, nullptr},
      {"[1]", -32600, nullptr},
      {"17", -32600, nullptr},
      {R"({"jsonrpc":"1.0","id":4,"method":"ping"})", -32600, 4},
      {R"({"jsonrpc":"2.0","id":null,"method":"ping"})", -32600, nullptr},
      {R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})", -32600, nullptr},
      {R"({"jsonrpc":"2.0","id":{},"method":"ping"})", -32600, nullptr},
      {R"({"jsonrpc":"2.0","id":4,"method":7})", -32600, 4},
      {R"({"jsonrpc":"2.0","id":4,"method":"no/such"})", -32601, 4},
      {R"({"jsonrpc":"2.0","id":4,"method":"tools/list","params":[]})", -32602, 4},
  };
  bench b(protocol::revision::v2025_06_18);  // whose errors without id say null
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    for (const auto& r : rows) {
      co_await peer.send(r.text);
      const auto answer = co_await peer.expect();
      BOOST_TEST_CONTEXT(r.text) {
        BOOST_TEST(test::error_code_of(answer) == r.code);
        BOOST_TEST(answer.at("id") == r.id);
      }
    }
    co_await peer.request(1, "ping");
    BOOST_TEST(co_await peer.expect() == test::result(1, "{}"));
  });
  BOOST_TEST(b.sink->quiet());
}

// D-07 end to end: the same conversation, however its bytes are cut.
COMCP_TEST_CORO(D_07_a_conversation_that_arrives_one_byte_at_a_time) {
  int fds[2];
  BOOST_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
  auto end = make_stream_transport(fds[0], fds[0]);
  testing::raw_peer peer(make_stream_transport(fds[1], fds[1]));
  class one_byte final : public transport {  // the peer's writes, byte by byte
   public:
    one_byte(int fd, transport& inner) : fd_(fd), inner_(inner) {}
    awaitable<read_result> read() override { return inner_.read(); }
    awaitable<write_status> write(std::span<const std::string> messages) override {
      for (const auto& m : messages) {
        for (const char c : m + "\r\n") {
          if (::write(fd_, &c, 1) != 1) co_return write_status::closed;
          co_await wait_all_tasks_blocked();
        }
      }
      co_return write_status::written;
    }
    void close() noexcept override { inner_.close(); }

   private:
    int fd_;
    transport& inner_;
  };
  test::scripted_handler handler;
  testing::raw_peer slow(std::make_unique<one_byte>(fds[1], peer.end()));
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return serve(*end, handler); });
    co_await slow.handshake();
    co_await slow.request("\u00e9\u2028", "test/echo", obj(R"({"text":"a\nb"})"));
    BOOST_TEST(co_await slow.expect() == test::result("\u00e9\u2028", R"({"text":"a\nb"})"));
    slow.close();
  });
}

COMCP_TEST_CORO(an_error_without_id_has_no_id_member_where_the_schema_has_none) {
  bench b(protocol::revision::v2025_11_25);
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.send("not json");
    BOOST_TEST(!(co_await peer.expect()).as_object().contains("id"));
  });
}

COMCP_TEST_CORO(D_07_an_oversize_message_is_answered_once) {
  class oversize_first final : public transport {
   public:
    explicit oversize_first(transport& inner) : inner_(inner) {}
    awaitable<read_result> read() override {
      if (!std::exchange(done_, true)) co_return read_result::oversize();
      co_return co_await inner_.read();
    }
    awaitable<write_status> write(std::span<const std::string> m) override {
      return inner_.write(m);
    }
    void close() noexcept override { inner_.close(); }

   private:
    transport& inner_;
    bool done_ = false;
  };
  bench b;
  oversize_first end(*b.server_end);
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return serve(end, b.handler, b.options); });
    BOOST_TEST(test::error_code_of(co_await b.peer.expect()) == -32700);
    co_await b.peer.handshake();
    b.peer.close();
  });
}

COMCP_TEST_CORO(S_RPC_08_a_batch_of_2025_03_26_gets_one_answer_per_request) {
  bench b(protocol::revision::v2025_03_26);
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.send(R"([{"jsonrpc":"2.0","id":1,"method":"test/slow","params":{"ms":5}},)"
                       R"({"jsonrpc":"2.0","method":"notifications/progress"},17,)"
                       R"({"jsonrpc":"2.0","id":2,"method":"ping"}])");
    BOOST_TEST(test::error_code_of(co_await peer.expect()) == -32600);
    BOOST_TEST(co_await peer.expect() == test::result(2, "{}"));
    BOOST_TEST(co_await peer.expect() == test::result(1, R"({"slept":5})"));
    co_await peer.expect_silence();
  });
  BOOST_TEST(b.handler.seen.notifications.size() == 1u);
}

COMCP_TEST_CORO(a_peer_that_floods_and_does_not_read_is_held_back_by_the_reader) {
  auto ends = make_memory_transports(1000);
  test::scripted_handler handler;
  testing::raw_peer peer(std::move(ends.second));
  int sent = 0;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon(
        [&] { return serve(*ends.first, handler, session_options().max_outgoing_bytes(1000)); });
    group.start_soon([&]() -> awaitable<void> {
      try {
        for (;; ++sent)
          co_await peer.send("garbage");
      } catch (const std::runtime_error&) {
      }
    });
    co_await wait_all_tasks_blocked();
    BOOST_TEST(sent < 500);
    peer.close();
  });
}

COMCP_TEST_CORO(a_talkative_peer_does_not_starve_its_own_requests) {
  bench b;
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    bool answered = false;
    int sent_before = 0;
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      group.start_soon([&]() -> awaitable<void> {
        co_await peer.expect();
        answered = true;
      });
      co_await peer.request(1, "test/echo");
      for (; !answered && sent_before < 5000; ++sent_before) {
        co_await peer.notify("notifications/progress");
        if (sent_before % 100 == 0) co_await checkpoint();
      }
    });
    BOOST_TEST(sent_before < 5000);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(serve_one_stateless_request)

namespace {

jsonrpc::request modern_request(std::string_view method, std::string_view params = "{}") {
  auto ends = make_memory_transports();
  const testing::raw_peer composer(std::move(ends.second), protocol::revision::v2026_07_28);
  jsonrpc::decoder decoder;
  auto decoded = decoder.decode(composer.request_text(7, method, obj(params)));
  return std::get<jsonrpc::request>(std::get<jsonrpc::message>(std::move(decoded)));
}

}  // namespace

COMCP_TEST_CORO(the_answer_ends_the_outbox_of_the_exchange) {
  test::scripted_handler handler;
  auto box = outbox::make(outbox_options().ends_with_last_answer(true));
  const session_options options;
  co_await serve_stateless(modern_request("test/slow", R"({"ms":5})"), box, handler, options);
  const auto answer = co_await box->next();
  BOOST_TEST(json::parse(answer->text) == test::result(7, R"({"slept":5})"));
  BOOST_TEST(!(co_await box->next()).has_value());
}

COMCP_TEST_CORO(envelope_and_method_are_checked_before_the_handler) {
  struct row {
    const char* method;
    const char* meta;
    int code;
  };
  const std::vector<row> rows = {
      {"tools/list", R"({})", -32602},
      {"tools/list", R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}})",
       -32602},
      {"tools/list",
       R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"1900-01-01","io.modelcontextprotocol/clientCapabilities":{}}})",
       -32022},
      {"ping",
       R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}})",
       -32601},
  };
  for (const auto& r : rows) {
    test::scripted_handler handler;
    auto box = outbox::make(outbox_options().ends_with_last_answer(true));
    const session_options options;
    jsonrpc::request request(7, r.method, json::parse(r.meta));
    co_await serve_stateless(std::move(request), box, handler, options);
    const auto answer = box->try_next();
    BOOST_TEST(answer->error_code == r.code);
    BOOST_TEST(json::parse(answer->text).at("id") == 7);  // S-HTTP-24
    BOOST_TEST(box->closed());
    BOOST_TEST(handler.seen.started == 0);
  }
}

COMCP_TEST_CORO(S_HTTP_20_a_disconnect_cancels_the_handler_and_nothing_is_sent) {
  test::scripted_handler handler;
  std::vector<send_status> statuses;
  handler.scripts["test/reluctant"] = [&](jsonrpc::request, responder a,
                                          request_context& ctx) -> awaitable<void> {
    std::exception_ptr failure;
    try {
      co_await sleep(1h);
    } catch (...) {
      failure = std::current_exception();
    }
    co_await shielded([&]() -> awaitable<void> {
      co_await sleep(10ms);
      statuses.push_back(std::move(a).reply(obj("{}")));
    });
    BOOST_TEST(!ctx.scope().cancel_called());  // it was the scope around it
    std::rethrow_exception(failure);
  };
  for (const char* method : {"test/slow", "test/reluctant"}) {
    auto box = outbox::make(outbox_options().ends_with_last_answer(true));
    const session_options options;
    const bool finished = co_await move_on_after(5ms, [&] {
      return serve_stateless(modern_request(method, R"({"ms":60000})"), box, handler, options);
    });
    BOOST_TEST(!finished);
    BOOST_TEST(!box->try_next().has_value());
    BOOST_TEST(box->unanswered() == 1u);
    BOOST_TEST(box->closed());
  }
  BOOST_TEST((statuses.at(0) == send_status::closed));
  BOOST_TEST(handler.seen.live() == 0);
}

COMCP_TEST_CORO(R_11_equal_ids_of_different_callers_never_meet) {
  test::scripted_handler handler;
  handler.scripts["test/whoami"] = [](jsonrpc::request r, responder a,
                                      request_context&) -> awaitable<void> {
    const auto who = r.params.at("who").as_int64();
    co_await sleep(std::chrono::milliseconds((who * 7919) % 13));
    json::object result;
    result["who"] = who;
    std::move(a).reply(std::move(result));
  };
  int right = 0;
  const session_options options;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    for (int who = 0; who < 1000; ++who) {
      group.start_soon([&, who]() -> awaitable<void> {
        auto box = outbox::make();
        auto request = modern_request("test/whoami", "{\"who\":" + std::to_string(who) + "}");
        co_await serve_stateless(std::move(request), box, handler, options);
        const auto answer = box->try_next();
        right += json::parse(answer->text).at("result").at("who") == who;
      });
    }
    co_return;
  });
  BOOST_TEST(right == 1000);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(session_with_exchanges)

namespace {

// A legacy session as Streamable HTTP drives it: each message with an outbox of its own.
struct exchanges {
  exchanges() : conversation(session::make(handler, session_options().drain_limit(0ms))) {}

  std::shared_ptr<outbox> post(std::string_view text) {
    auto box = outbox::make(outbox_options().ends_with_last_answer(true));
    auto decoded = decoder.decode(text);
    const auto accepted =
        std::visit([&](auto&& m) { return conversation->deliver(std::move(m), box); }, decoded);
    BOOST_TEST((accepted == session::delivery::accepted));
    return box;
  }
  void handshake() {
    post(
        R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
        R"("capabilities":{"roots":{}},"clientInfo":{"name":"c","version":"1"}}})");
    post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  }
  static std::string call(int id, std::string_view method, std::string_view params = "{}") {
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" +
           std::string(method) + R"(","params":)" + std::string(params) + "}";
  }

  test::scripted_handler handler;
  std::shared_ptr<session> conversation;
  jsonrpc::decoder decoder;
};

}  // namespace

COMCP_TEST_CORO(what_is_delivered_before_run_begins_starts_with_it) {
  exchanges e;
  e.handshake();
  auto box = e.post(exchanges::call(1, "test/echo"));
  BOOST_TEST(e.conversation->initialized());
  BOOST_TEST(e.conversation->in_flight_count() == 1u);
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return e.conversation->run(); });
    BOOST_TEST(json::parse((co_await box->next())->text) == test::result(1, "{}"));
    BOOST_TEST(!(co_await box->next()).has_value());
    e.conversation->close("done");
  });
}

COMCP_TEST_CORO(H_11_a_cancelled_request_ends_its_exchange_without_an_answer) {
  exchanges e;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return e.conversation->run(); });
    e.handshake();
    auto box = e.post(exchanges::call(7, "test/slow", R"({"ms":60000})"));
    co_await wait_all_tasks_blocked();
    BOOST_TEST(!box->closed());
    e.post(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})");
    BOOST_TEST(!(co_await box->next()).has_value());
    BOOST_TEST(box->unanswered() == 1u);
    e.conversation->close("done");
  });
  BOOST_TEST(e.handler.seen.unwound == 1);
}

COMCP_TEST_CORO(C_16_S_SESS_13_a_lost_exchange_does_not_cancel_its_request) {
  exchanges e;
  std::vector<send_status> statuses;
  e.handler.scripts["test/progress"] = [&](jsonrpc::request, responder a,
                                           request_context& ctx) -> awaitable<void> {
    co_await sleep(10ms);
    statuses.push_back(co_await ctx.report_progress(1));
    statuses.push_back(std::move(a).reply(obj("{}")));
  };
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return e.conversation->run(); });
    e.handshake();
    auto box = e.post(exchanges::call(7, "test/progress", R"({"_meta":{"progressToken":1}})"));
    co_await wait_all_tasks_blocked();
    box->close();  // the client's TCP connection is gone
    co_await sleep(20ms);
    BOOST_TEST(e.handler.seen.finished == 1);
    e.conversation->close("done");
  });
  BOOST_TEST((statuses == std::vector<send_status>{send_status::closed, send_status::closed}));
}

COMCP_TEST_CORO(S_04_closing_a_session_ends_every_exchange_and_refuses_the_next) {
  exchanges e;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return e.conversation->run(); });
    e.handshake();
    auto first = e.post(exchanges::call(1, "test/slow", R"({"ms":3000})"));
    auto second = e.post(exchanges::call(2, "test/slow", R"({"ms":3000})"));
    co_await wait_all_tasks_blocked();
    BOOST_TEST(e.conversation->in_flight_count() == 2u);
    e.conversation->close("DELETE");
    e.conversation->close("again");
    BOOST_TEST(e.conversation->close_reason() == "DELETE");
    BOOST_TEST(!(co_await first->next()).has_value());
    BOOST_TEST(!(co_await second->next()).has_value());
  });
  BOOST_TEST(e.handler.seen.unwound == 2);
  BOOST_TEST(e.handler.seen.session_ends == 1);
  auto decoded = e.decoder.decode(exchanges::call(3, "test/echo"));
  auto late = outbox::make();
  const auto status = e.conversation->deliver(std::get<jsonrpc::message>(std::move(decoded)), late);
  BOOST_TEST((status == session::delivery::closed));
}

COMCP_TEST_CORO(S_SESS_10_each_message_goes_to_exactly_one_stream) {
  exchanges e;
  e.handler.scripts["test/ask"] = [&](jsonrpc::request, responder a,
                                      request_context& ctx) -> awaitable<void> {
    co_await ctx.report_progress(1);
    const auto roots = co_await ctx.call_peer("roots/list", json::object());
    std::move(a).reply(roots);
  };
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return e.conversation->run(); });
    e.handshake();
    BOOST_TEST((e.conversation->try_notify("notifications/tools/list_changed", nullptr) ==
                send_status::closed));
    auto get = outbox::make();
    e.conversation->attach_standalone(get);
    auto post = e.post(exchanges::call(1, "test/ask", R"({"_meta":{"progressToken":1}})"));
    const auto progress = co_await post->next();
    BOOST_TEST(json::parse(progress->text).at("method") == "notifications/progress");
    const auto question = co_await post->next();
    BOOST_TEST((question->what == frame::kind::request));
    BOOST_TEST((e.conversation->try_notify("notifications/tools/list_changed", nullptr) ==
                send_status::sent));
    json::object answer;
    answer["jsonrpc"] = "2.0";
    answer["id"] = json::parse(question->text).at("id");
    answer["result"] = obj(R"({"roots":[]})");
    e.post(json::serialize(answer));
    BOOST_TEST(json::parse((co_await post->next())->text) == test::result(1, R"({"roots":[]})"));
    BOOST_TEST(get->queued_count() == 1u);

    auto newer = outbox::make();  // E-05: the newcomer replaces the old stream
    e.conversation->attach_standalone(newer);
    BOOST_TEST(get->closed());
    BOOST_TEST(get->try_next().has_value());
    BOOST_TEST((e.conversation->try_notify("notifications/tools/list_changed", nullptr) ==
                send_status::sent));
    BOOST_TEST(newer->queued_count() == 1u);
    e.conversation->close("done");
  });
}

COMCP_TEST_CORO(a_session_knows_when_it_was_last_used) {
  exchanges e;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] { return e.conversation->run(); });
    e.handshake();
    const auto start = this_shard().now();
    BOOST_TEST((e.conversation->last_activity() == start));
    co_await sleep(10s);
    e.post(exchanges::call(1, "test/slow", R"({"ms":5000})"));
    BOOST_TEST((e.conversation->last_activity() == start + 10s));
    BOOST_TEST(e.conversation->in_flight_count() == 1u);
    co_await sleep(1min);
    BOOST_TEST((e.conversation->last_activity() == start + 15s));
    BOOST_TEST(e.conversation->in_flight_count() == 0u);
    e.conversation->close("idle");
  });
}

BOOST_AUTO_TEST_SUITE_END()
