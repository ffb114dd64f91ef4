// HTTP+SSE, 2024-11-05: one stream that is the session, and an endpoint for its client's messages.
// spec: basic/transports#http-with-sse, 2024-11-05

#include <utility>

#include "comcp/http/event_stream.hpp"
#include "comcp/http/media_type.hpp"
#include "comcp/scope/run_on.hpp"
#include "http/expect_silence.hpp"
#include "http_transport/origin_info.hpp"
#include "http_transport/session_id.hpp"
#include "http_transport/streamable_http_impl.hpp"

namespace comcp {

using detail::refusal;

namespace {

refusal not_allowed(std::string method) {
  return refusal(405, "Method not allowed here: use " + method).allowing(method);
}

refusal stream_is_gone() {
  return {404,
          "Session not found: its stream has ended or never was. Open a new stream and send "
          "initialize again"};
}

std::string endpoint_event(const std::string& messages_url, const std::string& session_id) {
  return http::encode_event(
      http::sse_event(messages_url + "?sessionId=" + session_id).with_type("endpoint"));
}

}  // namespace

awaitable<void> streamable_http_server::impl::handle_sse(http::exchange ex,
                                                         std::string messages_url) {
  auto who = co_await authorize(ex);
  if (!who) co_return;
  if (ex.request().method != "GET") co_return co_await refuse(std::move(ex), not_allowed("GET"));
  if (!http::accepts(ex.request().headers, http::event_stream_type,
                     http::absent_accept::takes_all)) {
    const refusal no(406, "Not acceptable: the Accept header must list text/event-stream");
    co_return co_await refuse(std::move(ex), no);
  }
  const part_ptr part = here();
  if (draining() || !part->running()) co_return co_await refuse(std::move(ex), shutting_down());
  detail::place kept(sessions_, options_.max_sessions());
  if (!kept) {
    part->counters.turned_away.fetch_add(1, std::memory_order_relaxed);
    co_return co_await refuse(std::move(ex), too_many_sessions());
  }

  const std::string id = detail::make_session_id(part->home.index());
  session_options options = options_.conversation();
  options.eras(served_eras::legacy).on_behalf_of(std::move(*who));
  options.origin(std::make_shared<detail::kept_origin>(ex.request(), ex.peer(), "http+sse"));
  options.name("session " + detail::short_form(id));
  const auto conversation = session::make(handler_, std::move(options));
  const auto box =
      outbox::make(outbox_options().max_bytes(options_.conversation().max_outgoing_bytes()));
  conversation->attach_standalone(box);
  const auto entry = make_entry(id, detail::reached_by::http_sse, conversation);
  entry->stream_opened();
  auto ended = [part, entry] {
    entry->stream_closed(part->home.now());
    entry->conversation->close("its stream is gone");
  };
  detail::frame_source source(detail::and_then(detail::feed_of(box), std::move(ended)), part->home);
  // Known before its client can know it: the first message can't miss it.
  part->adopt(entry);
  kept.keep();
  source.prefetched(detail::pulled());
  auto how = replying(detail::reply_form::stream, protocol::era::legacy);
  how.opening = endpoint_event(messages_url, id);
  how.event_type = "message";
  how.streams = &part->counters.streams;
  http::detail::expect_silence(ex);
  http::detail::forget_request(ex);
  auto streaming = detail::reply(std::move(ex), std::move(source), std::move(how));
  co_await std::move(streaming);
}

// On the session's shard. Answers have no bound of their own: messages wait while the stream is full.
awaitable<std::optional<refusal>> streamable_http_server::impl::deliver_sse(
    const part_ptr& home,
    std::string_view id,
    content& what,
    const caller& who,
    waiting_text& waiting) const {
  const auto entry = home->sessions.find(id, who.get(), detail::reached_by::http_sse);
  if (!entry) co_return stream_is_gone();
  session& to = *entry->conversation;
  const auto box = to.standalone();
  if (box && !box->has_room()) co_await box->until_room();
  waiting.reset();  // the session counts it from here on
  if (const auto* batch = std::get_if<jsonrpc::batch>(&what)) {
    const protocol::rules* rules = to.negotiated();
    auto no = rules != nullptr ? detail::check_batch(*batch, *rules)
                               : refusal(400, "Send initialize first, and not in a batch");
    if (no) co_return no;
  }
  const auto delivered =
      std::visit([&](auto&& m) { return to.deliver(std::move(m), nullptr, who); }, std::move(what));
  if (delivered == session::delivery::closed) co_return stream_is_gone();
  co_return std::nullopt;
}

awaitable<void> streamable_http_server::impl::handle_sse_message(http::exchange ex) {
  const auto who = co_await authorize(ex);
  if (!who) co_return;
  if (ex.request().method != "POST") co_return co_await refuse(std::move(ex), not_allowed("POST"));
  auto route = detail::route_message(ex.request());
  if (auto* no = std::get_if<refusal>(&route)) co_return co_await refuse(std::move(ex), *no);
  const std::string& id = std::get<std::string>(route);
  auto text = co_await read_text(ex);
  if (!text) co_return;
  if (!has_room_for(*text)) co_return co_await refuse(std::move(ex), too_busy());
  waiting_text waiting;
  if (text->size() > request_budget::counted_from)
    waiting.emplace(options_.conversation().budget(), text->size());
  auto body = here()->decoder.decode(*text);
  text.reset();
  if (auto* bad = std::get_if<jsonrpc::malformed>(&body)) {
    const refusal no = refusal(400, std::move(bad->error)).with_id(std::move(bad->id));
    co_return co_await refuse(std::move(ex), no);
  }
  auto* message = std::get_if<jsonrpc::message>(&body);
  content what = message != nullptr ? content(std::move(*message))
                                    : content(std::get<jsonrpc::batch>(std::move(body)));
  auto request = detail::id_of(what);

  ex.cancel_on_disconnect();
  detail::shard_part& part = *here();
  const part_ptr home = home_of(id);
  std::optional<refusal> refused = stream_is_gone();
  if (home && &home->home == &part.home) {
    refused = co_await deliver_sse(home, id, what, *who, waiting);
  } else if (home) {
    auto there = [this, &home, &id, &what, &who, &waiting] {
      return deliver_sse(home, id, what, *who, waiting);
    };
    refused = co_await run_on(home->home, std::move(there), "message from another shard");
  }
  if (refused) {
    const refusal no = std::move(*refused).with_id(std::move(request));
    co_return co_await refuse(std::move(ex), no);
  }
  if (request) part.counters.requests.fetch_add(1, std::memory_order_relaxed);
  co_await std::move(ex).respond(http::response(202));
}

}  // namespace comcp
