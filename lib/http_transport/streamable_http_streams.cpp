// GET and DELETE of a session: its stream, its end.

#include <utility>

#include "comcp/scope/run_on.hpp"
#include "http/expect_silence.hpp"
#include "http_transport/event_id.hpp"
#include "http_transport/streamable_http_impl.hpp"

namespace comcp {

using detail::refusal;

namespace {

/// hosting:resume:bad-event-id
refusal cannot_resume() {
  return {400,
          "Last-Event-ID names no place in this session from which a stream could go on: it never "
          "was, or what came behind it has been forgotten"};
}

/// A stream that ends with its connection, and what comes without one is dropped.
std::shared_ptr<detail::feed> passing_stream(const std::shared_ptr<session>& of,
                                             const outbox_options& options) {
  auto box = outbox::make(options);
  auto stream = detail::and_then(detail::feed_of(box), [of, box] {
    if (of->standalone() == box) of->attach_standalone(nullptr);
  });
  of->attach_standalone(std::move(box));  // last: who leaves the stream detaches it
  return stream;
}

/// The place where a GET begins; nothing: its id names none.
std::optional<detail::event_id> place_of(const detail::session_verb& route,
                                         const detail::session_entry& entry) {
  if (route.last_event_id) return detail::parse_event_id(*route.last_event_id, entry.id);
  detail::event_id here;
  here.stream = detail::standalone_stream;
  here.number = entry.streams->standalone()->handed_out();
  return here;
}

}  // namespace

// Without an id the stream goes on behind what an earlier connection was given: what came while there
// was none is not lost.
awaitable<streamable_http_server::impl::admission> streamable_http_server::impl::attach_stream(
    const part_ptr& home, const detail::session_verb& route, const principal* who) const {
  admission result;
  const auto entry = home->sessions.find(route.session_id, who);
  if (!entry || !home->running()) {
    result.refused = entry ? shutting_down() : detail::unknown_session();
    co_return result;
  }
  result.polls = entry->conversation->negotiated()->sse_polling;
  outbox_options how;
  how.max_bytes(options_.conversation().max_outgoing_bytes());
  std::shared_ptr<detail::feed> from;
  if (!entry->streams->resumable()) {
    from = passing_stream(entry->conversation, how);
  } else {
    const auto standing = entry->streams->standalone();
    if (!route.last_event_id && standing && standing->has_lost()) {
      entry->conversation->close("its stream has lost messages");  // its client begins anew
      result.refused = detail::unknown_session();
      co_return result;
    }
    if (!route.last_event_id && !standing) {
      auto box = outbox::make(how.can_pause(result.polls));
      entry->streams->open_standalone(box);
      entry->conversation->attach_standalone(std::move(box));  // last, as above
    }
    const auto place = place_of(route, *entry);
    if (place) from = co_await entry->streams->resume(*place);
    if (!from) {
      result.refused = cannot_resume();
      co_return result;
    }
    result.first.event_prefix = detail::event_prefix(entry->id, place->stream);
    result.first.behind = place->number;
    if (route.last_event_id) home->counters.resumed.fetch_add(1, std::memory_order_relaxed);
  }
  auto closed = [home, entry] { entry->stream_closed(home->home.now()); };
  try {
    result.source.emplace(detail::and_then(from, std::move(closed)), home->home);
  } catch (...) {
    from->leave();
    throw;
  }
  entry->stream_opened();  // last: nothing fails behind it
  co_return result;
}

awaitable<std::unique_ptr<streamable_http_server::impl::opened_stream>>
streamable_http_server::impl::open_stream(http::exchange& ex, caller who) {
  detail::shard_part& part = *here();
  auto routed = detail::route_get(ex.request(), core_);
  if (auto* no = std::get_if<refusal>(&routed)) {
    co_await refuse(std::move(ex), *no);
    co_return nullptr;
  }
  const auto& route = std::get<detail::session_verb>(routed);
  const part_ptr home = home_of(route.session_id);
  admission admitted;
  if (!home) {
    admitted.refused = detail::unknown_session();
  } else if (&home->home == &part.home) {
    admitted = co_await attach_stream(home, route, who.get());
  } else {
    auto there = [this, &home, &route, who = who.get()] { return attach_stream(home, route, who); };
    admitted = co_await run_on(home->home, std::move(there), "stream from another shard");
  }
  if (admitted.refused) {
    co_await refuse(std::move(ex), *admitted.refused);
    co_return nullptr;
  }
  auto how = replying(detail::reply_form::stream, protocol::era::legacy);
  how.polls = admitted.polls;
  if (admitted.polls) how.retry = retry_if_draining();
  how.streams = &part.counters.streams;
  admitted.source->prefetched(std::move(admitted.first));  // opens before there is anything to say
  co_return std::make_unique<opened_stream>(std::move(*admitted.source), std::move(how));
}

// Its frame lasts as long as the stream: what opening takes is in another.
awaitable<void> streamable_http_server::impl::get(http::exchange ex, caller who) {
  auto opened = co_await open_stream(ex, std::move(who));
  if (!opened) co_return;
  http::detail::expect_silence(ex);
  http::detail::forget_request(ex);
  auto replying = detail::reply(std::move(ex), std::move(opened->source), std::move(opened->how));
  opened.reset();
  co_await std::move(replying);
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
