#ifndef COMCP_SESSION_REQUEST_CONTEXT_HPP
#define COMCP_SESSION_REQUEST_CONTEXT_HPP

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "comcp/awaitable.hpp"
#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/capabilities.hpp"
#include "comcp/protocol/elicitation.hpp"
#include "comcp/protocol/logging.hpp"
#include "comcp/protocol/progress.hpp"
#include "comcp/protocol/request_meta.hpp"
#include "comcp/protocol/roots.hpp"
#include "comcp/protocol/sampling.hpp"
#include "comcp/protocol/version.hpp"
#include "comcp/scope/cancel_scope.hpp"
#include "comcp/session/elicited.hpp"
#include "comcp/session/outbox.hpp"
#include "comcp/session/principal.hpp"

namespace comcp {

class session;
namespace detail {
class form;
class request_state;
class rounds;
template <class A>
struct once_result;
template <class T>
struct once_result<awaitable<T>> {
  using type = T;
};
template <class F>
using once_value = typename once_result<std::remove_cvref_t<std::invoke_result_t<F&>>>::type;
/// Why a result is no answer to the question; nothing: it is one.
using answer_check = std::function<std::optional<std::string>(const json::value&)>;
}  // namespace detail

/** Options of one question to the peer. */
class call_options {
 public:
  call_options() = default;
  // Time and progress count where the question is a request; in the modern era nobody waits.

  /// How long to wait; zero: `session_options::peer_call_timeout`.
  call_options& timeout(duration d) { return timeout_ = d, *this; }
  /// How long to wait in all, whatever progress is reported; zero: `session_options::peer_call_limit`.
  call_options& max_total(duration d) { return max_total_ = d, *this; }
  /// Each progress that the client reports for the question restarts `timeout`, within `max_total`.
  call_options& reset_on_progress(bool on = true) { return resets_ = on, *this; }
  /** Called with each progress that the client reports for the question, while it is open. Inline: must
      not block; what it throws goes to the log. The question then asks for progress; the client may
      report none. */
  call_options& on_progress(std::function<void(const protocol::progress_update&)> f) {
    return on_progress_ = std::move(f), *this;
  }
  /** The question's name among those of its request. Default: "q1", "q2" in the order of asking. Tasks
      that ask concurrently, after waiting for something else, should name their questions: their
      order may differ when the handler is replayed. A name that is used again gets "-2", "-3". */
  call_options& key(std::string k) { return key_ = std::move(k), *this; }

  duration timeout() const noexcept { return timeout_; }
  duration max_total() const noexcept { return max_total_; }
  bool resets_on_progress() const noexcept { return resets_; }
  const std::function<void(const protocol::progress_update&)>& on_progress() const noexcept {
    return on_progress_;
  }
  const std::string& key() const noexcept { return key_; }

 private:
  duration timeout_ = duration::zero();
  duration max_total_ = duration::zero();
  bool resets_ = false;
  std::function<void(const protocol::progress_update&)> on_progress_;
  std::string key_;
};

/** What a handler gets with its request: who asks, under which revision, and the ways to talk back
    before the answer.

    Handlers don't ask for the era: what a revision has or lacks is in `rules()`, and what the client
    can do in `client_capabilities()`.

    @par Lifetime      valid until the handler's coroutine has ended, whatever became of the request
    @par Thread safety one shard
*/
class request_context {
 public:
  explicit request_context(detail::request_state& state) noexcept : state_(state) {}
  request_context(const request_context&) = delete;
  request_context& operator=(const request_context&) = delete;

  const jsonrpc::request_id& id() const noexcept;
  std::string_view method() const noexcept;
  /// The request's `params._meta`, understood; what isn't understood is kept verbatim in it.
  const protocol::request_meta& meta() const noexcept;
  const protocol::rules& rules() const noexcept;
  /// What the client calls itself; null when it didn't say. For display and logs only. Decoded when first
  /// asked for, as the capabilities are: for want of memory both throw.
  const protocol::implementation* client_info() const;
  const protocol::client_capabilities& client_capabilities() const;
  /// Null without authorization.
  const std::shared_ptr<const principal>& on_behalf_of() const noexcept;
  /// Null when the transport says nothing.
  const request_origin* origin() const noexcept;
  /// The legacy conversation the request belongs to; null in the modern era.
  session* conversation() const noexcept;

  /// The request's own scope: its deadline may be moved, its cancellation is the peer's or ours.
  cancel_scope& scope() const noexcept;

  /** Tells the client how far the work is.

      @par Completion   `skipped` when the client gave no progress token, or `progress` does not exceed
                        the last value; `closed` when the request is over or the peer is gone. Waits
                        while the queue is full.
      spec: basic/utilities/progress; S-PROG-01
  */
  awaitable<send_status> report_progress(double progress,
                                         std::optional<double> total = {},
                                         std::string message = {});

  /** Sends a log message to the client, if the client wants this level.

      @par Completion   `skipped` below the level: the session's in the legacy era, the request's own
                        in the modern one, where no level means none (S-LOG-02); `closed` as above
      spec: server/utilities/logging
  */
  awaitable<send_status> log(protocol::logging_level level,
                             json::value data,
                             std::string logger_name = {});

  // Questions to the client. What all of them share:
  //
  // Errors: capability_missing_error when the client did not declare what the question needs, or its
  // revision lacks it: nothing is sent. session_error: closed, timed_out, not_initialized,
  // not_in_revision (the request is one that may not ask), no_session, too_many_calls, bad_answer. peer_error when
  // the client answers with an error (a person refused). std::invalid_argument for a question that
  // is none; nothing is sent.
  //
  // Where the server may send requests, a question is one, on the stream of this request; cancelling
  // it tells the client with notifications/cancelled, and a late answer is ignored (C-11).
  //
  // In 2026-07-28 a question without recorded answer ends the handler, one turn later, by a
  // cancellation: the request is answered `input_required`, comes again with the answers, and the
  // handler is run from its beginning. See docs/asking-the-client.md.

  /** Asks the user to fill a form, and returns how the user answered.

      The form comes from the struct: its members are the fields, with their notes (`description`,
      `title`, `minimum`, `format`, ...); optional and defaulted members may be left empty; an
      enumeration is a choice, with titles when its notes have some, a vector of it a multiple choice.
      The values that come back have been checked against the form. Never for secrets (S-ELIC-01).

      Throws std::invalid_argument when T is no form: a member that is a struct, a map, a list of texts.
      Defined in session/ask.hpp, which the server's headers include.
      spec: client/elicitation
  */
  template <class T>
  awaitable<elicited<T>> elicit(std::string message, call_options options = {});

  /// The same for a form that is only known as a schema. See protocol::check_requested_schema.
  awaitable<protocol::elicit_result> elicit(std::string message,
                                            json::object requested_schema,
                                            call_options options = {});

  /** Asks the user to visit a page: to sign in elsewhere, to pay, to enter what a client must not see.

      Accepted means that the user agreed to open it, not that anything was done there. When it is done,
      say so with `elicitation_complete`.

      @param url http or https; nothing sensitive in it, not pre-authenticated (S-ELIC-03). Verify that
                 whoever opens it is the one who asked (S-ELIC-04).
      @param id  names the visit in `elicitation_complete`; empty: a random one is made. Revisions
                 without such ids don't see it.
  */
  awaitable<protocol::elicit_result::outcome> elicit_url(std::string message,
                                                         std::string url,
                                                         std::string id = {},
                                                         call_options options = {});

  /** Tells the client that what a visited page was for is done, on this request's stream. For a request
      that is over: `session::notify(protocol::method::elicitation_complete, {"elicitationId": id})`.

      @par Completion `skipped` where the revision has no such notification */
  awaitable<send_status> elicitation_complete(std::string id);

  /** Asks the client's model.

      Throws std::invalid_argument when the messages are no conversation: without one, without
      `max_tokens`, or with a tool_use and its results out of balance (S-SAMP-02).
      spec: client/sampling */
  awaitable<protocol::create_message_result> sample(protocol::create_message_params what,
                                                    call_options options = {});

  /// The folders that the client works in: advice, not access control. spec: client/roots
  awaitable<std::vector<protocol::root>> roots(call_options options = {});

  /** Asks the client anything and waits for its result, as it came. */
  awaitable<json::value> call_peer(std::string method,
                                   json::value params,
                                   call_options options = {});

  /** Does something once per request, however often its handler is replayed: the value is kept in the
      state of the request, and returned when the handler comes here again.

      @code
      const auto order = co_await ctx.once("order", [&] { return create_order(args); });
      const auto sure = co_await ctx.elicit<confirmation>("Pay " + order.total + "?");
      @endcode
      Kept when `what` has returned and a question is asked later, or the handler goes on as a task; not when it
      throws. The client could read the value: nothing secret. A key that is used again names another value.

      @tparam F a coroutine function without parameters; its value is described, or void
      @par Lifetime `what` is moved into the awaitable; name it first when it captures by value (GCC 12)
  */
  template <class F>
  awaitable<detail::once_value<F>> once(std::string key, F what);

  /// Any other notification that belongs to this request, on its stream.
  awaitable<send_status> notify(std::string method, json::value params);

  /** Ends the connection that carries this request's stream, not the stream: the client comes back for
      the rest, the answer among it. For work that takes long: nothing has to stay connected meanwhile.

      @par Completion `sent`, behind what was sent before; `skipped` where clients can't come back
                      (stdio, other revisions, no event store): nothing changes; `closed`
      @param come_back when the client should; nothing: the transport's `poll_delay`
      spec: basic/transports#sending-messages-to-the-server, 2025-11-25
  */
  send_status close_stream(std::optional<std::chrono::milliseconds> come_back = {});

  /** From here on the handler runs as a task, where it may: the client gets a task instead of waiting,
      and the handler is run once more from its beginning, with the answers it has been given.

      Returns where the handler is no task and can't become one, and where it is one already. Throws
      what isn't derived from std::exception: let it pass. For tools registered with
      `task_start::by_handler`; see docs/tasks.md.
  */
  void continue_as_task();

  /// Gives back this request's place among the concurrent ones: for requests that stay open by design
  /// (listen streams). Its bytes count until it ends (request_budget).
  void leave_limits() noexcept;

 private:
  awaitable<protocol::elicit_result> elicit_form(std::string message,
                                                 const detail::form& form,
                                                 call_options options);
  /// Throws capability_missing_error, or session_error when nobody can be asked.
  void need_capability(std::string_view method, const json::value& params) const;
  awaitable<json::value> ask(std::string method,
                             json::value params,
                             call_options options,
                             detail::answer_check check);
  /// The key as a name of its own; then the value kept under it, and its keeping.
  std::string value_name(std::string key);
  const json::value* kept(const std::string& name) const noexcept;
  void keep(std::string name, json::value v);
  detail::rounds* known() const noexcept;

  friend class detail::request_state;
  detail::request_state& state_;
};

}  // namespace comcp

#endif
