#ifndef COMCP_LIB_SESSION_DETACHED_HPP
#define COMCP_LIB_SESSION_DETACHED_HPP

#include <memory>
#include <string>
#include <utility>

#include "comcp/session/detached_request.hpp"
#include "comcp/session/session.hpp"
#include "session/rounds.hpp"

namespace comcp::detail {

/// Thrown through a handler that wants to go on detached. No std::exception: handlers catch those.
class wants_detachment {};

/** What a detached request has in the place of an exchange. */
class detachment {
 public:
  detachment(request_channel& channel, rounds known, std::shared_ptr<session> conversation)
      : channel_(channel), known_(std::move(known)), conversation_(std::move(conversation)) {}
  detachment(const detachment&) = delete;
  detachment& operator=(const detachment&) = delete;

  /// The recorded answer, or the one that the channel brings.
  awaitable<json::value> ask(std::string method,
                             json::value params,
                             call_options options,
                             answer_check check);

  request_channel& channel() const noexcept { return channel_; }
  rounds& known() noexcept { return known_; }
  /// Null: modern.
  session* conversation() const noexcept { return conversation_.get(); }

 private:
  request_channel& channel_;
  rounds known_;
  const std::shared_ptr<session> conversation_;
};

}  // namespace comcp::detail

#endif
