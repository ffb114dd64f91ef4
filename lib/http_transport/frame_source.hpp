#ifndef COMCP_LIB_HTTP_TRANSPORT_FRAME_SOURCE_HPP
#define COMCP_LIB_HTTP_TRANSPORT_FRAME_SOURCE_HPP

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "comcp/awaitable.hpp"
#include "comcp/scope/clock.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/session/outbox.hpp"

namespace comcp::detail {

/// A frame and its number in its stream; 0: its stream has no numbers.
class numbered_frame {
 public:
  explicit numbered_frame(frame f, std::uint64_t n = 0) : message(std::move(f)), number(n) {}
  frame message;
  std::uint64_t number;
};

/// What one look into a feed gave.
class pulled {
 public:
  pulled() = default;
  std::vector<numbered_frame> frames;  ///< in order; empty and not ended: silence
  bool ended = false;                  ///< nothing will come after these
  bool lost = false;                   ///< ... as it was lost: no end that looks like one
  /// Not the end, but the exchange is to leave behind these: the client comes back for the rest.
  bool paused = false;
  std::optional<std::chrono::milliseconds> come_back;  ///< of a pause, when it says
  std::string event_prefix;  ///< of the event ids of a stream that can be resumed; else empty
  std::uint64_t behind = 0;  ///< the number of the last message before these
};

/** Where the frames of one exchange come from.

    @par Thread safety its home shard */
class feed {
 public:
  feed() = default;
  feed(const feed&) = delete;
  feed& operator=(const feed&) = delete;
  virtual ~feed() = default;

  /** Takes what is ready, or waits for the first frame.

      @param limit zero: no limit
      @par Cancellation nothing was taken */
  virtual awaitable<pulled> pull(duration limit) = 0;
  /// The exchange takes no more: called once, last.
  virtual void leave() noexcept = 0;
};

/// Takes what is ready in an outbox, or waits for the first frame. Cancelled, it has taken nothing.
awaitable<pulled> pull(std::shared_ptr<outbox> box, duration limit);

/// A stream that ends with its exchange: leaving closes the outbox.
std::shared_ptr<feed> feed_of(std::shared_ptr<outbox> box);
/// The same feed; when it is left, `then` is called last.
std::shared_ptr<feed> and_then(std::shared_ptr<feed> inner, std::function<void()> then);

/// Fetched at a time: enough for one write, little enough to keep a queue's bound meaningful.
inline constexpr std::size_t batch_bytes = std::size_t{64} * 1024;

/** The frames of one exchange, from a feed on this shard or on another; leaves it at its end, on its
    own shard.

    Frames cross shards in batches, each fetched by a hop: whoever sends still feels the queue's bound,
    and no thread touches another's outbox.
*/
class frame_source {
 public:
  frame_source(std::shared_ptr<feed> from, shard& home) : feed_(std::move(from)), home_(&home) {}
  frame_source(frame_source&&) noexcept = default;
  frame_source& operator=(frame_source&& other) noexcept {
    std::swap(feed_, other.feed_);
    std::swap(home_, other.home_);
    std::swap(first_, other.first_);
    return *this;
  }
  ~frame_source();

  awaitable<pulled> next(duration limit);
  /// What was fetched already, with the hop that made the feed: `next` gives it first.
  void prefetched(pulled p) { first_ = std::make_unique<pulled>(std::move(p)); }
  /// What `next` would give at once; null: it would have to look.
  std::unique_ptr<pulled> take_prefetched() noexcept { return std::move(first_); }

 private:
  std::shared_ptr<feed> feed_;  // null: moved from
  shard* home_;
  std::unique_ptr<pulled> first_;
};

}  // namespace comcp::detail

#endif
