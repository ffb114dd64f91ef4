// Mixed traffic against a running server for a bounded time: calls of both eras, streams, aborts, slow
// readers, session churn, cancels, tasks, clients that come back, and a restart in the middle. It checks
// every answer it gets, and reports what it saw.
//
//   soak SERVER-PROGRAM [--minutes N] [--workers N] [--seed N] [--report FILE] [--any-memory]
//
// --any-memory: whatever the server's memory does; for sanitizers, which keep what was freed.
// Exit status 0: nothing was lost, crossed, refused without reason, or leaked.

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "lifecycle/wire.hpp"
#include "soak/server_process.hpp"

namespace {

using namespace lifecycle;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

class totals {
 public:
  std::atomic<std::uint64_t> requests{0};    // that must be answered
  std::atomic<std::uint64_t> aborted{0};     // that we left
  std::atomic<std::uint64_t> lost{0};        // no answer on a connection that we kept
  std::atomic<std::uint64_t> crossed{0};     // somebody else's answer
  std::atomic<std::uint64_t> unprovoked{0};  // errors without reason
  std::atomic<std::uint64_t> by_restart{0};  // what the restart interrupted
  std::atomic<std::uint64_t> sessions{0};

  void complain(const std::string& what) {
    ++unprovoked;
    const std::lock_guard held(mutex_);
    if (samples_.size() < 20) samples_.push_back(what);
  }
  std::vector<std::string> samples() const {
    const std::lock_guard held(mutex_);
    return samples_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> samples_;
};

totals all;
soak::server_process* server = nullptr;
std::atomic<bool> stopping{false};

std::string call(int id,
                 std::string_view tool,
                 const std::string& arguments,
                 std::string_view meta) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
         R"(,"method":"tools/call","params":{"name":")" + std::string(tool) + R"(","arguments":)" +
         arguments + R"(,"_meta":)" + std::string(meta) + "}}";
}

constexpr const char* progress_meta = R"({"progressToken":1})";
constexpr const char* modern_meta =
    R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}},)"
    R"("progressToken":1})";

std::string modern_post(std::string_view method, const std::string& name, const std::string& body) {
  return post(body, "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: " + std::string(method) +
                        "\r\nMcp-Name: " + name + "\r\n");
}
std::string modern_call(int id, const std::string& tool, const std::string& arguments) {
  return modern_post("tools/call", tool, call(id, tool, arguments, modern_meta));
}

std::string last_data(wire& c, const http_answer& head) {
  if (!head.is_stream()) return head.body;
  std::string last;
  while (auto e = c.read_event())
    if (!e->data.empty()) last = e->data;
  return last;
}

/// One of many clients. What the server's restart interrupts is nobody's fault.
class worker {
 public:
  explicit worker(unsigned seed) : random_(seed), name_("w" + std::to_string(seed) + "-") {}

  void run() {
    while (!stopping) {
      // At a pace, so that what the server keeps for a while (tasks, events) is as much at the end as before.
      std::this_thread::sleep_for(std::chrono::milliseconds(pick(120)));
      const auto generation = server->generation();
      try {
        one_of_many();
      } catch (const std::exception& e) {
        if (server->in_transition(generation)) {
          ++all.by_restart;
          std::this_thread::sleep_for(20ms);
        } else {
          all.complain(e.what());
        }
      }
    }
  }

 private:
  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  std::string token() { return name_ + std::to_string(++tokens_); }

  void one_of_many() {
    switch (pick(10)) {
      case 0:
      case 1:
        return session_of_calls();
      case 2:
      case 3:
        return modern_calls();
      case 4:
        return leave_half_way();
      case 5:
        return slow_reader();
      case 6:
        return cancel_one();
      case 7:
        return listen();
      case 8:
        return task();
      default:
        return come_back();
    }
  }

  void check(const std::string& answer, const std::string& wanted, std::string_view what) {
    if (answer.find(wanted) != std::string::npos) return;
    if (answer.find("shutting down") != std::string::npos) {
      ++all.by_restart;
    } else if (answer.empty()) {
      ++all.lost;
      all.complain(std::string(what) + ": no answer");
    } else if (answer.find("Hello, w") != std::string::npos) {
      ++all.crossed;
      all.complain(std::string(what) + ": another's answer: " + answer.substr(0, 200));
    } else {
      all.complain(std::string(what) + ": " + answer.substr(0, 200));
    }
  }

  /// Opens a session; its headers.
  std::string open(wire& c, std::string_view revision) {
    c.send(post(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":")" +
                std::string(revision) +
                R"(","capabilities":{},"clientInfo":{"name":"soak","version":"1"}}})"));
    ++all.requests;
    const http_answer hello = c.read_answer();
    last_data(c, hello);
    if (hello.status != 200)
      throw std::runtime_error("initialize: " + std::to_string(hello.status));
    ++all.sessions;
    const std::string headers = "Mcp-Session-Id: " + hello.header("mcp-session-id") +
                                "\r\nMCP-Protocol-Version: " + std::string(revision) + "\r\n";
    c.send(post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})", headers));
    c.read_answer();
    return headers;
  }
  void close(wire& c, const std::string& headers) {
    if (pick(10) == 0) return;  // some never say goodbye
    c.send(request("DELETE", headers));
    c.read_answer();
  }

  void session_of_calls() {
    wire c(server->port());
    const std::string headers = open(c, pick(2) ? "2025-06-18" : "2025-11-25");
    for (int i = 1 + pick(8); i > 0; --i) {
      const std::string t = token();
      ++all.requests;
      const bool streams = pick(4) == 0;
      c.send(post(streams ? call(i, "test_tool_with_progress", "{}", progress_meta)
                          : call(i, "greet", R"({"name":")" + t + "\"}", "{}"),
                  headers));
      const http_answer a = c.read_answer();
      check(last_data(c, a), streams ? "executed successfully" : "Hello, " + t + "!", "call");
    }
    close(c, headers);
  }

  void modern_calls() {
    wire c(server->port());
    for (int i = 1 + pick(20); i > 0; --i) {
      const std::string t = token();
      ++all.requests;
      c.send(modern_call(1, "greet", R"({"name":")" + t + "\"}"));
      const http_answer a = c.read_answer();
      check(last_data(c, a), "Hello, " + t + "!", "modern call");
    }
  }

  void leave_half_way() {
    ++all.aborted;
    wire c(server->port());
    const std::string bytes = modern_call(1, "test_tool_with_progress", "{}");
    if (pick(2)) {
      c.send(std::string_view(bytes).substr(0, static_cast<std::size_t>(pick(600))));
    } else {
      c.send(bytes);
      c.read_bytes(static_cast<std::size_t>(pick(500)), 20ms);
    }
    if (pick(2)) c.reset();
  }

  void slow_reader() {
    ++all.aborted;
    wire c(server->port());
    const std::string headers = open(c, "2025-06-18");
    wire get(server->port());
    get.send(request("GET", headers));
    get.read_answer();
    for (int i = 0; i < 20; ++i)
      c.send(post(R"({"jsonrpc":"2.0","id":)" + std::to_string(i) + R"(,"method":"tools/list"})",
                  headers));
    std::this_thread::sleep_for(std::chrono::milliseconds(pick(200)));
    c.read_bytes(100, 20ms);
    wire bye(server->port());
    close(bye, headers);
  }

  void cancel_one() {
    wire c(server->port());
    const std::string headers = open(c, "2025-06-18");
    ++all.aborted;
    wire slow(server->port());
    slow.send(post(call(7, "slow_compute", R"({"seconds":30})", "{}"), headers));
    std::this_thread::sleep_for(std::chrono::milliseconds(pick(20)));
    c.send(post(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})",
                headers));
    c.read_answer();
    if (pick(2)) {
      c.send(request("DELETE", headers));
      c.read_answer();
    } else {
      close(c, headers);
    }
  }

  void listen() {
    ++all.aborted;
    wire c(server->port());
    const std::string body =
        R"({"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},"_meta":)" +
        std::string(modern_meta) + "}}";
    c.send(post(body, "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: subscriptions/listen\r\n"));
    const http_answer head = c.read_answer();
    if (!head.is_stream() || !c.read_event()) throw std::runtime_error("listen: no stream");
    std::this_thread::sleep_for(std::chrono::milliseconds(pick(300)));
  }

  void task() {
    wire c(server->port());
    const std::string t = token();
    ++all.requests;
    c.send(modern_call(1, "slow_compute", R"({"seconds":0.05,"label":")" + t + "\"}"));
    http_answer a = c.read_answer();
    const std::string made = last_data(c, a);
    const std::size_t at = made.find("\"taskId\":\"");
    if (at == std::string::npos) throw std::runtime_error("no task: " + made.substr(0, 200));
    const std::string id = made.substr(at + 10, made.find('"', at + 10) - at - 10);
    for (int i = 0; i < 200; ++i) {
      ++all.requests;
      c.send(modern_post("tasks/get", id,
                         R"({"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"taskId":")" +
                             id + R"(","_meta":)" + modern_meta + "}}"));
      a = c.read_answer();
      const std::string state = last_data(c, a);
      if (state.find("\"working\"") == std::string::npos)
        return check(state, "Computed " + t, "task");
      std::this_thread::sleep_for(20ms);
    }
    all.complain("a task never ended");
  }

  void come_back() {
    wire c(server->port());
    const std::string headers = open(c, "2025-11-25");
    ++all.requests;
    std::string id;
    {
      wire lost(server->port());
      lost.send(post(call(7, "test_tool_with_progress", "{}", progress_meta), headers));
      const http_answer head = lost.read_answer();
      if (!head.is_stream()) throw std::runtime_error("come back: no stream");
      id = lost.read_event()->id;
      lost.reset();
    }
    wire again(server->port());
    again.send(request("GET", headers + "Last-Event-ID: " + id + "\r\n"));
    const http_answer head = again.read_answer();
    check(last_data(again, head), "executed successfully", "after coming back");
    close(c, headers);
  }

  std::mt19937 random_;
  const std::string name_;
  std::uint64_t tokens_ = 0;
};

class sample {
 public:
  double minute;
  long rss_kib;
  long files;
};

std::string report(const std::vector<sample>& samples,
                   const sample& idle,
                   const std::string& stats,
                   bool ok) {
  std::string text;
  char line[200];
  const auto add = [&](const char* what, unsigned long long n) {
    std::snprintf(line, sizeof line, "%-38s %12llu\n", what, n);
    text += line;
  };
  add("requests that must be answered", all.requests);
  add("requests and streams that we left", all.aborted);
  add("sessions opened", all.sessions);
  add("interrupted by the restart", all.by_restart);
  add("answers lost", all.lost);
  add("answers of others", all.crossed);
  add("errors that were not provoked", all.unprovoked);
  text += "\nminute   RSS KiB   descriptors\n";
  for (const sample& s : samples) {
    std::snprintf(line, sizeof line, "%6.1f %9ld %13ld\n", s.minute, s.rss_kib, s.files);
    text += line;
  }
  std::snprintf(line, sizeof line, "  idle %9ld %13ld\n", idle.rss_kib, idle.files);
  text += line;
  text += "left at the end: " + stats + "\n";
  for (const std::string& s : all.samples())
    text += "  " + s + "\n";
  text += ok ? "PASSED\n" : "FAILED\n";
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  std::string program;
  double minutes = 1;
  unsigned workers = 16;
  unsigned seed = 1;
  std::string file;
  bool any_memory = false;
  for (int i = 1; i < argc; ++i) {
    const std::string a = argv[i];
    const auto value = [&] { return i + 1 < argc ? std::string(argv[++i]) : std::string("0"); };
    if (a == "--minutes")
      minutes = std::stod(value());
    else if (a == "--workers")
      workers = static_cast<unsigned>(std::stoul(value()));
    else if (a == "--seed")
      seed = static_cast<unsigned>(std::stoul(value()));
    else if (a == "--report")
      file = value();
    else if (a == "--any-memory")
      any_memory = true;
    else
      program = a;
  }
  if (program.empty()) {
    std::fprintf(stderr,
                 "usage: soak SERVER-PROGRAM [--minutes N] [--workers N] [--seed N] "
                 "[--report FILE] [--any-memory]\n");
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  soak::server_process under_test(program);
  server = &under_test;
  under_test.start();

  std::vector<std::thread> threads;
  for (unsigned n = 0; n < workers; ++n)
    threads.emplace_back([n, seed] { worker(seed * 1000 + n).run(); });

  const auto begin = steady::now();
  const auto length = std::chrono::duration<double>(minutes * 60);
  const auto elapsed = [&] { return std::chrono::duration<double>(steady::now() - begin); };
  std::vector<sample> samples;
  bool restarted = false;
  int bad_ends = 0;
  while (elapsed() < length) {
    std::this_thread::sleep_for(length / 24);
    if (!restarted && elapsed() > length / 6) {
      restarted = true;
      bad_ends += under_test.restart() != 0;
    }
    samples.push_back({elapsed().count() / 60, under_test.rss_kib(), under_test.open_files()});
    std::printf("%5.1f min  %8ld KiB  %llu requests\n", samples.back().minute,
                samples.back().rss_kib, static_cast<unsigned long long>(all.requests.load()));
    std::fflush(stdout);
  }
  stopping = true;
  for (std::thread& t : threads)
    t.join();

  // Sessions that nobody deleted are idle for 5 s; a call that was cancelled before it came takes 30 s.
  std::string stats;
  for (int i = 0; i < 100 && !under_test.is_idle(stats); ++i)
    std::this_thread::sleep_for(500ms);
  const sample idle{0, under_test.rss_kib(), under_test.open_files()};
  const bool nothing_left = under_test.is_idle(stats);
  if (!nothing_left)
    for (const std::string& text : under_test.scopes())
      std::fputs(text.c_str(), stdout);
  bad_ends += under_test.stop() != 0;

  // Flat: the last quarter against the quarter behind the warm-up and the restart.
  const auto mean = [&](double from, double to) {
    double sum = 0;
    int n = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const double at = static_cast<double>(i + 1) / static_cast<double>(samples.size());
      if (at > from && at <= to) sum += static_cast<double>(samples[i].rss_kib), ++n;
    }
    return n ? sum / n : 0.0;
  };
  const double growth = mean(0.75, 1.0) / mean(0.4, 0.65) - 1;
  const bool ok = all.lost == 0 && all.crossed == 0 && all.unprovoked == 0 && nothing_left &&
                  bad_ends == 0 && (any_memory || growth < 0.05);
  std::string text = report(samples, idle, stats, ok);
  char line[100];
  std::snprintf(line, sizeof line, "RSS, last quarter against the second one: %+.1f %%\n",
                growth * 100);
  text = line + text;
  std::fputs(text.c_str(), stdout);
  if (!file.empty())
    if (std::FILE* f = std::fopen(file.c_str(), "w")) {
      std::fputs(text.c_str(), f);
      std::fclose(f);
    }
  return ok ? 0 : 1;
}
