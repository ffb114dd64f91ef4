// Memory streams: rows M01 to M16 of the conformance table.

#include "comcp/scope/memory_stream.hpp"

#include <array>

#include "expect.hpp"

using namespace comcp;
using namespace comcp::test;
using namespace std::chrono_literals;

// M16: a negative capacity can't be written, std::size_t; M14: ends are move-only.
static_assert(!std::is_copy_constructible_v<send_stream<int>>);
static_assert(!std::is_copy_constructible_v<receive_stream<int>>);

namespace {

template <class F>
awaitable<boost::system::error_code> code_of(F body) {
  boost::system::error_code code;
  try {
    co_await body();
  } catch (const boost::system::system_error& e) {
    code = e.code();
  }
  co_return code;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scope_memory_stream)

// M01
COMCP_TEST_CORO(rendezvous_receiver_first) {
  auto [tx, rx] = make_memory_stream<int>();
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      const int a = co_await rx.receive();
      BOOST_TEST(a == 1);
      const int b = co_await rx.receive();
      BOOST_TEST(b == 2);
    });
    co_await sleep(1s);
    co_await tx.send(1);
    co_await sleep(1s);
    tx.send_nowait(2);
  });
}

// M01
COMCP_TEST_CORO(rendezvous_sender_first) {
  auto [tx, rx] = make_memory_stream<int>();
  bool sent = false;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      co_await tx.send(1);
      co_await tx.send(2);
      sent = true;
    });
    co_await sleep(1s);
    BOOST_TEST(!sent);
    const int a = co_await rx.receive();
    BOOST_TEST(a == 1);
    co_await sleep(1s);
    BOOST_TEST(rx.receive_nowait() == 2);
  });
  BOOST_TEST(sent);
}

// M02, M05
COMCP_TEST_CORO(buffered_items_let_the_oldest_blocked_sender_in) {
  auto [tx, rx] = make_memory_stream<int>(2);
  co_await tx.send(1);
  co_await tx.send(2);
  BOOST_TEST(tx.statistics().buffered == 2u);
  BOOST_TEST(tx.statistics().max_buffer == 2u);
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> { co_await tx.send(3); });
    g.start_soon([&]() -> awaitable<void> { co_await tx.send(4); });
    co_await sleep(1s);
    BOOST_TEST(rx.statistics().waiting_senders == 2u);
    BOOST_TEST(rx.receive_nowait() == 1);
    BOOST_TEST(rx.statistics().waiting_senders == 1u);
    BOOST_TEST(rx.statistics().buffered == 2u);
    for (int expected = 2; expected <= 4; ++expected) {
      const int got = co_await rx.receive();
      BOOST_TEST(got == expected);
    }
  });
  BOOST_TEST(rx.statistics().buffered == 0u);
}

// M03
COMCP_TEST_CORO(iteration_ends_at_the_end_of_the_stream) {
  auto [tx, rx] = make_memory_stream<int>(3);
  int sum = 0;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon([&]() -> awaitable<void> {
      while (std::optional<int> item = co_await rx.next())
        sum += *item;
    });
    for (int i = 1; i <= 4; ++i)
      co_await tx.send(i);
    tx.close();
  });
  BOOST_TEST(sum == 10);
}

// M04
COMCP_TEST_CORO(nowait_on_full_or_empty_would_block) {
  auto [tx, rx] = make_memory_stream<int>(1);
  boost::system::error_code ec;
  BOOST_TEST(!rx.try_receive(ec));
  BOOST_TEST((ec == stream_error::would_block));
  tx.send_nowait(1);
  int item = 2;
  BOOST_TEST((tx.try_send(item) == stream_error::would_block));
  BOOST_TEST(item == 2);
  BOOST_CHECK_THROW(tx.send_nowait(3), boost::system::system_error);
  co_return;
}

// M06
COMCP_TEST_CORO(closed_ends_say_which_end_it_was) {
  auto [tx, rx] = make_memory_stream<int>(2);
  co_await tx.send(1);
  tx.close();
  auto ec = co_await code_of([&] { return tx.send(2); });
  BOOST_TEST((ec == stream_error::closed_resource));
  const int got = co_await rx.receive();  // still there
  BOOST_TEST(got == 1);
  auto receive = [&]() -> awaitable<void> { (void)co_await rx.receive(); };
  ec = co_await code_of(receive);
  BOOST_TEST((ec == stream_error::end_of_stream));
  rx.close();
  rx.close();
  ec = co_await code_of(receive);
  BOOST_TEST((ec == stream_error::closed_resource));

  auto [tx2, rx2] = make_memory_stream<int>(2);
  rx2.close();
  ec = co_await code_of([&] { return tx2.send(2); });
  BOOST_TEST((ec == stream_error::broken_resource));
}

// M07
COMCP_TEST_CORO(closing_the_last_sender_wakes_receivers) {
  auto [tx, rx] = make_memory_stream<int>();
  int ended = 0;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    for (int i = 0; i != 2; ++i) {
      g.start_soon([&]() -> awaitable<void> {
        const std::optional<int> item = co_await rx.next();
        BOOST_TEST(!item);
        ++ended;
      });
    }
    co_await sleep(1s);
    tx.close();
  });
  BOOST_TEST(ended == 2);
}

// M07
COMCP_TEST_CORO(closing_the_last_receiver_wakes_senders_and_a_taken_item_counts_as_sent) {
  auto [tx, rx] = make_memory_stream<int>();
  int broken = 0;
  int sent = 0;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    for (int i = 0; i != 2; ++i) {
      g.start_soon([&]() -> awaitable<void> {
        const auto ec = co_await code_of([&] { return tx.send(1); });
        if (ec == stream_error::broken_resource) {
          ++broken;
        } else {
          ++sent;
        }
      });
    }
    co_await sleep(1s);
    BOOST_TEST(rx.receive_nowait() == 1);
    rx.close();
  });
  BOOST_TEST(broken == 1);
  BOOST_TEST(sent == 1);
}

// M08
COMCP_TEST_CORO(clones_keep_an_end_open) {
  auto [tx, rx] = make_memory_stream<int>(5);
  send_stream<int> second = tx.clone();
  receive_stream<int> other = rx.clone();
  BOOST_TEST(tx.statistics().open_senders == 2u);
  BOOST_TEST(tx.statistics().open_receivers == 2u);
  tx.close();
  rx.close();
  co_await second.send(1);
  const int got = co_await other.receive();
  BOOST_TEST(got == 1);
  BOOST_CHECK_THROW((void)tx.clone(), boost::system::system_error);
  BOOST_CHECK_THROW((void)rx.clone(), boost::system::system_error);
}

// M09
COMCP_TEST_CORO(cancelled_ends_leave_nothing_behind) {
  auto [tx, rx] = make_memory_stream<int>();
  co_await move_on_after(1s, [&]() -> awaitable<void> { (void)co_await rx.receive(); });
  BOOST_TEST(tx.statistics().waiting_receivers == 0u);
  int item = 1;
  BOOST_TEST((tx.try_send(item) == stream_error::would_block));
  co_await move_on_after(1s, [&] { return tx.send(1); });
  BOOST_TEST(tx.statistics().waiting_senders == 0u);
  BOOST_TEST(!rx.try_receive());
}

// M10
COMCP_TEST_CORO(in_a_cancelled_scope_send_and_receive_have_no_effect) {
  auto [tx, rx] = make_memory_stream<int>(2);
  tx.send_nowait(1);
  co_await with_cancel_scope([&](cancel_scope& s) -> awaitable<void> {
    s.cancel();
    EXPECT_CANCELLED(co_await tx.send(2));
    EXPECT_CANCELLED((void)co_await rx.receive());
  });
  BOOST_TEST(rx.statistics().buffered == 1u);
}

// M11
COMCP_TEST_CORO(an_item_handed_over_before_the_cancel_is_received) {
  auto [tx, rx] = make_memory_stream<int>();
  int got = 0;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    auto handle = g.spawn([&]() -> awaitable<void> { got = co_await rx.receive(); });
    co_await sleep(1s);
    tx.send_nowait(5);
    handle.cancel();
  });
  BOOST_TEST(got == 5);
}

// M12
COMCP_TEST_CORO(an_item_sent_after_the_cancel_goes_to_the_next) {
  auto [tx, rx] = make_memory_stream<int>(1);
  int got = 0;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    auto first = g.spawn([&]() -> awaitable<void> {
      (void)co_await rx.receive();
      BOOST_ERROR("cancelled");
    });
    auto second = g.spawn([&]() -> awaitable<void> { got = co_await rx.receive(); });
    co_await sleep(1s);
    first.cancel();
    tx.send_nowait(6);
    tx.send_nowait(7);
  });
  BOOST_TEST(got == 6);
  BOOST_TEST(rx.receive_nowait() == 7);
}

// M13
COMCP_TEST_CORO(statistics_are_right_in_each_step) {
  auto [tx, rx] = make_memory_stream<int>(1);
  // buffered, senders, receivers, waiting senders, waiting receivers
  auto are = [&](auto... expected) {
    const stream_statistics s = rx.statistics();
    const std::array<std::size_t, 5> now{s.buffered, s.open_senders, s.open_receivers,
                                         s.waiting_senders, s.waiting_receivers};
    return now == std::array<std::size_t, 5>{static_cast<std::size_t>(expected)...};
  };
  BOOST_TEST(are(0, 1, 1, 0, 0));
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    auto receiver = g.spawn([&]() -> awaitable<void> { (void)co_await rx.receive(); });
    co_await sleep(1s);
    BOOST_TEST(are(0, 1, 1, 0, 1));
    tx.send_nowait(1);  // handed over
    BOOST_TEST(are(0, 1, 1, 0, 0));
    tx.send_nowait(2);
    BOOST_TEST(are(1, 1, 1, 0, 0));
    auto sender = g.spawn([&] { return tx.send(3); });
    co_await sleep(1s);
    BOOST_TEST(are(1, 1, 1, 1, 0));
    sender.cancel();
    BOOST_TEST(are(1, 1, 1, 0, 0));
    auto second = tx.clone();
    auto other = rx.clone();
    BOOST_TEST(are(1, 2, 2, 0, 0));
    second.close();
    other.close();
    tx.close();
    BOOST_TEST(are(1, 0, 1, 0, 0));
    BOOST_TEST(rx.receive_nowait() == 2);
    BOOST_TEST(are(0, 0, 1, 0, 0));
  });
}

// M14
COMCP_TEST_CORO(items_can_be_move_only) {
  auto [tx, rx] = make_memory_stream<std::unique_ptr<int>>(1);
  co_await tx.send(std::make_unique<int>(3));
  auto full = std::make_unique<int>(4);
  BOOST_TEST((tx.try_send(full) == stream_error::would_block));
  BOOST_TEST(*full == 4);  // still ours
  const std::unique_ptr<int> got = co_await rx.receive();
  BOOST_TEST(*got == 3);
}

// M15
COMCP_TEST_CORO(destructors_close) {
  auto [tx, rx] = make_memory_stream<int>(1);
  {
    const send_stream<int> dies = std::move(tx);
  }
  const std::optional<int> item = co_await rx.next();
  BOOST_TEST(!item);
  std::optional<send_stream<int>> alone;
  {
    auto [tx2, rx2] = make_memory_stream<int>(1);
    alone.emplace(std::move(tx2));
  }
  int value = 1;
  BOOST_TEST((alone->try_send(value) == stream_error::broken_resource));
}

BOOST_AUTO_TEST_CASE(each_stream_error_has_a_message) {
  for (int i = 1; i <= 4; ++i) {
    const auto ec = make_error_code(static_cast<stream_error>(i));
    BOOST_TEST(ec.message().find("unknown") == std::string::npos);
  }
  BOOST_TEST(make_error_code(static_cast<stream_error>(99)).message() == "unknown stream error");
}

BOOST_AUTO_TEST_SUITE_END()
