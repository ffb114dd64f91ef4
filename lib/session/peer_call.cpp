// Questions to the client.

#include <algorithm>
#include <utility>

#include "comcp/protocol/methods.hpp"
#include "comcp/scope/errors.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/session/errors.hpp"
#include "session/session_impl.hpp"
#include "session/wire.hpp"

namespace comcp {

namespace {

// Takes the question back, however its wait ends without an answer: by time or by cancellation.
// Synchronous, so that it works while a scope unwinds. spec: basic/utilities/cancellation; C-11
class open_question {
 public:
  open_question(detail::session_core& core, detail::pending_call& call, outbox& box)
      : core_(core), box_(box), id_(core.begin_call(call)) {}
  ~open_question() {
    core_.end_call(id_);
    if (!asked_ || answered_) return;
    try {
      json::object params;
      params["requestId"] = id_.to_json();
      params["reason"] = "no longer needed";
      box_.push(detail::notification_frame(protocol::method::cancelled, std::move(params)));
    } catch (...) {  // no memory: the client will answer for nothing
    }
  }
  open_question(const open_question&) = delete;
  open_question& operator=(const open_question&) = delete;

  const jsonrpc::request_id& id() const noexcept { return id_; }
  void asked() noexcept { asked_ = true; }
  void answered() noexcept { answered_ = true; }

 private:
  detail::session_core& core_;
  outbox& box_;
  jsonrpc::request_id id_;
  bool asked_ = false;
  bool answered_ = false;
};

/// The time that a question has: one limit for its silence, one for all of it.
class patience {
 public:
  patience(const call_options& asked, const session_options& defaults)
      : silence_(asked.timeout() > duration::zero() ? asked.timeout()
                                                    : defaults.peer_call_timeout()),
        total_(asked.max_total()),
        restarts_(asked.resets_on_progress()) {
    if (total_ <= duration::zero()) total_ = restarts_ ? defaults.peer_call_limit() : silence_;
  }

  /// How long, if the client reports nothing.
  duration at_first() const noexcept { return std::min(silence_, total_); }
  void begin(cancel_scope& waiting, time_point now) noexcept {
    waiting_ = &waiting;
    last_ = time_after(now, total_);
  }
  void end() noexcept { waiting_ = nullptr; }
  void progressed(time_point now) {
    if (waiting_ != nullptr && restarts_)
      waiting_->deadline(std::min(time_after(now, silence_), last_));
  }

 private:
  duration silence_;
  duration total_;
  bool restarts_;
  cancel_scope* waiting_ = nullptr;
  time_point last_{};
};

/// The question asks for progress, by its id.
json::value with_progress_token(json::value params, const jsonrpc::request_id& id) {
  if (!params.is_object()) params.emplace_object();
  json::value& meta = params.get_object()["_meta"];
  if (!meta.is_object()) meta.emplace_object();
  meta.get_object()["progressToken"] = id.to_json();
  return params;
}

void check(std::optional<session_errc> refusal, std::string_view method) {
  if (refusal) throw session_error(*refusal, std::string(method));
}

}  // namespace

awaitable<json::value> session::impl::call(std::shared_ptr<outbox> box,
                                           std::string method,
                                           json::value params,
                                           call_options options) {
  const auto keep = self_.shared_from_this();
  if (!box || stage_ == stage::closed) throw session_error(session_errc::closed, method);
  check(core_.may_call(method), method);
  const protocol::rules& rules =
      core_.negotiated() != nullptr ? *core_.negotiated() : protocol::newest_legacy();
  if (auto missing =
          detail::missing_capability(core_.client_capabilities(), rules, method, params)) {
    throw capability_missing_error(std::move(*missing));
  }
  patience limits(options, options_);
  detail::pending_call::progress_listener listener;
  if (options.resets_on_progress() || options.on_progress()) {
    listener = [this, &limits, &options](const protocol::progress_update& update) {
      limits.progressed(home_.now());
      if (options.on_progress()) options.on_progress()(update);
    };
  }
  const bool follows = listener != nullptr;
  detail::pending_call call(std::move(listener));
  open_question question(core_, call, *box);
  if (follows) params = with_progress_token(std::move(params), question.id());
  const send_status sent = co_await box->send(detail::request_frame(question.id(), method, params));
  if (sent != send_status::sent) throw session_error(session_errc::closed, method);
  question.asked();
  auto wait = [this, &limits, &call](cancel_scope& waiting) -> awaitable<void> {
    limits.begin(waiting, home_.now());
    co_await call.wait();
  };
  co_await move_on_after(limits.at_first(), wait);
  limits.end();
  auto& outcome = call.outcome();
  if (!outcome && stage_ == stage::closed) {
    question.answered();  // nobody is there to be told
    throw session_error(session_errc::closed, method);
  }
  if (!outcome) throw session_error(session_errc::timed_out, method);
  question.answered();
  if (auto* error = std::get_if<jsonrpc::error_object>(&*outcome)) {
    throw peer_error(std::move(*error));
  }
  co_return std::get<json::value>(std::move(*outcome));
}

}  // namespace comcp
