#ifndef COMCP_HTTP_TRANSPORT_STREAMABLE_HTTP_OPTIONS_HPP
#define COMCP_HTTP_TRANSPORT_STREAMABLE_HTTP_OPTIONS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/http/exchange.hpp"
#include "comcp/http/message.hpp"
#include "comcp/http_transport/event_store.hpp"
#include "comcp/scope/clock.hpp"
#include "comcp/session/options.hpp"
#include "comcp/session/principal.hpp"

namespace comcp {

/** What a server remembers of clients of the legacy era between their requests. */
enum class session_use : std::uint8_t {
  kept,  ///< a session per client, by its `Mcp-Session-Id`
  /// Nothing: each request stands alone, behind any load balancer. No `Mcp-Session-Id`, no GET stream, no
  /// DELETE (405); questions to the client, resource subscriptions, list changes and log levels, which
  /// need a session, are not offered and fail.
  none
};

/** How requests are answered. */
enum class answer_form : std::uint8_t {
  /// One JSON object, or a stream of events when a notification or a question comes first, or the
  /// answer takes longer than the keep-alive interval.
  as_needed,
  /// Always one JSON object: progress and logs are dropped, questions to the client fail. For clients
  /// and gateways that can't read streams; only `subscriptions/listen` still streams.
  json_only
};

/** What the check of one request's authorization said. */
class access_verdict {
 public:
  /// On behalf of nobody in particular.
  static access_verdict granted() { return access_verdict(); }
  static access_verdict granted(std::shared_ptr<const principal> who) {
    access_verdict a;
    a.who_ = std::move(who);
    return a;
  }
  /// The response is sent as it is: 401 or 403 with its challenge.
  static access_verdict denied(http::response refusal) {
    access_verdict a;
    a.refusal_.emplace(std::move(refusal));
    return a;
  }

  const std::shared_ptr<const principal>& who() const noexcept { return who_; }
  std::optional<http::response>& refusal() noexcept { return refusal_; }

 private:
  access_verdict() = default;
  std::shared_ptr<const principal> who_;
  std::optional<http::response> refusal_;
};

/** Asked before anything else of every request: POST, GET and DELETE. Called on every shard. A session
    belongs to the principal that opened it; for any other it doesn't exist (S-SESS-17). */
using access_check = std::function<awaitable<access_verdict>(const http::request_head& head,
                                                             const http::peer_info& peer)>;

/** An exchange that the transport answered with an error by itself: no session and no handler saw it. What
    status and code mean: docs/transports.md. Valid during the call that it is given to. */
class refused_exchange {
 public:
  refused_exchange(const http::request_head& h,
                   const http::peer_info& p,
                   int http_status,
                   int error_code,
                   std::string_view told)
      : head(h), peer(p), status(http_status), code(error_code), text(told) {}

  const http::request_head& head;  ///< as it came: its credentials are in it
  const http::peer_info& peer;
  int status;             ///< of HTTP; 400 or above
  int code;               ///< of the JSON-RPC error; 0: the refusal is `authorize`'s
  std::string_view text;  ///< what the client was told; may quote what it said
};

/** Options of a streamable_http_server. Every limit has a default and can be moved. */
class streamable_http_options {
 public:
  streamable_http_options() = default;

  /// Eras, limits, log and gate of every session and of every stateless request. The bound on a
  /// body is `codec_limits().max_bytes()`.
  streamable_http_options& conversation(session_options o) {
    return conversation_ = std::move(o), *this;
  }
  const session_options& conversation() const noexcept { return conversation_; }

  /// A session that has been silent for so long, runs no request and has no stream open is ended
  /// (30 min). Zero: never.
  streamable_http_options& idle_limit(duration d) { return idle_limit_ = d, *this; }
  duration idle_limit() const noexcept { return idle_limit_; }
  /// Sessions at a time, over all shards (10,000). Above: 503 with Retry-After.
  streamable_http_options& max_sessions(std::size_t n) { return max_sessions_ = n, *this; }
  std::size_t max_sessions() const noexcept { return max_sessions_; }
  /// Bytes of the requests that run or wait, as texts, over all sessions and shards (256 MiB); see request_budget. A
  /// message that would be beyond it: 503 with Retry-After. A budget of `conversation` takes its place.
  streamable_http_options& max_request_bytes(std::size_t n) {
    return max_request_bytes_ = n, *this;
  }
  std::size_t max_request_bytes() const noexcept { return max_request_bytes_; }
  /// What Retry-After says then (30 s).
  streamable_http_options& retry_after(std::chrono::seconds s) { return retry_after_ = s, *this; }
  std::chrono::seconds retry_after() const noexcept { return retry_after_; }
  /// The longest silence on a stream before a comment is sent, and of a request before its answer
  /// becomes a stream (15 s): proxies drop silent connections.
  streamable_http_options& keep_alive(duration d) { return keep_alive_ = d, *this; }
  duration keep_alive() const noexcept { return keep_alive_; }
  /// How long a request may be silent before its answer becomes a stream (`keep_alive`). A stream can be
  /// resumed where a JSON answer is lost with its connection, so shorter is safer; zero: at once.
  streamable_http_options& stream_after(duration d) { return stream_after_ = d, *this; }
  duration stream_after() const noexcept { return stream_after_.value_or(keep_alive_); }

  // Resuming streams, in the revisions that can (2025-03-26 to 2025-11-25).

  /// Bounds of what is kept in memory for clients that lost their connection.
  streamable_http_options& keep_events(event_store_limits l) { return event_limits_ = l, *this; }
  const event_store_limits& event_limits() const noexcept { return event_limits_; }
  /// Where else to keep it. Default: a memory_event_store for each session.
  streamable_http_options& keep_events_in(event_store_factory f) {
    return event_stores_ = std::move(f), *this;
  }
  /// Streams are not resumable: their events have no ids, and end with their connection.
  streamable_http_options& keep_no_events() {
    return keep_events_in([](std::string_view) { return std::shared_ptr<event_store>(); });
  }
  const event_store_factory& event_stores() const noexcept { return event_stores_; }
  /// `retry`: when a client that polls (2025-11-25) is to come back to a stream whose connection has
  /// ended (1 s).
  streamable_http_options& poll_delay(std::chrono::milliseconds d) {
    return poll_delay_ = d, *this;
  }
  std::chrono::milliseconds poll_delay() const noexcept { return poll_delay_; }
  /// A connection whose client polls carries a stream so long at most, then the client comes back for
  /// the rest. Zero (default): as long as it likes.
  streamable_http_options& stream_limit(duration d) { return stream_limit_ = d, *this; }
  duration stream_limit() const noexcept { return stream_limit_; }

  streamable_http_options& sessions(session_use s) { return sessions_ = s, *this; }
  session_use sessions() const noexcept { return sessions_; }
  streamable_http_options& answers(answer_form f) { return answers_ = f, *this; }
  answer_form answers() const noexcept { return answers_; }
  /// None by default: everybody may.
  streamable_http_options& authorize(access_check check) {
    return authorize_ = std::move(check), *this;
  }
  const access_check& authorize() const noexcept { return authorize_; }

  /** Called for each exchange that the transport refuses, before the client is told: wrong headers, unknown
      sessions, broken bodies, no credentials, too many sessions. Host and Origin are http::server's to
      refuse, and are in its log.

      Inline, on every shard, as often as clients do it: must be cheap, and not block. What it throws goes
      to the log. */
  streamable_http_options& on_refused(std::function<void(const refused_exchange&)> f) {
    return on_refused_ = std::move(f), *this;
  }
  const std::function<void(const refused_exchange&)>& on_refused() const noexcept {
    return on_refused_;
  }

 private:
  session_options conversation_;
  duration idle_limit_ = std::chrono::minutes(30);
  std::size_t max_sessions_ = 10'000;
  std::size_t max_request_bytes_ = std::size_t{256} * 1024 * 1024;
  std::chrono::seconds retry_after_{30};
  duration keep_alive_ = std::chrono::seconds(15);
  std::optional<duration> stream_after_;
  event_store_limits event_limits_;
  event_store_factory event_stores_;
  std::chrono::milliseconds poll_delay_{1000};
  duration stream_limit_ = duration::zero();
  session_use sessions_ = session_use::kept;
  answer_form answers_ = answer_form::as_needed;
  access_check authorize_;
  std::function<void(const refused_exchange&)> on_refused_;
};

}  // namespace comcp

#endif
