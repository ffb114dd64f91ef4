#include "soak/worker.hpp"

#include <chrono>
#include <iterator>
#include <thread>

namespace soak {

using namespace std::chrono_literals;

const worker::kind worker::kinds[] = {
    {"calls in a session", 4, &worker::session_of_calls},
    {"modern calls", 4, &worker::modern_calls},
    {"left half-way", 2, &worker::leave_half_way},
    {"slow readers", 1, &worker::slow_reader, &world::slow_reader},
    {"cancelled calls", 2, &worker::cancel_one},
    {"listen streams", 2, &worker::listen},
    {"GET streams", 2, &worker::subscriber},
    {"tasks", 2, &worker::task},
    {"resumed streams", 2, &worker::come_back},
    {"batches", 2, &worker::batch},
    {"questions in sessions", 2, &worker::question},
    {"modern questions", 2, &worker::modern_question},
    {"HTTP+SSE sessions", 2, &worker::http_sse},
    {"stdio children", 1, &worker::stdio_child, &world::child},
};

std::size_t worker::kind_count() {
  return std::size(kinds);
}

const worker::kind& worker::choose() {
  int all = 0;
  for (const kind& k : kinds)
    all += k.weight;
  int at = pick(all);
  for (const kind& k : kinds)
    if ((at -= k.weight) < 0) return k;
  return kinds[0];
}

void worker::rest(int most_ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(pick(most_ms)));
}

void worker::run() {
  while (!world_.stopping) {
    if (world_.paused) {
      ++world_.resting;
      while (world_.paused && !world_.stopping)
        std::this_thread::sleep_for(5ms);
      --world_.resting;
      continue;
    }
    // At a pace, so that what the server keeps for a while (tasks, events) is as much at the end as before.
    rest(120);
    const kind& what = choose();
    if (what.alone && (world_.*what.alone).exchange(true)) continue;
    converse(what);
    if (what.alone) world_.*what.alone = false;
  }
}

void worker::converse(const kind& what) {
  const auto generation = world_.server.generation();
  const bool in_restart = world_.server.in_transition(generation);
  try {
    (this->*what.converse)();
    counts_.completed(what.name);
  } catch (const failure& f) {
    if (f.what_kind == trouble::refused &&
        (in_restart || world_.server.in_transition(generation))) {
      ++counts_.excused;
      std::this_thread::sleep_for(20ms);
    } else {
      counts_.failed(what.name, f);
    }
  } catch (const std::exception& e) {
    counts_.failed(what.name, failure(trouble::wrong, e.what()));
  }
}

std::string worker::open(connection& c, std::string_view revision, std::string_view capabilities) {
  c.send(lifecycle::post(
      R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":")" +
      std::string(revision) + R"(","capabilities":)" + std::string(capabilities) +
      R"(,"clientInfo":{"name":"soak","version":"1"}}})"));
  const lifecycle::http_answer hello = c.head();
  const json::object answer = c.answer(hello, 0, nullptr);
  expect(text_at(answer.at("result").as_object(), "protocolVersion"), std::string(revision));
  ++counts_.answers;
  ++counts_.sessions;
  const std::string headers = "Mcp-Session-Id: " + hello.header("mcp-session-id") +
                              "\r\nMCP-Protocol-Version: " + std::string(revision) + "\r\n";
  c.send(lifecycle::post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})", headers));
  c.head(202);
  return headers;
}

void worker::close(connection& c, const std::string& headers) {
  if (pick(10) == 0) return;
  c.send(lifecycle::request("DELETE", headers));
  c.head(204);
}

void worker::hear(connection& c, const std::string& uri) {
  const auto m = c.message();
  if (!m) throw failure(trouble::refused, "the stream ended");
  if (text_at(*m, "method") != "notifications/resources/updated")
    throw failure(trouble::wrong, json::serialize(*m));
  expect(text_at(m->at("params").as_object(), "uri"), uri);
  ++counts_.notifications;
}

void worker::announce(const std::string& uri) {
  connection c = connect();
  c.ask(modern_call(1, "announce", one("uri", uri)), 1, "Announced " + uri);
}

}  // namespace soak
