// Questions to the client as requests: their ids, their time, their progress, and how they fail.

#include "comcp/protocol/methods.hpp"
#include "session/support.hpp"

#include <set>

using namespace comcp;
using namespace std::chrono_literals;
using test::bench;
using test::obj;
using testing::wait_all_tasks_blocked;

namespace {

using peer_ref = testing::raw_peer&;

/// A handler that asks for roots as the options say, and answers how that went and how long it took.
test::scripted_handler::script asks(call_options options) {
  return [options](jsonrpc::request, responder a, request_context& ctx) -> awaitable<void> {
    const time_point start = this_shard().now();
    std::string outcome = "answered";
    try {
      co_await ctx.call_peer("roots/list", json::object(), options);
    } catch (const session_error& e) {
      outcome = e.code().message();
    }
    json::object result;
    result["outcome"] = outcome;
    result["seconds"] = std::chrono::duration<double>(this_shard().now() - start).count();
    std::move(a).reply(std::move(result));
  };
}

json::object can_be_asked() {
  return obj(R"({"roots":{},"sampling":{},"elicitation":{}})");
}

constexpr const char* late = "the peer did not answer in time";
constexpr const char* no_roots = R"({"roots":[]})";

json::object progress_of(const json::value& question,
                         double progress,
                         std::string_view more = "{}") {
  json::object params = obj(more);
  params["progressToken"] = question.at("params").at("_meta").at("progressToken");
  params["progress"] = progress;
  return params;
}

json::value error_without_id(std::string_view message) {
  json::object error;
  error["code"] = -32700;
  error["message"] = message;
  json::object m;
  m["jsonrpc"] = "2.0";
  m["error"] = std::move(error);
  return m;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(peer_call)

// protocol:timeout:basic, protocol:timeout:sends-cancellation, protocol:timeout:session-survives
COMCP_TEST_CORO(a_question_beyond_its_time_is_taken_back_then_fails_and_the_session_goes_on) {
  bench b(protocol::revision::v2025_11_25, can_be_asked());
  b.handler.scripts["test/ask"] = asks(call_options().timeout(5s));
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(1, "test/ask");
    const auto question = co_await peer.expect();
    co_await peer.expect_silence(4s);
    const auto cancelled = co_await peer.expect();
    BOOST_TEST(cancelled.at("method") == "notifications/cancelled");
    BOOST_TEST(cancelled.at("params").at("requestId") == question.at("id"));
    const auto answer = co_await peer.expect();
    BOOST_TEST(answer.at("result").at("outcome") == late);
    BOOST_TEST(answer.at("result").at("seconds") == 5.0);

    co_await peer.respond(question.at("id"), obj(no_roots));  // too late
    co_await peer.request(2, "test/ask");
    const auto again = co_await peer.expect();
    co_await peer.respond(again.at("id"), obj(no_roots));
    BOOST_TEST((co_await peer.expect()).at("result").at("outcome") == "answered");
  });
  BOOST_TEST(b.sink->quiet());
}

// protocol:timeout:session-default
COMCP_TEST_CORO(the_sessions_time_holds_for_questions_that_name_none) {
  bench b(protocol::revision::v2025_11_25, can_be_asked());
  b.options.peer_call_timeout(20s);
  b.handler.scripts["test/default"] = asks(call_options());
  b.handler.scripts["test/own"] = asks(call_options().timeout(3s));
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    for (const auto& [method, seconds] :
         {std::pair("test/default", 20.0), std::pair("test/own", 3.0)}) {
      co_await peer.request(1, method);
      co_await peer.expect();  // the question
      co_await peer.expect();  // taken back
      const auto answer = co_await peer.expect();
      BOOST_TEST(answer.at("result").at("outcome") == late);
      BOOST_TEST(answer.at("result").at("seconds") == seconds);
    }
  });
  bench usual(protocol::revision::v2025_11_25, can_be_asked());
  usual.handler.scripts["test/default"] = asks(call_options());
  co_await usual.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(1, "test/default");
    co_await peer.expect();
    co_await peer.expect();
    const auto answer = co_await peer.expect();
    BOOST_TEST(answer.at("result").at("seconds") == 60.0);
  });
}

// protocol:timeout:reset-on-progress
COMCP_TEST_CORO(progress_restarts_the_time_where_that_was_asked_for) {
  for (const bool resets : {true, false}) {
    bench b(protocol::revision::v2025_11_25, can_be_asked());
    auto heard = [](const protocol::progress_update&) {};
    auto options = call_options().timeout(10s).reset_on_progress(resets).on_progress(heard);
    b.handler.scripts["test/ask"] = asks(std::move(options));
    co_await b.with([&](peer_ref peer) -> awaitable<void> {
      co_await peer.handshake();
      co_await peer.request(1, "test/ask");
      const auto question = co_await peer.expect();
      for (int i = 1; i <= 3; ++i) {
        co_await sleep(6s);
        co_await peer.notify("notifications/progress", progress_of(question, i));
      }
      co_await peer.expect();  // taken back
      const auto answer = co_await peer.expect();
      BOOST_TEST(answer.at("result").at("outcome") == late);
      BOOST_TEST(answer.at("result").at("seconds") == (resets ? 28.0 : 10.0));
    });
    BOOST_TEST(b.sink->quiet());
  }
}

// protocol:timeout:max-total
COMCP_TEST_CORO(the_time_in_all_ends_a_question_whatever_progress_it_makes) {
  bench b(protocol::revision::v2025_11_25, can_be_asked());
  b.options.peer_call_limit(50s);
  b.handler.scripts["test/own"] =
      asks(call_options().timeout(10s).max_total(25s).reset_on_progress());
  b.handler.scripts["test/default"] = asks(call_options().timeout(10s).reset_on_progress());
  b.handler.scripts["test/short"] = asks(call_options().timeout(10s).max_total(4s));
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    for (const auto& [method, seconds] :
         {std::pair("test/own", 25), std::pair("test/default", 50), std::pair("test/short", 4)}) {
      co_await peer.request(1, method);
      const auto question = co_await peer.expect();
      for (int i = 1; 6 * i < seconds; ++i) {
        co_await sleep(6s);
        co_await peer.notify("notifications/progress", progress_of(question, i));
      }
      const auto cancelled = co_await peer.expect();
      BOOST_TEST(cancelled.at("params").at("requestId") == question.at("id"));
      const auto answer = co_await peer.expect();
      BOOST_TEST(answer.at("result").at("outcome") == late);
      BOOST_TEST(answer.at("result").at("seconds") == 1.0 * seconds, method);
    }
  });
}

// protocol:progress:client-to-server
COMCP_TEST_CORO(progress_of_the_client_reaches_the_one_who_asked) {
  bench b(protocol::revision::v2025_11_25, can_be_asked());
  std::vector<std::string> heard;
  auto listener = [&](const protocol::progress_update& p) {
    heard.push_back(std::to_string(static_cast<int>(p.progress)) + "/" +
                    std::to_string(static_cast<int>(p.total.value_or(-1))) + " " + p.message);
    if (p.progress == 2) throw std::runtime_error("a listener's own trouble");
  };
  b.handler.scripts["test/ask"] = asks(call_options().on_progress(listener));
  b.handler.scripts["test/quiet"] = asks(call_options());
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(1, "test/ask");
    const auto question = co_await peer.expect();
    co_await peer.notify("notifications/progress",
                         progress_of(question, 1, R"({"total":3,"message":"one"})"));
    co_await peer.notify("notifications/progress", progress_of(question, 2));
    co_await peer.notify("notifications/progress", progress_of(question, 3));
    co_await peer.notify("notifications/progress", obj(R"({"progressToken":{},"progress":1})"));
    co_await peer.notify("notifications/progress", obj("{}"));
    co_await peer.respond(question.at("id"), obj(no_roots));
    BOOST_TEST((co_await peer.expect()).at("result").at("outcome") == "answered");
    // Nobody listens any more. What is no question's is the handler's own.
    co_await peer.notify("notifications/progress", progress_of(question, 4));
    co_await peer.request(2, "test/quiet");
    const auto unheard = co_await peer.expect();
    BOOST_TEST((json::serialize(unheard).find("_meta") == std::string::npos));
    co_await peer.respond(unheard.at("id"), obj(no_roots));
    co_await peer.expect();
  });
  BOOST_TEST(heard == (std::vector<std::string>{"1/3 one", "2/-1 ", "3/-1 "}));
  BOOST_TEST(b.handler.seen.notifications.size() == 3U);
  BOOST_TEST(b.sink->count("a listener's own trouble") == 1U);
}

// protocol:request-id:unique, S-RPC-12
COMCP_TEST_CORO(no_id_is_used_twice_whatever_became_of_its_question) {
  bench b(protocol::revision::v2025_11_25, can_be_asked());
  b.handler.scripts["test/ask"] = asks(call_options().timeout(5s));
  std::set<std::string> ids;
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    for (int i = 0; i < 20; ++i) {
      co_await peer.request(i, "test/ask");
      const auto question = co_await peer.expect();
      const json::value& id = question.at("id");
      BOOST_TEST((id.is_int64() || id.is_uint64() || id.is_string()));
      BOOST_TEST(ids.insert(json::serialize(id)).second);
      if (i % 4 == 0) {
        co_await peer.respond(id, obj(no_roots));
      } else if (i % 4 == 1) {
        co_await peer.expect();  // in time: taken back
      } else if (i % 4 == 2) {
        co_await peer.cancel(i);
        co_await peer.expect();  // our question is taken back, theirs is not answered
        continue;
      } else {
        json::value refusal = error_without_id("no");
        refusal.as_object()["id"] = id;
        co_await peer.send(json::serialize(refusal));
      }
      co_await peer.expect();
    }
    // Several at once.
    for (int i = 100; i < 110; ++i) {
      co_await peer.request(i, "test/ask");
      const auto question = co_await peer.expect();
      BOOST_TEST(ids.insert(json::serialize(question.at("id"))).second);
    }
  });
  BOOST_TEST(ids.size() == 30U);
}

// protocol:error:null-id
COMCP_TEST_CORO(an_error_that_names_no_request_reaches_the_handler) {
  bench b(protocol::revision::v2025_11_25, can_be_asked());
  b.handler.scripts["test/ask"] = asks(call_options());
  co_await b.with([&](peer_ref peer) -> awaitable<void> {
    co_await peer.handshake();
    co_await peer.request(1, "test/ask");
    const auto question = co_await peer.expect();
    json::value with_null = error_without_id("what was that?\n");
    with_null.as_object()["id"] = nullptr;
    co_await peer.send(json::serialize(with_null));
    co_await peer.send(json::serialize(error_without_id("and that?")));
    co_await wait_all_tasks_blocked();
    // It is no answer to what is open.
    co_await peer.respond(question.at("id"), obj(no_roots));
    BOOST_TEST((co_await peer.expect()).at("result").at("outcome") == "answered");
  });
  BOOST_TEST(b.handler.seen.peer_errors ==
             (std::vector<std::string>{"-32700 what was that?\n", "-32700 and that?"}));
  BOOST_TEST(b.sink->count("info: the peer reports an error") == 2U);
  BOOST_TEST(b.sink->count("what was that?\\x0a") == 1U);  // one line
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(session_tasks)

namespace {

/// A session without a connection, and what its client is sent.
struct open_session {
  explicit open_session(task_group& group) {
    group.start_soon([this] { return conversation->run(); }, "session");
  }
  void say(std::string_view text, std::shared_ptr<outbox> to = {}) {
    jsonrpc::decoder decoder;
    auto decoded = decoder.decode(text);
    conversation->deliver(std::move(std::get<jsonrpc::message>(decoded)), std::move(to));
  }
  void shake_hands() {
    auto box = outbox::make();
    say(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",
        "capabilities":{"elicitation":{"url":{}},"roots":{}},
        "clientInfo":{"name":"c","version":"1"}}})",
        box);
    say(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  }
  test::scripted_handler handler;
  std::shared_ptr<test::recording_sink> sink = std::make_shared<test::recording_sink>();
  std::shared_ptr<session> conversation =
      session::make(handler, session_options().log(logger(sink, log_level::debug, 1000, 1000)));
};

}  // namespace

COMCP_TEST_CORO(a_session_waits_for_somebody_to_listen_and_then_asks) {
  std::string outcome;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    open_session s(group);
    s.shake_hands();
    s.conversation->start_soon([&](session& own) -> awaitable<void> {
      const bool listens = co_await own.until_listening();
      BOOST_TEST(listens);
      const auto answer = co_await own.elicit_url("Sign in", "https://example.com/?visit=7", "7");
      outcome = answer == protocol::elicit_result::outcome::accept ? "accepted" : "not";
      const auto folders = co_await own.roots();
      outcome += " " + folders.at(0).uri;
    });
    co_await wait_all_tasks_blocked();
    BOOST_TEST(outcome.empty());
    auto box = outbox::make();
    s.conversation->attach_standalone(box);
    const auto question = co_await box->next();
    BOOST_TEST_REQUIRE(question.has_value());
    const json::value asked = json::parse(question->text);
    BOOST_TEST(asked.at("method") == "elicitation/create");
    BOOST_TEST(asked.at("params").at("elicitationId") == "7");
    s.say(R"({"jsonrpc":"2.0","id":1,"result":{"action":"accept"}})");
    const auto second = co_await box->next();
    BOOST_TEST_REQUIRE(second.has_value());
    s.say(R"({"jsonrpc":"2.0","id":2,"result":{"roots":[{"uri":"file:///a"}]}})");
    co_await wait_all_tasks_blocked();
    BOOST_TEST(outcome == "accepted file:///a");
    s.conversation->close("done");
    co_await wait_all_tasks_blocked();
  });
}

COMCP_TEST_CORO(tasks_of_a_session_end_with_it_and_their_failures_are_logged) {
  int ended = 0;
  bool listens = true;
  std::shared_ptr<test::recording_sink> sink;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    open_session s(group);
    sink = s.sink;
    struct counted {
      int& n;
      ~counted() { ++n; }
    };
    const auto forever = [&](session&) -> awaitable<void> {
      const counted end{ended};
      co_await sleep_forever();
    };
    s.conversation->start_soon(forever);  // before run has begun
    s.conversation->start_soon(
        [](session&) -> awaitable<void> { throw std::runtime_error("mine"); }, "the broken one");
    group.start_soon(
        [&]() -> awaitable<void> { listens = co_await s.conversation->until_listening(); });
    co_await wait_all_tasks_blocked();
    s.conversation->start_soon(forever);
    co_await wait_all_tasks_blocked();
    BOOST_TEST(ended == 0);
    s.conversation->close("done");
    co_await wait_all_tasks_blocked();
    BOOST_TEST(ended == 2);
    BOOST_TEST(!listens);
    s.conversation->start_soon(forever);
    co_await wait_all_tasks_blocked();
    BOOST_TEST(ended == 2);
  });
  BOOST_TEST(sink->count("the broken one failed: mine") == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
