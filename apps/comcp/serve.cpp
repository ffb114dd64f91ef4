#include "serve.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "bench_tools.hpp"
#include "comcp/http/origin.hpp"
#include "comcp/http_transport/http_endpoint.hpp"
#include "comcp/server/run.hpp"
#include "comcp/server/server.hpp"
#include "comcp/sql/error.hpp"
#include "comcp/sql/sample.hpp"
#include "comcp/sql/toolset.hpp"
#include "comcp/version.hpp"
#include "listening.hpp"
#include "log.hpp"
#include "option_kinds.hpp"
#include "serve_options.hpp"

namespace comcp::program {

namespace {

constexpr const char* examples = R"(
Examples:
  comcp serve                                 a sample database on http://127.0.0.1:8080/mcp
  comcp serve --sqlite shop.db                your own SQLite file, reading only
  comcp serve --sqlite shop.db --allow-writes agents may change it
  comcp serve --stdio --sqlite shop.db        for hosts that start the server themselves
  comcp serve --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem --allow-host db.example.org
  comcp serve --config comcp.toml             the same options as keys: listen = "127.0.0.1:9000"

The MCP endpoint is /mcp; /healthz says that the process serves, /readyz that it takes new clients.

Exit status: 0 ended as asked (SIGTERM, SIGINT, end of input), 1 could not serve, 2 wrong options.
The first SIGTERM or SIGINT lets running requests finish within --drain-limit, a second one ends at
once, with 128 plus its number.
)";

std::filesystem::path database_of(const serve_options& o, const logger& log) {
  if (!o.sqlite.empty()) {
    log.write(log_level::info,
              "database: " + o.sqlite + (o.allow_writes ? " (writes allowed)" : " (read-only)"));
    return o.sqlite;
  }
  const std::filesystem::path sample =
      o.sample_path.empty() ? sql::default_sample_path() : std::filesystem::path(o.sample_path);
  const auto state = sql::ensure_sample(sample);
  log.write(log_level::info, std::string("database: the sample ") + sample.string() +
                                 (state == sql::sample_state::created ? ", made just now" : "") +
                                 "; open your own file with --sqlite FILE");
  return sample;
}

sql::toolset_options toolset_of(const serve_options& o, const logger& log) {
  sql::toolset_options out(database_of(o, log));
  sql::limits bounds;
  bounds.max_rows(o.max_rows).max_result_bytes(o.max_result).max_time(o.query_timeout);
  out.bounds(bounds).allow_writes(o.allow_writes).log(log);
  if (o.sqlite.empty())
    out.open_at_once(false).about(
        "the sample of a small record shop with artists, albums, tracks, customers and purchases");
  return out;
}

void add_database(server& to, const sql::toolset_options& database) {
  try {
    sql::add_toolset(to, database);
  } catch (const sql::error& e) {
    throw std::runtime_error("can't open the database " + database.file().string() + ": " +
                             e.what());
  }
}

session_options conversation_of(const serve_options& o, const logger& log) {
  session_options out;
  out.request_timeout(o.request_timeout)
      .codec_limits(jsonrpc::limits().max_bytes(o.max_body))
      .log(log);
  if (o.drain_limit) out.drain_limit(*o.drain_limit);
  return out;
}

}  // namespace

std::string serve_command::help() const {
  CLI::App app("Serves a database to MCP clients, every protocol revision on one endpoint.",
               "comcp serve");
  serve_options defaults;
  declare(app, defaults);
  return help_text(app) + examples;
}

int serve_command::run(const std::vector<std::string>& arguments) {
  const serve_options options = parse_serve_options(arguments);
  const logger log = make_log(options.log_level);
  if (!options.config.empty()) log.write(log_level::info, "options from " + options.config);

  const sql::toolset_options database = toolset_of(options, log);
  server_options about;
  about.title("comcp")
      .description("SQL on an SQLite database")
      .instructions(sql::instructions(database));
  about.max_concurrent_calls(options.max_concurrent)
      .max_subscriptions(options.max_subscriptions)
      .log(log);
  server served("comcp", COMCP_VERSION_STRING, std::move(about));
  add_database(served, database);
  if (options.echo) add_bench_tools(served);

  run_options how;
  how.threads(options.threads);
  if (options.drain_limit) how.drain_limit(*options.drain_limit);
  session_options conversation = conversation_of(options, log);
  if (options.stdio) {
    stream_options stream;
    stream.max_line_bytes(options.max_body);
    return comcp::run(served, comcp::stdio(std::move(conversation), stream), how);
  }
  return comcp::run(served, make_http_endpoint(options, std::move(conversation), log), how);
}

}  // namespace comcp::program
