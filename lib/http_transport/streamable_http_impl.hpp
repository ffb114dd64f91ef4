#ifndef COMCP_LIB_HTTP_TRANSPORT_STREAMABLE_HTTP_IMPL_HPP
#define COMCP_LIB_HTTP_TRANSPORT_STREAMABLE_HTTP_IMPL_HPP

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "comcp/http_transport/streamable_http_server.hpp"
#include "http_transport/reply.hpp"
#include "http_transport/shard_part.hpp"
#include "http_transport/streamable_http_core.hpp"

namespace comcp {

class streamable_http_server::impl {
 public:
  impl(request_handler& handler, streamable_http_options options);

  awaitable<void> run();
  awaitable<void> handle(http::exchange ex);
  void drain(duration limit);
  bool draining() const noexcept { return draining_.load(std::memory_order_relaxed); }
  streamable_http_stats stats() const noexcept;

 private:
  using caller = std::shared_ptr<const principal>;
  using part_ptr = std::shared_ptr<detail::shard_part>;

  /// What the home shard says to a message for one of its sessions.
  class admission {
   public:
    admission() = default;
    std::optional<detail::refusal> refused;
    std::shared_ptr<outbox> box;  ///< null: nothing to wait for
    std::function<void()> at_end;
    bool polls = false;  ///< the session's revision knows `retry`
    detail::pulled first;
  };

  // By the kind of request. streamable_http_legacy.cpp and streamable_http_modern.cpp
  awaitable<void> post(http::exchange ex, caller who);
  awaitable<void> open(http::exchange ex, jsonrpc::request initialize, caller who);
  awaitable<void> converse(http::exchange ex, detail::to_session route, caller who);
  awaitable<void> get(http::exchange ex, caller who);
  awaitable<void> del(http::exchange ex, caller who);
  awaitable<void> call(http::exchange ex, detail::modern_call checked, caller who);

  // On the session's home shard.
  admission deliver(const part_ptr& home,
                    std::string_view id,
                    std::variant<jsonrpc::message, jsonrpc::batch>&& content,
                    const principal* who) const;
  admission attach_stream(const part_ptr& home, std::string_view id, const principal* who) const;
  std::optional<detail::refusal> end_session(detail::shard_part& home,
                                             std::string_view id,
                                             const principal* who) const;

  awaitable<void> refuse(http::exchange ex, detail::refusal why);
  detail::refusal shutting_down() const;
  std::function<std::optional<std::chrono::milliseconds>()> retry_if_draining() const;
  detail::reply_options replying(detail::reply_form form, protocol::era era) const;
  std::shared_ptr<outbox> make_box() const;

  /// This shard's; made at the first use.
  const part_ptr& here();
  /// The home of a session with this id; null when no shard is its home.
  part_ptr home_of(std::string_view session_id) const;

  /// Ids name shards in this range.
  static constexpr std::size_t max_shards = 256;

  request_handler& handler_;
  const streamable_http_options options_;
  const detail::core_options core_;
  std::atomic<bool> draining_{false};
  std::atomic<std::size_t> sessions_{0};  // places taken under the cap
  mutable std::mutex mutex_;              // guards making parts; requests read without it
  std::array<part_ptr, max_shards> parts_;
  std::array<std::atomic<const part_ptr*>, max_shards> known_{};
};

}  // namespace comcp

#endif
