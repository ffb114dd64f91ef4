#ifndef COMCP_LIB_HTTP_TRANSPORT_SESSION_REGISTRY_HPP
#define COMCP_LIB_HTTP_TRANSPORT_SESSION_REGISTRY_HPP

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "comcp/scope/clock.hpp"
#include "comcp/session/outbox.hpp"
#include "comcp/session/principal.hpp"
#include "comcp/session/session.hpp"
#include "http_transport/session_streams.hpp"

namespace comcp::detail {

/// How a session's client reaches it: each only in its own way.
enum class reached_by : std::uint8_t {
  streamable_http,
  http_sse,  ///< 2024-11-05: its stream is its life
  nobody     ///< made for one message: a server without sessions
};

/// One session and what HTTP knows of it. On its home shard.
class session_entry {
 public:
  session_entry(std::string session_id,
                reached_by way,
                std::shared_ptr<session> s,
                std::shared_ptr<session_streams> resumable);

  const std::string id;
  const reached_by way;
  const std::shared_ptr<session> conversation;
  const std::shared_ptr<session_streams> streams;

  /// An exchange carries a stream that belongs to no request: the session isn't idle.
  void stream_opened() noexcept { ++open_streams_; }
  void stream_closed(time_point now) noexcept;
  /// Since when nothing has happened, or `now`.
  time_point idle_since(time_point now) const noexcept;

 private:
  std::size_t open_streams_ = 0;
  time_point last_stream_;
};

/// The same one, as far as authorization can tell; nobody is nobody.
bool same_principal(const principal* a, const principal* b) noexcept;

/** The sessions of one shard by id: the one place that knows them (T-09).

    @par Thread safety its shard
*/
class session_registry {
 public:
  void add(std::shared_ptr<session_entry> entry);
  /// Nothing for an unknown session, one that has ended, one that is reached otherwise, and somebody
  /// else's (S-SESS-17).
  std::shared_ptr<session_entry> find(std::string_view id,
                                      const principal* caller,
                                      reached_by way = reached_by::streamable_http) const;
  void remove(const session_entry& entry) noexcept;
  std::size_t size() const noexcept { return entries_.size(); }

  /** Closes what has been idle for `limit`.
      @param closed told of each
      @returns when to look again */
  time_point reap(time_point now,
                  duration limit,
                  const std::function<void(const session_entry&)>& closed);

  /// What is too old in any session is forgotten.
  void tidy() noexcept;
  /// Each session takes nothing new and ends within the limit; GET streams end now, those of HTTP+SSE
  /// with their session.
  void drain(duration limit);

 private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const noexcept {
      return std::hash<std::string_view>()(s);
    }
  };
  std::unordered_map<std::string, std::shared_ptr<session_entry>, text_hash, std::equal_to<>>
      entries_;
};

}  // namespace comcp::detail

#endif
