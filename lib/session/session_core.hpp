#ifndef COMCP_LIB_SESSION_SESSION_CORE_HPP
#define COMCP_LIB_SESSION_SESSION_CORE_HPP

// What an inbound message means to a conversation, decided without I/O, without coroutines and without
// time: feed messages, get actions. session.cpp carries the actions out.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/codec.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/lifecycle.hpp"
#include "comcp/protocol/logging.hpp"
#include "comcp/protocol/progress.hpp"
#include "comcp/protocol/request_meta.hpp"
#include "comcp/protocol/version.hpp"
#include "comcp/session/errors.hpp"
#include "comcp/session/options.hpp"
#include "scope/recycling.hpp"
#include "session/request_charges.hpp"

namespace comcp::detail {

class request_state;
class pending_call;

/// Run the handler. The request is in the in-flight table; say who runs it through `running`.
struct start_request {
  jsonrpc::request request;
  protocol::request_meta meta;
  const protocol::rules* rules;
  request_state** running;
  bool completes_handshake = false;  ///< tell first what `handshake_complete` says
  shared_charges charges;
};
/// Answer with what the handler describes; if that fails, call `initialize_failed`.
struct answer_initialize {
  jsonrpc::request_id id;
  const protocol::rules* rules;
};
/// Answer with `{}`.
struct answer_empty {
  jsonrpc::request_id id;
};
/// The log level was set: tell the handler, answer with `{}`.
struct answer_log_level {
  jsonrpc::request_id id;
  protocol::logging_level level;
};
struct answer_error {
  std::optional<jsonrpc::request_id> id;  // nothing: unreadable, or it would be taken for another's
  jsonrpc::error_object error;
};
/// The request left the in-flight table: nothing may be sent for it any more.
struct cancel_request {
  request_state* running;
  std::string reason;
};
/// The call left the pending table.
struct resolve_call {
  pending_call* call;
  std::variant<json::value, jsonrpc::error_object> outcome;
};
/// The peer is that far with a call that is still open.
struct call_progress {
  pending_call* call;
  protocol::progress_update update;
};
/// The peer reports an error that belongs to no call.
struct report_error {
  jsonrpc::error_object error;
};
struct notify_handler {
  jsonrpc::notification notification;
};
struct handshake_complete {};
/// Nothing to do; `why` is for the debug log.
struct ignore {
  std::string_view why;
};

using action = std::variant<start_request,
                            answer_initialize,
                            answer_empty,
                            answer_log_level,
                            answer_error,
                            cancel_request,
                            resolve_call,
                            call_progress,
                            report_error,
                            notify_handler,
                            handshake_complete,
                            ignore>;

/// The envelope of a modern request and its method: understood, or the error that answers it.
std::variant<protocol::request_meta, jsonrpc::error_object> admit_modern(jsonrpc::request& r);
/// The error for a method that the revision doesn't have.
std::optional<jsonrpc::error_object> refuse_method(std::string_view method,
                                                   const protocol::rules& rules);

/// What a server can't keep that forgets its clients: changes told later, a log level.
void leave_out_what_needs_a_session(protocol::server_capabilities& capabilities) noexcept;

/** What a client would have had to declare for such a question, as a ClientCapabilities object; nothing
    when it declared it. What the revision lacks, no client of it can declare. */
std::optional<json::object> missing_capability(const protocol::client_capabilities& declared,
                                               const protocol::rules& rules,
                                               std::string_view method,
                                               const json::value& params);

class session_core {
 public:
  explicit session_core(const session_options& options);

  action on_message(jsonrpc::message message);
  action on_request(jsonrpc::request&& r) { return on(std::move(r), nullptr); }
  /// The same for an element of a batch. `of_batch` is empty before the first: what charges for the whole text,
  /// once, for as long as one of its requests is in progress.
  action on_batch_message(jsonrpc::message message, shared_charges& of_batch);
  /// Text that isn't a message: answered, unless it was meant as a response.
  action on_malformed(jsonrpc::malformed malformed);
  /// Why a batch is refused as a whole; nothing when its elements are to be handled.
  std::optional<answer_error> refuse_batch() const;

  // Lifecycle of the legacy conversation.
  enum class phase : std::uint8_t { fresh, initializing, ready };
  phase state() const noexcept { return phase_; }
  const protocol::rules* negotiated() const noexcept { return rules_; }
  /// What the peer is known to understand: what was negotiated, else what its last modern request
  /// was written in. Null before either.
  const protocol::rules* spoken() const noexcept { return rules_ != nullptr ? rules_ : modern_; }
  const protocol::implementation* client_info() const noexcept;
  const protocol::client_capabilities& client_capabilities() const noexcept;
  protocol::logging_level log_level() const noexcept { return log_level_; }
  bool logging_declared() const noexcept { return logging_declared_; }
  /// What the answer to initialize said about logging.
  void logging_declared(bool yes) noexcept { logging_declared_ = yes; }
  void initialize_failed() noexcept;
  /// From now on requests are refused; what runs goes on.
  void drain() noexcept { draining_ = true; }

  // Requests of the peer.
  std::size_t in_flight_count() const noexcept { return in_flight_.size(); }
  /// The request was answered, or will never be.
  void forget(const jsonrpc::request_id& id) noexcept { in_flight_.erase(id); }
  /// Some request in flight, or null.
  request_state* any_in_flight() const noexcept {
    return in_flight_.empty() ? nullptr : in_flight_.begin()->second;
  }

  template <class F>
  void for_each_in_flight(F&& f) const {
    for (const auto& [id, request] : in_flight_)
      f(*request);
  }

  // Our own requests: an id space of our own.
  /// Whether the conversation allows to ask this now.
  std::optional<session_errc> may_call(std::string_view method) const;
  jsonrpc::request_id begin_call(pending_call& call);
  void end_call(const jsonrpc::request_id& id) noexcept { pending_.erase(id); }
  template <class F>
  void for_each_call(F&& f) const {
    for (const auto& [id, call] : pending_)
      f(*call);
  }
  std::size_t pending_count() const noexcept { return pending_.size(); }

 private:
  // `of_batch` is null for a request that came alone.
  action on(jsonrpc::request&& r, shared_charges* of_batch);
  action on_other(jsonrpc::request&& r) { return on(std::move(r), nullptr); }
  action on_other(jsonrpc::notification&& n);
  action on_other(jsonrpc::response&& r);
  action on_other(jsonrpc::error_response&& r);
  action on_modern(jsonrpc::request&& r, shared_charges* of_batch);
  action on_initialize(jsonrpc::request&& r, const shared_charges* of_batch);
  action on_set_level(const jsonrpc::request& r);
  action refuse_too_early(const jsonrpc::request& r) const;
  static action refuse_draining(const jsonrpc::request& r);
  action on_cancelled(const jsonrpc::notification& n);
  action on_progress(jsonrpc::notification&& n);
  action admit(jsonrpc::request&& r,
               protocol::request_meta meta,
               const protocol::rules& rules,
               shared_charges* of_batch);
  bool has_room_for(std::size_t bytes);
  pending_call* take_call(const jsonrpc::request_id& id) noexcept;

  const session_options& options_;
  phase phase_ = phase::fresh;
  const protocol::rules* rules_ = nullptr;
  const protocol::rules* modern_ = nullptr;
  protocol::initialize_params client_;
  protocol::logging_level log_level_;
  bool logging_declared_ = false;
  bool draining_ = false;
  template <class V>
  using by_id = std::unordered_map<jsonrpc::request_id,
                                   V,
                                   std::hash<jsonrpc::request_id>,
                                   std::equal_to<>,
                                   recycling_allocator<std::pair<const jsonrpc::request_id, V>>>;
  by_id<request_state*> in_flight_;
  std::shared_ptr<request_budget> large_;  // null: there was no large request yet
  std::unordered_map<jsonrpc::request_id, pending_call*> pending_;
  std::int64_t last_call_ = 0;
};

}  // namespace comcp::detail

#endif
