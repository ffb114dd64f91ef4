#ifndef COMCP_LIB_HTTP_TRANSPORT_FRAME_SOURCE_HPP
#define COMCP_LIB_HTTP_TRANSPORT_FRAME_SOURCE_HPP

#include <functional>
#include <memory>
#include <vector>

#include "comcp/awaitable.hpp"
#include "comcp/scope/clock.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/session/outbox.hpp"

namespace comcp::detail {

/// What one look into an outbox gave.
class pulled {
 public:
  pulled() = default;
  std::vector<frame> frames;  ///< in order; empty and not ended: silence for as long as was waited
  bool ended = false;         ///< nothing will come after these
};

/** Takes what is ready, or waits for the first frame. On the outbox's shard.

    @param limit zero: no limit
    @par Cancellation nothing was taken
*/
awaitable<pulled> pull(std::shared_ptr<outbox> box, duration limit);

/** The frames of one exchange, from an outbox on this shard or on another; closes it at its end, on its
    own shard: what would still have come is then turned away.

    Frames cross shards in batches, each fetched by a hop: whoever sends still feels the queue's bound,
    and no thread touches another's outbox.
*/
class frame_source {
 public:
  /// @param at_end called on the outbox's shard after the outbox was closed
  frame_source(std::shared_ptr<outbox> box, shard& home, std::function<void()> at_end = {});
  frame_source(frame_source&&) noexcept = default;
  frame_source& operator=(frame_source&&) = delete;
  ~frame_source();

  awaitable<pulled> next(duration limit);
  /// What was fetched already, with the hop that made the outbox: `next` gives it first.
  void prefetched(pulled p) { first_ = std::make_unique<pulled>(std::move(p)); }
  /// Leaves the outbox open, to somebody else.
  void release() noexcept { box_.reset(); }

 private:
  std::shared_ptr<outbox> box_;  // null: moved from
  shard* home_;
  std::function<void()> at_end_;
  std::unique_ptr<pulled> first_;
};

}  // namespace comcp::detail

#endif
