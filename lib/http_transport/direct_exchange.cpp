#include "http_transport/direct_exchange.hpp"

#include <utility>

#include "comcp/http/event_stream.hpp"
#include "comcp/scope/shard.hpp"
#include "http_transport/refusal.hpp"
#include "scope/shard_impl.hpp"
#include "session/spare_text.hpp"

namespace comcp::detail {

namespace {

http::prepared_head json_head(int status) {
  return http::prepared_head(status, json_response(status, {}).headers);
}

}  // namespace

direct_exchange::direct_exchange(http::exchange ex,
                                 shard_part& part,
                                 handler_of whose,
                                 std::shared_ptr<outbox> box,
                                 std::string_view method)
    : ex_(std::move(ex)), box_(std::move(box)), home_(part.home), whose_(whose) {
  // A session ends its requests itself, and names them.
  const bool is_alone = whose_ == handler_of::exchange;
  counted_.emplace(part, is_alone ? box_ : nullptr, open_exchange::at_drain::may_finish,
                   is_alone ? method : std::string_view());
}

direct_exchange::~direct_exchange() {
  stop_listening();
}

void direct_exchange::stop_listening() noexcept {
  if (std::exchange(listening_, false)) box_->listen(nullptr);  // a stream may listen by now
  home_.impl().tree.disarm(*this);
}

void direct_exchange::begin(task_group& group, duration silence_until_stream) {
  group_ = &group;
  silence_until_stream_ = silence_until_stream;
  if (whose_ == handler_of::session) is_handling(ex_);
  box_->listen(this);
  listening_ = true;
  at_turn_end(home_);
}

void direct_exchange::on_turn_end() noexcept {
  if (left_) return;
  if (!writing_ && !ex_) {  // answered, and still the handler goes on
    if (sending_ && sending_->finished()) leave();
  } else if (!writing_ && (box_->closed() || box_->queued_count() > 0)) {
    if (send_at_once()) return;
    start_writer();
    go_on_waiting();
  } else {
    go_on_waiting();
  }
}

// From here on it matters whether the client leaves, and that it doesn't wait too long for a word.
void direct_exchange::go_on_waiting() noexcept try {
  const bool is_sessions = whose_ == handler_of::session;
  if (is_sessions) watch_peer();
  if (writing_ || left_) return;
  if (!is_sessions) ex_.cancel_on_disconnect();
  if (silence_until_stream_ > duration::zero())
    home_.impl().tree.arm(*this, time_after(home_.now(), silence_until_stream_));
} catch (...) {  // no memory: it stays a JSON answer, for a client whose leaving is noticed late
}

// What a writer still sends is cancelled with the exchange. Once the handler has ended, who sends the answer finds out
// itself; one that can be resumed is wanted all the same.
void direct_exchange::on_peer_gone() noexcept {
  if (handler_ended_) return;
  if (!writing_) {
    stop_listening();
    box_->close();
  }
  leave();
}

void direct_exchange::leave() noexcept {
  if (whose_ != handler_of::session || left_ || handler_ended_) return;
  left_ = true;
  counted_.reset();
  leave_connection();
}

bool direct_exchange::take(frame& answer) noexcept try {
  const auto era = whose_ == handler_of::exchange ? protocol::era::modern : protocol::era::legacy;
  const int status = status_of(answer, era);
  static const http::prepared_head ok = json_head(200);
  if (status == ok.status())
    send(ok, std::move(answer.text));
  else
    send(json_head(status), std::move(answer.text));
  return true;
} catch (...) {  // no memory: the server answers 500, or cuts an answer that began
  return true;
}

// All of a stream that is over before anything of it was sent. False: it isn't, or its events go another way.
bool direct_exchange::send_at_once() noexcept try {
  if (!box_->closed() || box_->queued_count() == 0 || silent_ || keeps_events()) return false;
  std::optional<frame> f = box_->try_next();
  if (f->is_answer()) return take(*f);  // given before we listened
  std::string text;
  for (; f; f = box_->try_next())
    http::append_data_event(text, f->text);
  static const http::prepared_head head(200, event_stream_headers());
  send(head, std::move(text));
  return true;
} catch (...) {  // no memory: as above
  return true;
}

void direct_exchange::send(const http::prepared_head& head, std::string body) {
  sending_.emplace(std::move(ex_), head, std::move(body));
  stop_listening();
  if (!sending_->finished())
    group_->start_soon([this] { return send_rest(); }, "response");
  else
    sent(sending_->result());
}

void direct_exchange::sent(http::send_result how) noexcept {
  give_back_text(sending_->take_body());
  if (whose_ == handler_of::session)
    at_turn_end(home_);
  else if (how == http::send_result::closed)
    group_->cancel("the client is gone");
}

awaitable<void> direct_exchange::send_rest() {
  sent(co_await sending_->finish());
}

void direct_exchange::on_due() noexcept {
  silent_ = true;
  start_writer();
}

void direct_exchange::start_writer() noexcept try {
  group_->start_soon([this] { return write(); }, "response");
  writing_ = true;
  stop_listening();
} catch (...) {  // no memory: perhaps a turn later
  at_turn_end(home_);
}

awaitable<void> direct_exchange::write() {
  reply_options options = how();
  if (silent_) {
    options.form = reply_form::stream;
    options.first_wait = std::chrono::nanoseconds(1);
  }
  auto replying = reply(std::move(ex_), frame_source(frames(), home_), std::move(options));
  const auto end = co_await std::move(replying);
  // Answered, a handler may still tidy up; otherwise nobody wants its work, unless it is a session's.
  if (whose_ == handler_of::session)
    leave();
  else if (end == reply_end::gone || box_->pending_answers() != 0)
    group_->cancel("the client is gone");
}

bool direct_exchange::is_served() noexcept {
  handler_ended_ = true;
  if (group_ != nullptr && !writing_ && !left_ && ex_) send_at_once();
  stop_listening();
  unlink();
  return writing_ || left_ || !ex_;  // no exchange: answered, or lost for want of memory
}

awaitable<void> direct_exchange::finish() {
  // It has no answer, or will have one from elsewhere.
  auto replying = reply(std::move(ex_), frame_source(frames(), home_), how());
  co_await std::move(replying);
}

}  // namespace comcp::detail
