#ifndef COMCP_LIB_SESSION_INTERVIEW_HPP
#define COMCP_LIB_SESSION_INTERVIEW_HPP

#include <optional>
#include <string>

#include "comcp/awaitable.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/scope/event.hpp"
#include "comcp/session/request_context.hpp"
#include "session/rounds.hpp"

namespace comcp {
class request_handler;
}

namespace comcp::detail {

/** The questions of one modern request while its handler runs.

    A question that has its answer returns it. One that hasn't ends the attempt, in the task's next
    turn: what else is ready to ask by then goes out in the same result. The request is then answered,
    its handler cancelled, and replayed when the request comes again.

    @par Thread safety one shard
*/
class interview {
 public:
  interview(request_state& state, const request_handler& handler, rounds known)
      : state_(state), handler_(handler), rounds_(std::move(known)) {}
  interview(const interview&) = delete;
  interview& operator=(const interview&) = delete;

  /// The answer, checked; or `cancelled`, also where a shield hides the cancellation.
  awaitable<json::value> ask(std::string method,
                             json::value params,
                             std::string wanted_key,
                             answer_check check);

  rounds& known() noexcept { return rounds_; }

 private:
  class open_question;
  void ask_client();
  void refuse(jsonrpc::error_object error, std::string_view for_log);
  void end(frame answer);

  request_state& state_;
  const request_handler& handler_;
  rounds rounds_;
  event ended_;
};

/** Lets the handler of a modern request ask, if its method may and its client can be asked; reads what
    came with it. The error answers the request. */
std::optional<jsonrpc::error_object> begin_interview(request_state& state,
                                                     const jsonrpc::request& request,
                                                     const request_handler& handler);

}  // namespace comcp::detail

#endif
