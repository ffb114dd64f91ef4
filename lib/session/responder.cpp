#include "comcp/session/responder.hpp"

#include <utility>

#include "session/request_state.hpp"
#include "session/spare_text.hpp"
#include "session/wire.hpp"

namespace comcp {

responder responder::make(jsonrpc::request_id id, std::shared_ptr<outbox> box) {
  return std::make_shared<detail::request_state>(std::move(id), box)->make_responder();
}

responder::responder(std::shared_ptr<detail::request_state> state) noexcept
    : state_(std::move(state)) {}

responder::responder(responder&&) noexcept = default;

responder& responder::operator=(responder&& other) noexcept {
  if (this != &other) {
    if (state_) state_->responder_dropped();
    state_ = std::move(other.state_);
  }
  return *this;
}

responder::~responder() {
  if (state_) state_->responder_dropped();
}

const jsonrpc::request_id& responder::id() const noexcept {
  return state_->id;
}

bool responder::pending() const noexcept {
  return state_ && state_->pending();
}

// The text is made before the state is given up: when that throws, the responder still holds the duty.
send_status responder::reply(const json::value& result) && {
  if (!pending()) return send_status::closed;
  frame f = detail::result_frame(state_->id, result);
  return std::exchange(state_, nullptr)->answer(std::move(f));
}

send_status responder::reply(const jsonrpc::raw_json& result) && {
  if (!pending()) return send_status::closed;
  frame f = detail::result_frame(state_->id, result);
  return std::exchange(state_, nullptr)->answer(std::move(f));
}

std::string responder::begin_result() const {
  std::string text = detail::spare_text();
  jsonrpc::begin_result(text, state_->id);
  return text;
}

send_status responder::end_result(std::string text) && {
  text += '}';
  return std::exchange(state_, nullptr)->answer(frame(frame::kind::result, std::move(text)));
}

send_status responder::fail(const jsonrpc::error_object& error) && {
  if (!pending()) return send_status::closed;
  frame f = detail::error_frame(state_->id, error);
  return std::exchange(state_, nullptr)->answer(std::move(f));
}

void responder::abandon() && noexcept {
  if (state_) std::exchange(state_, nullptr)->abandon();
}

}  // namespace comcp
