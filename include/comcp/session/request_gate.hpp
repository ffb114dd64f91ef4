#ifndef COMCP_SESSION_REQUEST_GATE_HPP
#define COMCP_SESSION_REQUEST_GATE_HPP

#include "comcp/awaitable.hpp"

namespace comcp {

/** A server-wide limit on running requests: the hook that every request passes after its session's own
    limit, inside its own scope.

    @par Thread safety called from every shard
*/
class request_gate {
 public:
  virtual ~request_gate() = default;
  /// Takes a place if one is free. The common case: no coroutine, no lock expected.
  virtual bool try_enter() noexcept = 0;
  /// Waits for a place. A cancelled wait holds none.
  virtual awaitable<void> enter() = 0;
  /// Gives back a place taken by one of the two.
  virtual void leave() noexcept = 0;
};

}  // namespace comcp

#endif
