#ifndef COMCP_LIB_SERVER_PARKING_HPP
#define COMCP_LIB_SERVER_PARKING_HPP

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "comcp/awaitable.hpp"
#include "comcp/scope/clock.hpp"
#include "comcp/server/tool_call.hpp"
#include "comcp/session/request_context.hpp"
#include "server/waiters.hpp"

namespace comcp::detail {

class parked_call;

/** Calls of 2026-07-28 whose handlers wait in memory while their client is asked, instead of being
    replayed: for tools with `tool_options::parked`.

    Each attempt of the request drives its call: it asks what the call asks, and answers with what comes of
    it. The state that travels names the call and carries the answers. A call whose client doesn't
    come back within the lifetime of a round is cancelled, as is one whose client leaves while nothing is
    asked.

    @par Thread safety all of it
*/
class parking : public std::enable_shared_from_this<parking> {
 public:
  /// @param lifetime how long a call waits for its client to come back
  parking(std::size_t max_calls, duration lifetime) : max_(max_calls), lifetime_(lifetime) {}
  parking(const parking&) = delete;
  parking& operator=(const parking&) = delete;

  /** Runs or goes on with the call.

      @par Errors       request_error: -32602 when the call is no longer known, -32603 when there are too
                        many
      @par Cancellation that of the request: see above
  */
  awaitable<call_outcome> run(tool_call call, request_context& context);

  std::size_t count() const;
  /// Cancels all and waits for their ends.
  awaitable<void> stop();

 private:
  friend class parked_call;
  std::shared_ptr<parked_call> find(const std::string& id) const;
  void forget(const std::string& id);

  const std::size_t max_;
  const duration lifetime_;
  waiters waiters_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<parked_call>> calls_;
};

}  // namespace comcp::detail

#endif
