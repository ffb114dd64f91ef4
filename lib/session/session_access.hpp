#ifndef COMCP_LIB_SESSION_SESSION_ACCESS_HPP
#define COMCP_LIB_SESSION_SESSION_ACCESS_HPP

#include <memory>
#include <optional>
#include <string_view>

#include "comcp/awaitable.hpp"
#include "comcp/scope/detail/intrusive_list.hpp"
#include "comcp/session/session.hpp"
#include "json/arena.hpp"

namespace comcp::detail {

class request_state;
struct visit_tag;

/// What transports may do with a session and its users may not.
class session_access {
 public:
  /// The session runs: `begin` may be called.
  static bool is_running(const session& s) noexcept;

  /// A request whose handler is the caller's to run; none when there is nothing to run.
  class begun {
   public:
    std::shared_ptr<request_state> request;
    std::optional<awaitable<void>> handling;
  };

  /** As session::deliver, but the handler is the caller's to run, in its own task and within a `visit`: shielded
      from the caller's scopes, cancelled by what cancels the session's requests. Without a handler, what there is
      to say is in the box.

      @param memory of the request's values, if they have their own; taken only when there is a handler: it must
                    outlive what is left of the request
      @par Preconditions is_running
  */
  static begun begin(session& to,
                     json::arena_pool::lease&& memory,
                     jsonrpc::request&& request,
                     const std::shared_ptr<outbox>& box,
                     std::shared_ptr<const principal> who = {});

  /** A handler that runs in its caller's task: the end of the session cancels it, and waits for it.

      @par Lifetime keeps the session; while the handler runs */
  class visit : public list_hook<visit_tag> {
   public:
    visit(std::shared_ptr<session> where, std::shared_ptr<request_state> request) noexcept;
    visit(const visit&) = delete;
    visit& operator=(const visit&) = delete;
    ~visit();

    void cancel(std::string_view reason) noexcept;

   private:
    const std::shared_ptr<session> where_;
    const std::shared_ptr<request_state> request_;
  };
};

}  // namespace comcp::detail

#endif
