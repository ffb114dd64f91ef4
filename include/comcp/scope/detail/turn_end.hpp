#ifndef COMCP_SCOPE_DETAIL_TURN_END_HPP
#define COMCP_SCOPE_DETAIL_TURN_END_HPP

#include "comcp/scope/detail/intrusive_list.hpp"

namespace comcp {
class shard;
}

namespace comcp::detail {

struct turn_end_tag;

/** Something to do when a task stops for the first time: what only matters to work that doesn't end
    at once (a timer, a watch for the peer) costs nothing to work that does.

    @par Thread safety its shard
*/
class turn_end : public list_hook<turn_end_tag> {
 public:
  turn_end() noexcept = default;
  turn_end(const turn_end&) = delete;
  turn_end& operator=(const turn_end&) = delete;

  /** Calls `on_turn_end` when the shard's turn ends: the tasks that run now wait by then, or have
      ended. Once; not at all if `*this` is destroyed before. Outside of a turn, at the end of the next.
      @param here the shard of this thread, which a callback of somebody else's doesn't know of itself */
  void at_turn_end(shard& here) noexcept;

 protected:
  virtual ~turn_end() = default;  // unlinks

 private:
  friend class shard_impl;
  virtual void on_turn_end() noexcept = 0;
};

/** For functions that the event loop calls, outside of any task: tasks that are woken while it lives
    run at its end, without another pass through the loop. */
class loop_turn {
 public:
  explicit loop_turn(class shard_impl& shard) noexcept;
  ~loop_turn();
  loop_turn(const loop_turn&) = delete;
  loop_turn& operator=(const loop_turn&) = delete;

 private:
  shard_impl* shard_;  // null: a turn is on its way already
};

}  // namespace comcp::detail

#endif
