#ifndef COMCP_SESSION_SESSION_HPP
#define COMCP_SESSION_SESSION_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "comcp/awaitable.hpp"
#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/codec.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/capabilities.hpp"
#include "comcp/protocol/logging.hpp"
#include "comcp/protocol/version.hpp"
#include "comcp/scope/clock.hpp"
#include "comcp/session/options.hpp"
#include "comcp/session/outbox.hpp"
#include "comcp/session/request_handler.hpp"

namespace comcp {

namespace detail {
class session_access;
}

/** One legacy conversation, and whatever modern requests share its connection. Independent of any
    connection: messages are delivered to it, answers go to the outbox given with each request.

    Every request runs as a child of `run`, in a cancel scope of its own. Closing cancels all of them
    and waits for them; nothing is sent afterwards.

    A stdio connection has exactly one (see `serve`). Over Streamable HTTP a session outlives its
    connections: each POST brings its own outbox, the GET stream attaches the standalone one.

    @par Thread safety one shard, its home
    @see lib/session/DESIGN.md, test/session/session.cpp
*/
class session : public std::enable_shared_from_this<session> {
 public:
  static std::shared_ptr<session> make(request_handler& handler, session_options options = {});
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /** Holds the session's scope: the parent of all its requests.

      @par Completion   after `close`, when all requests have ended
      @par Cancellation closes the session, waits for its requests, then throws on
      @par Lifetime     keeps the session alive; at most once per session
  */
  awaitable<void> run();

  enum class delivery : std::uint8_t {
    accepted,  ///< answers, if any are due, go to the outbox
    closed     ///< the session is closed; nothing was done
  };

  /** Takes one inbound message; never waits, runs no handler inline. May be called before `run` has
      begun: requests then start with it.

      @param related where the answer, progress and questions of a request go; null: the standalone
                     outbox. With `ends_with_last_answer` it ends when the request is over.
      @param who on whose behalf it comes, which its handler sees; null: session_options::on_behalf_of */
  delivery deliver(jsonrpc::message message,
                   std::shared_ptr<outbox> related = {},
                   std::shared_ptr<const principal> who = {});
  /// A batch: refused unless the negotiated revision has them.
  delivery deliver(jsonrpc::batch batch,
                   std::shared_ptr<outbox> related = {},
                   std::shared_ptr<const principal> who = {});
  /// Text that isn't a message: answered with its error.
  delivery deliver(jsonrpc::malformed malformed, std::shared_ptr<outbox> related = {});

  /** Where messages unrelated to a request go: the connection's outbox, or the GET stream's. The
      previous one is finished; null detaches. Without one such messages are dropped. */
  void attach_standalone(std::shared_ptr<outbox> box);
  const std::shared_ptr<outbox>& standalone() const noexcept;

  /// Ends the connection of the GET stream; the client comes back. See request_context::close_stream.
  send_status close_stream(std::optional<std::chrono::milliseconds> come_back = {});

  /// Sends a notification unrelated to any request, without waiting; `closed` when nobody listens.
  send_status try_notify(std::string_view method, const json::value& params);
  /// The same, waiting for room.
  awaitable<send_status> notify(std::string method, json::value params);
  /// Asks the client something unrelated to any request (ping). See request_context::call_peer.
  awaitable<json::value> call_peer(std::string method,
                                   json::value params,
                                   call_options options = {});

  /** Waits until somebody takes messages that belong to no request: on stdio at once, over Streamable HTTP
      until the client has opened its GET stream. Without one, questions and notifications of the
      session fail with `closed`.

      @par Completion true; false when the session is closed */
  awaitable<bool> until_listening();

  /** Asks the user to visit a page, outside of any request. See request_context::elicit_url; when the
      visit is done, `notify(protocol::method::elicitation_complete, {"elicitationId": id})`.

      @code
      server.on_session_start([](session& s) { s.start_soon(invite); });
      // awaitable<void> invite(session& s) {
      //   co_await s.until_listening();
      //   const auto answer = co_await s.elicit_url("Sign in", "https://example.com/in?visit=7", "7");
      @endcode */
  awaitable<protocol::elicit_result::outcome> elicit_url(std::string message,
                                                         std::string url,
                                                         std::string id = {},
                                                         call_options options = {});
  /// The folders that the client works in, outside of any request. See request_context::roots.
  awaitable<std::vector<protocol::root>> roots(call_options options = {});

  /** Runs a task of the session's own: it is cancelled when the session ends, and what it throws goes to
      the log. It neither keeps the session from being idle nor a drain from ending. Before `run` has
      begun: starts with it; when the session is closed: nothing happens.

      @par Lifetime the session outlives the task
      @param name shown in the scope tree and in the log */
  void start_soon(std::function<awaitable<void>(session&)> task, std::string name = "session task");

  /// Cancels everything inside. Idempotent; the first reason stays.
  void close(std::string_view reason) noexcept;
  /// Why a session is drained: what a shutdown leaves undone is named in the log, what a client that left
  /// doesn't want any more is not.
  enum class drain_cause : std::uint8_t { shutdown, peer_left };
  /// Refuses new requests (-32603 "shutting down"), lets running ones go on for `limit`, then closes.
  /// Again with a shorter limit: hurries.
  void drain(std::string_view reason,
             duration limit,
             drain_cause cause = drain_cause::shutdown) noexcept;
  bool closed() const noexcept;
  std::string_view close_reason() const noexcept;

  /// The negotiated revision; null before `initialize`.
  const protocol::rules* negotiated() const noexcept;
  /// The handshake is complete.
  bool initialized() const noexcept;
  const protocol::implementation* client_info() const noexcept;
  const protocol::client_capabilities& client_capabilities() const noexcept;
  protocol::logging_level log_level() const noexcept;
  /// The client is to be sent log messages of this level.
  bool wants_log(protocol::logging_level level) const noexcept;
  /// Tells sessions of this process apart; never used again.
  std::uint64_t serial() const noexcept { return serial_; }
  const session_options& options() const noexcept;

  /// Requests not yet answered, waiting ones included. A session with some is not idle.
  std::size_t in_flight_count() const noexcept;
  /// When the peer last sent something, or something was last answered.
  time_point last_activity() const noexcept;

 private:
  friend class detail::session_access;
  class impl;
  session(request_handler& handler, session_options options);
  const std::uint64_t serial_;
  std::unique_ptr<impl> impl_;
};

}  // namespace comcp

#endif
