// 2025-03-26 to 2025-11-25: sessions. A request for a session hops to its home shard, is delivered
// there, and its frames come back to the shard of the exchange.

#include <utility>

#include "comcp/scope/run_on.hpp"
#include "http_transport/origin_info.hpp"
#include "http_transport/routing_headers.hpp"
#include "http_transport/session_id.hpp"
#include "http_transport/streamable_http_impl.hpp"

namespace comcp {

using detail::refusal;
using detail::reply_form;

namespace {

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
  place kept(sessions_, options_.max_sessions());
  if (!kept) {
    part.counters.turned_away.fetch_add(1, std::memory_order_relaxed);
    const refusal no =
        refusal(503, jsonrpc::error_object(jsonrpc::error_code::internal_error,
                                           "Too many sessions are open; try again later"))
            .with_id(std::move(initialize.id))
            .retrying_after(options_.retry_after());
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
  part.adopt(std::make_shared<detail::session_entry>(id, conversation));
  kept.keep();
  unless_told waiting(conversation);
  http::response welcome = detail::json_response(200, answer->text);
  welcome.headers.set(detail::session_header, id);
  if (co_await std::move(ex).respond(std::move(welcome)) == http::send_result::sent) waiting.told();
}

streamable_http_server::impl::admission streamable_http_server::impl::deliver(
    const part_ptr& home,
    std::string_view id,
    std::variant<jsonrpc::message, jsonrpc::batch>&& content,
    const principal* who) const {
  admission result;
  const auto entry = home->sessions.find(id, who);
  if (!entry) {
    result.refused = detail::unknown_session();
    return result;
  }
  session& to = *entry->conversation;
  if (const auto* batch = std::get_if<jsonrpc::batch>(&content)) {
    result.refused = detail::check_batch(*batch, *to.negotiated());
    if (result.refused) return result;
  }
  if (detail::wants_answer(content)) result.box = make_box();
  result.polls = to.negotiated()->sse_polling;
  const auto delivered = std::visit([&](auto&& m) { return to.deliver(std::move(m), result.box); },
                                    std::move(content));
  if (delivered == session::delivery::closed) {
    result.refused = detail::unknown_session();
    result.box = nullptr;
  }
  return result;
}

awaitable<void> streamable_http_server::impl::converse(http::exchange ex,
                                                       detail::to_session route,
                                                       caller who) {
  detail::shard_part& part = *here();
  const part_ptr home = home_of(route.session_id);
  if (!home) co_return co_await refuse(std::move(ex), detail::unknown_session());

  const bool is_batch = std::holds_alternative<jsonrpc::batch>(route.content);
  std::optional<jsonrpc::request_id> id;
  if (const auto* m = std::get_if<jsonrpc::message>(&route.content))
    if (const auto* r = std::get_if<jsonrpc::request>(m)) id = r->id;
  const bool json = options_.answers() == answer_form::json_only;
  auto how = replying(!json      ? (is_batch ? reply_form::stream : reply_form::as_needed)
                      : is_batch ? reply_form::json_array
                                 : reply_form::json,
                      protocol::era::legacy);
  how.streams = &part.counters.streams;
  if (json && !is_batch)
    // There has to be a body. A code of its own: this is no answer to the request.
    how.if_silent = [id]() -> std::optional<refusal> {
      return refusal(200, jsonrpc::error_object(-32800, "The request was cancelled")).with_id(id);
    };

  admission admitted;
  if (&home->home == &part.home) {
    admitted = deliver(home, route.session_id, std::move(route.content), who.get());
  } else {
    // The one hop: it also brings the first frames back, which mostly are all.
    const duration first_wait = json ? duration::zero() : options_.keep_alive();
    auto there = [this, &home, &route, who = who.get(), first_wait]() -> awaitable<admission> {
      admission a = deliver(home, route.session_id, std::move(route.content), who);
      if (!a.box) co_return a;
      detail::frame_source closes_if_cancelled(a.box, home->home);
      a.first = co_await closes_if_cancelled.next(first_wait);
      closes_if_cancelled.release();
      co_return a;
    };
    admitted = co_await run_on(home->home, std::move(there), "message from another shard");
  }
  if (admitted.refused) {
    const refusal no = std::move(*admitted.refused).with_id(std::move(id));
    co_return co_await refuse(std::move(ex), no);
  }
  if (!admitted.box) {
    co_await std::move(ex).respond(http::response(202));
    co_return;
  }
  if (admitted.polls) how.retry = retry_if_draining();
  part.counters.requests.fetch_add(1, std::memory_order_relaxed);
  const detail::open_exchange open(part, nullptr, detail::open_exchange::at_drain::may_finish);
  detail::frame_source source(std::move(admitted.box), home->home);
  if (&home->home != &part.home) source.prefetched(std::move(admitted.first));
  co_await detail::reply(std::move(ex), std::move(source), std::move(how));
}

streamable_http_server::impl::admission streamable_http_server::impl::attach_stream(
    const part_ptr& home, std::string_view id, const principal* who) const {
  admission result;
  auto entry = home->sessions.find(id, who);
  if (!entry) {
    result.refused = detail::unknown_session();
    return result;
  }
  if (!home->running()) {
    result.refused = shutting_down();
    return result;
  }
  result.box =
      outbox::make(outbox_options().max_bytes(options_.conversation().max_outgoing_bytes()));
  entry->attach_stream(result.box);
  result.polls = entry->conversation->negotiated()->sse_polling;
  result.at_end = [home, entry, box = result.box] { entry->detach_stream(box, home->home.now()); };
  return result;
}

awaitable<void> streamable_http_server::impl::get(http::exchange ex, caller who) {
  detail::shard_part& part = *here();
  auto route = detail::route_get(ex.request(), core_);
  if (auto* no = std::get_if<refusal>(&route)) co_return co_await refuse(std::move(ex), *no);
  const std::string& id = std::get<detail::session_verb>(route).session_id;
  const part_ptr home = home_of(id);
  if (!home) co_return co_await refuse(std::move(ex), detail::unknown_session());

  admission admitted;
  if (&home->home == &part.home) {
    admitted = attach_stream(home, id, who.get());
  } else {
    auto there = [this, &home, &id, who = who.get()]() -> awaitable<admission> {
      co_return attach_stream(home, id, who);
    };
    admitted = co_await run_on(home->home, std::move(there), "stream from another shard");
  }
  if (admitted.refused) co_return co_await refuse(std::move(ex), *admitted.refused);
  auto how = replying(reply_form::stream_at_once, protocol::era::legacy);
  if (admitted.polls) how.retry = retry_if_draining();
  how.streams = &part.counters.streams;
  detail::frame_source source(std::move(admitted.box), home->home, std::move(admitted.at_end));
  co_await detail::reply(std::move(ex), std::move(source), std::move(how));
}

std::optional<refusal> streamable_http_server::impl::end_session(detail::shard_part& home,
                                                                 std::string_view id,
                                                                 const principal* who) const {
  const auto entry = home.sessions.find(id, who);
  if (!entry) return detail::unknown_session();
  entry->conversation->close("its client has ended the session");
  home.counters.deleted.fetch_add(1, std::memory_order_relaxed);
  return std::nullopt;
}

awaitable<void> streamable_http_server::impl::del(http::exchange ex, caller who) {
  auto route = detail::route_delete(ex.request(), core_);
  if (auto* no = std::get_if<refusal>(&route)) co_return co_await refuse(std::move(ex), *no);
  const std::string& id = std::get<detail::session_verb>(route).session_id;
  const part_ptr home = home_of(id);
  if (!home) co_return co_await refuse(std::move(ex), detail::unknown_session());

  std::optional<refusal> refused;
  if (&home->home == &here()->home) {
    refused = end_session(*home, id, who.get());
  } else {
    auto there = [this, &home, &id, who = who.get()]() -> awaitable<std::optional<refusal>> {
      co_return end_session(*home, id, who);
    };
    refused = co_await run_on(home->home, std::move(there), "end of session from another shard");
  }
  if (refused) co_return co_await refuse(std::move(ex), *refused);
  co_await std::move(ex).respond(http::response(204));
}

}  // namespace comcp
