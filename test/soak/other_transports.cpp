// HTTP+SSE, and servers of one client on standard streams.

#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "soak/server_process.hpp"
#include "soak/worker.hpp"
#include "support/child.hpp"

namespace soak {

namespace {

constexpr const char* hello_2024 =
    R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2024-11-05",)"
    R"("capabilities":{},"clientInfo":{"name":"soak","version":"1"}}})";
constexpr const char* initialized = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";

void check_id(const json::object& answer, int id, trouble when_error = trouble::refused) {
  if (answer.contains("error")) throw failure(when_error, json::serialize(answer));
  const json::value* of = answer.if_contains("id");
  if (!of || *of != json::value(id)) throw failure(trouble::crossed, json::serialize(answer));
}

}  // namespace

void worker::http_sse() {
  connection stream = connect();
  stream.send("GET /sse HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
  stream.stream();
  const auto endpoint = stream.event();
  if (!endpoint) throw failure(trouble::refused, "the stream ended");
  if (endpoint->name != "endpoint") throw failure(trouble::wrong, "no endpoint");
  connection c = connect();
  const auto say = [&](const std::string& body) {
    c.send("POST " + endpoint->data +
           " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body);
    c.head(202);
  };
  const auto next = [&] {
    auto m = stream.message();
    if (!m) throw failure(trouble::refused, "the stream ended");
    return std::move(*m);
  };
  say(hello_2024);
  check_id(next(), 0);
  ++counts_.answers;
  ++counts_.sessions;
  say(initialized);
  const int calls = 1 + pick(6);
  for (int id = 1; id <= calls; ++id) {
    const std::string w = word();
    progress p(w);
    const bool reports = pick(3) == 0;
    say(reports ? call(id, "steps", steps(w), w) : call(id, "greet", one("name", w)));
    json::object m = next();
    for (; m.contains("method"); m = next()) {
      p.take(m);
      ++counts_.notifications;
    }
    check_id(m, id);
    expect(text_of(m), reports ? "Steps of " + w : "Hello, " + w + "!");
    ++counts_.answers;
    if (p.seen() != (reports ? 3 : 0)) throw failure(trouble::lost, "progress of " + w);
  }
  if (pick(2)) stream.raw().reset();
}

/// A few calls, and it ends when its client does, with or without a call under way.
void worker::stdio_child() {
  comcp::test::child child(world_.server.program(), {"--stdio", "--load"});
  const auto next = [&] {
    const std::optional<std::string> line = child.read_line();
    if (!line) throw failure(trouble::cut, "a child ended");
    return json::parse(*line).as_object();
  };
  child.say(hello_2024);
  check_id(next(), 0, trouble::wrong);  // no restart concerns it
  child.say(initialized);
  ++counts_.sessions;
  const int calls = 1 + pick(10);
  for (int id = 1; id <= calls; ++id) {
    const std::string w = word();
    child.say(call(id, "greet", one("name", w)));
    const json::object m = next();
    check_id(m, id, trouble::wrong);
    expect(text_of(m), "Hello, " + w + "!");
    ++counts_.answers;
  }
  if (pick(2)) {
    progress p(word());
    child.say(call(99, "steps", steps(p.word(), 300), p.word()));
    p.take(next());
    ++counts_.notifications;
    ++counts_.left;
  }
  child.close_input();
  child.read_output();
  if (const int status = child.wait(); status != 0 || comcp::test::is_complaint(child.errors()))
    throw failure(trouble::wrong,
                  "a child ended with " + std::to_string(status) + ": " + child.errors());
}

}  // namespace soak
