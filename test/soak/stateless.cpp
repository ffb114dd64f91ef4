// Conversations of 2026-07-28, and those that a client leaves.

#include <chrono>
#include <string>
#include <thread>

#include "soak/worker.hpp"

namespace soak {

using namespace std::chrono_literals;

void worker::modern_calls() {
  connection c = connect();
  for (int i = 1 + pick(20); i > 0; --i) {
    const std::string w = word();
    const int id = 1 + pick(1000);
    if (pick(5) > 0) {
      c.ask(modern_call(id, "greet", one("name", w)), id, "Hello, " + w + "!");
    } else {
      progress p(w);
      c.ask(modern_call(id, "steps", steps(w), w), id, "Steps of " + w, &p);
      if (p.seen() != 3) throw failure(trouble::lost, "progress of " + w);
    }
  }
}

void worker::leave_half_way() {
  const std::string w = word();
  connection c = connect();
  const std::string bytes = modern_call(1, "steps", steps(w), w);
  ++counts_.left;
  if (pick(2)) {
    c.send(std::string_view(bytes).substr(0, static_cast<std::size_t>(pick(600))));
  } else {
    c.send(bytes);
    c.raw().read_bytes(static_cast<std::size_t>(pick(500)), 20ms);
  }
  if (pick(2)) c.raw().reset();
}

/// Lets everything fill up on the way before it reads on, or leaves.
void worker::slow_reader() {
  constexpr int n = 3000;
  connection c = connect(32768);
  const bool in_session = pick(2) == 0;
  const std::string headers = in_session ? open(c, "2025-06-18") : "";
  progress p(word());
  const std::string arguments = R"({"n":)" + std::to_string(n) + R"(,"word":")" + p.word() + "\"}";
  c.send(in_session ? lifecycle::post(call(1, "torrent", arguments, p.word()), headers)
                    : modern_call(1, "torrent", arguments, p.word()));
  const lifecycle::http_answer head = c.head();
  std::this_thread::sleep_for(std::chrono::milliseconds(300 + pick(700)));
  if (pick(2)) {
    expect(text_of(c.answer(head, 1, &p)), "Torrent of " + p.word());
    if (p.seen() != n) throw failure(trouble::lost, "progress of " + p.word());
    ++counts_.answers;
  } else {
    ++counts_.left;
    c.raw().reset();
  }
  if (in_session) {
    connection bye = connect();
    bye.send(lifecycle::request("DELETE", headers));
    bye.head(204);
  }
}

/// Hears of its own resource, then leaves.
void worker::listen() {
  const std::string uri = "test://template/" + word() + "/data";
  connection c = connect();
  c.send(modern(1, "subscriptions/listen", "",
                R"("notifications":{"resourceSubscriptions":[")" + uri + "\"]}"));
  c.stream();
  const auto first = c.message();
  if (!first) throw failure(trouble::refused, "the stream ended");
  if (text_at(*first, "method") != "notifications/subscriptions/acknowledged")
    throw failure(trouble::refused, json::serialize(*first));
  for (int i = 1 + pick(3); i > 0; --i) {
    announce(uri);
    hear(c, uri);
  }
  ++counts_.left;
  rest(100);
  if (pick(2)) c.raw().reset();
}

void worker::task() {
  connection c = connect();
  const std::string w = word();
  c.send(modern_call(1, "slow_compute", R"({"seconds":0.05,"label":")" + w + "\"}"));
  const json::object made = c.answer(1);
  const std::string id = text_at(made.at("result").as_object(), "taskId");
  if (id.empty()) throw failure(trouble::wrong, "no task: " + json::serialize(made));
  ++counts_.answers;
  for (int i = 0; i < 200; ++i) {
    c.send(modern(2, "tasks/get", id, "\"taskId\":\"" + id + '"'));
    const json::object state = c.answer(2);
    const json::object& result = state.at("result").as_object();
    expect(text_at(result, "taskId"), id);
    ++counts_.answers;
    if (text_at(result, "status") != "working") return expect(text_of(result), "Computed " + w);
    std::this_thread::sleep_for(20ms);
  }
  throw failure(trouble::lost, "a task never ended");
}

/// The question is a result, and its answer a second request.
void worker::modern_question() {
  connection c = connect();
  const std::string w = word();
  c.send(modern_call(1, "test_elicitation", one("message", w)));
  const json::object asked = c.answer(1);
  const json::object& result = asked.at("result").as_object();
  const json::value* questions = result.if_contains("inputRequests");
  if (!questions || questions->as_object().size() != 1)
    throw failure(trouble::wrong, json::serialize(asked));
  const auto& question = *questions->as_object().begin();
  expect(text_at(question.value().at("params").as_object(), "message"), w);
  ++counts_.answers;
  if (pick(10) == 0) return void(++counts_.left);  // some users never answer
  const std::string content = R"({"username":")" + w + R"(","email":"a@example.org"})";
  c.ask(modern(2, "tools/call", "test_elicitation",
               R"("name":"test_elicitation","arguments":)" + one("message", w) +
                   R"(,"inputResponses":{")" + std::string(question.key()) +
                   R"(":{"action":"accept","content":)" + content + R"(}},"requestState":)" +
                   json::serialize(result.at("requestState"))),
        2, "User response: action=accept, content=" + content);
}

}  // namespace soak
