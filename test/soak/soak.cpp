// Mixed traffic against a running server for a bounded time: conversations of every transport and era,
// streams, aborts, slow readers, session churn, cancels, clients that come back, and a restart. It checks
// every answer it gets, and reports what it saw.
//
//   soak SERVER-PROGRAM [--minutes N] [--workers N] [--seed N] [--report FILE] [--any-memory]
//
// --any-memory: whatever the server's memory does; for sanitizers, which keep what was freed.
// Exit status 0: what results::failures looks for did not happen.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "soak/report.hpp"
#include "soak/worker.hpp"

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

double seconds_since(steady::time_point begin) {
  return std::chrono::duration<double>(steady::now() - begin).count();
}

/** Waits until nothing lives in the server, and no more descriptors are open than before; false: that took too
    long. Sessions that nobody deleted are idle for 5 s first. */
bool settle(const soak::server_process& server, long files) {
  for (int i = 0; i < 400; ++i) {
    if (server.is_idle() && server.open_files() <= files) return true;
    std::this_thread::sleep_for(50ms);
  }
  return server.is_idle();
}

/// Ends workers before what they use.
class crowd {
 public:
  crowd(soak::world& w, unsigned workers, unsigned seed) : world_(w) {
    for (unsigned n = 0; n < workers; ++n)
      threads_.emplace_back([&w, n, seed] { soak::worker(w, seed * 1000 + n).run(); });
  }
  ~crowd() { join(); }

  /// While all of them rest.
  void pause(const std::function<void()>& meanwhile) {
    world_.paused = true;
    while (world_.resting < threads_.size())
      std::this_thread::sleep_for(5ms);
    meanwhile();
    world_.paused = false;
  }
  void join() {
    world_.stopping = true;
    for (std::thread& t : threads_)
      t.join();
    threads_.clear();
  }

 private:
  soak::world& world_;
  std::vector<std::thread> threads_;
};

soak::results run(soak::world& w, double minutes, unsigned workers, unsigned seed) {
  soak::results r;
  r.minutes = minutes;
  r.workers = workers;
  const auto now = [&](steady::time_point begin) {
    return soak::sample{seconds_since(begin) / 60, w.server.rss_kib(), w.server.open_files()};
  };
  w.server.start();
  for (int i = 0; i < 32;
       ++i)  // so that every shard has been asked, with what the first request costs
    w.server.is_idle();
  std::this_thread::sleep_for(500ms);
  const auto begin = steady::now();
  r.at_start = now(begin);

  const double length = minutes * 60;
  const double restart_at = std::min(length / 6, 60.0);
  // Tasks are kept for a minute: until then the memory of a new server grows.
  const double warm_at = std::min(std::max(0.4 * length, restart_at + 75), 0.6 * length);
  r.warm_up = warm_at / 60;
  crowd clients(w, workers, seed);
  bool restarted = false;
  bool warm = false;
  double resting = 0;  // doesn't count
  for (double next = 0;;) {
    std::this_thread::sleep_for(std::chrono::duration<double>(std::min(1.0, length / 24)));
    const double at = seconds_since(begin) - resting;
    if (at > length) break;
    if (!restarted && at > restart_at) {
      restarted = true;
      r.first = w.server.stats();
      const auto from = steady::now();
      r.bad_ends += w.server.restart() != 0;
      r.restart_seconds = seconds_since(from);
    }
    if (!warm && at > warm_at) {
      warm = true;
      const auto from = steady::now();
      clients.pause([&] {
        r.idle_each_time = settle(w.server, r.at_start.files) && r.idle_each_time;
        r.warmed_up = now(begin);
      });
      resting += seconds_since(from);
      continue;
    }
    r.under_load.push_back(now(begin));
    r.under_load.back().minute = at / 60;
    if (at < next) continue;
    next = at + length / 24;
    std::printf("%5.1f min %8ld KiB %10llu answers\n", at / 60, r.under_load.back().rss_kib,
                static_cast<unsigned long long>(w.counts.answers.load()));
    std::fflush(stdout);
  }
  clients.join();
  r.idle_each_time = settle(w.server, r.at_start.files) && r.idle_each_time;
  r.at_end = now(begin);
  r.last = w.server.stats();
  if (!r.idle_each_time)
    for (const std::string& text : w.server.scopes())
      std::fputs(text.c_str(), stdout);
  r.bad_ends += w.server.stop() != 0;
  return r;
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
  soak::world w(program);
  soak::results r = run(w, minutes, workers, seed);
  r.any_memory = any_memory;
  const std::string text = r.text(w);
  std::fputs(text.c_str(), stdout);
  if (!file.empty())
    if (std::FILE* f = std::fopen(file.c_str(), "w")) {
      std::fputs(text.c_str(), f);
      std::fclose(f);
    }
  return r.failures(w).empty() ? 0 : 1;
}
