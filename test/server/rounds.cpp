// Multi-round-trip requests on the wire: what a client of 2026-07-28 sees of handlers that ask.

#include "comcp/session/ask.hpp"

#include "server/answering.hpp"

#include <boost/describe/class.hpp>

#include <chrono>

using namespace test;
using namespace std::chrono_literals;

namespace {

struct person {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(person, (), (name))

struct receipt {
  int number = 0;
  std::string text;
};
BOOST_DESCRIBE_STRUCT(receipt, (), (number, text))

awaitable<std::string> greet(request_context& ctx) {
  const auto who =
      co_await ctx.elicit<person>("What is your name?", call_options().key("user_name"));
  if (!who) co_return "Hello, whoever";
  co_return "Hello, " + who->name;
}

awaitable<std::string> two_steps(request_context& ctx) {
  const auto one = co_await ctx.elicit<person>("One?");
  const auto two = co_await ctx.elicit<person>("Two?");
  co_return one->name + two->name;
}

awaitable<std::string> large_text() {
  co_return std::string(5000, 'x');
}

/// Serves one modern client that can be asked everything.
awaitable<void> with_modern(server& s, std::function<awaitable<void>(client&)> scenario) {
  return with_client(s, modern, std::move(scenario), everything());
}

awaitable<json::value> ask_for(client& c, json::object params) {
  return c.ask("tools/call", std::move(params));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rounds)

// S-MRTR-02 S-MRTR-03 S-MRTR-09 S-MRTR-10
COMCP_TEST_CORO(a_question_ends_the_call_and_its_answer_finishes_it) {
  server s("s", "1");
  s.tool("t", "", greet);
  co_await with_modern(s, [](client& c) -> awaitable<void> {
    const auto asking = co_await ask_for(c, call("t"));
    BOOST_TEST_REQUIRE(asks(asking));
    const json::object& result = result_of(asking);
    BOOST_TEST(!result.contains("ttlMs"));
    BOOST_TEST(result.at("_meta").at("io.modelcontextprotocol/serverInfo").at("name") == "s");
    BOOST_TEST(result.at("inputRequests") ==
               parsed(R"({"user_name":{"method":"elicitation/create","params":{
      "mode":"form","message":"What is your name?",
      "requestedSchema":{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}}}})"));
    const auto done =
        co_await ask_for(c, retry(call("t"), asking, responses("user_name", named("Alice"))));
    BOOST_TEST(text_of(done) == "Hello, Alice");
    // The same again: the state may come back as often as the client likes while it is valid.
    const auto again =
        co_await ask_for(c, retry(call("t"), asking, responses("user_name", named("Bob"))));
    BOOST_TEST(text_of(again) == "Hello, Bob");
  });
}

// S-MRTR-06 S-MRTR-07 S-MRTR-08
COMCP_TEST_CORO(answers_that_are_none_lead_to_the_same_question_or_an_error) {
  server s("s", "1");
  s.tool("t", "", greet);
  co_await with_modern(s, [](client& c) -> awaitable<void> {
    const auto asking = co_await ask_for(c, call("t"));
    // A wrong key, and none: asked again.
    for (auto& brought : {responses("wrong_key", named("A")), json::object()}) {
      const auto again = co_await ask_for(c, retry(call("t"), asking, brought));
      BOOST_TEST_REQUIRE(asks(again));
      BOOST_TEST(asked_by(again) == asked_by(asking));
    }
    auto with_more = responses("user_name", named("A"));
    with_more["extra"] = named("B");
    BOOST_TEST(text_of(co_await ask_for(c, retry(call("t"), asking, with_more))) == "Hello, A");

    auto params = retry(call("t"), asking, {});
    params["inputResponses"] = nullptr;
    BOOST_TEST(asks(co_await ask_for(c, params)));
    for (const char* bad : {R"({"user_name":12345})", R"([])", R"("x")", R"({"user_name":{}})",
                            R"({"user_name":{"action":"accept","content":{"name":1}}})",
                            R"({"user_name":{"action":"accept"}})"}) {
      params["inputResponses"] = parsed(bad);
      BOOST_TEST(code_of(co_await ask_for(c, params)) == -32602, bad);
    }
    // What was asked is still answered by the same state.
    params["inputResponses"] = responses("user_name", named("C"));
    BOOST_TEST(text_of(co_await ask_for(c, params)) == "Hello, C");
  });
}

// S-MRTR-05
COMCP_TEST_CORO(a_state_counts_for_its_own_call_only) {
  server s("s", "1");
  s.tool("t", "", [](json::object, request_context& ctx) { return greet(ctx); })
      .tool("u", "", greet)
      .prompt("t", "", [](request_context& ctx) { return greet(ctx); });
  co_await with_modern(s, [](client& c) -> awaitable<void> {
    const auto asking = co_await ask_for(c, call("t", R"({"a":1})"));
    const auto brought = responses("user_name", named("A"));
    const auto says = [&](std::string method, json::object params) -> awaitable<json::value> {
      return c.ask(std::move(method), retry(std::move(params), asking, brought));
    };
    BOOST_TEST(code_of(co_await says("tools/call", call("t", R"({"a":2})"))) == -32602);
    BOOST_TEST(code_of(co_await says("tools/call", call("u", R"({})"))) == -32602);
    BOOST_TEST(code_of(co_await says("prompts/get", obj(R"({"name":"t"})"))) == -32602);
    auto tampered = retry(call("t", R"({"a":1})"), asking, brought);
    tampered["requestState"] =
        std::string(result_of(asking).at("requestState").as_string()) + "-TAMPERED";
    const auto refused = co_await ask_for(c, tampered);
    BOOST_TEST(code_of(refused) == -32602);
    tampered["requestState"] = 5;
    BOOST_TEST(code_of(co_await ask_for(c, tampered)) == -32602);
    BOOST_TEST(text_of(co_await says("tools/call", call("t", R"({"a":1})"))) == "Hello, A");
  });
}

COMCP_TEST_CORO(a_state_counts_for_its_own_user_and_time_only) {
  auto now = std::chrono::system_clock::time_point(1000h);
  server s("s", "1",
           server_options().rounds(round_options().lifetime(60s).clock([&] { return now; })));
  s.tool("t", "", greet);
  json::value asking;
  const auto as_user = [](const char* name) {
    auto who = std::make_shared<principal>(name);
    return session_options().on_behalf_of(std::move(who));
  };
  const auto brought = responses("user_name", named("A"));
  co_await with_client(
      s, modern,
      [&](client& c) -> awaitable<void> {
        asking = co_await ask_for(c, call("t"));
        BOOST_TEST(asks(asking));
      },
      everything(), as_user("ann"));
  const auto answer = [&](session_options who) -> awaitable<json::value> {
    json::value got;
    co_await with_client(
        s, modern,
        [&](client& c) -> awaitable<void> {
          got = co_await ask_for(c, retry(call("t"), asking, brought));
        },
        everything(), std::move(who));
    co_return got;
  };
  BOOST_TEST(code_of(co_await answer(as_user("bob"))) == -32602);
  BOOST_TEST(code_of(co_await answer(session_options())) == -32602);
  now += 59s;
  BOOST_TEST(text_of(co_await answer(as_user("ann"))) == "Hello, A");
  now += 1s;
  const auto late = co_await answer(as_user("ann"));
  BOOST_TEST(code_of(late) == -32602);
  BOOST_TEST(error_of(late).at("message").as_string().find("expired") != json::string::npos);
}

// S-MRTR-09
COMCP_TEST_CORO(another_instance_with_the_same_secret_goes_on) {
  const auto options = [] {
    return server_options().rounds(round_options().key(std::string(32, 's')));
  };
  server one("s", "1", options());
  server two("s", "2", options());
  server stranger("s", "3");
  json::value asking;
  for (server* s : {&one, &two, &stranger})
    s->tool("t", "", two_steps);
  co_await with_modern(
      one, [&](client& c) -> awaitable<void> { asking = co_await ask_for(c, call("t")); });
  co_await with_modern(stranger, [&](client& c) -> awaitable<void> {
    const auto got = co_await ask_for(c, retry(call("t"), asking, responses("q1", named("A"))));
    BOOST_TEST(code_of(got) == -32602);
  });
  co_await with_modern(two, [&](client& c) -> awaitable<void> {
    asking = co_await ask_for(c, retry(call("t"), asking, responses("q1", named("A"))));
    BOOST_TEST(asked_by(asking).contains("q2"));
  });
  co_await with_modern(one, [&](client& c) -> awaitable<void> {
    const auto got = co_await ask_for(c, retry(call("t"), asking, responses("q2", named("B"))));
    BOOST_TEST(text_of(got) == "AB");
  });
}

// S-MRTR-01: the same for prompts and resources; completion can't ask.
COMCP_TEST_CORO(prompts_and_resources_ask_too_and_nothing_else) {
  auto sink = std::make_shared<recording_sink>();
  server s("s", "1", logging_to(sink));
  s.prompt("p", "", [](request_context& ctx) { return greet(ctx); });
  s.prompt(
      "q", "", [](request_context&) -> awaitable<std::string> { co_return ""; },
      prompt_options().argument("a", ""));
  s.resource("r:x", "x", [](request_context& ctx) { return greet(ctx); });
  s.completion(completion_target::prompt("q", "a"),
               [](completion_request, request_context& ctx) -> awaitable<std::vector<std::string>> {
                 co_await ctx.roots();
                 co_return std::vector<std::string>();
               });
  co_await with_modern(s, [](client& c) -> awaitable<void> {
    const answers reply = [](const std::string&, const json::object&) {
      return json::value(named("A"));
    };
    auto talking = converse(c, "prompts/get", obj(R"({"name":"p"})"), reply);
    auto got = co_await std::move(talking);
    BOOST_TEST(got.rounds == 1);
    BOOST_TEST(result_of(got.answer).at("messages").at(0).at("content").at("text") == "Hello, A");
    talking = converse(c, "resources/read", obj(R"({"uri":"r:x"})"), reply);
    got = co_await std::move(talking);
    BOOST_TEST(got.rounds == 1);
    BOOST_TEST(result_of(got.answer).at("contents").at(0).at("text") == "Hello, A");
    BOOST_TEST(result_of(got.answer).contains("ttlMs"));  // of the complete result
    const auto refused = co_await c.ask(
        "completion/complete",
        obj(R"({"ref":{"type":"ref/prompt","name":"q"},"argument":{"name":"a","value":""}})"));
    BOOST_TEST(code_of(refused) == -32603);
  });
  BOOST_TEST(sink->count("completion/complete can't ask the client") == 1U);
}

COMCP_TEST_CORO(what_is_asked_at_once_goes_out_at_once) {
  server s("s", "1");
  int runs = 0;
  s.tool("t", "", [&](request_context& ctx) -> awaitable<std::string> {
    ++runs;
    std::string name, said;
    std::size_t roots = 0;
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      group.start_soon([&]() -> awaitable<void> {
        const auto who = co_await ctx.elicit<person>("Name?", call_options().key("user_name"));
        name = who ? who->name : "nobody";
      });
      group.start_soon([&]() -> awaitable<void> {
        protocol::create_message_params p;
        p.max_tokens = 50;
        p.messages.emplace_back(protocol::role::user, content_block("Generate a greeting"));
        const auto got = co_await ctx.sample(std::move(p), call_options().key("greeting"));
        said = std::get<protocol::text_content>(got.content.at(0).value).text;
      });
      group.start_soon([&]() -> awaitable<void> {
        const auto all = co_await ctx.roots(call_options().key("client_roots"));
        roots = all.size();
      });
      co_return;
    });
    co_return said + " " + name + " " + std::to_string(roots);
  });
  const auto greeting =
      obj(R"({"role":"assistant","content":{"type":"text","text":"Hi"},"model":"m"})");
  co_await with_modern(s, [&](client& c) -> awaitable<void> {
    const auto asking = co_await ask_for(c, call("t"));
    const auto& requests = asked_by(asking);
    BOOST_TEST(requests.size() == 3U);
    BOOST_TEST(requests.at("client_roots") == parsed(R"({"method":"roots/list","params":{}})"));
    BOOST_TEST(requests.at("greeting").at("params").at("maxTokens") == 50);

    // Some answers only: the rest is asked again, and what was answered is remembered.
    auto some = responses("user_name", named("Ada"));
    const auto again = co_await ask_for(c, retry(call("t"), asking, some));
    BOOST_TEST(asked_by(again).size() == 2U);
    auto rest = responses("client_roots", obj(R"({"roots":[]})"));
    rest["greeting"] = greeting;
    BOOST_TEST(text_of(co_await ask_for(c, retry(call("t"), again, rest))) == "Hi Ada 0");

    rest["user_name"] = named("Bob");
    BOOST_TEST(text_of(co_await ask_for(c, retry(call("t"), asking, rest))) == "Hi Bob 0");
  });
  BOOST_TEST(runs == 4);
}

// input-required-result-multi-round
COMCP_TEST_CORO(each_round_has_a_state_of_its_own) {
  server s("s", "1");
  s.tool("t", "", two_steps);
  co_await with_modern(s, [](client& c) -> awaitable<void> {
    const auto first = co_await ask_for(c, call("t"));
    const auto second = co_await ask_for(c, retry(call("t"), first, responses("q1", named("A"))));
    BOOST_TEST_REQUIRE(asks(second));
    BOOST_TEST((result_of(first).at("requestState") != result_of(second).at("requestState")));
    const auto done = co_await ask_for(c, retry(call("t"), second, responses("q2", named("B"))));
    BOOST_TEST(text_of(done) == "AB");
    // Answers of an earlier round don't change: they are in the state.
    auto both = responses("q2", named("B"));
    both["q1"] = named("X");
    BOOST_TEST(text_of(co_await ask_for(c, retry(call("t"), second, both))) == "AB");
  });
}

COMCP_TEST_CORO(a_handler_that_asks_otherwise_when_replayed_gets_no_answer_for_it) {
  auto sink = std::make_shared<recording_sink>();
  server s("s", "1", logging_to(sink));
  int runs = 0;
  bool reached = false;
  s.tool("t", "", [&](request_context& ctx) -> awaitable<std::string> {
    ++runs;
    co_await ctx.elicit<person>("Delete " + std::to_string(runs) + " files?");
    reached = true;
    co_return "deleted";
  });
  co_await with_modern(s, [](client& c) -> awaitable<void> {
    const auto asking = co_await ask_for(c, call("t"));
    const auto refused =
        co_await ask_for(c, retry(call("t"), asking, responses("q1", named("yes"))));
    BOOST_TEST(code_of(refused) == -32602);
    BOOST_TEST(error_of(refused).at("message") ==
               "Invalid params: the question \"q1\" has changed since it was answered: send the "
               "request again without requestState and inputResponses");
  });
  BOOST_TEST(!reached);
  BOOST_TEST(sink->count("asked another question \"q1\"") == 1U);
}

COMCP_TEST_CORO(rounds_and_the_size_of_a_state_are_limited) {
  auto sink = std::make_shared<recording_sink>();
  server s("s", "1", logging_to(sink).rounds(round_options().max_rounds(3).max_state_bytes(4096)));
  s.tool("endless", "", [](request_context& ctx) -> awaitable<std::string> {
    while (true)
      co_await ctx.elicit<person>("More?");
  });
  s.tool("large", "", [](request_context& ctx) -> awaitable<std::string> {
    const auto all = co_await ctx.once("all", large_text);
    co_await ctx.elicit<person>("Name?");
    co_return all;
  });
  co_await with_modern(s, [](client& c) -> awaitable<void> {
    const answers reply = [](const std::string&, const json::object&) {
      return json::value(named("A"));
    };
    auto talking = converse(c, "tools/call", call("endless"), reply);
    auto got = co_await std::move(talking);
    BOOST_TEST(got.rounds == 3);
    BOOST_TEST(code_of(got.answer) == -32603);
    talking = converse(c, "tools/call", call("large"), reply);
    got = co_await std::move(talking);
    BOOST_TEST(code_of(got.answer) == -32603);
  });
  BOOST_TEST(sink->count("can't ask its client") == 2U);
}

COMCP_TEST_CORO(side_effects_happen_once) {
  server s("s", "1");
  int orders = 0, notes = 0, tries = 0;
  s.tool("t", "", [&](request_context& ctx) -> awaitable<std::string> {
    const auto make = [&]() -> awaitable<receipt> {
      co_await checkpoint();
      receipt r;
      r.number = ++orders;
      r.text = "order";
      co_return r;
    };
    const auto made = co_await ctx.once("order", make);
    const auto second = co_await ctx.once("order", make);  // another one
    co_await ctx.once("note", [&]() -> awaitable<void> {
      ++notes;
      co_return;
    });
    bool failed = false;
    try {
      co_await ctx.once("fails", [&]() -> awaitable<int> {
        ++tries;
        throw std::runtime_error("x");
        co_return 1;
      });
    } catch (const std::runtime_error&) {
      failed = true;
    }
    const auto name = co_await ctx.elicit<person>("Whose?");
    co_return name->name + std::to_string(made.number) + std::to_string(second.number) +
        (failed ? "f" : "");
  });
  for (const revision r : {revision::v2025_11_25, modern}) {
    orders = notes = tries = 0;
    co_await with_client(
        s, r,
        [](client& c) -> awaitable<void> {
          const answers reply = [](const std::string&, const json::object&) {
            return json::value(named("A"));
          };
          auto talking = converse(c, "tools/call", call("t"), reply);
          const auto got = co_await std::move(talking);
          BOOST_TEST(text_of(got.answer) == "A12f");
        },
        everything());
    BOOST_TEST(orders == 2);
    BOOST_TEST(notes == 1);
    BOOST_TEST(tries == (r == modern ? 2 : 1));
  }
}

COMCP_TEST_CORO(a_handler_that_swallows_the_end_of_its_attempt_can_not_answer) {
  server s("s", "1");
  std::vector<send_status> tidied;
  s.tool("swallows", "", [](request_context& ctx) -> awaitable<std::string> {
    try {
      co_await ctx.elicit<person>("Name?");
    } catch (const std::exception&) {
      co_return "swallowed";
    }
    co_return "answered";
  });
  s.tool("shields", "", [](request_context& ctx) -> awaitable<std::string> {
    co_await shielded([&]() -> awaitable<void> { co_await ctx.elicit<person>("Name?"); });
    co_return "answered";
  });
  s.tool("tidies", "", [&](request_context& ctx) -> awaitable<std::string> {
    auto body = [&]() -> awaitable<void> { co_await ctx.elicit<person>("Name?"); };
    auto cleanup = [&]() -> awaitable<void> {
      co_await sleep(1s);
      tidied.push_back(co_await ctx.report_progress(1));
    };
    co_await with_cleanup(body, cleanup, 1min);
    co_return "answered";
  });
  s.tool(
      "time limit", "",
      [](request_context& ctx) -> awaitable<std::string> {
        co_await ctx.elicit<person>("Name?");
        co_return "answered";
      },
      tool_options().time_limit(1s));
  co_await with_modern(s, [](client& c) -> awaitable<void> {
    for (const char* tool : {"swallows", "shields", "tidies", "time limit"}) {
      BOOST_TEST_CONTEXT(tool) {
        auto params = call(tool);
        params["_meta"] = obj(R"({"progressToken":1})");
        const auto asking = co_await ask_for(c, params);
        BOOST_TEST(asks(asking));
        const auto done = co_await ask_for(c, retry(params, asking, responses("q1", named("A"))));
        BOOST_TEST(text_of(done) == "answered");
      }
    }
    co_await sleep(1min);
  });
  BOOST_TEST((tidied == std::vector{send_status::closed, send_status::sent}));
  BOOST_TEST(s.running_calls() == 0U);
}

COMCP_TEST_CORO(a_question_that_is_taken_back_in_time_is_not_asked) {
  server s("s", "1");
  s.tool("t", "", [](request_context& ctx) -> awaitable<std::string> {
    const auto name = co_await move_on_after(0s, [&] { return ctx.elicit<person>("Name?"); });
    co_return name ? "asked" : "not asked";
  });
  co_await with_modern(s, [](client& c) -> awaitable<void> {
    BOOST_TEST(text_of(co_await ask_for(c, call("t"))) == "not asked");
  });
}

// S-MOD-06 S-MOD-15: the retry may come on a connection that a legacy session uses too.
COMCP_TEST_CORO(rounds_have_nothing_to_do_with_the_connection) {
  server s("s", "1");
  s.tool("t", "", greet);
  json::value asking;
  co_await with_modern(
      s, [&](client& c) -> awaitable<void> { asking = co_await ask_for(c, call("t")); });
  co_await with_client(
      s, revision::v2025_11_25,
      [&](client& c) -> awaitable<void> {
        auto elsewhere = make_memory_transports();
        testing::raw_peer speaker(std::move(elsewhere.second), modern, everything());
        const auto text = speaker.request_text(
            "m1", "tools/call", retry(call("t"), asking, responses("user_name", named("A"))));
        co_await c.peer.send(text);
        const auto done = co_await c.peer.expect();
        BOOST_TEST(done.at("id") == "m1");
        BOOST_TEST(text_of(done) == "Hello, A");
      },
      everything());
}

// The client cancels, or is gone, after any number of turns of an attempt: nothing is left.
COMCP_TEST_CORO(an_attempt_may_be_cancelled_at_any_moment) {
  server s("s", "1");
  s.tool("t", "", two_steps);
  for (int step = 0; step < 12; ++step) {
    co_await with_modern(s, [&](client& c) -> awaitable<void> {
      co_await c.peer.request("x", "tools/call", call("t"));
      for (int i = 0; i < step; ++i)
        co_await checkpoint();
      co_await c.peer.cancel("x");
      co_await c.peer.request("y", "tools/call", call("t"));
      auto answer = co_await c.next("tools/call");
      if (answer.at("id") == "x") answer = co_await c.next("tools/call");
      BOOST_TEST(answer.at("id") == "y");
      BOOST_TEST(asks(answer));
      co_await c.peer.expect_silence();
    });
    BOOST_TEST(s.running_calls() == 0U);
  }
}

BOOST_AUTO_TEST_SUITE_END()
