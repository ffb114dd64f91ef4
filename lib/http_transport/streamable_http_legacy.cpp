// 2025-03-26 to 2025-11-25: sessions. A request for a session hops to its home shard, is delivered
// there, and its frames come back to the shard of the exchange.

#include <utility>

#include "comcp/scope/run_on.hpp"
#include "http_transport/origin_info.hpp"
#include "http_transport/routing_headers.hpp"
#include "http_transport/session_id.hpp"
#include "http_transport/streamable_http_impl.hpp"
#include "session/session_access.hpp"

namespace comcp {

using detail::refusal;
using detail::reply_form;

namespace {

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

streamable_http_server::impl::admission streamable_http_server::impl::deliver(
    const part_ptr& home,
    std::string_view id,
    content&& what,
    const principal* who,
    json::arena_pool::lease memory) const {
  admission result;
  const auto entry = home->sessions.find(id, who);
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
    const bool streams =
        entry->streams->resumable() && options_.answers() != answer_form::json_only;
    box = make_box(streams && result.polls);
    result.source.emplace(streams ? detail::feed_of_request(entry->streams, box, batch != nullptr)
                                  : detail::feed_of(box),
                          home->home);
  }
  auto* message = std::get_if<jsonrpc::message>(&what);
  auto* request = message != nullptr ? std::get_if<jsonrpc::request>(message) : nullptr;
  const auto delivered =
      request != nullptr
          ? detail::session_access::deliver(to, std::move(memory), std::move(*request),
                                            std::move(box))
          : std::visit([&](auto&& m) { return to.deliver(std::move(m), std::move(box)); },
                       std::move(what));
  if (delivered == session::delivery::closed) {
    result.refused = detail::unknown_session();
    result.source.reset();
  }
  return result;
}

detail::reply_options streamable_http_server::impl::answering(const content& what,
                                                              detail::shard_part& part) const {
  const bool is_batch = std::holds_alternative<jsonrpc::batch>(what);
  const bool json = options_.answers() == answer_form::json_only;
  auto how = replying(!json      ? (is_batch ? reply_form::stream : reply_form::as_needed)
                      : is_batch ? reply_form::json_array
                                 : reply_form::json,
                      protocol::era::legacy);
  how.streams = &part.counters.streams;
  if (json && !is_batch)
    // There has to be a body. A code of its own: this is no answer to the request.
    how.if_silent = [id = detail::id_of(what)]() -> std::optional<refusal> {
      return refusal(200, jsonrpc::error_object(-32800, "The request was cancelled")).with_id(id);
    };
  return how;
}

awaitable<void> streamable_http_server::impl::converse(http::exchange ex,
                                                       detail::to_session route,
                                                       caller who,
                                                       json::arena_pool::lease memory) {
  detail::shard_part& part = *here();
  const part_ptr home = home_of(route.session_id);
  if (!home) co_return co_await refuse(std::move(ex), detail::unknown_session());

  auto id = detail::id_of(route.content);
  auto how = answering(route.content, part);
  const bool is_local = &home->home == &part.home;
  admission admitted;
  if (is_local) {
    admitted =
        deliver(home, route.session_id, std::move(route.content), who.get(), std::move(memory));
  } else {
    // The one hop: it also brings the first frames back, which mostly are all.
    const bool json = options_.answers() == answer_form::json_only;
    const duration first_wait = json ? duration::zero() : how.first_wait;
    auto there = [this, &home, &route, who = who.get(), first_wait]() -> awaitable<admission> {
      admission a = deliver(home, route.session_id, std::move(route.content), who);
      if (!a.source) co_return a;
      a.first = co_await a.source->next(first_wait);
      co_return a;
    };
    admitted = co_await run_on(home->home, std::move(there), "message from another shard");
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
  if (!is_local) admitted.source->prefetched(std::move(admitted.first));
  co_await detail::reply(std::move(ex), std::move(*admitted.source), std::move(how));
}

}  // namespace comcp
