#include "comcp/session/request_context.hpp"

#include <cmath>
#include <cstdint>
#include <utility>

#include "comcp/protocol/methods.hpp"
#include "comcp/session/session.hpp"
#include "session/request_state.hpp"
#include "session/wire.hpp"

namespace comcp {

namespace {

awaitable<send_status> at_once(send_status status) {
  co_return status;
}

// 3, not 3.0: the wire stays as short as the caller wrote it.
json::value number(double value) {
  constexpr double exact = 9007199254740992.0;  // 2^53
  if (value == std::floor(value) && std::abs(value) <= exact) {
    return static_cast<std::int64_t>(value);
  }
  return value;
}

}  // namespace

const jsonrpc::request_id& request_context::id() const noexcept {
  return state_.id;
}
std::string_view request_context::method() const noexcept {
  return state_.method;
}
const protocol::request_meta& request_context::meta() const noexcept {
  return state_.meta;
}
const protocol::rules& request_context::rules() const noexcept {
  return *state_.rules;
}

const protocol::implementation* request_context::client_info() const {
  const session* s = conversation();
  return s != nullptr ? s->client_info() : state_.meta.client_info();
}

const protocol::client_capabilities& request_context::client_capabilities() const {
  const session* s = conversation();
  return s != nullptr ? s->client_capabilities() : state_.meta.capabilities();
}

const std::shared_ptr<const principal>& request_context::on_behalf_of() const noexcept {
  return state_.who;
}

const request_origin* request_context::origin() const noexcept {
  return state_.origin.get();
}

// A modern request has none, also when it shares a connection with a legacy conversation (S-MOD-06).
session* request_context::conversation() const noexcept {
  if (state_.apart) return state_.apart->conversation();
  const bool legacy = state_.rules->era == protocol::era::legacy;
  return legacy && state_.owner != nullptr ? &state_.owner->conversation() : nullptr;
}

cancel_scope& request_context::scope() const noexcept {
  return *state_.scope();
}

awaitable<send_status> request_context::report_progress(double progress,
                                                        std::optional<double> total,
                                                        std::string message) {
  if (!state_.meta.progress_token) return at_once(send_status::skipped);
  if (!(progress > state_.last_progress)) return at_once(send_status::skipped);
  state_.last_progress = progress;
  json::object params;
  params["progressToken"] = state_.meta.progress_token->to_json();
  params["progress"] = number(progress);
  if (total) params["total"] = number(*total);
  if (!message.empty() && state_.rules->progress_message) params["message"] = std::move(message);
  return notify(std::string(protocol::method::progress), std::move(params));
}

awaitable<send_status> request_context::log(protocol::logging_level level,
                                            json::value data,
                                            std::string logger_name) {
  const session* const in = conversation();
  const bool wanted = state_.rules->log_level_per_request
                          ? state_.meta.log_level && level >= *state_.meta.log_level
                          : in != nullptr && in->wants_log(level);
  if (!wanted) return at_once(send_status::skipped);
  json::object params;
  params["level"] = protocol::to_string(level);
  if (!logger_name.empty()) params["logger"] = std::move(logger_name);
  params["data"] = std::move(data);
  return notify(std::string(protocol::method::log_message), std::move(params));
}

awaitable<send_status> request_context::notify(std::string method, json::value params) {
  if (state_.apart) return state_.apart->channel().notify(std::move(method), std::move(params));
  return state_.box()->send_unless(state_.over(), detail::notification_frame(method, params));
}

send_status request_context::close_stream(std::optional<std::chrono::milliseconds> come_back) {
  if (state_.apart) return send_status::skipped;
  if (state_.over()) return send_status::closed;
  return state_.box()->pause(come_back);
}

void request_context::continue_as_task() {
  if (state_.may_detach) throw detail::wants_detachment();
}

void request_context::leave_limits() noexcept {
  state_.leave_limits();
}

}  // namespace comcp
