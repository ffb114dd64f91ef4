#include "comcp/session/responder.hpp"

#include <boost/test/unit_test.hpp>

#include <type_traits>

#include "comcp/session/outbox.hpp"
#include "session/request_state.hpp"

using namespace comcp;

namespace {

template <class R>
concept can_reply = requires(R&& r) { std::forward<R>(r).reply(json::value()); };
template <class R>
concept can_fail = requires(R&& r) { std::forward<R>(r).fail(jsonrpc::error_object()); };

// Answering consumes the responder, so answering twice with the same one can't be written.
static_assert(can_reply<responder> && can_fail<responder>);
static_assert(!can_reply<responder&> && !can_fail<responder&>);
static_assert(!can_reply<const responder&>);
static_assert(!std::is_copy_constructible_v<responder> && !std::is_copy_assignable_v<responder>);
static_assert(std::is_nothrow_move_constructible_v<responder>);
static_assert(std::is_nothrow_move_assignable_v<responder>);
static_assert(std::is_nothrow_destructible_v<responder>);

struct fixture {
  responder make(jsonrpc::request_id id) { return responder::make(std::move(id), box); }
  std::string taken() {
    auto f = box->try_next();
    return f ? f->text : "";
  }
  std::shared_ptr<outbox> box = outbox::make();
};

json::object one() {
  json::object o;
  o["a"] = 1;
  return o;
}

const std::string internal_error =
    R"({"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"Internal error"}})";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(responder_life, fixture)

BOOST_AUTO_TEST_CASE(reply_sends_the_result_once_and_dropping_it_afterwards_sends_nothing) {
  {
    responder r = make(7);
    BOOST_TEST(r.pending());
    BOOST_TEST((std::move(r).reply(one()) == send_status::sent));
    BOOST_TEST(!r.pending());
  }
  BOOST_TEST(taken() == R"({"jsonrpc":"2.0","id":7,"result":{"a":1}})");
  BOOST_TEST(taken() == "");
}

BOOST_AUTO_TEST_CASE(reply_takes_text_that_is_json_already) {
  std::move(*std::make_unique<responder>(make(7))).reply(jsonrpc::raw_json(R"({"b":2})"));
  BOOST_TEST(taken() == R"({"jsonrpc":"2.0","id":7,"result":{"b":2}})");
}

BOOST_AUTO_TEST_CASE(fail_sends_the_error) {
  make(7).fail(jsonrpc::error_object(-32602, "no", json::value("data")));
  const auto f = box->try_next();
  BOOST_TEST(f->text ==
             R"({"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"no","data":"data"}})");
  BOOST_TEST(f->error_code == -32602);
}

BOOST_AUTO_TEST_CASE(R_04_dropped_unanswered_it_answers_one_internal_error) {
  {
    const responder dropped = make(7);
  }
  BOOST_TEST(taken() == internal_error);
  BOOST_TEST(taken() == "");
}

BOOST_AUTO_TEST_CASE(R_04_dropped_by_an_exception_it_answers_one_internal_error) {
  try {
    const responder dropped = make(7);
    throw 42;
  } catch (int) {
  }
  BOOST_TEST(taken() == internal_error);
  BOOST_TEST(taken() == "");
}

BOOST_AUTO_TEST_CASE(a_moved_from_responder_owes_nothing) {
  responder first = make(7);
  {
    responder second = std::move(first);
    BOOST_TEST(!first.pending());
    BOOST_TEST(second.pending());
    BOOST_TEST((std::move(first).reply(one()) == send_status::closed));
    BOOST_TEST(taken() == "");
  }
  BOOST_TEST(taken() == internal_error);
}

BOOST_AUTO_TEST_CASE(assigning_over_an_unanswered_one_answers_for_it) {
  responder r = make(7);
  r = make(8);
  BOOST_TEST(taken() == internal_error);
  std::move(r).reply(one());
  BOOST_TEST(taken() == R"({"jsonrpc":"2.0","id":8,"result":{"a":1}})");
}

BOOST_AUTO_TEST_CASE(abandon_ends_the_request_without_an_answer) {
  make(7).abandon();
  BOOST_TEST(taken() == "");
  BOOST_TEST(box->unanswered() == 1u);
}

BOOST_AUTO_TEST_CASE(answering_a_peer_that_is_gone_says_closed_and_does_not_throw) {
  responder r = make(7);
  box->close();
  BOOST_TEST((std::move(r).reply(one()) == send_status::closed));
}

BOOST_AUTO_TEST_CASE(R_09_the_id_comes_back_with_its_type_and_value) {
  make(0).reply(one());
  BOOST_TEST(taken() == R"({"jsonrpc":"2.0","id":0,"result":{"a":1}})");
  make("0").reply(one());
  BOOST_TEST(taken() == R"({"jsonrpc":"2.0","id":"0","result":{"a":1}})");
  make(std::numeric_limits<std::int64_t>::max()).reply(one());
  BOOST_TEST(taken() == R"({"jsonrpc":"2.0","id":9223372036854775807,"result":{"a":1}})");
}

BOOST_AUTO_TEST_CASE(R_01_cancelled_before_the_answer_is_sent_nothing_is_sent) {
  auto state = std::make_shared<detail::request_state>(7, box);
  responder r = state->make_responder();
  state->cancelled_by_peer("");
  BOOST_TEST(!r.pending());
  BOOST_TEST((std::move(r).reply(one()) == send_status::closed));
  BOOST_TEST(taken() == "");
  BOOST_TEST(box->unanswered() == 1u);
}

BOOST_AUTO_TEST_CASE(R_01_cancelled_after_the_answer_the_answer_stands) {
  auto state = std::make_shared<detail::request_state>(7, box);
  std::move(*std::make_unique<responder>(state->make_responder())).reply(one());
  state->cancelled_by_peer("");
  BOOST_TEST(taken() == R"({"jsonrpc":"2.0","id":7,"result":{"a":1}})");
  BOOST_TEST(taken() == "");
  BOOST_TEST(box->unanswered() == 0u);
}

BOOST_AUTO_TEST_CASE(R_02_after_cancellation_neither_an_error_nor_the_drop_sends_anything) {
  auto state = std::make_shared<detail::request_state>(7, box);
  {
    responder r = state->make_responder();
    responder other = std::move(r);
    state->cancelled_by_peer("");
    BOOST_TEST(
        (std::move(other).fail(jsonrpc::error_object(-32603, "late")) == send_status::closed));
  }
  state->answer_internal_error();
  BOOST_TEST(taken() == "");
}

BOOST_AUTO_TEST_SUITE_END()
