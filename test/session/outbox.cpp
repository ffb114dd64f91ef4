#include "comcp/session/outbox.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/testing/coro_test.hpp"

using namespace comcp;
using testing::wait_all_tasks_blocked;
using namespace std::chrono_literals;

namespace {

frame note(std::string text) {
  return frame(frame::kind::notification, std::move(text));
}
frame answer(std::string text) {
  return frame(frame::kind::result, std::move(text));
}

std::vector<std::string> drain(outbox& box) {
  std::vector<std::string> texts;
  while (auto f = box.try_next())
    texts.push_back(f->text);
  return texts;
}

std::shared_ptr<outbox> exchange_box() {
  return outbox::make(outbox_options().ends_with_last_answer(true));
}

std::shared_ptr<outbox> small_box(std::size_t max_bytes) {
  return outbox::make(outbox_options().max_bytes(max_bytes));
}

const std::vector<std::string> nothing;
const boost::test_tools::per_element each;

}  // namespace

BOOST_AUTO_TEST_SUITE(outbox_queue)

COMCP_TEST_CORO(S_11_two_producers_before_the_writer_runs_are_both_delivered_in_order) {
  auto box = outbox::make();
  BOOST_TEST((co_await box->send(note("a")) == send_status::sent));
  BOOST_TEST((co_await box->send(note("b")) == send_status::sent));
  BOOST_TEST(box->queued_bytes() == 2u);
  const auto first = co_await box->next();
  BOOST_TEST(first->text == "a");
  const auto second = co_await box->next();
  BOOST_TEST(second->text == "b");
  BOOST_TEST(box->queued_bytes() == 0u);
}

COMCP_TEST_CORO(a_full_outbox_suspends_its_producers_and_lets_them_in_first_come_first_served) {
  auto box = small_box(4);
  std::string log;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    for (const char* text : {"1111", "2222", "3333"}) {
      group.start_soon([&, text]() -> awaitable<void> {
        const auto status = co_await box->send(note(text));
        BOOST_TEST((status == send_status::sent));
        log += text[0];
      });
    }
    co_await wait_all_tasks_blocked();
    BOOST_TEST(log == "1");
    BOOST_TEST((box->try_send(note("4")) == send_status::full));
    BOOST_TEST(box->try_next()->text == "1111");
    co_await wait_all_tasks_blocked();
    BOOST_TEST(log == "12");
    BOOST_TEST(box->queued_bytes() == 4u);
    BOOST_TEST(box->try_next()->text == "2222");
    BOOST_TEST(box->try_next()->text == "3333");
    co_await wait_all_tasks_blocked();
    BOOST_TEST(log == "123");
  });
}

COMCP_TEST_CORO(a_frame_above_the_bound_fits_when_there_is_room_at_all) {
  auto box = small_box(4);
  BOOST_TEST((co_await box->send(note("much longer than four")) == send_status::sent));
  BOOST_TEST(!box->has_room());
}

COMCP_TEST_CORO(a_cancelled_send_has_queued_nothing_and_frees_its_turn) {
  auto box = small_box(1);
  BOOST_TEST((box->try_send(note("x")) == send_status::sent));
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    cancel_scope* first = nullptr;
    group.start_soon([&]() -> awaitable<void> {
      co_await with_cancel_scope([&](cancel_scope& scope) -> awaitable<void> {
        first = &scope;
        co_await box->send(note("cancelled"));
      });
    });
    group.start_soon([&]() -> awaitable<void> { co_await box->send(note("second")); });
    co_await wait_all_tasks_blocked();
    first->cancel();
    co_await wait_all_tasks_blocked();
    BOOST_TEST(drain(*box) == (std::vector<std::string>{"x", "second"}), each);
  });
}

COMCP_TEST_CORO(a_producer_whose_request_is_over_when_its_turn_comes_queues_nothing) {
  // S-PROG-01 on a shared queue: the answer overtakes the progress that waits for room.
  auto box = small_box(1);
  BOOST_TEST((box->try_send(note("x")) == send_status::sent));
  bool over = false;
  send_status status = send_status::sent;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon(
        [&]() -> awaitable<void> { status = co_await box->send_unless(over, note("progress")); });
    co_await wait_all_tasks_blocked();
    over = true;
    outbox::reserve(box, 7).put(answer("answer"));
    BOOST_TEST(drain(*box) == (std::vector<std::string>{"x", "answer"}), each);
  });
  BOOST_TEST((status == send_status::closed));
}

COMCP_TEST_CORO(close_drops_what_is_queued_and_tells_everybody_by_value) {
  auto box = small_box(1);
  std::string log;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    BOOST_TEST((box->try_send(note("x")) == send_status::sent));
    group.start_soon([&]() -> awaitable<void> {
      if (co_await box->send(note("y")) == send_status::closed) log += "producer ";
    });
    group.start_soon([&]() -> awaitable<void> {
      co_await box->until_room();
      log += "reader ";
    });
    co_await wait_all_tasks_blocked();
    BOOST_TEST(log.empty());
    box->close();
    box->close();
    co_await wait_all_tasks_blocked();
  });
  BOOST_TEST(log == "producer reader ");
  BOOST_TEST(box->closed());
  BOOST_TEST((co_await box->send(note("z")) == send_status::closed));
  BOOST_TEST((box->push(note("z")) == send_status::closed));
  BOOST_TEST((box->try_send(note("z")) == send_status::closed));
  BOOST_TEST(!(co_await box->next()).has_value());
}

COMCP_TEST_CORO(finish_lets_the_consumer_take_what_is_queued) {
  auto box = outbox::make();
  box->push(note("a"));
  box->finish();
  BOOST_TEST((box->push(note("b")) == send_status::closed));
  BOOST_TEST((co_await box->next())->text == "a");
  BOOST_TEST(!(co_await box->next()).has_value());
}

COMCP_TEST_CORO(a_waiting_consumer_gets_the_frame_and_a_cancelled_one_has_taken_nothing) {
  auto box = outbox::make();
  std::string got;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    cancel_scope* waiting = nullptr;
    group.start_soon([&]() -> awaitable<void> {
      co_await with_cancel_scope([&](cancel_scope& scope) -> awaitable<void> {
        waiting = &scope;
        co_await box->next();
      });
      got = (co_await box->next())->text;
    });
    co_await wait_all_tasks_blocked();
    waiting->cancel();
    co_await wait_all_tasks_blocked();
    box->push(note("a"));
    co_await wait_all_tasks_blocked();
  });
  BOOST_TEST(got == "a");
}

COMCP_TEST_CORO(a_consumer_can_wait_for_a_frame_without_taking_it_and_no_longer_than_it_wants) {
  auto box = outbox::make();
  const auto began = this_shard().now();
  co_await box->until_queued(2s);  // virtual time
  BOOST_TEST((this_shard().now() - began == 2s));
  auto wait_and_cancel = [&](task_group& group) -> awaitable<void> {
    for (const duration limit : {duration::zero(), duration(1h)}) {
      bool over = false;
      group.start_soon([&box, &over, limit]() -> awaitable<void> {
        co_await box->until_queued(limit);
        over = true;
      });
      co_await wait_all_tasks_blocked();
      BOOST_TEST(!over);
      box->push(note("a"));
      co_await wait_all_tasks_blocked();
      BOOST_TEST(over);
      co_await box->until_queued(limit);  // there is something: no wait
      BOOST_TEST(drain(*box) == std::vector<std::string>{"a"}, each);
    }
    group.start_soon([&]() -> awaitable<void> { co_await box->until_queued(duration::zero()); });
    co_await wait_all_tasks_blocked();
    group.cancel("enough");
  };
  co_await with_task_group(wait_and_cancel);
  auto wait_for_the_end = [&](task_group& group) -> awaitable<void> {
    group.start_soon([&]() -> awaitable<void> { co_await box->until_queued(1h); });
    co_await wait_all_tasks_blocked();
    box->finish();
  };
  co_await with_task_group(wait_for_the_end);
  co_await box->until_queued(1h);  // it has ended: no wait
  BOOST_TEST((this_shard().now() - began == 2s));
}

COMCP_TEST_CORO(an_answer_needs_no_room) {
  auto box = small_box(1);
  auto slot = outbox::reserve(box, 7);
  BOOST_TEST((box->try_send(note("x")) == send_status::sent));
  BOOST_TEST((std::move(slot).put(answer("answer")) == send_status::sent));
  BOOST_TEST(box->pending_answers() == 0u);
  co_await checkpoint();
  BOOST_TEST(drain(*box) == (std::vector<std::string>{"x", "answer"}), each);
}

BOOST_AUTO_TEST_CASE(a_late_internal_error_is_the_answer_of_that_id) {
  auto box = outbox::make();
  std::move(*std::make_unique<outbox::slot>(outbox::reserve(box, "seven"))).put_internal_error();
  const auto f = box->try_next();
  BOOST_TEST_REQUIRE(f.has_value());
  BOOST_TEST(
      f->text ==
      R"({"jsonrpc":"2.0","id":"seven","error":{"code":-32603,"message":"Internal error"}})");
  BOOST_TEST((f->what == frame::kind::error));
  BOOST_TEST(f->error_code == -32603);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(outbox_of_an_exchange)

COMCP_TEST_CORO(ends_with_its_answer) {
  auto box = exchange_box();
  auto slot = outbox::reserve(box, 1);
  box->push(note("progress"));
  std::move(slot).put(answer("answer"));
  BOOST_TEST((co_await box->send(note("too late")) == send_status::closed));
  BOOST_TEST((co_await box->next())->text == "progress");
  BOOST_TEST((co_await box->next())->text == "answer");
  BOOST_TEST(!(co_await box->next()).has_value());
  BOOST_TEST(box->unanswered() == 0u);
}

COMCP_TEST_CORO(H_11_ends_without_an_answer_when_the_request_was_given_up) {
  auto box = exchange_box();
  bool ended = false;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&]() -> awaitable<void> { ended = !(co_await box->next()).has_value(); });
    auto slot = outbox::reserve(box, 1);
    co_await wait_all_tasks_blocked();
    BOOST_TEST(!ended);
    slot.abandon();
    co_await wait_all_tasks_blocked();
  });
  BOOST_TEST(ended);
  BOOST_TEST(box->unanswered() == 1u);
}

COMCP_TEST_CORO(a_batch_ends_it_after_its_last_answer_not_its_first) {
  auto box = exchange_box();
  {
    const outbox::hold delivering(box);
    outbox::reserve(box, 1).put(answer("at once"));
    BOOST_TEST(!box->closed());
    auto later = outbox::reserve(box, 2);
    auto never = outbox::reserve(box, 3);
    std::move(later).put(answer("later"));
  }
  BOOST_TEST(box->closed());
  BOOST_TEST(box->unanswered() == 1u);
  BOOST_TEST(drain(*box) == (std::vector<std::string>{"at once", "later"}), each);
  co_return;
}

COMCP_TEST_CORO(a_batch_in_which_nothing_is_to_be_answered_ends_it) {
  auto box = exchange_box();
  {
    const outbox::hold batch(box);
    BOOST_TEST(!box->closed());
  }
  BOOST_TEST(box->closed());
  co_return;
}

COMCP_TEST_CORO(a_box_for_answers_only_turns_everything_else_away_at_once) {
  auto box = outbox::make(outbox_options().answers_only(true));
  auto slot = outbox::reserve(box, 1);
  BOOST_TEST((co_await box->send(note("a")) == send_status::closed));
  BOOST_TEST((box->try_send(note("b")) == send_status::closed));
  BOOST_TEST((box->push(note("c")) == send_status::closed));
  BOOST_TEST(!box->closed());
  std::move(slot).put(answer("answer"));
  BOOST_TEST(drain(*box) == (std::vector<std::string>{"answer"}), each);
}

COMCP_TEST_CORO(a_pause_has_its_place_among_the_messages_where_the_consumer_can_leave) {
  auto box = outbox::make(outbox_options().can_pause(true).max_bytes(1));
  BOOST_TEST((box->push(note("before")) == send_status::sent));
  BOOST_TEST((box->pause(250ms) == send_status::sent));  // full or not
  BOOST_TEST((box->push(note("behind")) == send_status::sent));
  BOOST_TEST(box->try_next()->text == "before");
  const auto pause = box->try_next();
  BOOST_TEST((pause->what == frame::kind::pause));
  BOOST_TEST((pause->come_back == 250ms));
  BOOST_TEST(box->try_next()->text == "behind");
  box->finish();
  BOOST_TEST((box->pause() == send_status::closed));
  for (const auto& options : {outbox_options(), outbox_options().can_pause(false)}) {
    auto other = outbox::make(options);
    BOOST_TEST((other->pause() == send_status::skipped));
    BOOST_TEST(other->queued_count() == 0u);
  }
  co_return;
}

COMCP_TEST_CORO(an_answer_after_the_peer_has_gone_is_dropped) {
  auto box = exchange_box();
  auto slot = outbox::reserve(box, 1);
  box->close();
  BOOST_TEST((std::move(slot).put(answer("answer")) == send_status::closed));
  BOOST_TEST(drain(*box) == nothing, each);
  co_return;
}

BOOST_AUTO_TEST_SUITE_END()
