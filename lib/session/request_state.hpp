#ifndef COMCP_LIB_SESSION_REQUEST_STATE_HPP
#define COMCP_LIB_SESSION_REQUEST_STATE_HPP

#include <exception>
#include <limits>
#include <memory>
#include <string>

#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/lifecycle.hpp"
#include "comcp/protocol/request_meta.hpp"
#include "comcp/scope/cancel_scope.hpp"
#include "comcp/scope/semaphore.hpp"
#include "comcp/session/options.hpp"
#include "comcp/session/outbox.hpp"
#include "comcp/session/request_context.hpp"
#include "comcp/session/request_handler.hpp"
#include "comcp/session/responder.hpp"
#include "json/arena.hpp"
#include "session/detached.hpp"
#include "session/interview.hpp"
#include "session/request_charges.hpp"

namespace comcp::detail {

/// What a request needs of the conversation it belongs to.
class request_owner {
 public:
  /// The request was answered or will never be: its id is free again.
  virtual void request_over(const jsonrpc::request_id& id) noexcept = 0;
  virtual session& conversation() noexcept = 0;
  virtual awaitable<json::value> call(std::shared_ptr<outbox> box,
                                      std::string method,
                                      json::value params,
                                      call_options options) = 0;

 protected:
  ~request_owner() = default;
};

/// A place in the server-wide gate, given back when destroyed.
class gate_place {
 public:
  gate_place() = default;
  explicit gate_place(std::shared_ptr<request_gate> taken) noexcept : gate_(std::move(taken)) {}
  gate_place(gate_place&&) noexcept = default;
  gate_place& operator=(gate_place&& other) noexcept {
    release();
    gate_ = std::move(other.gate_);
    return *this;
  }
  ~gate_place() { release(); }
  void release() noexcept {
    if (gate_) std::exchange(gate_, nullptr)->leave();
  }

 private:
  std::shared_ptr<request_gate> gate_;
};

/** One request between its arrival and its answer, shared by the responder, the context and the task
    that runs the handler. Whoever comes first ends it; all others find it over.

    @par Thread safety one shard
*/
class request_state : public std::enable_shared_from_this<request_state> {
 public:
  request_state(jsonrpc::request_id id, const std::shared_ptr<outbox>& box);
  static std::shared_ptr<request_state> make(jsonrpc::request_id id,
                                             const std::shared_ptr<outbox>& box);
  /// Of a detached request: there is nothing to answer.
  explicit request_state(jsonrpc::request_id of_original) : id(std::move(of_original)) {}
  static request_state& of(const request_context& context) noexcept { return context.state_; }
  ~request_state() { abandon(); }  // out of every table
  request_state(const request_state&) = delete;
  request_state& operator=(const request_state&) = delete;

  // Facts, set before the handler starts.
  jsonrpc::request_id id;
  std::string method;
  protocol::request_meta meta;
  const protocol::rules* rules = nullptr;
  const protocol::implementation* client_info = nullptr;
  const protocol::client_capabilities* capabilities = nullptr;
  std::shared_ptr<const principal> who;
  std::shared_ptr<const request_origin> origin;
  request_owner* owner = nullptr;  // null: stateless, or the session has ended
  logger log;
  std::unique_ptr<interview> questions;  // null: legacy, or a request that may not ask
  std::unique_ptr<detachment> apart;     // null: the request has its exchange
  std::unique_ptr<rounds> run_again;     // of one that can't ask, but may begin once more
  bool shielded = false;    // from the scopes of the task that runs it: only its owner cancels it
  bool may_detach = false;  // its runner goes on with it elsewhere if the handler wishes

  /// What its handler has been given and keeps, over all its runs. Null: it runs once.
  rounds* known() const noexcept;

  const std::shared_ptr<outbox>& box() const noexcept { return box_; }
  /// Answered, cancelled or given up. A reference: outboxes look at it when a frame's turn comes.
  const bool& over() const noexcept { return over_; }

  // Ways to end it; all but the first call do nothing.
  send_status answer(frame f) noexcept;
  void answer_internal_error() noexcept;
  void abandon() noexcept;

  // The responder's side.
  responder make_responder();
  bool has_responder() const noexcept { return has_responder_; }
  void responder_dropped() noexcept;
  /// An answer would still be sent.
  bool pending() const noexcept;

  // The scope that the handler runs in, while it does.
  void enter(cancel_scope& scope) noexcept { scope_ = &scope; }
  void leave() noexcept { scope_ = nullptr; }
  cancel_scope* scope() const noexcept { return scope_; }
  /// The peer takes the request back: nothing may be sent any more, the handler is cancelled.
  void cancelled_by_peer(std::string_view reason) noexcept;

  /// The answer for what left the handler by exception; details go to the log.
  void answer_failure(const std::exception_ptr& failure) noexcept;

  // Its places among the concurrent requests.
  semaphore::permit permit;
  gate_place place;
  void leave_limits() noexcept;
  /// Its bytes, until it ends: also where it has left the other limits. A detached request holds them further on.
  shared_charges charges;

  double last_progress = -std::numeric_limits<double>::infinity();

 private:
  void end() noexcept;

  std::shared_ptr<outbox> box_;
  outbox::slot slot_;
  cancel_scope* scope_ = nullptr;
  bool over_ = false;
  bool has_responder_ = false;
};

/** Runs the handler in a scope of the request's own, within the limits, and sees to it that at the end
    the request is answered, handed on (the responder lives elsewhere) or given up.

    @param memory what the request's values are in, if it has its own
    @par Cancellation from outside: gives the request up, then throws on
*/
awaitable<void> run_request(json::arena_pool::lease memory,
                            std::shared_ptr<request_state> state,
                            jsonrpc::request request,
                            request_handler& handler,
                            semaphore* permits,
                            const session_options& options);

}  // namespace comcp::detail

#endif
