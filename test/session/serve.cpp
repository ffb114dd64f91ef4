#include "comcp/session/serve.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "comcp/scope/event.hpp"
#include "comcp/scope/shard.hpp"
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

/// Notes how many messages left with each write.
class noting_transport final : public transport {
 public:
  explicit noting_transport(std::unique_ptr<transport> inner) : inner_(std::move(inner)) {}
  awaitable<read_result> read() override { return inner_->read(); }
  awaitable<write_status> write(std::span<const std::string> messages) override {
    writes.push_back(messages.size());
    return inner_->write(messages);
  }
  bool write_now(std::span<const std::string> messages) noexcept override {
    if (!inner_->write_now(messages)) return false;
    writes.push_back(messages.size());
    return true;
  }
  void close() noexcept override { inner_->close(); }

  std::vector<std::size_t> writes;

 private:
  std::unique_ptr<transport> inner_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(serve_sweeps)

COMCP_TEST_CORO(handlers_that_wait_hold_up_nobody_behind_them) {
  bench b;
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(1, "test/slow", obj(R"({"ms":50})"));
    co_await peer.request(2, "test/echo");
    co_await peer.request(3, "test/slow", obj(R"({"ms":10})"));
    co_await peer.request(4, "test/echo");
    std::vector<std::int64_t> order;
    for (int i = 0; i < 4; ++i) {
      const json::value answer = co_await peer.expect();
      order.push_back(answer.at("id").as_int64());
    }
    BOOST_TEST(order == (std::vector<std::int64_t>{2, 4, 3, 1}));
  });
  BOOST_TEST(b.handler.seen.order == (std::vector<std::string>{"1", "2", "3", "4"}));
}

// The loop's owner is somebody else, and so may be who answers: what runs there is no task.
BOOST_AUTO_TEST_CASE(a_callback_of_somebody_elses_loop_may_answer) {
  asio::io_context io;
  bool answered = false;
  shard home(io);
  auto root = [&]() -> awaitable<void> {
    bench b;
    b.handler.scripts["test/later"] = [&](jsonrpc::request, responder r,
                                          request_context&) -> awaitable<void> {
      asio::post(io, [later = std::make_shared<responder>(std::move(r))] {
        std::move(*later).reply(json::object());
      });
      co_await checkpoint();
    };
    co_await b.with([&](peer_ref peer) -> awaitable<void> {
      co_await peer.handshake();
      co_await peer.request(1, "test/later");
      const json::value answer = co_await peer.expect();
      answered = answer == test::result(1, "{}");
    });
  };
  home.start_root(root);
  io.run();
  BOOST_TEST(answered);
}

COMCP_TEST_CORO(answers_that_are_ready_together_leave_in_one_write) {
  bench b;
  b.server_end = std::make_unique<noting_transport>(std::move(b.server_end));
  auto& writes = static_cast<noting_transport&>(*b.server_end).writes;
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    writes.clear();
    for (int i = 1; i <= 10; ++i)
      co_await peer.request(i, "test/echo");
    for (int i = 1; i <= 10; ++i) {
      const json::value answer = co_await peer.expect();
      BOOST_TEST(answer.at("id").as_int64() == i);
    }
  });
  BOOST_TEST(writes.size() < 4u);
}

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
