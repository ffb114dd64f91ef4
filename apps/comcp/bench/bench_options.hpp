#ifndef COMCP_APPS_COMCP_BENCH_BENCH_OPTIONS_HPP
#define COMCP_APPS_COMCP_BENCH_BENCH_OPTIONS_HPP

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "usage_error.hpp"

namespace CLI {
class App;
}

namespace comcp::bench {

using program::usage_error;

/** What `comcp bench` was asked for. Defaults are the documented ones. */
struct bench_options {
  std::string url;  ///< http://host[:port][/path]; empty with `stdio`
  bool stdio = false;
  std::vector<std::string> command;  ///< behind "--"

  std::size_t connections = 1;
  std::size_t in_flight = 1;
  std::chrono::milliseconds duration{10'000};
  std::size_t requests = 0;  ///< 0: as many as there is time for
  std::chrono::milliseconds warmup{1'000};
  double rate = 0;        ///< requests per second in all; 0: the next when an answer has come
  std::size_t churn = 0;  ///< requests of a session; 0: all
  std::chrono::milliseconds timeout{30'000};

  std::string revision;  ///< empty: the newest that the server answers
  std::string method = "tools/call";
  std::string tool = "echo";
  std::string arguments;  ///< JSON; empty: a text for `echo`
  std::size_t payload = 64;
  bool sse = false;
  bool json = false;
  std::vector<std::string> headers;  ///< "Name: value"

  std::string json_report;  ///< a file, or "-"
  std::size_t pid = 0;      ///< of the server; 0: found out
  bool quiet = false;
};

/// Declares every option of `bench` on the app; parsing writes to `out`, which must outlive it.
void declare(CLI::App& app, bench_options& out);

/** Reads a command line without program and command name, and checks what belongs together.
    @par Errors usage_error */
bench_options parse_bench_options(const std::vector<std::string>& arguments);

/** Where a URL points to. */
struct endpoint_address {
  std::string host;    ///< a name or an address, without brackets
  std::string port;    ///< digits
  std::string target;  ///< path and query; "/" when there is none

  /// The value of the Host header.
  std::string host_header() const;
};

/// @par Errors usage_error says what is wrong
endpoint_address parse_url(const std::string& url);

}  // namespace comcp::bench

#endif
