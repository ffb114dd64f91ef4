#include "http_transport/reply.hpp"

#include <string>
#include <utility>

#include "comcp/http/event_stream.hpp"

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

/// One event per message; silence is a comment.
void append_events(std::string& out, const pulled& p) {
  for (const frame& f : p.frames)
    http::append_data_event(out, f.text);
  if (out.empty()) http::append_comment(out);
}

awaitable<reply_end> stream_all(http::exchange ex,
                                frame_source source,
                                pulled first,
                                const reply_options& how) {
  const counted_stream open(how.streams);
  http::stream out = co_await std::move(ex).start_stream(200, stream_headers());
  std::string text;
  for (;;) {
    // An end without a word stays without a word: H-11.
    text.clear();
    if (!first.frames.empty() || !first.ended) append_events(text, first);
    if (!text.empty() && co_await out.send(text) == http::send_result::closed)
      co_return reply_end::gone;
    if (first.ended) break;
    first = co_await source.next(how.keep_alive);
  }
  if (const auto delay = how.retry ? how.retry() : std::nullopt) {
    http::sse_event come_back;
    come_back.retry = delay;
    text.clear();
    http::append_event(text, come_back);
    co_await out.send(text);
  }
  co_return ended(co_await std::move(out).finish());
}

int status_of(const frame& answer, protocol::era era) noexcept {
  if (era == protocol::era::legacy || answer.what != frame::kind::error) return 200;
  return modern_status(answer.error_code);
}

/// Waits for the end and sends all of it as one body.
awaitable<reply_end> send_array(http::exchange ex, frame_source source, pulled got) {
  std::string body = "[";
  for (;;) {
    for (const frame& f : got.frames) {
      if (body.size() > 1) body += ',';
      body += f.text;
    }
    if (got.ended) break;
    got = co_await source.next(duration::zero());
  }
  body += ']';
  co_return ended(co_await std::move(ex).respond(json_response(200, std::move(body))));
}

}  // namespace

awaitable<reply_end> reply(http::exchange ex, frame_source source, reply_options how) {
  ex.cancel_on_disconnect();
  pulled first;
  if (how.form == reply_form::stream_at_once)
    co_return co_await stream_all(std::move(ex), std::move(source), std::move(first), how);

  const bool json = how.form == reply_form::json || how.form == reply_form::json_array;
  first = co_await source.next(json ? duration::zero() : how.keep_alive);
  if (first.frames.empty() && first.ended && how.if_silent)
    if (auto instead = how.if_silent())
      co_return ended(co_await std::move(ex).respond(instead->to_response()));
  if (how.form == reply_form::json_array)
    co_return co_await send_array(std::move(ex), std::move(source), std::move(first));
  const bool answered = !first.frames.empty() && first.frames.front().is_answer();
  if (answered && how.form != reply_form::stream) {
    frame& answer = first.frames.front();
    const int status = status_of(answer, how.era);
    co_return ended(co_await std::move(ex).respond(json_response(status, std::move(answer.text))));
  }
  co_return co_await stream_all(std::move(ex), std::move(source), std::move(first), how);
}

}  // namespace comcp::detail
