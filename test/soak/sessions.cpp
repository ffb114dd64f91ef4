// Conversations of the revisions that have sessions.

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "soak/worker.hpp"

namespace soak {

using lifecycle::post;
using lifecycle::request;
using namespace std::chrono_literals;

void worker::session_of_calls() {
  connection c = connect();
  const std::string headers = open(c, pick(2) ? "2025-06-18" : "2025-11-25");
  for (int i = 1 + pick(8); i > 0; --i) {
    const std::string w = word();
    const int id = 1 + pick(1000);
    if (pick(4) > 0) {
      c.ask(post(call(id, "greet", one("name", w)), headers), id, "Hello, " + w + "!");
    } else {
      progress p(w);
      c.ask(post(call(id, "steps", steps(w), w), headers), id, "Steps of " + w, &p);
      if (p.seen() != 3) throw failure(trouble::lost, "progress of " + w);
    }
  }
  close(c, headers);
}

/// Hears of its own resource on its GET stream.
void worker::subscriber() {
  connection c = connect();
  const std::string headers = open(c, pick(2) ? "2025-06-18" : "2025-11-25");
  const std::string uri = "test://template/" + word() + "/data";
  c.send(post(
      R"({"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":)" + one("uri", uri) + "}",
      headers));
  c.answer(1);
  ++counts_.answers;
  connection get = connect();
  get.send(request("GET", headers));
  get.stream();
  for (int i = 1 + pick(3); i > 0; --i) {
    announce(uri);
    hear(get, uri);
  }
  if (pick(2)) get.raw().reset();
  close(c, headers);
}

/// Loses its connection somewhere in an answer; the rest of it must follow, nothing twice.
void worker::come_back() {
  connection c = connect();
  const std::string headers = open(c, "2025-11-25");
  progress p(word());
  std::string last;
  {
    connection lost = connect();
    lost.send(post(call(7, "steps", steps(p.word(), 5), p.word()), headers));
    lost.stream();
    for (int i = 1 + pick(4); i > 0; --i) {
      const auto e = lost.event();
      if (!e) throw failure(trouble::refused, "the stream ended");
      last = e->id;
      if (!e->data.empty()) p.take(json::parse(e->data).as_object());
    }
    lost.raw().reset();
  }
  rest(100);
  connection again = connect();
  again.send(request("GET", headers + "Last-Event-ID: " + last + "\r\n"));
  expect(text_of(again.answer(7, &p)), "Steps of " + p.word());
  if (p.seen() != 5) throw failure(trouble::lost, "progress of " + p.word());
  ++counts_.answers;
  close(c, headers);
}

/// A call that has begun ends with its stream, unanswered, when it is cancelled or its session deleted.
void worker::cancel_one() {
  connection c = connect();
  const std::string headers = open(c, pick(2) ? "2025-06-18" : "2025-11-25");
  progress p(word());
  connection slow = connect();
  slow.send(post(call(7, "steps", steps(p.word(), 300), p.word()), headers));
  slow.stream();
  const auto take = [&](const json::object& m) {
    if (!m.contains("method")) throw failure(trouble::refused, json::serialize(m));
    p.take(m);
    ++counts_.notifications;
  };
  const auto first = slow.message();
  if (!first) throw failure(trouble::refused, "the stream ended");
  take(*first);
  ++counts_.left;
  if (pick(2)) {
    c.send(post(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})",
                headers));
    c.head(202);
    while (const auto m = slow.message())
      take(*m);
    close(c, headers);
  } else {
    c.send(request("DELETE", headers));
    c.head(204);
    while (const auto m = slow.message())
      take(*m);
  }
  if (p.seen() == 300) throw failure(trouble::wrong, "it was not cancelled");
}

void worker::batch() {
  connection c = connect();
  const std::string headers = open(c, "2025-03-26");
  std::map<int, std::string> wanted;
  std::string body;
  const int calls = 2 + pick(5);
  for (int id = 1; id <= calls; ++id) {
    const std::string w = word();
    wanted[id] = pick(2) ? "Hello, " + w + "!" : "Computed " + w;
    body += (body.empty() ? "[" : ",") +
            (wanted[id].starts_with("Hello")
                 ? call(id, "greet", one("name", w))
                 : call(id, "slow_compute", R"({"seconds":0.01,"label":")" + w + "\"}"));
  }
  c.send(post(body + "]", headers));
  const auto take = [&](const json::object& m) {
    const json::value* id = m.if_contains("id");
    if (!id || m.contains("error")) throw failure(trouble::refused, json::serialize(m));
    const auto at = wanted.find(id->to_number<int>());
    if (at == wanted.end()) throw failure(trouble::doubled, json::serialize(m));
    expect(text_of(m), at->second);
    ++counts_.answers;
    wanted.erase(at);
  };
  const lifecycle::http_answer head = c.head();
  if (head.is_stream()) {
    while (const auto m = c.message())
      take(*m);
  } else {
    const json::value all = json::parse(head.body);
    for (const json::value& m : all.as_array())
      take(m.as_object());
  }
  if (!wanted.empty()) throw failure(trouble::refused, "the stream ended without all answers");
  close(c, headers);
}

/// The server asks on the call's own stream; the answer comes on another connection.
void worker::question() {
  connection c = connect();
  const std::string headers =
      open(c, pick(2) ? "2025-06-18" : "2025-11-25", R"({"elicitation":{}})");
  const std::string w = word();
  int questions = 0;
  const auto answer = [&](const json::object& m) {
    if (text_at(m, "method") != "elicitation/create")
      throw failure(trouble::wrong, json::serialize(m));
    expect(text_at(m.at("params").as_object(), "message"), w);
    ++questions;
    ++counts_.notifications;
    connection reply = connect();
    reply.send(post(R"({"jsonrpc":"2.0","id":)" + json::serialize(m.at("id")) +
                        R"(,"result":{"action":"accept","content":{"username":")" + w +
                        R"(","email":"a@example.org"}}})",
                    headers));
    reply.head(202);
  };
  c.send(post(call(3, "test_elicitation", one("message", w)), headers));
  expect(text_of(c.answer(3, nullptr, answer)),
         R"(User response: action=accept, content={"username":")" + w +
             R"(","email":"a@example.org"})");
  ++counts_.answers;
  if (questions != 1) throw failure(trouble::doubled, "questions: " + std::to_string(questions));
  close(c, headers);
}

}  // namespace soak
