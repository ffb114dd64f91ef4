#ifndef COMCP_LIB_SERVER_SESSION_CHANGES_HPP
#define COMCP_LIB_SERVER_SESSION_CHANGES_HPP

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/subscribers.hpp"

namespace comcp {
class session;
}

namespace comcp::detail {

/** Legacy sessions as subscribers: told of list changes unasked, and of the resources that they
    subscribed to.

    Changes go out without waiting. What finds a session's queue full stays, coalesced, and goes out
    with its next request or the next change.

    @par Thread safety each session from its home shard, different ones at once
*/
class session_changes {
 public:
  session_changes(subscribers& all, std::size_t queue_limit)
      : all_(all), queue_limit_(queue_limit) {}
  ~session_changes();

  void add(session& s, change_filter wanted);
  void remove(session& s) noexcept;

  enum class outcome { done, too_many, no_session };
  outcome subscribe(session& s, std::string_view uri, std::size_t limit);
  void unsubscribe(session& s, std::string_view uri);

  /// Something could not be sent to some session.
  bool some_lag() const noexcept { return lagging_.load(std::memory_order_relaxed) != 0; }
  void catch_up(session& s);

 private:
  class member;
  std::shared_ptr<member> find(session& s) const;

  subscribers& all_;
  const std::size_t queue_limit_;
  std::atomic<std::size_t> lagging_{0};
  mutable std::mutex mutex_;
  std::unordered_map<session*, std::shared_ptr<member>> members_;
};

}  // namespace comcp::detail

#endif
