#include "http_transport/reply.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "comcp/http/event_stream.hpp"
#include "comcp/scope/shard.hpp"

namespace comcp::detail {

namespace {

/// An event stream has no length and must pass proxies unchanged and unbuffered (H-19, S-HTTP-22).
http::fields stream_headers() {
  http::fields headers;
  headers.add("Content-Type", http::event_stream_type);
  headers.add("Cache-Control", "no-cache, no-transform");
  headers.add("X-Accel-Buffering", "no");
  return headers;
}

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

/// When the client is to come back to a stream that was left, or to a server that shuts down.
std::optional<std::chrono::milliseconds> come_back(const pulled& last, const reply_options& how) {
  if (how.retry)
    if (const auto delay = how.retry()) return delay;
  if (last.paused) return last.come_back.value_or(how.poll_delay);
  return std::nullopt;
}

awaitable<reply_end> stream_all(http::exchange ex,
                                frame_source source,
                                pulled got,
                                const reply_options& how) {
  const counted_stream open(how.streams);
  http::stream out = co_await std::move(ex).start_stream(200, stream_headers());
  std::string text = how.opening;
  const bool resumable = how.polls && !got.event_prefix.empty();
  // An end without a word stays without a word: H-11.
  if (resumable && !(got.ended && got.frames.empty()))
    append_priming_event(text, got, how.poll_delay);
  const bool limited = resumable && how.stream_limit > duration::zero();
  const time_point until = limited ? this_shard().now() + how.stream_limit : time_point::max();
  for (;;) {
    append_events(text, got, how.event_type);
    if (text.empty() && !got.ended && !got.paused) http::append_comment(text);
    if (!text.empty() && co_await out.send(text) == http::send_result::closed)
      co_return reply_end::gone;
    if (got.ended || got.paused) break;
    text.clear();
    const time_point now = this_shard().now();
    const duration left = std::max<duration>(until - now, std::chrono::nanoseconds(1));
    got = co_await source.next(std::min<duration>(how.keep_alive, left));
    if (this_shard().now() >= until) got.paused = true;
  }
  if (const auto delay = come_back(got, how)) {
    text.clear();
    append_retry(text, *delay);
    co_await out.send(text);
  }
  co_return ended(co_await std::move(out).finish());
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
  body += ']';
  co_return ended(co_await std::move(ex).respond(json_response(200, std::move(body))));
}

}  // namespace

int status_of(const frame& answer, protocol::era era) noexcept {
  if (era == protocol::era::legacy || answer.what != frame::kind::error) return 200;
  return modern_status(answer.error_code);
}

awaitable<reply_end> reply(http::exchange ex, frame_source source, reply_options how) {
  ex.cancel_on_disconnect();
  const bool json = how.form == reply_form::json || how.form == reply_form::json_array;
  pulled first = co_await source.next(json ? duration::zero() : how.first_wait);
  if (first.frames.empty() && first.ended && how.if_silent)
    if (auto instead = how.if_silent())
      co_return ended(co_await std::move(ex).respond(instead->to_response()));
  if (how.form == reply_form::json_array)
    co_return co_await send_array(std::move(ex), std::move(source), std::move(first));
  const bool answered = !first.frames.empty() && first.frames.front().message.is_answer();
  if (answered && how.form != reply_form::stream) {
    frame& answer = first.frames.front().message;
    const int status = status_of(answer, how.era);
    co_return ended(co_await std::move(ex).respond(json_response(status, std::move(answer.text))));
  }
  co_return co_await stream_all(std::move(ex), std::move(source), std::move(first), how);
}

}  // namespace comcp::detail
