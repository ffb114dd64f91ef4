#ifndef COMCP_HTTP_TRANSPORT_EVENT_STORE_HPP
#define COMCP_HTTP_TRANSPORT_EVENT_STORE_HPP

// What the streams of a session have carried, kept for clients that lost their connection.
// spec: basic/transports#resumability-and-redelivery, 2025-03-26 to 2025-11-25

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "comcp/awaitable.hpp"
#include "comcp/scope/clock.hpp"

namespace comcp {

/// One message of a stream, as an event_store keeps it.
class stored_event {
 public:
  stored_event() = default;
  stored_event(std::uint64_t n, std::string message) : number(n), text(std::move(message)) {}

  std::uint64_t number = 0;  ///< counts the stream's messages from 1; gaps: not kept
  std::string text;          ///< one JSON-RPC message
};

/** The streams of one session: where messages are kept until nobody will ask for them any more.

    Forgetting is allowed at any time, oldest first: a client that comes back then misses what was
    forgotten. What `append` or `replay` throw goes to the log; the stream goes on, not resumable. Who missed
    something for want of a replay hears it at the end: the connection breaks there.

    Write one to keep events elsewhere. Streams, their numbers and their ids are the transport's
    business, and a session stays on its shard: a store needs no lock.

    @par Thread safety its session's shard; appends to one stream never overlap, replays may overlap any
    @par Lifetime      one per session, destroyed with it: nothing will be replayed any more
    @see memory_event_store, lib/http_transport/DESIGN.md
*/
class event_store {
 public:
  event_store() = default;
  event_store(const event_store&) = delete;
  event_store& operator=(const event_store&) = delete;
  virtual ~event_store() = default;

  /** Keeps a message, the next one of its stream.

      @par Completion   whether it was kept
      @par Cancellation the session ends */
  virtual awaitable<bool> append(std::uint64_t stream, std::uint64_t number, std::string text) = 0;

  /** The kept messages of one stream behind `after`, in order: those up to `max_bytes` of text, and at
      least one if there is any.

      @par Completion   empty when there are none behind `after`; nothing when nothing is known of the
                        stream any more
      @par Cancellation harmless */
  virtual awaitable<std::optional<std::vector<stored_event>>> replay(std::uint64_t stream,
                                                                     std::uint64_t after,
                                                                     std::size_t max_bytes) = 0;

  /// Called every few minutes while the session lives, also when it is quiet: the time to forget what is too old.
  virtual void tidy() noexcept {}
};

/// Makes the store of a new session; called on its shard. Null: that session can't be resumed.
using event_store_factory =
    std::function<std::shared_ptr<event_store>(std::string_view session_id)>;

/** Bounds of a memory_event_store. Whatever would exceed one pushes out the oldest messages. */
class event_store_limits {
 public:
  event_store_limits() = default;

  /// Messages of one stream (256), so that a talkative one doesn't push out its neighbours' answers.
  event_store_limits& max_stream_events(std::size_t n) { return stream_events_ = n, *this; }
  std::size_t max_stream_events() const noexcept { return stream_events_; }
  /// Messages of a session (1024).
  event_store_limits& max_events(std::size_t n) { return events_ = n, *this; }
  std::size_t max_events() const noexcept { return events_; }
  /// Bytes of text of a session (1 MiB). A message above it is not kept at all.
  event_store_limits& max_bytes(std::size_t n) { return bytes_ = n, *this; }
  std::size_t max_bytes() const noexcept { return bytes_; }
  /// Bytes of text of all sessions of a server (256 MiB). When they are used up a session pushes out
  /// its own messages, never another's.
  event_store_limits& max_total_bytes(std::size_t n) { return total_bytes_ = n, *this; }
  std::size_t max_total_bytes() const noexcept { return total_bytes_; }
  /// Older messages are forgotten (10 min), in a quiet session up to 5 minutes later. Zero: never.
  event_store_limits& max_age(duration d) { return age_ = d, *this; }
  duration max_age() const noexcept { return age_; }

 private:
  std::size_t stream_events_ = 256;
  std::size_t events_ = 1024;
  std::size_t bytes_ = std::size_t{1024} * 1024;
  std::size_t total_bytes_ = std::size_t{256} * 1024 * 1024;
  duration age_ = std::chrono::minutes(10);
};

/** What the memory_event_stores of a server share.
    @par Thread safety any thread */
class event_store_usage {
 public:
  std::atomic<std::size_t> bytes{0};      ///< kept now
  std::atomic<std::uint64_t> evicted{0};  ///< pushed out by a bound, since the start
};

/** The default: in memory, bounded.

    @par Complexity append and eviction constant; replay by what it returns, not by what is kept
    @see test/http_transport/event_store.cpp
*/
class memory_event_store final : public event_store {
 public:
  explicit memory_event_store(event_store_limits limits = {},
                              std::shared_ptr<event_store_usage> shared = {});
  ~memory_event_store() override;

  awaitable<bool> append(std::uint64_t stream, std::uint64_t number, std::string text) override;
  awaitable<std::optional<std::vector<stored_event>>> replay(std::uint64_t stream,
                                                             std::uint64_t after,
                                                             std::size_t max_bytes) override;
  void tidy() noexcept override;

  std::size_t count() const noexcept;
  std::size_t bytes() const noexcept;

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace comcp

#endif
