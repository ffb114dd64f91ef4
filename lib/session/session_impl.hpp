#ifndef COMCP_LIB_SESSION_SESSION_IMPL_HPP
#define COMCP_LIB_SESSION_SESSION_IMPL_HPP

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "comcp/scope/event.hpp"
#include "comcp/scope/semaphore.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/session/session.hpp"
#include "session/request_state.hpp"
#include "session/session_access.hpp"
#include "session/session_core.hpp"

namespace comcp {

namespace detail {

/// One question to the peer: lives in the frame that waits for the answer.
class pending_call {
 public:
  using progress_listener = std::function<void(const protocol::progress_update&)>;

  pending_call() = default;
  explicit pending_call(progress_listener listener) : listener_(std::move(listener)) {}

  void progressed(const protocol::progress_update& update) const {
    if (listener_) listener_(update);
  }
  void resolve(std::variant<json::value, jsonrpc::error_object> outcome) {
    outcome_.emplace(std::move(outcome));
    done_.set();
  }
  /// No answer can come any more.
  void lost() noexcept { done_.set(); }

  awaitable<void> wait() { return done_.wait(); }
  /// Nothing: lost.
  std::optional<std::variant<json::value, jsonrpc::error_object>>& outcome() { return outcome_; }

 private:
  progress_listener listener_;
  event done_;
  std::optional<std::variant<json::value, jsonrpc::error_object>> outcome_;
};

}  // namespace detail

/// The coroutine side of a session: carries out what session_core decides.
class session::impl final : public detail::request_owner {
 public:
  using box_ptr = const std::shared_ptr<outbox>&;
  using caller = std::shared_ptr<const principal>;

  impl(session& self, request_handler& handler, session_options options);
  ~impl() { close("the session was destroyed"); }  // responders may live on
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  /// @param keep the session, for as long as it runs
  awaitable<void> run(std::shared_ptr<session> keep);
  bool is_running() const noexcept { return group_ != nullptr && stage_ != stage::closed; }
  /// See session_access.
  detail::session_access::begun begin(json::arena_pool::lease&& memory,
                                      jsonrpc::request&& request,
                                      box_ptr box,
                                      caller&& who);
  void came(detail::session_access::visit& v) noexcept { visits_.push_back(v); }
  void left(detail::session_access::visit& v) noexcept {
    v.unlink();
    if (visits_.empty() && nobody_visits_ != nullptr) nobody_visits_->set();
  }
  delivery deliver(jsonrpc::message&& message, std::shared_ptr<outbox>&& related, caller&& who);
  delivery deliver(jsonrpc::batch&& batch, std::shared_ptr<outbox>&& related, caller&& who);
  delivery deliver(jsonrpc::malformed&& malformed, std::shared_ptr<outbox>&& related);

  void attach_standalone(std::shared_ptr<outbox>&& box);
  awaitable<bool> until_listening();
  void start_soon(std::function<awaitable<void>(session&)>&& task, std::string&& name);

  void close(std::string_view reason) noexcept;
  void keep_reason(std::string_view reason) noexcept;
  void drain(std::string_view reason, duration limit, drain_cause cause) noexcept;

  // request_owner
  void request_over(const jsonrpc::request_id& id) noexcept override;
  session& conversation() noexcept override { return self_; }
  awaitable<json::value> call(std::shared_ptr<outbox> box,
                              std::string method,
                              json::value params,
                              call_options options) override;

  bool wants_log(protocol::logging_level level) const noexcept;

  enum class stage : std::uint8_t { open, draining, closed };

  session& self_;
  request_handler& handler_;
  const session_options options_;
  caller caller_;  // of what is being delivered; null: the session's own
  detail::session_core core_;
  shard& home_;
  std::shared_ptr<outbox> standalone_;
  std::string close_reason_;
  stage stage_ = stage::open;
  time_point last_activity_;

 private:
  struct waiting_request {
    std::shared_ptr<detail::request_state> state;
    jsonrpc::request request;
  };
  struct own_task {
    std::function<awaitable<void>(session&)> run;
    std::string name;
  };

  std::shared_ptr<outbox> box_for(std::shared_ptr<outbox>&& related);
  void handle(detail::action&& decided, box_ptr box);
  std::shared_ptr<detail::request_state> admitted(detail::start_request& a, box_ptr box);
  void carry_out(detail::start_request&& a, box_ptr box);
  void carry_out(detail::answer_initialize&& a, box_ptr box);
  void carry_out(detail::answer_empty&& a, box_ptr box);
  void carry_out(detail::answer_log_level&& a, box_ptr box);
  void carry_out(detail::answer_error&& a, box_ptr box);
  void carry_out(detail::cancel_request&& a, box_ptr box);
  void carry_out(detail::resolve_call&& a, box_ptr box);
  void carry_out(detail::call_progress&& a, box_ptr box);
  void carry_out(detail::report_error&& a, box_ptr box);
  void carry_out(detail::notify_handler&& a, box_ptr box);
  void carry_out(detail::handshake_complete&& a, box_ptr box);
  void carry_out(detail::ignore&& a, box_ptr box);

  void start_what_came();
  awaitable<void> finish_requests();
  awaitable<void> until_unvisited();
  void start(waiting_request w);
  void start(jsonrpc::notification n);
  void start(own_task t);
  awaitable<void> serve_notification(jsonrpc::notification n);
  awaitable<void> run_own(own_task t);
  /// Passes a cancellation of the session on; everything else goes to the log.
  void failed(std::string_view what, const std::exception_ptr& failure) const;
  void give_up_all() noexcept;
  void cancel_visits() noexcept;
  void name_abandoned() const;
  void touch() noexcept { last_activity_ = home_.time_source().coarse_now(); }
  void debug(std::string_view what) const noexcept;

  semaphore permits_;
  task_group* group_ = nullptr;                   // while `run` accepts tasks
  std::vector<waiting_request> not_yet_started_;  // came before `run` began
  std::vector<jsonrpc::notification> not_yet_told_;
  std::vector<own_task> not_yet_begun_;
  std::size_t notifications_running_ = 0;
  std::shared_ptr<event>
      somebody_listens_;  // while somebody waits for it; or the session was closed
  event stage_changed_;   // no longer open
  event nothing_left_;    // draining is over
  duration drain_limit_{};
  cancel_scope* drain_scope_ = nullptr;  // while the drain waits
  drain_cause drain_cause_ = drain_cause::shutdown;
  detail::intrusive_list<detail::session_access::visit, detail::visit_tag> visits_;
  event* nobody_visits_ = nullptr;  // while the end waits for the last of them
  bool started_ = false;            // on_session_start was called
};

}  // namespace comcp

#endif
