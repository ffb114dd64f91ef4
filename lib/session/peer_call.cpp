// Questions to the client.

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
  detail::pending_call call;
  open_question question(core_, call, *box);
  const send_status sent = co_await box->send(detail::request_frame(question.id(), method, params));
  if (sent != send_status::sent) throw session_error(session_errc::closed, method);
  question.asked();
  const duration limit =
      options.timeout() > duration::zero() ? options.timeout() : options_.peer_call_timeout();
  co_await move_on_after(limit, [&call] { return call.wait(); });
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
