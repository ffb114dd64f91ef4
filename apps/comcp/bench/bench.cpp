#include "bench/bench.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "bench/bench_options.hpp"
#include "bench/load.hpp"
#include "bench/report.hpp"
#include "option_kinds.hpp"

namespace comcp::bench {

namespace {

constexpr const char* examples = R"(
Examples:
  comcp bench http://127.0.0.1:8080/mcp                  one connection, one request after the other
  comcp bench http://127.0.0.1:8080/mcp --connections 64 as much as 64 clients get
  comcp bench http://127.0.0.1:8080/mcp --connections 64 --rate 2000
                                                         latency at 2000 requests per second
  comcp bench http://127.0.0.1:3000/mcp --tool add --arguments '{"a":1,"b":2}'
  comcp bench --stdio --in-flight 16 -- comcp serve --stdio --echo

The default request calls a tool 'echo' with a text, which must come back: 'comcp serve --echo' has one.
Every answer is checked: its id, that it is a result, and what it echoes.

Exit status: 0 every answer was right, 1 there were errors or wrong answers, or there was no load,
2 wrong options. Ctrl-C ends early and still reports.
)";

std::atomic<bool> stop{false};

void on_signal(int) {
  stop = true;
}

// The second one ends the program.
void stop_on(int number) {
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(number, &action, nullptr);
}

void print_progress(const tally& t, double seconds) {
  if (seconds <= 0) {
    std::fprintf(stderr, "\r\033[Kwarming up");
  } else {
    std::fprintf(stderr, "\r\033[K%.0f s: %.0f answers per second, p99 %.3f ms, %llu errors",
                 seconds, static_cast<double>(t.in_time) / seconds,
                 static_cast<double>(t.latency.percentile(99)) / 1e6,
                 static_cast<unsigned long long>(t.errors()));
  }
  std::fflush(stderr);
}

void write_report(const bench_options& o, const outcome& result) {
  const std::string text = json::serialize(json_report(o, result)) + "\n";
  if (o.json_report == "-") {
    std::cout << text << std::flush;
    return;
  }
  std::ofstream file(o.json_report);
  file << text << std::flush;
  if (!file) throw std::runtime_error("can't write " + o.json_report);
}

}  // namespace

std::string bench_command::help() const {
  CLI::App app("Measures an MCP server under load: throughput, latency, errors.", "comcp bench");
  bench_options defaults;
  declare(app, defaults);
  std::string text = program::help_text(app);
  const std::string usage = "comcp bench [OPTIONS]";
  if (const auto at = text.find(usage); at != std::string::npos) {
    text.replace(at, usage.size(),
                 "comcp bench URL [OPTIONS]\n       comcp bench --stdio [OPTIONS] -- COMMAND ...");
  }
  return text + examples;
}

int bench_command::run(const std::vector<std::string>& arguments) {
  const bench_options options = parse_bench_options(arguments);
  stop = false;
  stop_on(SIGINT);
  stop_on(SIGTERM);
  std::signal(SIGPIPE, SIG_IGN);
  const bool tells = !options.quiet && ::isatty(STDERR_FILENO) != 0;
  load work(options, stop);
  const outcome result = work.run([tells](const tally& t, double seconds) {
    if (tells) print_progress(t, seconds);
  });
  if (tells) std::fprintf(stderr, "\r\033[K");
  if (!result.fatal.empty()) throw std::runtime_error(result.fatal);
  (options.json_report == "-" ? std::cerr : std::cout) << table(options, result) << std::flush;
  if (!options.json_report.empty()) write_report(options, result);
  return result.counts.errors() == 0 && result.counts.answers > 0 ? program::success
                                                                  : program::failure;
}

}  // namespace comcp::bench
