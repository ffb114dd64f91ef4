// Group R: one request, exactly one answer.

#include <boost/test/unit_test.hpp>

#include <future>
#include <set>

#include "comcp/json/value.hpp"
#include "comcp/server/errors.hpp"
#include "lifecycle/live_server.hpp"

using namespace lifecycle;
namespace json = comcp::json;

namespace {

std::string code_in(const std::string& message) {
  const json::value m = json::parse(message);
  const json::value* error = m.as_object().if_contains("error");
  return error ? std::to_string(error->at("code").as_int64()) : "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lifecycle_responder)

// Many times, because the moment matters: the cancellation comes while the call is being answered.
BOOST_AUTO_TEST_CASE(R_01_a_cancel_that_meets_the_answer_leaves_one_winner) {
  live_server s;
  {
    const live_session in(s);
    for (int id = 1; id <= 60; ++id) {
      wire c = in.send(call(id, "nap", R"({"ms":)" + std::to_string(id % 4) + "}"));
      const http_answer taken = in.ask(cancel(id));
      BOOST_TEST(taken.status == 202);
      const http_answer head = c.read_answer();
      const std::string answer = answer_of(c, head);
      BOOST_TEST((answer.empty() || code_in(answer) == "none"), answer);
    }
    const http_answer next = in.ask(call(100, "echo", R"({"text":"on"})"));
    BOOST_TEST(next.body.find("on") != std::string::npos);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(R_02_the_error_path_of_a_cancelled_call_answers_nothing) {
  live_server s;
  {
    const live_session in(s);
    wire c = in.send(call(7, "stubborn", R"({"ms":20})"));
    s.until("it runs", [&] { return s.counts.started == 1; });
    in.ask(cancel(7));
    const http_answer head = c.read_answer();
    BOOST_TEST(answer_of(c, head) == "");
    s.until("it has unwound", [&] { return s.counts.unwound == 1; });
    BOOST_TEST(s.counts.rolled_back == 1);
    const http_answer next = in.ask(call(8, "echo", R"({"text":"on"})"));
    BOOST_TEST(next.status == 200);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(R_04_a_handler_that_ends_wrongly_is_answered_once) {
  live_server s;
  s.expected_warnings = {"bad"};
  {
    const live_session in(s);
    for (const char* how : {R"({"how":"int"})", R"({"how":"logic"})"}) {
      const http_answer a = in.ask(call(7, "bad", how));
      BOOST_TEST(a.status == 200);
      BOOST_TEST(json::parse(a.body).at("result").at("isError") == true);
    }
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(R_06_what_an_exception_says_stays_in_the_log) {
  live_server s;
  s.expected_warnings = {"hunter2"};
  {
    const live_session in(s);
    const http_answer a = in.ask(call(7, "bad", R"({"how":"secret"})"));
    BOOST_TEST(a.body.find("hunter2") == std::string::npos);
    BOOST_TEST(a.body.find("isError") != std::string::npos);
    BOOST_TEST(s.log->lines(comcp::log_level::warning).size() == 1U);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(R_07_an_unknown_method_that_is_cancelled_at_once_has_one_answer_or_none) {
  live_server s;
  {
    const live_session in(s);
    for (int id = 1; id <= 20; ++id) {
      wire c = in.send(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
                       R"(,"method":"unknown/method"})");
      in.ask(cancel(id));
      const http_answer head = c.read_answer();
      const std::string answer = answer_of(c, head);
      BOOST_TEST((answer.empty() || code_in(answer) == "-32601"), answer);
    }
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(R_09_ids_keep_their_type_and_value_and_zero_is_one) {
  live_server s;
  {
    const live_session in(s);
    const std::string ids[] = {"0", "\"0\"", "1", "\"1\"", "9223372036854775807", "-5", "\"\""};
    std::vector<wire> open;
    for (const std::string& id : ids)
      open.push_back(
          in.send(R"({"jsonrpc":"2.0","id":)" + id +
                  R"(,"method":"tools/call","params":{"name":"nap","arguments":{"ms":50}}})"));
    for (std::size_t i = 0; i < open.size(); ++i) {
      const http_answer head = open[i].read_answer();
      const std::string answer = answer_of(open[i], head);
      BOOST_TEST(json::serialize(json::parse(answer).at("id")) == ids[i]);
    }
  }
  s.check_baseline();
}

// Two clients of the stateless era with the same ids, on one connection each.
BOOST_AUTO_TEST_CASE(R_11_equal_ids_of_two_clients_never_meet) {
  live_server s;
  {
    const auto client = [&](const char* name) {
      wire c = s.connect();
      int wrong = 0;
      for (int i = 0; i < 300; ++i) {
        c.send(modern_call(1, "echo", R"({"text":")" + std::string(name) + "\"}"));
        const http_answer a = c.read_answer();
        const std::string answer = answer_of(c, a);
        wrong += answer.find(name) == std::string::npos;
      }
      return wrong;
    };
    auto other = std::async(std::launch::async, client, "Alice");
    BOOST_TEST(client("Bob") == 0);
    BOOST_TEST(other.get() == 0);
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_CASE(R_13_an_answer_that_nobody_asked_for_is_ignored_or_refused) {
  live_server s;
  {
    const live_session in(s);
    const http_answer ignored = in.ask(R"({"jsonrpc":"2.0","id":999,"result":{}})");
    BOOST_TEST(ignored.status == 202);
    wire c = s.connect();
    c.send(
        post(R"({"jsonrpc":"2.0","id":999,"result":{}})", "MCP-Protocol-Version: 2026-07-28\r\n"));
    const http_answer refused = c.read_answer();
    BOOST_TEST(refused.status == 400);
    BOOST_TEST(refused.body.find("-32600") != std::string::npos);
    const http_answer next = in.ask(call(8, "echo", R"({"text":"on"})"));
    BOOST_TEST(next.status == 200);
  }
  s.check_baseline();
}

// What a request says while its plain answer goes out finds it closed.
BOOST_AUTO_TEST_CASE(R_14_a_notifier_that_races_the_answer_writes_nothing_behind_it) {
  live_server s;
  {
    const live_session in(s);
    wire c = s.connect();
    for (int id = 1; id <= 40; ++id) {
      c.send(post(call(id, "steps", R"({"n":2,"ms":0})", R"({"progressToken":1})"), in.headers()));
      const http_answer head = c.read_answer();
      const std::string answer = answer_of(c, head);
      BOOST_TEST(answer.find("walked") != std::string::npos);
      BOOST_TEST_REQUIRE(c.is_silent());
    }
  }
  s.check_baseline();
}

BOOST_AUTO_TEST_SUITE_END()
