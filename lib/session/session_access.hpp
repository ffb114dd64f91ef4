#ifndef COMCP_LIB_SESSION_SESSION_ACCESS_HPP
#define COMCP_LIB_SESSION_SESSION_ACCESS_HPP

#include <memory>

#include "comcp/session/session.hpp"
#include "json/arena.hpp"

namespace comcp::detail {

/// What transports may do with a session and its users may not.
class session_access {
 public:
  /// As session::deliver, for a request whose values are in an arena: it is kept until the handler has ended.
  static session::delivery deliver(session& to,
                                   json::arena_pool::lease memory,
                                   jsonrpc::request&& request,
                                   std::shared_ptr<outbox> box);
};

}  // namespace comcp::detail

#endif
