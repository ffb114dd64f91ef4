#ifndef COMCP_HTTP_TRANSPORT_STREAMABLE_HTTP_SERVER_HPP
#define COMCP_HTTP_TRANSPORT_STREAMABLE_HTTP_SERVER_HPP

#include <cstddef>
#include <cstdint>
#include <memory>

#include "comcp/awaitable.hpp"
#include "comcp/http/exchange.hpp"
#include "comcp/http/origin.hpp"
#include "comcp/http_transport/streamable_http_options.hpp"
#include "comcp/scope/clock.hpp"
#include "comcp/session/request_handler.hpp"

namespace comcp {

/** Counters of a streamable_http_server, over all its shards; gauges are of now, the rest since the
    start. */
class streamable_http_stats {
 public:
  streamable_http_stats() noexcept {}
  std::size_t sessions = 0;                ///< alive
  std::size_t streams = 0;                 ///< open event streams: GET, POST and listen
  std::size_t in_flight = 0;               ///< requests that wait for their answer
  std::uint64_t requests = 0;              ///< JSON-RPC requests taken, both eras
  std::uint64_t refused = 0;               ///< exchanges answered 4xx or 5xx by the transport
  std::uint64_t sessions_opened = 0;       ///< with a completed `initialize`
  std::uint64_t sessions_reaped = 0;       ///< ended by the idle limit
  std::uint64_t sessions_deleted = 0;      ///< ended by their client
  std::uint64_t sessions_turned_away = 0;  ///< above the cap
  std::uint64_t streams_resumed = 0;       ///< by clients that came back
  std::size_t event_bytes = 0;             ///< kept for them now, in memory
  std::uint64_t events_evicted = 0;        ///< pushed out of it by its bounds

  // Readers that are slower than what is said to them, on the shards that serve.
  std::size_t queued_bytes = 0;       ///< waiting to be written, now
  std::size_t queued_bytes_peak = 0;  ///< the most so far, summed over the shards
  std::size_t producers_waiting = 0;  ///< handlers that wait for room in their client's queue, now
  std::uint64_t producer_waits = 0;   ///< times that one has had to
};

/** Streamable HTTP: both eras on one endpoint, decided per request.

    2025-03-26 to 2025-11-25: sessions, the GET stream, DELETE. A client that disconnects does not
    cancel; what its stream would have carried is kept, within bounds, until it comes back with
    `Last-Event-ID`. What a stream had not begun to say is lost with its connection. 2026-07-28: stateless; a client that
    disconnects cancels its request.

    One object serves all shards of a runtime: each calls `run` once and gives `handle` its exchanges.
    A session stays on the shard that made it; a request that arrives elsewhere hops there.

    Host, Origin and CORS are checked by the http::server in front, on every request. Browsers need
    `streamable_http_cors`.

    @par Lifetime the handler must outlive it
    @see lib/http_transport/DESIGN.md, test/http_transport/
*/
class streamable_http_server {
 public:
  explicit streamable_http_server(request_handler& handler, streamable_http_options options = {});
  ~streamable_http_server();
  streamable_http_server(const streamable_http_server&) = delete;
  streamable_http_server& operator=(const streamable_http_server&) = delete;

  /** Holds the sessions of the calling task's shard, and reaps the idle ones.

      @par Completion   after `drain`: its sessions have ended, on the other shards too
      @par Cancellation ends the sessions at once, waits for them, then throws on
      @par Preconditions once per shard; before the first exchange of that shard comes
  */
  awaitable<void> run();

  /** Answers one exchange on the MCP path, whatever its method. Usable as an http::handler.

      @par Cancellation a modern request is cancelled with it, a legacy one goes on in its session
  */
  awaitable<void> handle(http::exchange ex);

  /** Answers one exchange on the stream path of HTTP+SSE (2024-11-05), for clients that know nothing
      newer: opens a session whose life is this stream. Independent of what `handle` serves, but for
      the options: sessions, caps, authorization.

      @param messages_url what the first event tells the client to post to, with `?sessionId=…`
                          behind it: a path, or a URL where a proxy has changed the path; its
                          exchanges are `handle_sse_message`'s, on any shard
      @par Cancellation its session ends: the client has no way to come back to it
  */
  awaitable<void> handle_sse(http::exchange ex, std::string messages_url);

  /** Answers one exchange on the message path of HTTP+SSE: 202, and the answer travels on the stream.
      The same object serves both, so that a message can't miss its stream (T-01).

      @par Cancellation a message that waited for room on its stream is not delivered
  */
  awaitable<void> handle_sse_message(http::exchange ex);

  /** Opens no more sessions, ends GET streams now and subscriptions in a moment, with their last
      chunk, lets requests go on for `limit`, then cancels them and ends their streams the same way.
      Again with a shorter limit: hurries.

      @par Thread safety any thread
  */
  void drain(duration limit);
  /// @par Thread safety any thread
  bool draining() const noexcept;

  /// @par Thread safety any thread
  streamable_http_stats stats() const noexcept;

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

/// What pages of other origins need to speak MCP: its methods and headers allowed, its response
/// headers exposed (H-17). Origins are the caller's to allow.
http::cors_policy streamable_http_cors(http::cors_policy policy = {});

}  // namespace comcp

#endif
