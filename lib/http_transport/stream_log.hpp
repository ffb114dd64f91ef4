#ifndef COMCP_LIB_HTTP_TRANSPORT_STREAM_LOG_HPP
#define COMCP_LIB_HTTP_TRANSPORT_STREAM_LOG_HPP

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "comcp/http_transport/event_store.hpp"
#include "comcp/log.hpp"
#include "comcp/scope/event.hpp"
#include "http_transport/frame_source.hpp"

namespace comcp::detail {

/** One stream of a session that can be resumed: longer than any connection that carries it.

    `run` alone takes from the outbox. It numbers each message, has it kept, and hands it to the exchange
    that reads now, if one does: then it takes no more than that one's connection can bear; without one
    everything goes to the store. There is one reader at a time, and a newer one ends the older.

    @par Thread safety the session's shard
    @see lib/http_transport/DESIGN.md, test/http_transport/stream_log.cpp
*/
class stream_log : public std::enable_shared_from_this<stream_log> {
 public:
  /** @param box    null: the stream is over, the store has what is left of it
      @param first  taken from the box already
      @param window bytes that may wait for the reader */
  stream_log(std::uint64_t number,
             std::string event_prefix,
             std::shared_ptr<event_store> store,
             std::shared_ptr<outbox> box,
             std::vector<numbered_frame> first,
             std::size_t window,
             logger log);

  /** Takes what the outbox gives until it ends.

      @par Completion   everything was kept, or handed on
      @par Cancellation the session ends; what was not taken is lost */
  awaitable<void> run();

  /// A reader from behind the message with this number. The one before it ends.
  std::shared_ptr<feed> attach(std::uint64_t after);

  /// What the ids of its events begin with.
  const std::string& event_prefix() const noexcept { return event_prefix_; }
  /// Of the last message that was taken; whoever has seen a later one has not seen this stream.
  std::uint64_t last() const noexcept { return last_; }
  /// Of the last message that was given to a reader.
  std::uint64_t handed_out() const noexcept { return handed_out_; }
  /// No more waiting for readers: the session is over.
  void hurry() noexcept;

 private:
  class reader;
  awaitable<void> take(frame f);
  awaitable<bool> keep(std::uint64_t n, std::string text);
  bool window_full() const noexcept;
  void detach(const reader& r) noexcept;
  void wake_reader() noexcept;
  void drop_tail(std::uint64_t up_to) noexcept;

  const std::uint64_t number_;
  const std::string event_prefix_;
  const std::shared_ptr<event_store> store_;
  const std::shared_ptr<outbox> box_;
  std::vector<numbered_frame> first_;
  const std::size_t window_;
  const logger log_;

  std::uint64_t last_ = 0;
  std::uint64_t handed_out_ = 0;
  bool ended_ = false;
  bool hurried_ = false;
  // What the reader has not taken: the numbers up to `last_`, without a gap, and pauses.
  std::deque<numbered_frame> tail_;
  std::size_t tail_bytes_ = 0;
  reader* reader_ = nullptr;  // who may read now; leaves before it dies
  event* waiting_writer_ = nullptr;
};

}  // namespace comcp::detail

#endif
