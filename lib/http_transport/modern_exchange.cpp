#include "http_transport/modern_exchange.hpp"

#include <utility>

#include "comcp/scope/shard.hpp"
#include "http_transport/frame_source.hpp"
#include "http_transport/refusal.hpp"
#include "scope/shard_impl.hpp"

namespace comcp::detail {

namespace {

const http::fields& json_headers() {
  static const http::fields headers = json_response(200, {}).headers;
  return headers;
}

}  // namespace

modern_exchange::modern_exchange(http::exchange ex, std::shared_ptr<outbox> box, make_options how)
    : ex_(std::move(ex)), box_(std::move(box)), how_(std::move(how)), home_(this_shard()) {}

modern_exchange::~modern_exchange() {
  stop_listening();
}

void modern_exchange::stop_listening() noexcept {
  box_->listen(nullptr);
  home_.impl().tree.disarm(*this);
}

void modern_exchange::begin(task_group& group, duration silence_until_stream) {
  group_ = &group;
  silence_until_stream_ = silence_until_stream;
  box_->listen(this);
  at_turn_end();
}

// From here on it matters whether the client leaves, and that it doesn't wait too long for a word.
void modern_exchange::on_turn_end() noexcept {
  if (!ex_) return;
  try {
    if (silence_until_stream_ > duration::zero())
      home_.impl().tree.arm(*this, home_.now() + silence_until_stream_);
    ex_.cancel_on_disconnect();
  } catch (...) {  // no memory: it stays a JSON answer, for a client whose leaving is noticed late
  }
}

bool modern_exchange::take(frame& answer) noexcept try {
  const int status = answer.what == frame::kind::error ? modern_status(answer.error_code) : 200;
  sending_.emplace(std::move(ex_), status, json_headers(), std::move(answer.text));
  stop_listening();
  if (!sending_->finished())
    group_->start_soon([this] { return send_rest(); }, "response");
  else if (sending_->result() == http::send_result::closed)
    group_->cancel("the client is gone");
  return true;
} catch (...) {  // no memory: the server answers 500, or cuts an answer that began
  return true;
}

awaitable<void> modern_exchange::send_rest() {
  const auto end = co_await sending_->finish();
  if (end == http::send_result::closed) group_->cancel("the client is gone");
}

void modern_exchange::on_due() noexcept {
  silent_ = true;
  start_writer();
}

void modern_exchange::start_writer() noexcept {
  stop_listening();
  try {
    group_->start_soon([this] { return write(); }, "response");
    writing_ = true;
  } catch (...) {  // no memory: what is queued goes when the handler has ended
  }
}

awaitable<void> modern_exchange::write() {
  reply_options how = how_();
  if (silent_) {
    how.form = reply_form::stream;
    how.first_wait = std::chrono::nanoseconds(1);
  }
  auto replying = reply(std::move(ex_), frame_source(feed_of(box_), home_), std::move(how));
  const auto end = co_await std::move(replying);
  // Answered, a handler may still tidy up; otherwise nobody wants its work.
  if (end == reply_end::gone || box_->pending_answers() != 0) group_->cancel("the client is gone");
}

bool modern_exchange::is_served() noexcept {
  stop_listening();
  unlink();
  return writing_ || !ex_;  // no exchange: answered, or lost for want of memory
}

awaitable<void> modern_exchange::finish() {
  // It has no answer, or will have one from elsewhere.
  auto replying = reply(std::move(ex_), frame_source(feed_of(box_), home_), how_());
  co_await std::move(replying);
}

}  // namespace comcp::detail
