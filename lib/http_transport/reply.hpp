#ifndef COMCP_LIB_HTTP_TRANSPORT_REPLY_HPP
#define COMCP_LIB_HTTP_TRANSPORT_REPLY_HPP

// How the frames of a request become one HTTP response.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "comcp/awaitable.hpp"
#include "comcp/http/exchange.hpp"
#include "comcp/protocol/version.hpp"
#include "comcp/scope/clock.hpp"
#include "http_transport/frame_source.hpp"
#include "http_transport/refusal.hpp"

namespace comcp::detail {

enum class reply_form : std::uint8_t {
  as_needed,   ///< JSON if the answer comes first, else a stream
  json,        ///< one JSON object, however long it takes
  json_array,  ///< the answers of a batch as one array
  stream       ///< a stream, from the first look at its source on
};

class reply_options {
 public:
  reply_options() = default;

  reply_form form = reply_form::as_needed;
  /// Whether an error code decides the status: the modern era. Otherwise it is 200.
  protocol::era era = protocol::era::legacy;
  duration keep_alive{};
  /// The first look takes so long at most: then silence is a stream.
  duration first_wait{};
  /// The client knows priming events and `retry`: used on streams whose events have ids (S-SESS-14).
  bool polls = false;
  /// When a client is to come back that wasn't told otherwise.
  std::chrono::milliseconds poll_delay{};
  /// A connection that polls is ended after so long. Zero: never.
  duration stream_limit{};
  /// Text in front of all events, and the type of these: HTTP+SSE.
  std::string opening;
  std::string_view event_type;
  /// Gauge of open streams.
  std::atomic<std::size_t>* streams = nullptr;
  /// Asked when a stream ends: when the client should come back, if it is to (S-SESS-15, H-20).
  std::function<std::optional<std::chrono::milliseconds>()> retry;
  /// What is sent if everything ends and nothing was said; without it: an empty stream (H-11).
  std::function<std::optional<refusal>()> if_silent;
};

/// An event stream must pass proxies unchanged and unbuffered (H-19, S-HTTP-22).
http::fields event_stream_headers();

/// The HTTP status of an answer.
int status_of(const frame& answer, protocol::era era) noexcept;

enum class reply_end : std::uint8_t {
  complete,  ///< all that was said was sent, and the response ended properly
  gone       ///< the client was not there to take it
};

/** Waits for the first frame, chooses the form, sends, and ends the response.

    @par Cancellation (the client left, or the server stops at once) a stream that began is cut off
*/
awaitable<reply_end> reply(http::exchange ex, frame_source source, reply_options how);

}  // namespace comcp::detail

#endif
