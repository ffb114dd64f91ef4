#ifndef COMCP_SESSION_DETACHED_REQUEST_HPP
#define COMCP_SESSION_DETACHED_REQUEST_HPP

// Requests that go on apart from their exchange: their handler runs while nobody waits for its answer.
// What tasks are made of; for whoever writes an extension like it.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/json/value.hpp"
#include "comcp/session/outbox.hpp"
#include "comcp/session/request_context.hpp"

namespace comcp {

/** What a handler asks its client, on its way through a channel. */
class question {
 public:
  question(std::string k, std::string m, json::value p, call_options o, detail::answer_check c)
      : key(std::move(k)),
        method(std::move(m)),
        params(std::move(p)),
        options(std::move(o)),
        check_(std::move(c)) {}

  std::string key;     ///< its name among all questions of the request; never used again
  std::string method;  ///< `elicitation/create`, ...
  json::value params;
  call_options options;

  /// Why this is no answer; nothing: it is one. Only while `request_channel::ask` waits.
  std::optional<std::string> complaint(const json::value& answer) const { return check_(answer); }

 private:
  detail::answer_check check_;
};

/** Where the messages of a detached request go.

    @par Thread safety called on the shard of the request
*/
class request_channel {
 public:
  virtual ~request_channel() = default;

  /** Waits for the client's answer: a result without complaint. The client is known to have the
      capability.

      @par Errors       peer_error, session_error
      @par Cancellation takes the question back
      @par Lifetime     `asked` lives until the awaitable is done
  */
  virtual awaitable<json::value> ask(const question& asked) = 0;

  /// Progress, log messages that the client wants, other notifications.
  virtual awaitable<send_status> notify(std::string method, json::value params) = 0;
};

/** A request, as its handler sees it, that goes on when its exchange is over.

    It knows what the request knew: revision, client, principal, `_meta`, answers that the client has
    given before; its session stays an object that can be asked, closed or not. There is nothing to
    answer: whoever runs the handler takes its result.

    @par Thread safety the shard of the original request
    @par Lifetime      the channel must outlive it
*/
class detached_request {
 public:
  detached_request(const request_context& from, request_channel& channel);
  ~detached_request();
  detached_request(const detached_request&) = delete;
  detached_request& operator=(const detached_request&) = delete;

  /** Runs the body with the request's new context, which ends with it.

      @par Cancellation thrown on, as are the body's errors
      @par Lifetime     at most once
  */
  awaitable<void> run(std::function<awaitable<void>(request_context&)> body);

 private:
  std::shared_ptr<detail::request_state> state_;
};

}  // namespace comcp

#endif
