#ifndef COMCP_LIB_SCOPE_WAKE_AFTER_HPP
#define COMCP_LIB_SCOPE_WAKE_AFTER_HPP

#include "comcp/scope/clock.hpp"
#include "comcp/scope/detail/deadline_heap.hpp"
#include "comcp/scope/event.hpp"
#include "comcp/scope/shard.hpp"
#include "scope/shard_impl.hpp"

namespace comcp::detail {

/** Sets an event after so long, if it still lives then. For what waits nearly always: unlike a scope with a
    deadline it needs no frame and no scope.

    @par Lifetime within the event's, in the frame of the task that waits */
class wake_after final : timer_node {
 public:
  /// @param limit zero: never
  wake_after(event& e, duration limit) : event_(e) {
    if (limit > duration::zero()) tree_.arm(*this, time_after(this_shard().now(), limit));
  }
  ~wake_after() override { tree_.disarm(*this); }

 private:
  void on_due() noexcept override { event_.set(); }

  event& event_;
  scope_tree& tree_ = this_shard().impl().tree;
};

}  // namespace comcp::detail

#endif
