#ifndef COMCP_HTTP_EVENT_STREAM_HPP
#define COMCP_HTTP_EVENT_STREAM_HPP

// Server-sent events (`text/event-stream`): the codec, without I/O.
// spec: https://html.spec.whatwg.org/multipage/server-sent-events.html

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace comcp::http {

inline constexpr std::string_view event_stream_type = "text/event-stream";

/** One event. To send: an unset member is left out. Received: what its block of lines had. */
class sse_event {
 public:
  sse_event() noexcept {}
  explicit sse_event(std::string text) : data(std::move(text)) {}

  sse_event& with_id(std::string value) {
    id = std::move(value);
    return *this;
  }
  sse_event& with_type(std::string value) {
    type = std::move(value);
    return *this;
  }
  sse_event& with_retry(std::chrono::milliseconds value) {
    retry = value;
    return *this;
  }

  std::optional<std::string> id;    ///< "" resets the last event id
  std::string type;                 ///< the `event` field; empty means "message"
  std::optional<std::string> data;  ///< lines joined by LF; unset: the block had no `data` field
  std::optional<std::chrono::milliseconds> retry;

  bool operator==(const sse_event&) const = default;
};

/** Appends the event as text, blank line included. Data with line breaks becomes several `data`
    lines (a CR or CRLF arrives as LF).

    @par Errors std::invalid_argument for an id or type with a line break, an id with NUL, or a
                negative retry
*/
void append_event(std::string& out, const sse_event& event);
std::string encode_event(const sse_event& event);

/** Appends an event that has data and nothing else, or also an id: the hot path of a server. The
    same rules as `append_event`. */
void append_data_event(std::string& out, std::string_view data, std::string_view id = {});

/// Appends a comment block; with no text the shortest keep-alive, ":\n\n".
void append_comment(std::string& out, std::string_view text = {});

/** Limits of an event_parser. */
class event_limits {
 public:
  event_limits() noexcept {}
  /// One line; default 16 MiB, as a JSON message is one line.
  event_limits& max_line_bytes(std::size_t bytes) noexcept { return line_ = bytes, *this; }
  std::size_t max_line_bytes() const noexcept { return line_; }
  /// All data of one event; default 16 MiB.
  event_limits& max_event_bytes(std::size_t bytes) noexcept { return event_ = bytes, *this; }
  std::size_t max_event_bytes() const noexcept { return event_; }

 private:
  std::size_t line_ = std::size_t{16} * 1024 * 1024;
  std::size_t event_ = std::size_t{16} * 1024 * 1024;
};

/** Reads an event stream incrementally; chunk boundaries may be anywhere.

    Lines end with LF, CR or CRLF; a leading byte order mark, comments and unknown fields are
    ignored; an `id` with NUL and a `retry` that is not all digits are ignored. A block without any
    field that counts is no event. What follows the last blank line is an incomplete event and never
    delivered.

    Differs from the browser's interface in one way: a block that has an `id` or `retry` but no
    `data` is delivered (with `data` unset), because resuming needs its id.

    @see test/http/event_stream.cpp, test/fuzz/event_stream.cpp
*/
class event_parser {
 public:
  enum class status : std::uint8_t {
    ok,
    line_too_long,   ///< failed for good: the rest can't be trusted
    event_too_large  ///< failed for good
  };

  explicit event_parser(event_limits limits = {}) noexcept;

  /// Reads bytes and appends the events they complete. After a failure nothing more is read.
  status feed(std::string_view bytes, std::vector<sse_event>& out);

  status state() const noexcept { return status_; }
  /// The last id that was set, over all events: what a client sends as Last-Event-ID.
  const std::string& last_event_id() const noexcept { return last_id_; }
  /// The last `retry` of the stream.
  std::optional<std::chrono::milliseconds> retry() const noexcept { return retry_; }

 private:
  void on_line(std::string_view line, std::vector<sse_event>& out);
  void on_field(std::string_view name, std::string_view value);

  event_limits limits_;
  std::string line_;  // the unfinished line
  sse_event event_;
  bool started_ = false;   // event_ has a field
  bool after_cr_ = false;  // an LF right now belongs to the CR before it
  bool at_start_ = true;   // the byte order mark may still come
  status status_ = status::ok;
  std::string last_id_;
  std::optional<std::chrono::milliseconds> retry_;
};

}  // namespace comcp::http

#endif
