// The legacy era on a server without sessions: each message a conversation of its own.

#include <chrono>
#include <utility>

#include "http_transport/origin_info.hpp"
#include "http_transport/streamable_http_impl.hpp"

namespace comcp {

using detail::refusal;

// A short session all the same: a client that leaves does not cancel, and who waits for the end of
// that work is the shard.
awaitable<void> streamable_http_server::impl::answer_alone(http::exchange ex,
                                                           detail::lone_message lone,
                                                           caller who) {
  constexpr auto until_answered = std::chrono::hours(24 * 365);
  detail::shard_part& part = *here();
  if (draining() || !part.running()) {
    const refusal no = shutting_down().with_id(detail::id_of(lone.content));
    co_return co_await refuse(std::move(ex), no);
  }
  detail::place kept(sessions_, options_.max_sessions());
  if (!kept) {
    part.counters.turned_away.fetch_add(1, std::memory_order_relaxed);
    const refusal no = too_many_sessions().with_id(detail::id_of(lone.content));
    co_return co_await refuse(std::move(ex), no);
  }
  session_options options = options_.conversation();
  options.on_behalf_of(std::move(who)).without_session(lone.spoken).name("lone message");
  options.origin(std::make_shared<detail::kept_origin>(ex.request(), ex.peer()));
  const auto conversation = session::make(handler_, std::move(options));
  const auto box = make_box();
  const bool is_batch = std::holds_alternative<jsonrpc::batch>(lone.content);
  auto how = answering(detail::id_of(lone.content), is_batch, part);
  part.counters.requests.fetch_add(1, std::memory_order_relaxed);
  std::visit([&](auto&& m) { conversation->deliver(std::move(m), box); }, std::move(lone.content));
  conversation->drain("its message is answered", until_answered);
  if (conversation->in_flight_count() != 0) {
    const std::string key = "alone " + std::to_string(part.counters.requests.load());
    part.adopt(make_entry(key, detail::reached_by::nobody, conversation));
    kept.keep();
  }
  const detail::open_exchange open(part, nullptr, detail::open_exchange::at_drain::may_finish);
  detail::frame_source source(detail::feed_of(box), part.home);
  co_await detail::reply(std::move(ex), std::move(source), std::move(how));
}

}  // namespace comcp
