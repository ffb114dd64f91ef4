#include "bench/bench_options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>
#include <utility>

#include "comcp/protocol/methods.hpp"
#include "comcp/protocol/version.hpp"
#include "option_kinds.hpp"
#include "suggest.hpp"
#include "units.hpp"

namespace comcp::bench {

namespace {

using program::count_option;
using program::did_you_mean;
using program::duration_option;
using program::size_option;

constexpr std::size_t millions = 1'000'000'000;

void check_one_of(const char* option,
                  const std::string& value,
                  const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), value) != known.end()) return;
  throw usage_error(std::string(option) + ": unknown '" + value + "'" + did_you_mean(value, known));
}

void check_target(bench_options& o, std::vector<std::string> targets) {
  if (o.stdio) {
    if (!targets.empty() && o.command.empty()) {
      throw usage_error("write the server's command behind '--': comcp bench --stdio -- " +
                        targets.front() + " ...");
    }
    if (!targets.empty()) {
      throw usage_error("give either a URL, or --stdio and a command behind '--'");
    }
    if (o.command.empty()) {
      throw usage_error("--stdio needs the server's command: comcp bench --stdio -- COMMAND ...");
    }
    return;
  }
  if (!o.command.empty()) {
    throw usage_error("a command behind '--' needs --stdio");
  }
  if (targets.size() != 1) {
    throw usage_error(targets.empty()
                          ? "which server? Give its URL, or --stdio and its command behind '--'"
                          : "one URL, not " + std::to_string(targets.size()));
  }
  o.url = targets.front();
  parse_url(o.url);
}

void check_request(const bench_options& o) {
  check_one_of("--method", o.method, {"tools/call", "tools/list", "ping"});
  if (!o.revision.empty()) {
    std::vector<std::string> known;
    for (const auto& rules : protocol::all_rules())
      known.emplace_back(rules.name);
    check_one_of("--revision", o.revision, known);
    if (!protocol::find_method(o.method)->exists_in(*protocol::find_rules(o.revision))) {
      throw usage_error("revision " + o.revision + " has no " + o.method);
    }
  }
  if (!o.arguments.empty()) {
    boost::system::error_code wrong;
    const auto value = boost::json::parse(o.arguments, wrong);
    if (wrong || !value.is_object()) {
      throw usage_error("--arguments: not a JSON object: " + o.arguments);
    }
  }
}

void check_together(const bench_options& o) {
  if (o.sse && o.json) throw usage_error("--sse and --json exclude each other");
  if (o.stdio && (o.sse || o.json)) {
    throw usage_error("--sse and --json are about HTTP; there is one kind of answer over stdio");
  }
  if (o.stdio && !o.headers.empty()) throw usage_error("--header is about HTTP");
  for (const std::string& h : o.headers) {
    if (h.find(": ") == std::string::npos || h.find_first_of("\r\n") != std::string::npos) {
      throw usage_error("--header: write 'Name: value', not '" + h + "'");
    }
  }
}

}  // namespace

void declare(CLI::App& app, bench_options& out) {
  std::size_t done = app.get_options().size();
  const auto under = [&](const char* heading) {
    const auto options = app.get_options();
    for (; done < options.size(); ++done)
      options[done]->group(heading);
  };
  app.add_flag("--stdio", out.stdio,
               "Start the command behind '--' and talk to its standard input and output");
  app.add_option("--header", out.headers,
                 "Header of every HTTP request, 'Name: value' (repeatable)")
      ->type_name("TEXT")
      ->expected(1, 1000)
      ->allow_extra_args(false);
  under("Which server");

  count_option(app, "--connections", out.connections, 1, 100'000,
               "Clients: HTTP sessions, or with --stdio processes");
  count_option(app, "--in-flight", out.in_flight, 1, 10'000,
               "Requests that a client has open at once; over HTTP each has its own socket");
  duration_option(app, "--duration", out.duration, "How long to measure");
  count_option(app, "--requests", out.requests, 0, millions,
               "End after so many measured requests; 0: by --duration");
  duration_option(app, "--warmup", out.warmup, "Load before it, which isn't measured");
  app.add_option("--rate", out.rate,
                 "Requests per second in all, sent when they are due whatever became of others; "
                 "latency counts from then. Default: the next when an answer has come")
      ->type_name("N")
      ->check(CLI::Range(0.001, 1e7).description(""));
  count_option(app, "--churn", out.churn, 0, millions,
               "New session, connection or process after so many requests; 0: never");
  duration_option(app, "--timeout", out.timeout, "An answer later than this is an error");
  under("How much");

  app.add_option("--revision", out.revision,
                 "Protocol revision; default: the newest that the server answers")
      ->type_name("DATE");
  app.add_option("--method", out.method, "tools/call, tools/list or ping")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--tool", out.tool, "Tool to call")->type_name("NAME")->capture_default_str();
  app.add_option("--arguments", out.arguments,
                 "Its arguments; default: {\"text\": ...}, which must come back")
      ->type_name("JSON");
  size_option(app, "--payload", out.payload, "Length of that text");
  app.add_flag("--sse", out.sse,
               "Ask for progress, and count answers that are no event streams as wrong");
  app.add_flag("--json", out.json, "Count answers that are event streams as wrong");
  under("Which request");

  app.add_option("--json-report", out.json_report,
                 "Write the figures as JSON to this file; -: to standard output, the table to "
                 "standard error")
      ->type_name("FILE");
  count_option(app, "--pid", out.pid, 0, 1U << 30U,
               "The server's process, for its CPU time and memory; 0: found when it is local");
  app.add_flag("--quiet", out.quiet, "No progress line on the terminal");
  under("What to tell");
}

bench_options parse_bench_options(const std::vector<std::string>& arguments) {
  bench_options out;
  const auto split = std::find(arguments.begin(), arguments.end(), "--");
  if (split != arguments.end()) out.command.assign(split + 1, arguments.end());
  std::vector<std::string> targets;
  CLI::App app;
  declare(app, out);
  app.add_option("target", targets);
  try {
    program::parse(app, {arguments.begin(), split});
  } catch (const CLI::ParseError& e) {
    throw usage_error(program::message_of(e, app));
  }
  check_target(out, std::move(targets));
  check_request(out);
  check_together(out);
  return out;
}

std::string endpoint_address::host_header() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == "80" ? name : name + ":" + port;
}

endpoint_address parse_url(const std::string& url) {
  constexpr std::string_view scheme = "http://";
  if (url.starts_with("https://")) {
    throw usage_error("https isn't supported: measure the server without TLS, at http://...");
  }
  if (!url.starts_with(scheme)) {
    throw usage_error("'" + url + "' is no URL: write http://127.0.0.1:8080/mcp");
  }
  endpoint_address out;
  const std::string rest = url.substr(scheme.size());
  const std::size_t slash = rest.find_first_of("/?");
  std::string authority = rest.substr(0, slash);
  out.target = slash == std::string::npos ? "/" : rest.substr(slash, rest.find('#') - slash);
  if (out.target.front() == '?') out.target.insert(0, "/");
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == std::string::npos ? 0 : bracket);
  out.port = colon == std::string::npos ? "80" : authority.substr(colon + 1);
  authority = authority.substr(0, colon);
  if (bracket != std::string::npos) authority = authority.substr(1, bracket - 1);
  out.host = authority;
  const bool digits = !out.port.empty() && out.port.size() <= 5 &&
                      out.port.find_first_not_of("0123456789") == std::string::npos;
  if (out.host.empty() || !digits || out.target.find_first_of(" \r\n") != std::string::npos ||
      out.host.find('@') != std::string::npos) {
    throw usage_error("'" + url + "' is no URL: write http://127.0.0.1:8080/mcp");
  }
  return out;
}

}  // namespace comcp::bench
