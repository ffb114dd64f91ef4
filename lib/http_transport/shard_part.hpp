#ifndef COMCP_LIB_HTTP_TRANSPORT_SHARD_PART_HPP
#define COMCP_LIB_HTTP_TRANSPORT_SHARD_PART_HPP

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "comcp/awaitable.hpp"
#include "comcp/http_transport/streamable_http_options.hpp"
#include "comcp/jsonrpc/codec.hpp"
#include "comcp/scope/detail/intrusive_list.hpp"
#include "comcp/scope/detail/mailbox.hpp"
#include "comcp/scope/event.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/session/outbox.hpp"
#include "http_transport/session_registry.hpp"
#include "json/arena.hpp"
#include "session/outbox_counters.hpp"

namespace comcp::detail {

/// Read by every thread, written by the shard.
class shard_counters {
 public:
  std::atomic<std::size_t> streams{0};
  std::atomic<std::size_t> in_flight{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> opened{0};
  std::atomic<std::uint64_t> reaped{0};
  std::atomic<std::uint64_t> deleted{0};
  std::atomic<std::uint64_t> turned_away{0};
  std::atomic<std::uint64_t> resumed{0};
};

struct exchange_tag;

/** A request that waits for its answer. In the frame that serves it. */
class open_exchange : public list_hook<exchange_tag> {
 public:
  enum class at_drain : std::uint8_t {
    may_finish,  ///< gets the drain limit
    ends         ///< would stay open for ever: a subscription
  };
  /// @param method of a request that has no session to name it; else empty
  open_exchange(class shard_part& part,
                std::shared_ptr<outbox> box,
                at_drain what,
                std::string_view method = {});
  ~open_exchange();

  /// The outbox is this shard's and ends when told to: a modern request. Null for legacy ones, which
  /// their session ends.
  const std::shared_ptr<outbox> box;
  const at_drain when_draining;
  const std::string method;

 private:
  shard_part& part_;
};

/** What a streamable_http_server has on one shard.

    @par Thread safety its shard, the counters aside
*/
class shard_part {
 public:
  shard_part(shard& where,
             const streamable_http_options& options,
             std::atomic<std::size_t>& sessions);

  shard& home;
  const std::shared_ptr<mailbox> mail;  ///< of home; outlives it
  session_registry sessions;
  jsonrpc::decoder decoder;
  json::arena_pool arenas;
  shard_counters counters;
  const outbox_counters& queues = outbox_counters_here();
  intrusive_list<open_exchange, exchange_tag> exchanges;

  /// Holds the sessions until drained: streamable_http_server::run.
  awaitable<void> run();
  bool running() const noexcept { return group_ != nullptr && !stop_.is_set(); }

  /** Takes a session whose handshake has begun; its place under the cap goes with it.
      @par Preconditions running */
  void adopt(std::shared_ptr<session_entry> entry);

  /// From now on nothing new; see streamable_http_server::drain.
  void drain(duration limit);
  void exchange_added(open_exchange& e) noexcept;
  void exchange_gone(open_exchange& e) noexcept;

 private:
  awaitable<void> body(task_group& group);
  awaitable<void> reap();
  awaitable<void> finish_subscriptions();
  awaitable<void> finish_exchanges();
  void name_abandoned() const;
  awaitable<void> live(std::shared_ptr<session_entry> entry);

  const streamable_http_options& options_;
  std::atomic<std::size_t>& places_;  // taken under the cap, over all shards
  task_group* group_ = nullptr;
  std::size_t subscriptions_ = 0;
  event stop_;
  event subscriptions_gone_;  // these two: once stopped
  event all_gone_;
  std::optional<time_point> deadline_;  // of the drain
  cancel_scope* drain_scope_ = nullptr;
};

}  // namespace comcp::detail

#endif
