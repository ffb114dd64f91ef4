// 2025-03-26 to 2025-11-25: sessions. A request for a session of another shard hops there, and its
// frames come back.

#include <boost/asio/this_coro.hpp>

#include <functional>
#include <memory>
#include <utility>

#include "comcp/scope/detail/rare_tasks.hpp"
#include "comcp/scope/run_on.hpp"
#include "comcp/scope/with_scope.hpp"
#include "http_transport/direct_exchange.hpp"
#include "http_transport/origin_info.hpp"
#include "http_transport/routing_headers.hpp"
#include "http_transport/session_id.hpp"
#include "http_transport/streamable_http_impl.hpp"
#include "session/request_state.hpp"
#include "session/session_access.hpp"

namespace comcp {

using detail::refusal;
using detail::reply_form;

namespace {

/// How long the hop to another shard may wait for an answer that can only be JSON, before anybody looks whether
/// the client is still there.
constexpr duration unwatched_limit = std::chrono::milliseconds(100);

/// A session whose id its client has not been told must not live on (T-08).
class unless_told {
 public:
  explicit unless_told(std::shared_ptr<session> s) noexcept : session_(std::move(s)) {}
  ~unless_told() {
    if (session_) session_->close("its client left during the handshake");
  }
  unless_told(const unless_told&) = delete;
  unless_told& operator=(const unless_told&) = delete;
  void told() noexcept { session_.reset(); }

 private:
  std::shared_ptr<session> session_;
};

}  // namespace

awaitable<void> streamable_http_server::impl::open(http::exchange ex,
                                                   jsonrpc::request initialize,
                                                   caller who) {
  detail::shard_part& part = *here();
  if (draining() || !part.running()) {
    const refusal no = shutting_down().with_id(std::move(initialize.id));
    co_return co_await refuse(std::move(ex), no);
  }
  detail::place kept(sessions_, options_.max_sessions());
  if (!kept) {
    part.counters.turned_away.fetch_add(1, std::memory_order_relaxed);
    const refusal no = too_many_sessions().with_id(std::move(initialize.id));
    co_return co_await refuse(std::move(ex), no);
  }

  const std::string id = detail::make_session_id(part.home.index());
  session_options options = options_.conversation();
  options.on_behalf_of(std::move(who));
  options.origin(std::make_shared<detail::kept_origin>(ex.request(), ex.peer()));
  options.name("session " + detail::short_form(id));
  const auto conversation = session::make(handler_, std::move(options));
  // The session answers initialize by itself, at once.
  const auto box = make_box();
  part.counters.requests.fetch_add(1, std::memory_order_relaxed);
  conversation->deliver(jsonrpc::message(std::move(initialize)), box);
  const auto answer = co_await box->next();
  if (!answer || answer->what != frame::kind::result) {
    http::response failed = detail::json_response(answer ? 200 : 500, answer ? answer->text : "");
    co_await std::move(ex).respond(std::move(failed));
    co_return;
  }
  part.adopt(make_entry(id, detail::reached_by::streamable_http, conversation));
  kept.keep();
  unless_told waiting(conversation);
  http::response welcome = detail::json_response(200, answer->text);
  welcome.headers.set(detail::session_header, id);
  if (co_await std::move(ex).respond(std::move(welcome)) == http::send_result::sent) waiting.told();
}

bool streamable_http_server::impl::streams_are_kept(
    const detail::session_entry& entry) const noexcept {
  return entry.streams->resumable() && options_.answers() != answer_form::json_only;
}

streamable_http_server::impl::admission streamable_http_server::impl::deliver(const part_ptr& home,
                                                                              std::string_view id,
                                                                              content&& what,
                                                                              caller who) const {
  admission result;
  const auto entry = home->sessions.find(id, who.get());
  if (!entry) {
    result.refused = detail::unknown_session();
    return result;
  }
  session& to = *entry->conversation;
  const protocol::rules& rules = *to.negotiated();
  const auto* batch = std::get_if<jsonrpc::batch>(&what);
  if (batch != nullptr) {
    result.refused = detail::check_batch(*batch, rules);
    if (result.refused) return result;
  }
  result.polls = rules.sse_polling;
  std::shared_ptr<outbox> box;
  if (detail::wants_answer(what)) {
    const bool kept = streams_are_kept(*entry);
    box = make_box(kept && result.polls);
    result.source.emplace(kept ? detail::feed_of_request(entry->streams, box, batch != nullptr)
                               : detail::feed_of(box),
                          home->home);
  }
  const auto delivered =
      std::visit([&](auto&& m) { return to.deliver(std::move(m), std::move(box), std::move(who)); },
                 std::move(what));
  if (delivered == session::delivery::closed) {
    result.refused = detail::unknown_session();
    result.source.reset();
  }
  return result;
}

detail::reply_options streamable_http_server::impl::answering(std::optional<jsonrpc::request_id> id,
                                                              bool is_batch,
                                                              detail::shard_part& part) const {
  const bool json = options_.answers() == answer_form::json_only;
  auto how = replying(!json      ? (is_batch ? reply_form::stream : reply_form::as_needed)
                      : is_batch ? reply_form::json_array
                                 : reply_form::json,
                      protocol::era::legacy);
  how.streams = &part.counters.streams;
  if (json && !is_batch)
    // There has to be a body. A code of its own: this is no answer to the request.
    how.if_silent = [id = std::move(id)]() -> std::optional<refusal> {
      return refusal(200, jsonrpc::error_object(-32800, "The request was cancelled")).with_id(id);
    };
  return how;
}

class streamable_http_server::impl::legacy_exchange final : public detail::direct_exchange {
 public:
  /// @param id of the request; null: it needs no handler, and is answered
  legacy_exchange(http::exchange ex,
                  impl& server,
                  const jsonrpc::request_id* id,
                  const detail::session_entry& entry,
                  std::shared_ptr<outbox> box)
      : direct_exchange(std::move(ex), *server.here(), handler_of::session, std::move(box)),
        server_(server),
        id_(id),
        entry_(entry) {}

 private:
  detail::reply_options how() override {
    auto id = id_ != nullptr ? std::optional(*id_) : std::nullopt;
    auto how = server_.answering(std::move(id), false, *server_.here());
    how.polls = entry_.conversation->negotiated()->sse_polling;
    if (how.polls) how.retry = server_.retry_if_draining();
    return how;
  }
  std::shared_ptr<detail::feed> frames() override {
    return keeps_events() ? detail::feed_of_request(entry_.streams, box(), false)
                          : detail::feed_of(box());
  }
  bool keeps_events() const noexcept override { return server_.streams_are_kept(entry_); }

  impl& server_;
  const jsonrpc::request_id* id_;
  const detail::session_entry& entry_;
};

awaitable<void> streamable_http_server::impl::converse(http::exchange ex,
                                                       detail::to_session&& route,
                                                       caller who,
                                                       json::arena_pool::lease&& memory) {
  const part_ptr& home = home_of(route.session_id);
  if (!home) return refuse(std::move(ex), detail::unknown_session());
  auto* message = std::get_if<jsonrpc::message>(&route.content);
  auto* request = message != nullptr ? std::get_if<jsonrpc::request>(message) : nullptr;
  if (request != nullptr && home == here()) {
    auto entry = home->sessions.find(route.session_id, who.get());
    if (entry && detail::session_access::is_running(*entry->conversation)) {
      home->counters.requests.fetch_add(1, std::memory_order_relaxed);
      session& to = *entry->conversation;
      auto box = make_box(streams_are_kept(*entry) && to.negotiated()->sse_polling);
      auto begun = detail::session_access::begin(to, std::move(memory), std::move(*request), box,
                                                 std::move(who));
      return answer_here(std::move(ex), std::move(begun), std::move(entry), std::move(box));
    }
  }
  if (request != nullptr && memory) {  // who gets it keeps it longer than that memory
    json::value params(std::move(request->params), json::storage_ptr());
    jsonrpc::request own(std::move(request->id), std::move(request->method), std::move(params));
    message->emplace<jsonrpc::request>(std::move(own));
  }
  return pass_on(std::move(ex), std::move(route), home, std::move(who));
}

// A request for a session of this shard, the usual case: its handler runs in this task, but what ends it is
// its session, not this exchange.
awaitable<void> streamable_http_server::impl::answer_here(
    http::exchange ex,
    detail::session_access::begun begun,
    std::shared_ptr<detail::session_entry> entry,
    std::shared_ptr<outbox> box) {
  detail::rare_tasks tasks;
  if (!tasks.begin(co_await asio::this_coro::cancellation_state)) {
    tasks.leave();  // somebody's handler has us as an operand of && or ||
    auto again = [&] {
      return answer_here(std::move(ex), std::move(begun), std::move(entry), std::move(box));
    };
    co_await with_cancel_scope(std::ref(again));
    co_return;
  }
  const auto* id = begun.request ? &begun.request->id : nullptr;
  legacy_exchange exchange(std::move(ex), *this, id, *entry, std::move(box));
  try {
    if (begun.handling) {
      const detail::session_access::visit visit(entry->conversation, begun.request);
      exchange.begin(tasks.group(), silence_until_stream());
      co_await std::move(*begun.handling);
    }
    if (!exchange.is_served()) co_await exchange.finish();
  } catch (...) {
    tasks.host_failed();
  }
  while (tasks.running())
    co_await tasks.join();
  tasks.finish();
}

// Everything else: for a session of another shard, whose answer comes back from there; notifications, answers,
// batches.
awaitable<void> streamable_http_server::impl::pass_on(http::exchange ex,
                                                      detail::to_session route,
                                                      part_ptr home,
                                                      caller who) {
  detail::shard_part& part = *here();
  auto id = detail::id_of(route.content);
  auto how = answering(id, std::holds_alternative<jsonrpc::batch>(route.content), part);
  admission admitted;
  if (&home->home == &part.home) {
    admitted = deliver(home, route.session_id, std::move(route.content), std::move(who));
  } else {
    // The one hop: it also brings the first frames back, which mostly are all.
    const duration until_stream = silence_until_stream();
    const bool never_streams = until_stream <= duration::zero();
    const duration limit = never_streams ? unwatched_limit : until_stream;
    auto there = [this, &home, &route, &who, limit]() -> awaitable<admission> {
      admission a = deliver(home, route.session_id, std::move(route.content), who);
      if (!a.source) co_return a;
      a.first = co_await a.source->next(limit);
      co_return a;
    };
    admitted = co_await run_on(home->home, std::move(there), "message from another shard");
    // Silence would begin a stream.
    const bool silent = admitted.first.frames.empty() && !admitted.first.ended;
    if (admitted.source && !(never_streams && silent))
      admitted.source->prefetched(std::move(admitted.first));
  }
  if (admitted.refused) {
    const refusal no = std::move(*admitted.refused).with_id(std::move(id));
    co_return co_await refuse(std::move(ex), no);
  }
  if (!admitted.source) {
    co_await std::move(ex).respond(http::response(202));
    co_return;
  }
  how.polls = admitted.polls;
  if (admitted.polls) how.retry = retry_if_draining();
  part.counters.requests.fetch_add(1, std::memory_order_relaxed);
  const detail::open_exchange open(part, nullptr, detail::open_exchange::at_drain::may_finish);
  co_await detail::reply(std::move(ex), std::move(*admitted.source), std::move(how));
}

}  // namespace comcp
