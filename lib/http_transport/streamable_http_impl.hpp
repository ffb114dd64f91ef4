#ifndef COMCP_LIB_HTTP_TRANSPORT_STREAMABLE_HTTP_IMPL_HPP
#define COMCP_LIB_HTTP_TRANSPORT_STREAMABLE_HTTP_IMPL_HPP

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "comcp/http_transport/streamable_http_server.hpp"
#include "http_transport/reply.hpp"
#include "http_transport/shard_part.hpp"
#include "http_transport/streamable_http_core.hpp"
#include "session/session_access.hpp"

namespace comcp {

namespace detail {

/// A place under the cap; whoever adopts the session keeps it.
class place {
 public:
  place(std::atomic<std::size_t>& taken, std::size_t limit) noexcept : taken_(&taken) {
    if (taken.fetch_add(1, std::memory_order_relaxed) >= limit) give_back();
  }
  ~place() { give_back(); }
  place(const place&) = delete;
  place& operator=(const place&) = delete;
  explicit operator bool() const noexcept { return taken_ != nullptr; }
  void keep() noexcept { taken_ = nullptr; }

 private:
  void give_back() noexcept {
    if (taken_ != nullptr) std::exchange(taken_, nullptr)->fetch_sub(1, std::memory_order_relaxed);
  }
  std::atomic<std::size_t>* taken_;
};

/// The id of what is to be answered, if it is one.
inline std::optional<jsonrpc::request_id> id_of(
    const std::variant<jsonrpc::message, jsonrpc::batch>& content) {
  const auto* m = std::get_if<jsonrpc::message>(&content);
  const auto* r = m != nullptr ? std::get_if<jsonrpc::request>(m) : nullptr;
  return r != nullptr ? std::optional(r->id) : std::nullopt;
}

}  // namespace detail

class streamable_http_server::impl {
 public:
  impl(request_handler& handler, streamable_http_options options);

  awaitable<void> run();
  awaitable<void> handle(http::exchange ex);
  awaitable<void> handle_sse(http::exchange ex, std::string messages_url);
  awaitable<void> handle_sse_message(http::exchange ex);
  void drain(duration limit);
  bool draining() const noexcept { return draining_.load(std::memory_order_relaxed); }
  streamable_http_stats stats() const noexcept;

 private:
  class modern_exchange;
  class legacy_exchange;
  using caller = std::shared_ptr<const principal>;
  using part_ptr = std::shared_ptr<detail::shard_part>;

  /// What the home shard says to a message for one of its sessions.
  class admission {
   public:
    admission() = default;
    std::optional<detail::refusal> refused;
    std::optional<detail::frame_source> source;  ///< none: nothing to wait for
    bool polls = false;                          ///< the session's revision knows `retry`
    detail::pulled first;
  };
  using content = std::variant<jsonrpc::message, jsonrpc::batch>;
  /// A GET that was let in.
  class opened_stream {
   public:
    opened_stream(detail::frame_source s, detail::reply_options h)
        : source(std::move(s)), how(std::move(h)) {}
    detail::frame_source source;
    detail::reply_options how;
  };

  awaitable<void> handle_authorized(http::exchange ex);
  awaitable<void> dispatch(http::exchange ex, caller who);
  /// Who asks; nothing: refused, and answered.
  awaitable<std::optional<caller>> authorize(http::exchange& ex);
  /// The body; nothing: refused or gone.
  awaitable<std::optional<std::string>> read_text(http::exchange& ex);
  awaitable<void> read_and_serve(http::exchange ex, caller who);
  json::arena_pool::lease memory_for(const http::request_head& head);
  jsonrpc::decoded decode(std::string_view text, json::arena_pool::lease& memory);
  awaitable<void> serve_message(http::exchange ex, std::string_view text, caller who);
  awaitable<void> accept(http::exchange ex);

  // By the kind of request. streamable_http_{legacy,streams,alone,modern}.cpp, http_sse.cpp
  awaitable<void> post(http::exchange ex, caller who);
  // `memory` is what the message's values are in, if it has its own; who only looks at them leaves it to the caller.
  awaitable<void> open(http::exchange ex, jsonrpc::request initialize, caller who);
  awaitable<void> converse(http::exchange ex,
                           detail::to_session&& route,
                           caller who,
                           json::arena_pool::lease&& memory);
  awaitable<void> answer_here(http::exchange ex,
                              detail::session_access::begun begun,
                              std::shared_ptr<detail::session_entry> entry,
                              std::shared_ptr<outbox> box);
  awaitable<void> pass_on(http::exchange ex, detail::to_session route, part_ptr home, caller who);
  awaitable<void> answer_alone(http::exchange ex, detail::lone_message lone, caller who);
  awaitable<void> get(http::exchange ex, caller who);
  /// Null: refused, and answered.
  awaitable<std::unique_ptr<opened_stream>> open_stream(http::exchange& ex, caller who);
  awaitable<void> del(http::exchange ex, caller who);
  awaitable<void> call(http::exchange ex,
                       detail::modern_call&& checked,
                       caller who,
                       json::arena_pool::lease&& memory);
  awaitable<void> answer_modern(json::arena_pool::lease memory,
                                http::exchange ex,
                                jsonrpc::request_id id,
                                std::string method,
                                std::shared_ptr<outbox> box,
                                awaitable<void> handling);
  awaitable<void> subscribe(http::exchange ex, detail::modern_call checked, caller who);
  awaitable<detail::reply_end> stream_of(http::exchange ex,
                                         const std::shared_ptr<outbox>& box,
                                         const jsonrpc::request_id& id);

  // On the session's home shard.
  admission deliver(const part_ptr& home, std::string_view id, content&& what, caller who) const;
  awaitable<admission> attach_stream(const part_ptr& home,
                                     const detail::session_verb& route,
                                     const principal* who) const;
  /// What a message that waits for its stream takes of the budget; a session counts for itself.
  using waiting_text = std::optional<request_budget::charge>;
  awaitable<std::optional<detail::refusal>> deliver_sse(const part_ptr& home,
                                                        std::string_view id,
                                                        content& what,
                                                        const caller& who,
                                                        waiting_text& waiting) const;
  std::optional<detail::refusal> end_session(detail::shard_part& home,
                                             std::string_view id,
                                             const principal* who) const;

  awaitable<void> refuse(http::exchange ex, detail::refusal why);
  void tell_refused(const http::exchange& ex, int status, int code, std::string_view text);
  detail::refusal shutting_down() const;
  std::function<std::optional<std::chrono::milliseconds>()> retry_if_draining() const;
  detail::reply_options replying(detail::reply_form form, protocol::era era) const;
  detail::reply_options replying_modern(const jsonrpc::request_id& id);
  /// Silence before a stream.
  duration first_wait() const noexcept;
  /// The same; zero when there are no streams.
  duration silence_until_stream() const noexcept;
  /// @param id of the one request, if it is one and no batch
  detail::reply_options answering(std::optional<jsonrpc::request_id> id,
                                  bool is_batch,
                                  detail::shard_part& part) const;
  bool streams_are_kept(const detail::session_entry& entry) const noexcept;
  std::shared_ptr<outbox> make_box(bool can_pause = false) const;
  std::shared_ptr<detail::session_entry> make_entry(std::string id,
                                                    detail::reached_by way,
                                                    std::shared_ptr<session> conversation) const;
  detail::refusal too_many_sessions() const;
  detail::refusal too_busy() const;
  bool has_room_for(std::string_view text) const noexcept;

  /// This shard's; made at the first use.
  const part_ptr& here();
  /// The home of a session with this id; null when no shard is its home.
  const part_ptr& home_of(std::string_view session_id) const;

  /// Ids name shards in this range.
  static constexpr std::size_t max_shards = 256;

  request_handler& handler_;
  const streamable_http_options options_;
  const detail::core_options core_;
  std::atomic<bool> draining_{false};
  std::atomic<std::size_t> sessions_{0};  // places taken under the cap
  const std::shared_ptr<event_store_usage> usage_ = std::make_shared<event_store_usage>();
  mutable std::mutex mutex_;  // guards making parts; requests read without it
  std::array<part_ptr, max_shards> parts_;
  std::array<std::atomic<const part_ptr*>, max_shards> known_{};
};

}  // namespace comcp

#endif
