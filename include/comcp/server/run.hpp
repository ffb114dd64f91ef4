#ifndef COMCP_SERVER_RUN_HPP
#define COMCP_SERVER_RUN_HPP

// From a server and an endpoint to a process.

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "comcp/awaitable.hpp"
#include "comcp/scope/clock.hpp"
#include "comcp/server/server.hpp"
#include "comcp/session/endpoint.hpp"
#include "comcp/session/options.hpp"
#include "comcp/transport/stdio.hpp"
#include "comcp/transport/transport.hpp"

namespace comcp {

/** How a process serves. */
class run_options {
 public:
  run_options() = default;

  /// Shards, each with a thread; 0 (default): one per processor for endpoints that use them all,
  /// otherwise 1.
  run_options& threads(std::size_t n) { return threads_ = n, *this; }
  std::size_t threads() const noexcept { return threads_; }
  /// Most threads for run_blocking; default 40.
  run_options& blocking_threads(std::size_t n) { return blocking_threads_ = n, *this; }
  std::size_t blocking_threads() const noexcept { return blocking_threads_; }
  /// How long requests under way may go on after SIGTERM or SIGINT; default 5 s. Zero: they are cancelled
  /// at once; duration::max(): no limit.
  run_options& drain_limit(duration d) { return drain_limit_ = d, *this; }
  duration drain_limit() const noexcept { return drain_limit_; }
  /// Whether SIGTERM and SIGINT are taken. Default: yes.
  run_options& handle_signals(bool on) { return handle_signals_ = on, *this; }
  bool handle_signals() const noexcept { return handle_signals_; }

 private:
  std::size_t threads_ = 0;
  std::size_t blocking_threads_ = 40;
  duration drain_limit_ = std::chrono::seconds(5);
  bool handle_signals_ = true;
};

/** Serves until there is nobody left to serve: standard input has ended, or a signal has come.

    The first SIGTERM or SIGINT takes no new clients, ends streams properly, lets requests go on for
    the drain limit, then cancels them. A second one ends the process at once.

    @returns the process's exit status: 0, or 1 when serving failed (an address in use, a start hook
             that threw). The reason goes to the server's log, or to stderr when it has none.
    @par Preconditions called on the main thread, before other threads wait for signals
*/
int run(server& server, std::unique_ptr<endpoint> where, run_options options = {});
int run(server& server, std::vector<std::unique_ptr<endpoint>> where, run_options options = {});

/** The process's standard input and output as an endpoint: one client, all revisions.

    `options` apply to its session; a client that closes our input ends the process.
*/
std::unique_ptr<endpoint> stdio(session_options options = {}, stream_options stream = {});

/** Serves one connection in the caller's task: for tests, and for programs with a loop of their own.

    @see serve(transport&, request_handler&, session_options), which it calls
*/
awaitable<void> serve(server& server, transport& connection, session_options options = {});

}  // namespace comcp

#endif
