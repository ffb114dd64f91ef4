// The code of docs/scopes.md about scopes and threads; check_docs keeps the two alike.

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <latch>
#include <thread>

#include "comcp/scope/runtime.hpp"
#include "scope/expect.hpp"

using namespace comcp;
using namespace comcp::test;
using namespace std::chrono_literals;
using cause = cancel_scope::cause;

BOOST_AUTO_TEST_SUITE(docs_scopes)

namespace first_program {

std::atomic<int> ticks{0};

// [first]
awaitable<void> tick() {
  for (;;) {
    co_await sleep(1ms);
    ++ticks;
  }
}

void run() {
  runtime rt;
  rt.run([](shard&) -> awaitable<void> {
    co_await with_task_group([](task_group& g) -> awaitable<void> {
      g.start_soon(tick, "ticker");  // runs beside us ...
      co_await sleep(10ms);
      g.cancel("enough");
    });  // ... and is gone when this returns
  });
}
// [/first]

}  // namespace first_program

BOOST_AUTO_TEST_CASE(first) {
  first_program::run();
  BOOST_TEST(first_program::ticks > 0);
}

COMCP_TEST_CORO(a_scope) {
  bool reached = false;
  // [scope]
  scope_outcome outcome;
  const bool completed = co_await with_cancel_scope(
      [&](cancel_scope& scope) -> awaitable<void> {
        scope.cancel("the user pressed stop");
        co_await sleep(1s);  // throws cancelled, at once
        reached = true;      // never
      },
      scope_options().name("download").outcome(outcome));
  // completed: false, the cancellation was absorbed here
  // outcome.reason: "the user pressed stop"
  // [/scope]
  BOOST_TEST(!completed);
  BOOST_TEST(!reached);
  BOOST_TEST(outcome.reason == "the user pressed stop");
  BOOST_TEST((outcome.why == cause::explicit_call));
}

COMCP_TEST_CORO(level_triggered) {
  int swallowed = 0;
  bool after = false;
  // [level]
  co_await with_cancel_scope([&](cancel_scope& scope) -> awaitable<void> {
    scope.cancel();
    try {
      co_await sleep(1s);
    } catch (const std::exception&) {
      ++swallowed;  // this doesn't undo the cancellation ...
    }
    co_await sleep(1s);  // ... so this throws again, and so would each further one
    after = true;
  });
  // [/level]
  BOOST_TEST(swallowed == 1);
  BOOST_TEST(!after);
}

namespace {

struct peer_connection {
  duration answers_after;
  awaitable<std::string> ask(std::string_view) {
    co_await sleep(answers_after);
    co_return "fine";
  }
};

// [limits]
awaitable<std::string> status_of(peer_connection& peer) {
  std::string answer = "no answer";
  co_await move_on_after(2s, [&]() -> awaitable<void> { answer = co_await peer.ask("status"); });
  co_return answer;  // in time or not
}

awaitable<std::string> status_or_error(peer_connection& peer) {
  co_return co_await fail_after(2s, [&] { return peer.ask("status"); });  // or timeout_error
}
// [/limits]

}  // namespace

COMCP_TEST_CORO(limits) {
  peer_connection quick{1s};
  peer_connection slow{1h};
  const std::string one = co_await status_of(quick);
  const std::string none = co_await status_of(slow);
  BOOST_TEST(one == "fine");
  BOOST_TEST(none == "no answer");
  const std::string other = co_await status_or_error(quick);
  BOOST_TEST(other == "fine");
  EXPECT_THROWS((void)co_await status_or_error(slow), timeout_error);
}

namespace {

struct upload_job {
  bool removed = false;
  awaitable<void> send() { return sleep_forever(); }
  awaitable<void> remove_partial() {
    co_await sleep(1s);
    removed = true;
  }
};

// [cleanup]
awaitable<void> upload(upload_job& job) {
  co_await with_cleanup([&] { return job.send(); },
                        [&] { return job.remove_partial(); },  // shielded: it may suspend
                        5s);                                   // but not for ever
}
// [/cleanup]

// [by-hand]
awaitable<void> upload_by_hand(upload_job& job) {
  std::exception_ptr error;
  try {
    co_await job.send();
  } catch (...) {
    error = std::current_exception();  // no co_await in a catch block: C++ forbids it
  }
  if (error) {
    co_await shielded([&] { return job.remove_partial(); }, scope_options().after(5s));
    std::rethrow_exception(error);  // always let a cancellation go on
  }
}
// [/by-hand]

}  // namespace

COMCP_TEST_CORO(cleanup) {
  upload_job a;
  upload_job b;
  const bool first = co_await move_on_after(1s, [&] { return upload(a); });
  const bool second = co_await move_on_after(1s, [&] { return upload_by_hand(b); });
  BOOST_TEST(!first);
  BOOST_TEST(!second);
  BOOST_TEST(a.removed);
  BOOST_TEST(b.removed);
}

COMCP_TEST_CORO_REAL(blocking) {
  const std::string path = "/dev/null";
  // [blocking]
  const std::string text = co_await run_blocking([&path] {
    std::ifstream in{path};
    return std::string{std::istreambuf_iterator<char>{in}, {}};
  });

  const bool in_time = co_await move_on_after(10ms, [] {
    return run_blocking([](const blocking_token& token) {
      while (!token.stop_requested())
        std::this_thread::yield();  // a piece of the work
    });
  });
  // [/blocking]
  BOOST_TEST(text.empty());
  (void)in_time;
}

BOOST_AUTO_TEST_CASE(other_threads) {
  bool completed = true;
  runtime rt;
  rt.run([&](shard&) -> awaitable<void> {
    // [remote]
    std::jthread other;
    completed = co_await with_cancel_scope([&](cancel_scope& scope) -> awaitable<void> {
      other = std::jthread{[stop = scope.remote()] { stop.cancel("asked by another thread"); }};
      co_await sleep_forever();
    });
    // [/remote]
  });
  BOOST_TEST(!completed);
}

BOOST_AUTO_TEST_CASE(several_shards) {
  std::atomic<std::size_t> total{0};
  // [shards]
  runtime rt{runtime_options().threads(2)};
  rt.run([&](shard& here) -> awaitable<void> {
    if (here.index() != 0) co_return;
    const std::size_t there = co_await run_on(rt.at(1), []() -> awaitable<std::size_t> {
      co_await sleep(1ms);  // as a task of shard 1, on its thread
      co_return this_shard().index();
    });
    total += there;
  });
  // [/shards]
  BOOST_TEST(total == 1u);
}

BOOST_AUTO_TEST_CASE(embedded) {
  bool done = false;
  // [embedded]
  asio::io_context io;  // yours; one thread runs it
  shard here{io};
  here.start_root(
      [&]() -> awaitable<void> {
        co_await sleep(1ms);
        done = true;
      },
      "my root");
  io.run();  // returns when nothing is left to do
  // [/embedded]
  BOOST_TEST(done);
}

COMCP_TEST_CORO(the_tree) {
  std::string dump;
  // [tree]
  co_await with_task_group(
      [&](task_group& g) -> awaitable<void> {
        g.start_soon([]() -> awaitable<void> { co_await sleep(1h); }, "sleeper");
        co_await sleep(2s);
        dump = this_shard().dump_scopes();
        g.cancel();
      },
      scope_options().name("connection 7"));
  // [/tree]
  BOOST_TEST(dump.find("scope \"connection 7\", age 2s\n") != std::string::npos, dump);
  BOOST_TEST(dump.find("\"sleeper\", age 2s, waits for time since 2s\n") != std::string::npos,
             dump);
}

COMCP_TEST_CORO(closing_is_not_cancelling) {
  using socket_type = asio::local::stream_protocol::socket;
  socket_type socket{this_shard().context()};
  socket_type peer{this_shard().context()};
  asio::local::connect_pair(socket, peer);
  std::string ended;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    // [closing]
    auto reader = g.spawn([&]() -> awaitable<void> {
      char byte = 0;
      try {
        co_await socket.async_read_some(asio::buffer(&byte, 1), asio::use_awaitable);
      } catch (const boost::system::system_error& e) {
        // Closing aborts the read with the same code as a cancellation. No scope was cancelled,
        // so no scope would absorb it: it is an error like any other.
        ended = is_cancelled(std::current_exception()) ? "aborted" : e.what();
      }
    });
    co_await checkpoint();
    co_await checkpoint();
    socket.close();  // to end the reader as a cancellation: reader.cancel()
    // [/closing]
    co_await reader.wait();
  });
  BOOST_TEST(ended == "aborted");
}

COMCP_TEST_CORO(gcc_12) {
  const std::string name = "a name too long for the small buffer of std::string";
  std::size_t length = 0;
  // [gcc12]
  // co_await with_cancel_scope([name]() -> ... );      // GCC 12 destroys the closure twice
  auto body = [&length, name]() -> awaitable<void> {  // so name it ...
    co_await checkpoint();
    length = name.size();
  };
  co_await with_cancel_scope(std::move(body));  // ... and move it in
  // [/gcc12]
  BOOST_TEST(length == name.size());
}

BOOST_AUTO_TEST_SUITE_END()
