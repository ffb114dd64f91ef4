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

// All answers of HTTP+SSE are on one stream, where a second one would be seen.
BOOST_AUTO_TEST_CASE(R_04_a_handler_that_ends_wrongly_is_answered_once) {
  comcp::http_endpoint_options options;
  options.http_sse();
  live_server s(std::move(options), [](comcp::server& server) {
    server.prompt("bad", "", []() -> comcp::awaitable<std::string> {
      throw 42;
      co_return "";
    });
  });
  s.expected_warnings = {"bad"};
  {
    sse_client c(s);
    c.shake_hands();
    int id = 0;
    for (const std::string& wrong :
         {call(1, "bad", R"({"how":"int"})"), call(1, "bad", R"({"how":"logic"})"),
          std::string(
              R"({"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"bad"}})")}) {
      c.say(wrong);
      const json::value answer = json::parse(c.stream.read_event()->data);
      BOOST_TEST(answer.at("id") == 1);
      if (answer.as_object().contains("result"))
        BOOST_TEST(answer.at("result").at("isError") == true);
      else
        BOOST_TEST(answer.at("error").at("code") == -32603);
      c.say(R"({"jsonrpc":"2.0","id":)" + std::to_string(++id + 100) + R"(,"method":"ping"})");
      BOOST_TEST(json::parse(c.stream.read_event()->data).at("id") == id + 100);
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

// What a request says while its answer goes out is before it, or nowhere. On one connection, where a second
// head, or bytes behind a body, would be taken for the next answer.
BOOST_AUTO_TEST_CASE(R_14_a_notifier_that_races_the_answer_writes_nothing_behind_it) {
  live_server s;
  {
    const live_session in(s);
    wire c = s.connect();
    for (int id = 1; id <= 100; ++id) {
      const std::string ms = R"({"ms":)" + std::to_string(id % 3) + "}";
      c.send(post(call(id, "race", ms, R"({"progressToken":1})"), in.headers()));
      const http_answer head = c.read_answer();
      BOOST_TEST_REQUIRE(head.status == 200);
      const json::value answer = json::parse(answer_of(c, head));
      BOOST_TEST(answer.at("id") == id);
      BOOST_TEST(answer.as_object().contains("result"));
    }
    c.send(post(list_tools, in.headers()));
    BOOST_TEST(c.read_answer().body.find("\"echo\"") != std::string::npos);
  }
  s.check_baseline();
}

// The same with the answer that becomes a stream because it takes too long: at the moment when it comes.
BOOST_AUTO_TEST_CASE(R_14_an_answer_that_races_its_stream_is_the_one_or_the_other) {
  comcp::http_endpoint_options options;
  options.mcp(comcp::streamable_http_options().stream_after(std::chrono::milliseconds(3)));
  live_server s(std::move(options));
  int streams = 0;
  {
    const live_session in(s);
    wire c = s.connect();
    for (int id = 1; id <= 100; ++id) {
      const std::string ms = R"({"ms":)" + std::to_string(id % 7) + "}";
      c.send(id % 2 == 0 ? post(call(id, "nap", ms), in.headers()) : modern_call(id, "nap", ms));
      const http_answer head = c.read_answer();
      streams += head.is_stream();
      const json::value answer = json::parse(answer_of(c, head));
      BOOST_TEST(answer.at("id") == id);
      BOOST_TEST(answer.as_object().contains("result"));
    }
  }
  BOOST_TEST(streams > 10);
  BOOST_TEST(streams < 90);
  s.check_baseline();
}

BOOST_AUTO_TEST_SUITE_END()
