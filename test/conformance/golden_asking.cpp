// The conversations of golden.cpp for tools and prompts that ask their client: in the older revisions
// with requests, in 2026-07-28 with results that ask, which the client answers in its next call.

#include "conformance/recorder.hpp"

using namespace test;

namespace {

/// Calls again with the answers, as long as the result asks for something.
awaitable<json::value> call_until_done(recorder& c, std::string method, json::object params) {
  json::object now = params;
  for (;;) {
    const std::int64_t id = co_await c.begin(method, now);
    json::value answer = co_await c.answer(id, method);
    if (!asks(answer)) co_return answer;
    json::object responses;
    for (const auto& question : asked_by(answer))
      responses[question.key()] = recorder::reply_to(question.value().as_object());
    now = retry(params, answer, std::move(responses));
  }
}

awaitable<void> call(recorder& c, std::string tool, std::string arguments = "{}") {
  json::object params;
  params["name"] = std::move(tool);
  params["arguments"] = parsed(arguments);
  co_await call_until_done(c, "tools/call", std::move(params));
}

awaitable<void> questions(recorder& c) {
  co_await call(c, "test_sampling", R"({"prompt":"What is the capital of France?"})");
  co_await call(c, "test_elicitation", R"({"message":"Who are you?"})");
  co_await call(c, "test_elicitation", R"({"message":"Please decline"})");
  co_await call(c, "test_elicitation_sep1034_defaults");
  // Choices of several came with 2025-11-25.
  if (c.rules.elicitation_modes) co_await call(c, "test_elicitation_sep1330_enums");
  for (const char* what : {"elicitation", "sampling", "list_roots", "request_state",
                           "multiple_inputs", "multi_round", "capabilities"}) {
    const std::string tool = std::string("test_input_required_result_") + what;
    co_await call(c, tool);
  }
  json::object prompt;
  prompt["name"] = "test_input_required_result_prompt";
  co_await call_until_done(c, "prompts/get", std::move(prompt));
}

// Of 2026-07-28 only: answers that don't fit, and states that the server didn't seal.
awaitable<void> bad_answers(recorder& c) {
  const json::object params = obj(R"({"name":"test_input_required_result_request_state"})");
  const std::int64_t id = co_await c.begin("tools/call", params);
  const json::value asking = co_await c.answer(id, "tools/call");
  for (const char* responses :
       {R"({})", R"({"confirm":{"action":"accept","content":{"ok":"perhaps"}}})",
        R"({"confirm":{"action":"accept","content":{"ok":true}},"more":{"action":"cancel"}})"}) {
    const std::int64_t next = co_await c.begin("tools/call", retry(params, asking, obj(responses)));
    co_await c.answer(next, "tools/call");
  }
  json::object forged = retry(params, asking, obj(R"({"confirm":{"action":"cancel"}})"));
  forged["requestState"] = "forged";
  const std::int64_t last = co_await c.begin("tools/call", std::move(forged));
  co_await c.answer(last, "tools/call");
}

// A client that said nothing of what it can be asked.
awaitable<void> nobody_to_ask(recorder& c) {
  co_await c.ask("tools/list");
  co_await call(c, "test_sampling", R"({"prompt":"Anybody there?"})");
  co_await call(c, "test_elicitation", R"({"message":"Anybody there?"})");
  co_await call(c, "test_input_required_result_list_roots");
  co_await call(c, "test_input_required_result_capabilities");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(golden_transcripts)

COMCP_TEST_CORO(questions_and_answers_are_what_the_files_of_asking_tell) {
  for (const protocol::rules& r : protocol::all_rules()) {
    server s("everything", "1.0");
    everything::add_asking(s);
    auto lines = co_await recorded(s, r, {}, nobody_to_ask);
    const auto more =
        co_await recorded(s, r, ::test::everything(), [](recorder& c) -> awaitable<void> {
          co_await questions(c);
          if (c.rules.era == protocol::era::modern) co_await bad_answers(c);
        });
    lines.insert(lines.end(), more.begin(), more.end());
    BOOST_TEST_CONTEXT(r.name) {
      const std::string different = differs_from_golden(std::string(r.name) + ".asking", lines);
      BOOST_TEST(different.empty(), different);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
