#ifndef COMCP_APPS_COMCP_SERVE_OPTIONS_HPP
#define COMCP_APPS_COMCP_SERVE_OPTIONS_HPP

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "usage_error.hpp"

namespace CLI {
class App;
}

namespace comcp::program {

/** What `comcp serve` was asked for. Defaults are the documented ones. */
struct serve_options {
  std::string config;  ///< the file that was read; empty: none

  std::string listen = "127.0.0.1:8080";
  bool stdio = false;
  std::string path = "/mcp";
  bool http_sse = false;  ///< also the transport of 2024-11-05, at these two paths
  std::string sse_path = "/sse";
  std::string messages_path = "/messages";
  std::size_t threads = 0;  ///< 0: one per processor over HTTP, one over stdio
  std::optional<std::chrono::milliseconds> drain_limit;
  std::string log_level = "info";
  bool echo = false;  ///< the tools that `comcp bench` calls

  std::string sqlite;
  std::string sample_path;
  bool allow_writes = false;
  std::size_t max_rows = 1000;
  std::size_t max_result = std::size_t{1} << 20U;
  std::chrono::milliseconds query_timeout{30'000};

  std::vector<std::string> allow_host;
  std::vector<std::string> allow_origin;
  std::string tls_cert;
  std::string tls_key;

  std::size_t max_body = std::size_t{4} << 20U;
  std::size_t max_connections = 10'000;
  std::size_t max_sessions = 10'000;
  std::size_t max_subscriptions = 10'000;
  std::chrono::milliseconds session_idle{std::chrono::minutes(30)};
  std::size_t max_concurrent = 1024;
  std::chrono::milliseconds request_timeout{0};
};

/// Declares every option of `serve` on the app; parsing writes to `out`, which must outlive it.
void declare(CLI::App& app, serve_options& out);

/** Reads a command line without program and command name, and the file that its --config names; what
    the command line says counts more. Checks what belongs together.

    @par Errors usage_error; a key of the file is named with its line, and the nearest known key
*/
serve_options parse_serve_options(const std::vector<std::string>& arguments);

}  // namespace comcp::program

#endif
