// From a server to a process: endpoints, signals, the end of standard input.

#include "comcp/server/run.hpp"

#include "server/answering.hpp"

#include <boost/describe/class.hpp>

#include <atomic>
#include <csignal>

#include "comcp/scope/event.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/session/serve.hpp"
#include "support/child.hpp"
#include "support/paths.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

struct empty_form {};
BOOST_DESCRIBE_STRUCT(empty_form, (), ())

/// test/server/program.cpp.
class program : public comcp::test::child {
 public:
  explicit program(const char* mode = "")
      : child(comcp::test::program_path("test_server_program"), {mode}) {}
};

std::string modern_request(int id, std::string_view method, json::object params) {
  return testing::raw_peer(nullptr, revision::v2026_07_28)
      .request_text(id, method, std::move(params));
}

std::string call_of(int id, std::string_view tool) {
  json::object params;
  params["name"] = tool;
  return modern_request(id, "tools/call", std::move(params));
}

/// What became of an idle_endpoint, which dies with run().
class endpoint_record {
 public:
  std::atomic<std::size_t> serving{0};
  std::atomic<std::size_t> ended{0};
  std::atomic<int> drains{0};
};

/// Serves nobody, on every shard, until it is drained.
class idle_endpoint final : public endpoint {
 public:
  idle_endpoint(std::size_t shards, int signal_when_all_serve, endpoint_record& record)
      : shards_(shards), signal_(signal_when_all_serve), record_(record), drained_(shards) {}
  std::string name() const override { return "idle"; }
  bool uses_every_shard() const noexcept override { return true; }
  awaitable<void> serve(request_handler&) override {
    const std::size_t me = this_shard().index();
    {
      const std::lock_guard held(mutex_);
      homes_.push_back(&this_shard());
    }
    if (++record_.serving == shards_) std::raise(signal_);
    if (refuses_to_end) co_await sleep_forever();
    co_await drained_.at(me).wait();
    ++record_.ended;
  }
  void drain(duration) override {
    ++record_.drains;
    const std::lock_guard held(mutex_);
    for (shard* home : homes_)
      home->post([this, home] { drained_.at(home->index()).set(); });
  }

  bool refuses_to_end = false;

 private:
  const std::size_t shards_;
  const int signal_;
  endpoint_record& record_;
  std::vector<event> drained_;
  std::mutex mutex_;
  std::vector<shard*> homes_;
};

/// Serves one client in memory: the signal comes while one call is parked and another one, of "works", runs.
class busy_endpoint final : public endpoint {
 public:
  /// The handler of "works".
  auto works() {
    return [this]() -> awaitable<std::string> {
      std::raise(SIGTERM);
      co_await draining_.wait();
      for (int turn = 0; turn < 100; ++turn)
        co_await checkpoint();
      co_return "done";
    };
  }
  std::string name() const override { return "busy"; }
  bool uses_every_shard() const noexcept override { return false; }
  awaitable<void> serve(request_handler& handler) override {
    auto ends = make_memory_transports();
    client c(std::move(ends.second), modern, everything());
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      group.start_soon(
          [&] { return comcp::serve(*ends.first, handler, session_options(), &control_); });
      const json::value asking = co_await c.ask("tools/call", call("asks"));
      BOOST_TEST(asks(asking));
      co_await c.peer.request(77, "tools/call", call("works"));
      try {
        const json::value answer = co_await c.answer(77, "tools/call");
        answered = text_of(answer) == "done";
      } catch (const std::runtime_error&) {  // the session ended instead
      }
    });
  }
  void drain(duration limit) override {
    control_.drain("shutting down", limit);
    draining_.set();
  }

  inline static bool answered = false;  // dies with run()

 private:
  connection_control control_;
  event draining_;
};

/// Whether the running call ended by itself. The hooks are called in any case.
bool running_call_ends_within(duration limit) {
  server s("s", "1");
  auto where = std::make_unique<busy_endpoint>();
  s.tool("works", "", where->works());
  s.tool(
      "asks", "",
      [](request_context& ctx) -> awaitable<std::string> {
        co_await ctx.elicit<empty_form>("?");
        co_return "";
      },
      tool_options().parked());
  bool stopped = false;
  s.on_stop([&]() -> awaitable<void> {
    stopped = true;
    co_return;
  });
  busy_endpoint::answered = false;
  BOOST_TEST(run(s, std::move(where), run_options().drain_limit(limit)) == 0);
  BOOST_TEST(stopped);
  return busy_endpoint::answered;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(running)

BOOST_AUTO_TEST_CASE(every_shard_serves_until_a_signal_drains_them) {
  server s("s", "1");
  std::string order;
  s.on_start([&]() -> awaitable<void> {
    order += "start ";
    co_return;
  });
  s.on_stop([&]() -> awaitable<void> {
    order += "stop";
    co_return;
  });
  endpoint_record seen;
  BOOST_TEST(run(s, std::make_unique<idle_endpoint>(3, SIGTERM, seen), run_options().threads(3)) ==
             0);
  BOOST_TEST(seen.serving == 3U);
  BOOST_TEST(seen.ended == 3U);
  BOOST_TEST(seen.drains == 1);
  BOOST_TEST(order == "start stop");
}

BOOST_AUTO_TEST_CASE(what_does_not_drain_is_cancelled) {
  auto log = std::make_shared<recording_sink>();
  server s("s", "1", logging_to(log));
  endpoint_record seen;
  auto where = std::make_unique<idle_endpoint>(2, SIGINT, seen);
  where->refuses_to_end = true;
  BOOST_TEST(run(s, std::move(where), run_options().threads(2).drain_limit(1ms)) == 0);
  BOOST_TEST(log->count("signal 2: shutting down") == 1U);
  BOOST_TEST(log->count("cancelling what is left") == 1U);
}

BOOST_AUTO_TEST_CASE(both_ends_of_the_drain_limit_call_the_hooks) {
  BOOST_TEST(running_call_ends_within(duration::max()));
  BOOST_TEST(!running_call_ends_within(duration::zero()));
}

BOOST_AUTO_TEST_CASE(signals_are_given_back) {
  struct sigaction before{};
  struct sigaction after{};
  sigaction(SIGTERM, nullptr, &before);
  server s("s", "1");
  endpoint_record seen;
  run(s, std::make_unique<idle_endpoint>(1, SIGTERM, seen), run_options().threads(1));
  sigaction(SIGTERM, nullptr, &after);
  BOOST_TEST(before.sa_handler == after.sa_handler);
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_fails_ends_the_program_with_its_reason) {
  struct failing final : endpoint {
    std::string name() const override { return "failing"; }
    bool uses_every_shard() const noexcept override { return true; }
    awaitable<void> serve(request_handler&) override {
      if (this_shard().index() == 1) throw std::runtime_error("address in use");
      co_await sleep_forever();
    }
    void drain(duration) override {}
  };
  auto log = std::make_shared<recording_sink>();
  server s("s", "1", logging_to(log));
  bool stopped = false;
  s.on_stop([&]() -> awaitable<void> {
    stopped = true;
    co_return;
  });
  BOOST_TEST(run(s, std::make_unique<failing>(), run_options().threads(2)) == 1);
  BOOST_TEST(log->count("address in use") == 1U);
  BOOST_TEST(stopped);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(stdio_programs)

// transport:stdio:clean-shutdown
// S-STD-01, S-STD-02, S-STD-03, D-01
BOOST_AUTO_TEST_CASE(end_with_their_input) {
  program p;
  p.say(modern_request(1, "tools/call", obj(R"({"name":"echo","arguments":{"a":"line\nbreak"}})")));
  const std::string answer = p.read_line().value();
  BOOST_TEST(text_of(parsed(answer)) == R"({"a":"line\nbreak"})");
  BOOST_TEST(p.read_error_line().value() == "stray text");
  p.close_input();
  BOOST_TEST(p.wait() == 0);
  BOOST_TEST(p.read_error_line().value() == "stopped");
}

// S-STD-04
BOOST_AUTO_TEST_CASE(log_to_standard_error_and_say_nothing_but_messages) {
  program p("logs");
  p.say("not json");
  p.say(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":77}})");
  p.say(R"({"jsonrpc":"2.0","id":77,"result":{}})");
  p.say(modern_request(1, "tools/call", obj(R"({"name":"echo","arguments":{"a":1}})")));
  p.say(call_of(2, "broken"));
  p.say(modern_request(3, "tools/list", {}));
  std::size_t messages = 0;
  for (; messages < 4; ++messages) {
    const json::value m = parsed(p.read_line().value());
    BOOST_TEST(m.at("jsonrpc") == "2.0");
  }
  p.close_input();
  BOOST_TEST(p.read_output().empty());
  BOOST_TEST(p.wait() == 0);
  std::size_t logged = 0;
  bool of_the_tool = false;
  while (const std::optional<std::string> line = p.read_error_line()) {
    logged += line->starts_with("log: ");
    of_the_tool |= line->starts_with("log: warning") && line->find("broken") != std::string::npos;
  }
  BOOST_TEST(logged >= 3U);
  BOOST_TEST(of_the_tool);
}

// transport:stdio, transport:stdio:no-embedded-newlines, transport:stdio:stream-purity, S-MOD-15: one client
// that speaks both eras, one process.
BOOST_AUTO_TEST_CASE(serve_both_eras_side_by_side) {
  const testing::raw_peer legacy(nullptr, revision::v2025_11_25);
  const auto echo = obj(R"({"name":"echo","arguments":{"a":"line\nbreak"}})");
  program p;
  const auto answer = [&p] { return parsed(p.read_line().value()).as_object(); };
  const auto is_modern = [](const json::object& a) {
    return a.at("result").as_object().contains("resultType");
  };
  p.say(modern_request(1, "tools/call", echo));
  BOOST_TEST(is_modern(answer()));
  p.say(legacy.request_text(
      2, "initialize",
      obj(R"({"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}})")));
  BOOST_TEST(answer().at("result").at("protocolVersion") == "2025-11-25");
  p.say(modern_request(3, "tools/call", echo));  // the handshake is not complete: not its business
  BOOST_TEST(answer().at("id") == 3);
  p.say(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  p.say(legacy.request_text(4, "tools/call", echo));
  const json::object plain = answer();
  BOOST_TEST(plain.at("id") == 4);
  BOOST_TEST(!is_modern(plain));
  p.say(modern_request(5, "tools/call", echo));
  BOOST_TEST(is_modern(answer()));
  p.close_input();
  BOOST_TEST(p.wait() == 0);
}

BOOST_AUTO_TEST_CASE(end_with_their_input_though_calls_and_streams_are_open) {
  program p;
  p.say(call_of(1, "slow"));
  p.say(modern_request(2, "subscriptions/listen",
                       obj(R"({"notifications":{"toolsListChanged":true}})")));
  BOOST_TEST((p.read_line().value().find("acknowledged") != std::string::npos));
  p.close_input();
  BOOST_TEST(p.wait() == 0);
}

// S-SUB-05
BOOST_AUTO_TEST_CASE(end_on_the_first_signal_with_streams_ended_properly) {
  program p;
  p.say(call_of(1, "slow"));
  p.say(modern_request(2, "subscriptions/listen",
                       obj(R"({"notifications":{"toolsListChanged":true}})")));
  BOOST_TEST((p.read_line().value().find("acknowledged") != std::string::npos));
  p.signal(SIGTERM);
  const auto last = parsed(p.read_line().value());
  BOOST_TEST(last.at("id") == 2);
  BOOST_TEST(last.as_object().contains("result"));
  BOOST_TEST(p.wait() == 0);
  BOOST_TEST(p.read_error_line().value() == "stopped");
}

BOOST_AUTO_TEST_CASE(end_at_once_on_the_second_signal_even_when_a_handler_blocks) {
  program p;
  p.say(call_of(1, "echo"));
  p.read_line();
  p.say(call_of(2, "stubborn"));
  p.signal(SIGTERM);
  p.signal(SIGINT);  // another number: two of the same may become one
  const int status = p.wait();
  BOOST_TEST((status == 128 + SIGTERM || status == 128 + SIGINT));
}

BOOST_AUTO_TEST_CASE(say_why_they_did_not_start) {
  program p("broken");
  BOOST_TEST(p.read_error_line().value() == "stopped");
  BOOST_TEST((p.read_error_line().value().find("no database") != std::string::npos));
  BOOST_TEST(p.wait() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
