#ifndef COMCP_LIB_HTTP_TRANSPORT_STREAM_LOG_HPP
#define COMCP_LIB_HTTP_TRANSPORT_STREAM_LOG_HPP

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "comcp/http_transport/event_store.hpp"
#include "comcp/log.hpp"
#include "comcp/scope/event.hpp"
#include "comcp/scope/task_group.hpp"
#include "http_transport/frame_source.hpp"

namespace comcp::detail {

class stream_log;

/** Where the streams of one session run as tasks: in the group of the session, while there is one.

    @par Thread safety the session's shard
*/
class stream_tasks {
 public:
  /// Has the stream take what is queued: now, or when the session begins.
  void start(std::shared_ptr<stream_log> log);
  void begin(task_group& group);
  /// No stream starts any more.
  void end() noexcept;
  bool over() const noexcept { return over_; }

 private:
  task_group* group_ = nullptr;
  std::vector<std::shared_ptr<stream_log>> not_yet_started_;
  bool over_ = false;
};

/** One stream of a session that can be resumed: longer than any connection that carries it.

    It alone takes from the outbox, in a task that exists only while there is something to take: an idle stream
    costs its memory and nothing else. It numbers each message, has it kept, and hands it to the exchange that
    reads now, if one does: then it takes no more than that one's connection can bear; without one everything
    goes to the store. There is one reader at a time, and a newer one ends the older.

    @par Thread safety the session's shard
    @see lib/http_transport/DESIGN.md, test/http_transport/stream_log.cpp
*/
class stream_log final : public std::enable_shared_from_this<stream_log>, private outbox_listener {
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
             logger log,
             std::shared_ptr<stream_tasks> tasks);
  ~stream_log();
  stream_log(const stream_log&) = delete;
  stream_log& operator=(const stream_log&) = delete;

  /// Once, when it has been made. Throws when there is no memory for a task.
  void begin();

  /// A reader from behind the message with this number. The one before it ends.
  std::shared_ptr<feed> attach(std::uint64_t after);

  /// What the ids of its events begin with.
  const std::string& event_prefix() const noexcept { return event_prefix_; }
  /// Of the last message that was taken; whoever has seen a later one has not seen this stream.
  std::uint64_t last() const noexcept { return last_; }
  /// Of the last message that was given to a reader.
  std::uint64_t handed_out() const noexcept { return handed_out_; }
  /// The session is over: no more waiting for readers, and what has nothing to take is over, too.
  void hurry() noexcept;
  /// Nothing is taken any more.
  void end() noexcept;
  /// It ended before everything was taken: who reads is cut off, who comes back is refused.
  bool has_lost() const noexcept { return lost_; }
  /// The session is gone: so is what kept a stream that has lost something.
  void forget() noexcept { const auto dies_last = std::move(self_); }

 private:
  class reader;
  friend class stream_tasks;

  // outbox_listener
  bool take(frame&) noexcept override { return false; }
  void queued() noexcept override;
  void finished() noexcept override;

  /** Takes what is queued until nothing is.
      @par Cancellation the session ends; what was not taken is lost */
  static awaitable<void> run(std::shared_ptr<stream_log> self);
  awaitable<void> accept(frame f);
  awaitable<bool> keep(std::uint64_t n, const std::string& text);
  bool window_full() const noexcept;
  void detach(const reader& r) noexcept;
  void lose_the_rest() noexcept;
  void wake_reader() noexcept;
  void drop_tail(std::uint64_t up_to) noexcept;

  const std::uint64_t number_;
  const std::string event_prefix_;
  const std::shared_ptr<event_store> store_;
  const std::shared_ptr<outbox> box_;
  std::vector<numbered_frame> first_;
  const std::size_t window_;
  const logger log_;
  const std::shared_ptr<stream_tasks> tasks_;

  std::uint64_t last_ = 0;
  std::uint64_t handed_out_ = 0;
  std::shared_ptr<stream_log>
      self_;  // from its begin to its end, or the session's: what is said outlives any reader
  bool running_ = false;
  bool ended_ = false;
  bool lost_ = false;
  bool hurried_ = false;
  // What the reader has not taken: the numbers up to `last_`, without a gap, and pauses.
  std::list<numbered_frame> tail_;  // nearly always empty, and then without memory
  std::size_t tail_bytes_ = 0;
  reader* reader_ = nullptr;  // who may read now; leaves before it dies
  event* waiting_writer_ = nullptr;
};

}  // namespace comcp::detail

#endif
