#include "http_transport/reply.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "comcp/http/event_stream.hpp"
#include "comcp/scope/shard.hpp"

namespace comcp::detail {

namespace {

/// While it lives a stream is open.
class counted_stream {
 public:
  explicit counted_stream(std::atomic<std::size_t>* gauge) noexcept : gauge_(gauge) {
    if (gauge_ != nullptr) gauge_->fetch_add(1, std::memory_order_relaxed);
  }
  ~counted_stream() {
    if (gauge_ != nullptr) gauge_->fetch_sub(1, std::memory_order_relaxed);
  }
  counted_stream(const counted_stream&) = delete;
  counted_stream& operator=(const counted_stream&) = delete;

 private:
  std::atomic<std::size_t>* gauge_;
};

reply_end ended(http::send_result r) noexcept {
  return r == http::send_result::sent ? reply_end::complete : reply_end::gone;
}

/// One event per message.
void append_events(std::string& out, const pulled& p, std::string_view type) {
  for (const numbered_frame& f : p.frames) {
    if (f.number != 0) {
      http::append_data_event(out, f.message.text, p.event_prefix + std::to_string(f.number));
    } else if (type.empty()) {
      http::append_data_event(out, f.message.text);
    } else {
      http::append_event(out, http::sse_event(f.message.text).with_type(std::string(type)));
    }
  }
}

/// Before there is anything to say: the place to come back to. Its empty data is no message.
/// spec: basic/transports#sending-messages-to-the-server, 2025-11-25
void append_priming_event(std::string& out, const pulled& p, std::chrono::milliseconds come_back) {
  http::sse_event prime("");
  prime.with_id(p.event_prefix + std::to_string(p.behind)).with_retry(come_back);
  http::append_event(out, prime);
}

void append_retry(std::string& out, std::chrono::milliseconds delay) {
  http::append_event(out, http::sse_event().with_retry(delay));
}

/// Sends the last of a stream. @param lost there should have been more: no last chunk
awaitable<reply_end> end_stream(http::stream out,
                                std::string text,
                                std::optional<std::chrono::milliseconds> retry,
                                bool lost) {
  if (retry) append_retry(text, *retry);
  if (!text.empty()) {
    const auto sent = co_await out.send(text);
    if (sent == http::send_result::closed) co_return reply_end::gone;
  }
  if (lost) co_return reply_end::gone;
  const auto finished = co_await std::move(out).finish();
  co_return ended(finished);
}

/// One that is over already.
awaitable<reply_end> whole_stream(http::exchange ex,
                                  std::string text,
                                  std::optional<std::chrono::milliseconds> retry,
                                  bool lost,
                                  std::atomic<std::size_t>* gauge) {
  const counted_stream open(gauge);
  auto starting = std::move(ex).start_stream(200, event_stream_headers());
  http::stream out = co_await std::move(starting);
  out.cancel_on_disconnect();
  auto ending = end_stream(std::move(out), std::move(text), retry, lost);
  co_return co_await std::move(ending);
}

/// How long to wait for news: until a word is due to keep the stream alive, or its end. Zero: as long as it takes.
duration patience(duration keep_alive, time_point until) {
  if (until == time_point::max()) return keep_alive;
  const duration left = std::max<duration>(until - this_shard().now(), std::chrono::nanoseconds(1));
  return keep_alive > duration::zero() ? std::min(keep_alive, left) : left;
}

/// What a stream needs of reply_options while it lasts.
class stream_course {
 public:
  explicit stream_course(reply_options& how)
      : keep_alive(how.keep_alive),
        poll_delay(how.poll_delay),
        event_type(how.event_type),
        streams(how.streams),
        retry(std::move(how.retry)) {}

  duration keep_alive;
  std::chrono::milliseconds poll_delay;
  std::string_view event_type;
  std::atomic<std::size_t>* streams;
  std::function<std::optional<std::chrono::milliseconds>()> retry;
};

/// When the client is to come back to a stream that was left, or to a server that shuts down.
std::optional<std::chrono::milliseconds> come_back(bool paused,
                                                   const pulled& last,
                                                   const stream_course& how) {
  if (how.retry)
    if (const auto delay = how.retry()) return delay;
  if (paused) return last.come_back.value_or(how.poll_delay);
  return std::nullopt;
}

// Streams stay open for hours: what isn't needed for that is not in this frame.
awaitable<reply_end> stream_on(
    http::exchange ex, frame_source source, std::string text, time_point until, stream_course how) {
  const counted_stream open(how.streams);
  auto starting = std::move(ex).start_stream(200, event_stream_headers());
  http::stream out = co_await std::move(starting);
  out.cancel_on_disconnect();
  std::optional<std::chrono::milliseconds> retry;
  bool lost = false;
  for (;;) {
    if (!text.empty()) {
      const auto sent = co_await out.send(text);
      if (sent == http::send_result::closed) co_return reply_end::gone;
    }
    std::string().swap(text);  // frees it, as an assignment would not
    const pulled got = co_await source.next(patience(how.keep_alive, until));
    append_events(text, got, how.event_type);
    const bool paused = got.paused || this_shard().now() >= until;
    if (got.ended || paused) {
      retry = come_back(paused, got, how);
      lost = got.lost;
      break;
    }
    if (text.empty()) http::append_comment(text);
  }
  auto ending = end_stream(std::move(out), std::move(text), retry, lost);
  co_return co_await std::move(ending);
}

awaitable<reply_end> stream_all(http::exchange ex,
                                frame_source source,
                                pulled got,
                                reply_options how) {
  std::string text = std::move(how.opening);
  const bool resumable = how.polls && !got.event_prefix.empty();
  // An end without a word stays without a word: H-11.
  if (resumable && !(got.ended && got.frames.empty()))
    append_priming_event(text, got, how.poll_delay);
  const bool limited = resumable && how.stream_limit > duration::zero();
  const time_point until =
      limited ? time_after(this_shard().now(), how.stream_limit) : time_point::max();
  append_events(text, got, how.event_type);
  stream_course course(how);
  if (got.ended || got.paused)
    return whole_stream(std::move(ex), std::move(text), come_back(got.paused, got, course),
                        got.lost, how.streams);
  if (text.empty()) http::append_comment(text);
  return stream_on(std::move(ex), std::move(source), std::move(text), until, std::move(course));
}

/// Waits for the end and sends all of it as one body.
awaitable<reply_end> send_array(http::exchange ex, frame_source source, pulled got) {
  std::string body = "[";
  for (;;) {
    for (const numbered_frame& f : got.frames) {
      if (body.size() > 1) body += ',';
      body += f.message.text;
    }
    if (got.ended) break;
    got = co_await source.next(duration::zero());
  }
  if (got.lost) co_return reply_end::gone;  // without an answer: the server says 500
  body += ']';
  co_return ended(co_await std::move(ex).respond(json_response(200, std::move(body))));
}

awaitable<reply_end> respond(http::exchange ex, http::response r) {
  auto responding = std::move(ex).respond(std::move(r));
  co_return ended(co_await std::move(responding));
}

/// Waits for the first frame; what it gives does the rest.
awaitable<awaitable<reply_end>> choose_form(http::exchange ex,
                                            frame_source source,
                                            reply_options how) {
  ex.cancel_on_disconnect();
  const bool json = how.form == reply_form::json || how.form == reply_form::json_array;
  pulled first = co_await source.next(json ? duration::zero() : how.first_wait);
  if (first.frames.empty() && first.ended && how.if_silent)
    if (auto instead = how.if_silent()) co_return respond(std::move(ex), instead->to_response());
  if (how.form == reply_form::json_array)
    co_return send_array(std::move(ex), std::move(source), std::move(first));
  const bool answered = !first.frames.empty() && first.frames.front().message.is_answer();
  // An error has its status, also where a stream would have been the answer. (S-MOD-05)
  const bool refused = answered && how.era == protocol::era::modern &&
                       first.frames.front().message.what == frame::kind::error;
  if (answered && (how.form != reply_form::stream || refused)) {
    frame& answer = first.frames.front().message;
    const int status = status_of(answer, how.era);
    co_return respond(std::move(ex), json_response(status, std::move(answer.text)));
  }
  co_return stream_all(std::move(ex), std::move(source), std::move(first), std::move(how));
}

// Streams stay open for hours: what the choice took is gone by then.
awaitable<reply_end> reply_as(awaitable<awaitable<reply_end>> choosing) {
  auto rest = co_await std::move(choosing);
  co_return co_await std::move(rest);
}

}  // namespace

http::fields event_stream_headers() {
  http::fields headers;
  headers.add("Content-Type", http::event_stream_type);
  headers.add("Cache-Control", "no-cache, no-transform");
  headers.add("X-Accel-Buffering", "no");
  return headers;
}

int status_of(const frame& answer, protocol::era era) noexcept {
  if (era == protocol::era::legacy || answer.what != frame::kind::error) return 200;
  return modern_status(answer.error_code);
}

awaitable<reply_end> reply(http::exchange ex, frame_source source, reply_options how) {
  if (how.form == reply_form::stream)
    if (auto first = source.take_prefetched())
      return stream_all(std::move(ex), std::move(source), std::move(*first), std::move(how));
  return reply_as(choose_form(std::move(ex), std::move(source), std::move(how)));
}

}  // namespace comcp::detail
