#include "serve_options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "config_file.hpp"
#include "option_kinds.hpp"
#include "suggest.hpp"
#include "units.hpp"

namespace comcp::program {

namespace {

// What the settings of a file would look like on the command line.
std::vector<std::string> as_arguments(const setting& s) {
  std::vector<std::string> out;
  for (const std::string& value : s.values)
    out.push_back("--" + s.key + "=" + value);
  return out;
}

void check_setting(const setting& s) {
  serve_options scratch;
  CLI::App app;
  declare(app, scratch);
  const CLI::Option* const option = app.get_option_no_throw("--" + s.key);
  if (!option || s.key == "help" || s.key == "config") {
    auto known = known_names(app);
    std::erase_if(known, [](const std::string& n) { return n == "help" || n == "config"; });
    throw usage_error(s.place + ": unknown key '" + s.key + "'" + did_you_mean(s.key, known));
  }
  if (s.is_array && option->get_items_expected_max() <= 1) {
    throw usage_error(s.place + ": '" + s.key + "' takes one value, not an array");
  }
  if (option->get_items_expected_max() == 0 && s.values[0] != "true" && s.values[0] != "false") {
    throw usage_error(s.place + ": '" + s.key + "' is either true or false");
  }
  try {
    parse(app, as_arguments(s));
  } catch (const CLI::ParseError& e) {
    throw usage_error(s.place + ": " + message_of(e, app));
  }
}

void check_path(const std::string& option, const std::string& path) {
  if (path.empty() || path[0] != '/' || path.find_first_of("?# ") != std::string::npos) {
    throw usage_error(option + " must begin with a slash and hold neither ? nor # nor a space");
  }
  if (path == "/healthz" || path == "/readyz") {
    throw usage_error(option + " " + path + " is taken by the health check");
  }
}

void check_paths(const serve_options& o) {
  check_path("--path", o.path);
  check_path("--sse-path", o.sse_path);
  check_path("--messages-path", o.messages_path);
  const serve_options untouched;
  if (!o.http_sse) {
    if (o.sse_path == untouched.sse_path && o.messages_path == untouched.messages_path) return;
    throw usage_error("--sse-path and --messages-path need --http-sse");
  }
  if (o.path == o.sse_path || o.path == o.messages_path || o.sse_path == o.messages_path) {
    throw usage_error("--path " + o.path + ", --sse-path " + o.sse_path + " and --messages-path " +
                      o.messages_path + " must differ");
  }
}

void check_together(const serve_options& o) {
  if (!o.sqlite.empty() && !o.sample_path.empty()) {
    throw usage_error("--sqlite opens your file, --sample-path makes a sample: give one of them");
  }
  if (o.tls_cert.empty() != o.tls_key.empty()) {
    throw usage_error("TLS needs both --tls-cert and --tls-key");
  }
  check_paths(o);
}

}  // namespace

void declare(CLI::App& app, serve_options& out) {
  std::size_t done = app.get_options().size();
  // Names the heading of the options declared since the last call.
  const auto under = [&](const char* heading) {
    const auto options = app.get_options();
    for (; done < options.size(); ++done)
      options[done]->group(heading);
  };

  app.add_option(
         "--config", out.config,
         "Read options from a TOML file: every option below is a key, named without the dashes")
      ->type_name("FILE");
  done = app.get_options().size();

  app.add_option("--listen", out.listen, "Address and port for HTTP; port 0 takes any free one")
      ->type_name("ADDR:PORT")
      ->capture_default_str();
  app.add_flag("--stdio", out.stdio, "Serve standard input and output instead of HTTP");
  app.add_option("--path", out.path, "Path of the MCP endpoint")
      ->type_name("PATH")
      ->capture_default_str();
  app.add_flag("--http-sse", out.http_sse,
               "Serve HTTP+SSE too, for clients that know only protocol revision 2024-11-05");
  app.add_option("--sse-path", out.sse_path, "Path of the stream of HTTP+SSE")
      ->type_name("PATH")
      ->capture_default_str();
  app.add_option("--messages-path", out.messages_path,
                 "Path that clients of HTTP+SSE post to; the stream tells them")
      ->type_name("PATH")
      ->capture_default_str();
  count_option(app, "--threads", out.threads, 0, 1024, "Threads that serve; 0: one per processor")
      ->default_str("0");
  app.add_option_function<std::string>(
         "--drain-limit",
         [&out](const std::string& text) {
           out.drain_limit = parse_duration(text);
           if (!out.drain_limit) {
             throw CLI::ValidationError("--drain-limit",
                                        "'" + text + "' is no time: write 500ms, 30s, 5m or 1h");
           }
         },
         "How long running requests may go on after SIGTERM, SIGINT or the end of input")
      ->type_name("TIME")
      ->default_str("5s; 500ms at the end of input");
  app.add_option("--log-level", out.log_level,
                 "What is written to standard error: debug, info, warning, error or off")
      ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}).description(""))
      ->type_name("LEVEL")
      ->capture_default_str();
  app.add_flag("--echo", out.echo, "Add the tools echo, progress and sleep, for 'comcp bench'");
  under("Where to serve");

  app.add_option("--sqlite", out.sqlite, "Serve this SQLite file; default: a sample database")
      ->type_name("FILE");
  app.add_option("--sample-path", out.sample_path,
                 "Where the sample database is, made on first use; default: in your data directory")
      ->type_name("FILE");
  app.add_flag("--allow-writes", out.allow_writes, "Add the tool that changes data and schema");
  count_option(app, "--max-rows", out.max_rows, 1, 1'000'000, "Most rows of a result");
  size_option(app, "--max-result", out.max_result, "Most bytes of a result");
  duration_option(app, "--query-timeout", out.query_timeout,
                  "Longest time of a statement; 0: no limit");
  under("The database");

  app.add_option("--allow-host", out.allow_host,
                 "Name by which clients reach the server, beside localhost (repeatable)")
      ->type_name("NAME[:PORT]")
      ->expected(1, 1000)
      ->allow_extra_args(false);
  app.add_option("--allow-origin", out.allow_origin,
                 "Origin of web pages that may connect, https://app.example (repeatable)")
      ->type_name("ORIGIN")
      ->expected(1, 1000)
      ->allow_extra_args(false);
  app.add_option("--tls-cert", out.tls_cert, "Serve HTTPS with this certificate and chain (PEM)")
      ->type_name("FILE");
  app.add_option("--tls-key", out.tls_key, "Key of the certificate (PEM)")->type_name("FILE");
  under("Who may connect over HTTP");

  size_option(app, "--max-body", out.max_body, "Largest message that is accepted");
  count_option(app, "--max-connections", out.max_connections, 1, 1'000'000,
               "Open HTTP connections, on each thread");
  count_option(app, "--max-sessions", out.max_sessions, 1, 1'000'000,
               "HTTP sessions (older protocol revisions)");
  count_option(app, "--max-subscriptions", out.max_subscriptions, 1, 1'000'000,
               "Streams of subscriptions/listen (2026-07-28)");
  duration_option(app, "--session-idle", out.session_idle,
                  "A session silent for so long is ended; 0: never");
  count_option(app, "--max-concurrent", out.max_concurrent, 1, 1'000'000, "Calls that run at once");
  duration_option(app, "--request-timeout", out.request_timeout,
                  "Longest time of a request; 0: no limit");
  under("Limits");
}

serve_options parse_serve_options(const std::vector<std::string>& arguments) {
  serve_options out;
  std::vector<std::string> all;
  {
    serve_options scratch;
    CLI::App app;
    declare(app, scratch);
    try {
      parse(app, arguments);
    } catch (const CLI::ParseError& e) {
      throw usage_error(message_of(e, app));
    }
    if (scratch.stdio && app.get_option("--listen")->count() > 0) {
      throw usage_error(
          "--stdio serves standard input and output, --listen HTTP: give one of them");
    }
    if (!scratch.config.empty()) {
      for (const setting& s : read_config_file(scratch.config)) {
        check_setting(s);
        if (app.get_option("--" + s.key)->count() > 0) continue;  // the command line counts more
        for (std::string& argument : as_arguments(s))
          all.push_back(std::move(argument));
      }
    }
  }
  all.insert(all.end(), arguments.begin(), arguments.end());
  CLI::App app;
  declare(app, out);
  try {
    parse(app, std::move(all));
  } catch (const CLI::ParseError& e) {
    throw usage_error(message_of(e, app));
  }
  check_together(out);
  return out;
}

}  // namespace comcp::program
