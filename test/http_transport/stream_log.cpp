// Streams longer than their connections, without HTTP: producers, stores and readers that misbehave.

#include "http_transport/stream_log.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/testing/coro_test.hpp"
#include "http_transport/session_streams.hpp"

using namespace comcp;
using namespace std::chrono_literals;
using detail::pulled;
using detail::session_streams;

namespace {

/// Keeps everything, after a while.
class slow_store final : public event_store {
 public:
  explicit slow_store(duration delay) : delay_(delay) {}
  awaitable<bool> append(std::uint64_t stream, std::uint64_t number, std::string text) override {
    co_await sleep(delay_);
    co_return co_await kept_.append(stream, number, std::move(text));
  }
  awaitable<std::optional<std::vector<stored_event>>> replay(std::uint64_t stream,
                                                             std::uint64_t after,
                                                             std::size_t max_bytes) override {
    auto found = co_await kept_.replay(stream, after, max_bytes);
    co_await sleep(delay_);  // what it says may be old by then
    co_return found;
  }

 private:
  memory_event_store kept_;
  duration delay_;
};

class broken_store final : public event_store {
 public:
  awaitable<bool> append(std::uint64_t, std::uint64_t, std::string) override {
    co_await sleep(1ms);
    throw std::runtime_error("the disk is full");
  }
  awaitable<std::optional<std::vector<stored_event>>> replay(std::uint64_t,
                                                             std::uint64_t,
                                                             std::size_t) override {
    co_await checkpoint();
    throw std::runtime_error("the disk is gone");
  }
};

frame message(int i) {
  return frame(frame::kind::notification, std::to_string(i));
}

/// Runs a body with the streams of a session that uses this store.
template <class F>
awaitable<void> with_streams(std::shared_ptr<event_store> store, std::size_t window, F body) {
  auto streams =
      std::make_shared<session_streams>("0-0123456789", std::move(store), window, logger());
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    const session_streams::running running(*streams, group);
    co_await body(*streams, group);
  });
}

awaitable<void> produce(std::shared_ptr<outbox> box, int count, duration pause) {
  for (int i = 1; i <= count; ++i) {
    co_await box->send(message(i));
    if (pause > duration::zero()) co_await sleep(pause);
  }
  box->finish();
}

/// Takes the messages of one pull; false at the stream's end.
bool take(const pulled& p, std::vector<int>& seen, std::uint64_t& last) {
  for (const auto& f : p.frames) {
    seen.push_back(std::stoi(f.message.text));
    last = f.number;
  }
  return !p.ended;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stream_log_)

// S-SESS-12, E-03: readers that come and go at random, with stores that are fast and slow.
COMCP_TEST_CORO(every_message_comes_once_and_in_order_whenever_readers_change) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto up_to = [&](int n) {
      return static_cast<int>(random() % static_cast<unsigned>(n + 1));
    };
    const int count = 1 + up_to(60);
    std::shared_ptr<event_store> store = std::make_shared<memory_event_store>();
    if (seed % 3 != 0) store = std::make_shared<slow_store>(std::chrono::milliseconds(up_to(3)));
    std::vector<int> seen;
    auto body = [&](session_streams& streams, task_group& group) -> awaitable<void> {
      const auto box = outbox::make(outbox_options().max_bytes(50));
      const auto pause = std::chrono::milliseconds(up_to(2));
      group.start_soon([=] { return produce(box, count, pause); });
      const auto log = streams.open(box, {});
      std::uint64_t last = 0;
      std::shared_ptr<detail::feed> before;  // not known to be gone when the next one comes
      for (bool more = true; more;) {
        detail::event_id at;
        at.stream = 1;
        at.number = last;
        const std::shared_ptr<detail::feed> reader = co_await streams.resume(at);
        if (before) before->leave();
        before = nullptr;
        BOOST_REQUIRE(reader);
        for (int pulls = up_to(4); pulls >= 0 && more; --pulls) {
          const pulled p = co_await reader->pull(std::chrono::milliseconds(1 + up_to(5)));
          BOOST_TEST((p.frames.empty() || p.behind == last));
          if (up_to(9) == 0 && !p.ended) break;  // lost on its way: asked for again
          more = take(p, seen, last);
        }
        if (more && up_to(2) == 0)
          before = reader;
        else
          reader->leave();
        co_await sleep(std::chrono::milliseconds(up_to(10)));
      }
    };
    co_await with_streams(store, 1 + static_cast<std::size_t>(up_to(20)), body);
    BOOST_TEST_CONTEXT("seed " << seed) {
      BOOST_TEST(seen.size() == static_cast<std::size_t>(count));
      for (std::size_t i = 0; i < seen.size(); ++i)
        BOOST_TEST(seen[i] == static_cast<int>(i) + 1);
    }
  }
}

// The sweep with cancellation: a pull that is cancelled has taken nothing.
COMCP_TEST_CORO(a_cancelled_pull_takes_nothing) {
  for (int step = 0; step < 40; ++step) {
    std::vector<int> seen;
    auto body = [&](session_streams& streams, task_group& group) -> awaitable<void> {
      const auto box = outbox::make();
      group.start_soon([=] { return produce(box, 10, 1ms); });
      const auto reader = streams.open(box, {})->attach(0);
      std::uint64_t last = 0;
      bool more = true;
      auto reading = [&]() -> awaitable<void> {
        while (more) {
          const pulled p = co_await reader->pull(0s);
          more = take(p, seen, last);
        }
      };
      co_await move_on_after(std::chrono::microseconds(step * 500), reading);
      co_await reading();
      reader->leave();
    };
    co_await with_streams(std::make_shared<slow_store>(1ms), 1000, body);
    BOOST_TEST(seen.size() == 10U);
  }
}

COMCP_TEST_CORO(a_store_that_fails_costs_resumption_and_nothing_else) {
  std::vector<int> seen;
  auto body = [&](session_streams& streams, task_group& group) -> awaitable<void> {
    const auto box = outbox::make();
    group.start_soon([=] { return produce(box, 10, 1ms); });
    const auto log = streams.open(box, {});
    auto reader = log->attach(0);
    std::uint64_t last = 0;
    while (last < 3) {
      const pulled p = co_await reader->pull(0s);
      take(p, seen, last);
    }
    reader->leave();
    co_await sleep(4ms);
    reader = log->attach(last);
    for (bool more = true; more;) {
      const pulled p = co_await reader->pull(0s);
      more = take(p, seen, last);
    }
    reader->leave();
    BOOST_TEST(last == 10U);
  };
  co_await with_streams(std::make_shared<broken_store>(), 1000, body);
  BOOST_TEST(seen.size() < 10U);
  BOOST_TEST(seen.size() > 5U);
}

/// Keeps everything, and forgets or fails when it is asked for it.
class secretive_store final : public event_store {
 public:
  explicit secretive_store(bool fails) : fails_(fails) {}
  awaitable<bool> append(std::uint64_t, std::uint64_t, std::string) override { co_return true; }
  awaitable<std::optional<std::vector<stored_event>>> replay(std::uint64_t,
                                                             std::uint64_t,
                                                             std::size_t) override {
    if (fails_) throw std::runtime_error("the disk is gone");
    co_return std::nullopt;
  }

 private:
  bool fails_;
};

// An end that looks like one would tell the client that there was no answer.
COMCP_TEST_CORO(a_stream_that_could_not_be_replayed_does_not_end_properly) {
  for (const bool fails : {false, true}) {
    auto body = [&](session_streams& streams, task_group&) -> awaitable<void> {
      const auto box = outbox::make();
      const auto log = streams.open(box, {});
      log->attach(0)->leave();
      co_await box->send(message(1));
      co_await sleep(1ms);  // only the store has it now
      const auto reader = log->attach(0);
      co_await box->send(message(2));
      box->finish();
      const pulled p = co_await reader->pull(0s);
      BOOST_TEST(p.frames.size() == 1U);
      pulled end;
      while (!end.ended)
        end = co_await reader->pull(0s);
      BOOST_TEST(end.lost);
      reader->leave();
      const auto again = log->attach(2);  // who comes back behind what it has misses nothing
      end = co_await again->pull(0s);
      BOOST_TEST(end.ended);
      BOOST_TEST(!end.lost);
      again->leave();
    };
    co_await with_streams(std::make_shared<secretive_store>(fails), 1000, body);
  }
}

// The end of a session waits for no reader.
COMCP_TEST_CORO(a_full_window_does_not_outlive_the_session) {
  const auto store = std::make_shared<memory_event_store>();
  const auto box = outbox::make();
  std::shared_ptr<detail::feed> reader;
  auto body = [&](session_streams& streams, task_group&) -> awaitable<void> {
    reader = streams.open(box, {})->attach(0);
    for (int i = 1; i <= 5; ++i)
      co_await box->send(message(i));
    co_await sleep(1s);
    BOOST_TEST(store->count() == 1U);
    box->finish();
  };
  co_await with_streams(store, 1, body);
  BOOST_TEST(store->count() == 5U);
  std::vector<int> seen;
  std::uint64_t last = 0;
  const pulled p = co_await reader->pull(0s);
  take(p, seen, last);
  BOOST_TEST(seen.size() == 5U);
  reader->leave();
}

// Who claims to have seen what waits for a reader makes room.
COMCP_TEST_CORO(a_reader_that_begins_behind_the_window_lets_the_writer_go_on) {
  const auto box = outbox::make();
  std::vector<int> seen;
  std::uint64_t last = 0;
  auto body = [&](session_streams& streams, task_group&) -> awaitable<void> {
    const auto log = streams.open(box, {});
    const auto first = log->attach(0);
    for (int i = 1; i <= 3; ++i)
      co_await box->send(message(i));
    co_await sleep(1s);
    BOOST_TEST(log->last() == 1U);
    const auto second = log->attach(1);
    box->finish();
    while (take(co_await second->pull(0s), seen, last)) {
    }
    first->leave();
    second->leave();
  };
  co_await with_streams(std::make_shared<memory_event_store>(), 1, body);
  const std::vector<int> expected{2, 3};
  BOOST_TEST(seen == expected, boost::test_tools::per_element());
}

COMCP_TEST_CORO(the_streams_of_a_session_that_never_ran_go_with_it) {
  auto streams = std::make_shared<session_streams>(
      "0-0123456789", std::make_shared<memory_event_store>(), 1000, logger());
  const auto box = outbox::make();
  co_await box->send(message(1));
  streams->open_standalone(box);
  const std::weak_ptr<detail::stream_log> log = streams->standalone();
  streams.reset();
  BOOST_TEST(log.expired());
  BOOST_TEST(box->closed());
}

// Of a stream that is over only the store knows; its reader may still read when the session has gone.
COMCP_TEST_CORO(what_is_left_of_an_ended_stream_is_read_while_its_session_goes) {
  auto streams = std::make_shared<session_streams>(
      "0-0123456789", std::make_shared<memory_event_store>(), 1000, logger());
  std::shared_ptr<detail::feed> reader;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    const session_streams::running running(*streams, group);
    const auto box = outbox::make();
    const std::weak_ptr<detail::stream_log> log = streams->open(box, {});
    co_await box->send(message(1));
    co_await box->send(message(2));
    box->finish();
    co_await testing::wait_all_tasks_blocked();
    BOOST_TEST(log.expired());
    detail::event_id place;
    place.stream = 1;
    place.number = 1;
    reader = co_await streams->resume(place);
  });
  BOOST_TEST_REQUIRE(bool(reader));
  streams.reset();
  std::vector<int> seen;
  std::uint64_t last = 0;
  const pulled rest = co_await reader->pull(0s);
  BOOST_TEST(take(rest, seen, last));
  const pulled end = co_await reader->pull(0s);
  BOOST_TEST(!take(end, seen, last));
  BOOST_TEST(seen == std::vector<int>{2}, boost::test_tools::per_element());
  reader->leave();
}

BOOST_AUTO_TEST_SUITE_END()
