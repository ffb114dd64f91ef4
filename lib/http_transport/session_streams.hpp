#ifndef COMCP_LIB_HTTP_TRANSPORT_SESSION_STREAMS_HPP
#define COMCP_LIB_HTTP_TRANSPORT_SESSION_STREAMS_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "comcp/http_transport/event_store.hpp"
#include "comcp/log.hpp"
#include "comcp/scope/task_group.hpp"
#include "http_transport/event_id.hpp"
#include "http_transport/stream_log.hpp"

namespace comcp::detail {

/** The resumable streams of one session: gives them their numbers and their tasks, finds them again.

    A stream that is over is known by its events alone, as long as the store keeps some.

    @par Thread safety the session's shard
*/
class session_streams {
 public:
  /// @param store null: nothing can be resumed
  session_streams(std::string session_id,
                  std::shared_ptr<event_store> store,
                  std::size_t window,
                  logger log);

  ~session_streams();
  session_streams(const session_streams&) = delete;
  session_streams& operator=(const session_streams&) = delete;

  bool resumable() const noexcept { return store_ != nullptr; }

  /// Forgets what is too old.
  void tidy() noexcept {
    if (store_) store_->tidy();
  }
  /// Streams can be opened: the session is not over.
  bool accepts() const noexcept { return resumable() && !tasks_->over(); }
  /** A new stream, for what a request is answered with; `first` was taken from its outbox already.
      @par Preconditions accepts */
  std::shared_ptr<stream_log> open(std::shared_ptr<outbox> box, std::vector<numbered_frame> first);

  /// The stream that belongs to no request; null before `open_standalone`.
  const std::shared_ptr<stream_log>& standalone() const noexcept { return standalone_; }
  void open_standalone(std::shared_ptr<outbox> box);

  /** The rest of a stream from this place on; whoever read it before is ended. Null for a place that
      never was, and where everything behind it was forgotten.
      @par Preconditions resumable */
  awaitable<std::shared_ptr<feed>> resume(event_id from);

  /** While this lives, streams run as tasks of the group. Afterwards none is opened any more, and none
      waits for its reader. */
  class running {
   public:
    running(session_streams& s, task_group& group);
    ~running();
    running(const running&) = delete;
    running& operator=(const running&) = delete;

   private:
    session_streams& streams_;
  };

 private:
  std::shared_ptr<stream_log> add(std::uint64_t number,
                                  std::shared_ptr<outbox> box,
                                  std::vector<numbered_frame> first);
  std::shared_ptr<stream_log> find(std::uint64_t number) const;

  const std::string session_id_;
  const std::shared_ptr<event_store> store_;
  const std::size_t window_;
  const logger log_;
  std::uint64_t last_number_ = standalone_stream;
  std::shared_ptr<stream_log> standalone_;
  // Those that run or are read.
  std::vector<std::pair<std::uint64_t, std::weak_ptr<stream_log>>> logs_;
  const std::shared_ptr<stream_tasks> tasks_ = std::make_shared<stream_tasks>();
};

/** What answers a request: nothing special while one JSON object will do, a resumable stream from the
    moment it has to be a stream. */
std::shared_ptr<feed> feed_of_request(std::shared_ptr<session_streams> streams,
                                      std::shared_ptr<outbox> box,
                                      bool always_streams);

}  // namespace comcp::detail

#endif
