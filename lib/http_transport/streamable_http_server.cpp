#include "comcp/http_transport/streamable_http_server.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "comcp/http/media_type.hpp"
#include "comcp/protocol/methods.hpp"
#include "comcp/scope/errors.hpp"
#include "http/body_here.hpp"
#include "http_transport/refusal.hpp"
#include "http_transport/session_id.hpp"
#include "http_transport/streamable_http_impl.hpp"
#include "scope/shard_impl.hpp"

namespace comcp {

using detail::refusal;

namespace {

streamable_http_options with_budget(streamable_http_options options) {
  if (options.conversation().budget()) return options;
  session_options conversation = options.conversation();
  conversation.budget(std::make_shared<request_budget>(options.max_request_bytes()));
  return std::move(options.conversation(std::move(conversation)));
}

}  // namespace

streamable_http_server::impl::impl(request_handler& handler, streamable_http_options options)
    : handler_(handler), options_(with_budget(std::move(options))), core_([this] {
        detail::core_options o;
        o.eras = options_.conversation().eras();
        o.answers = options_.answers();
        o.sessions = options_.sessions();
        o.name_param = [this](std::string_view method) { return handler_.name_param(method); };
        return o;
      }()) {}

const streamable_http_server::impl::part_ptr& streamable_http_server::impl::here() {
  shard& where = this_shard();
  const std::size_t i = where.index();
  if (i >= max_shards) throw std::logic_error("comcp: a streamable_http_server has 256 shards");
  if (const part_ptr* known = known_[i].load(std::memory_order_acquire)) {
    if ((*known)->mail.get() != where.impl().own_mail().get())  // another at its address, too
      throw std::logic_error("comcp: a streamable_http_server serves the shards of one runtime");
    return *known;
  }
  const std::lock_guard held(mutex_);
  if (!parts_[i]) {
    parts_[i] = std::make_shared<detail::shard_part>(where, options_, sessions_);
    known_[i].store(&parts_[i], std::memory_order_release);
  }
  return parts_[i];
}

const streamable_http_server::impl::part_ptr& streamable_http_server::impl::home_of(
    std::string_view session_id) const {
  static const part_ptr none;
  const auto i = detail::home_shard_of(session_id);
  if (!i || *i >= max_shards) return none;
  const part_ptr* known = known_[*i].load(std::memory_order_acquire);
  return known != nullptr ? *known : none;
}

awaitable<void> streamable_http_server::impl::run() {
  const part_ptr part = here();
  // Draining may have come first; whoever comes second sees the other.
  if (draining()) part->drain(duration::zero());
  co_await part->run();
}

void streamable_http_server::impl::drain(duration limit) {
  const std::lock_guard held(mutex_);
  draining_.store(true);
  for (const part_ptr& part : parts_)
    if (part) part->mail->post([part, limit] { part->drain(limit); });
}

namespace {

std::string why_unread(http::body_status status, std::size_t limit) {
  switch (status) {
    case http::body_status::too_large:
      return "The body is too large: this server takes " + std::to_string(limit) + " bytes";
    case http::body_status::timed_out:
      return "The body did not arrive in time";
    default:
      return "The body's framing is broken";
  }
}

}  // namespace

awaitable<std::optional<streamable_http_server::impl::caller>>
streamable_http_server::impl::authorize(http::exchange& ex) {
  const access_check& check = options_.authorize();
  if (!check) co_return caller();
  access_verdict verdict = co_await check(ex.request(), ex.peer());
  auto& no = verdict.refusal();
  if (!no) co_return verdict.who();
  tell_refused(ex, no->status, 0, "no access");
  co_await std::move(ex).respond(std::move(*no));
  co_return std::nullopt;
}

// Plain functions up to where something is waited for: most requests wait for nothing but their handler.
awaitable<void> streamable_http_server::impl::handle(http::exchange ex) {
  if (options_.authorize()) return handle_authorized(std::move(ex));
  return dispatch(std::move(ex), caller());
}

awaitable<void> streamable_http_server::impl::handle_authorized(http::exchange ex) {
  auto who = co_await authorize(ex);
  if (!who) co_return;
  auto serving = dispatch(std::move(ex), std::move(*who));
  co_await std::move(serving);
}

awaitable<void> streamable_http_server::impl::dispatch(http::exchange ex, caller who) {
  auto what = detail::route_method(ex.request(), core_);
  if (auto* no = std::get_if<refusal>(&what)) return refuse(std::move(ex), std::move(*no));
  switch (std::get<detail::verb>(what)) {
    case detail::verb::get:
      return get(std::move(ex), std::move(who));
    case detail::verb::del:
      return del(std::move(ex), std::move(who));
    case detail::verb::post:
      break;
  }
  return post(std::move(ex), std::move(who));
}

awaitable<std::optional<std::string>> streamable_http_server::impl::read_text(http::exchange& ex) {
  if (auto no = detail::check_content_type(ex.request())) {
    co_await refuse(std::move(ex), std::move(*no));
    co_return std::nullopt;
  }
  const std::size_t limit = options_.conversation().codec_limits().max_bytes();
  http::read_body_result body = co_await ex.read_body(limit);
  if (body) co_return std::move(body.body);
  if (body.status == http::body_status::no_room)
    co_await refuse(std::move(ex), too_busy());
  else if (body.status != http::body_status::disconnected)  // S-01
    co_await refuse(std::move(ex),
                    refusal(http::to_http_status(body.status), why_unread(body.status, limit)));
  co_return std::nullopt;
}

awaitable<void> streamable_http_server::impl::post(http::exchange ex, caller who) {
  if (auto no = detail::check_content_type(ex.request()))
    return refuse(std::move(ex), std::move(*no));
  const std::size_t limit = options_.conversation().codec_limits().max_bytes();
  if (const auto text = http::detail::body_here(ex, limit))
    return serve_message(std::move(ex), *text, std::move(who));
  return read_and_serve(std::move(ex), std::move(who));
}

awaitable<void> streamable_http_server::impl::read_and_serve(http::exchange ex, caller who) {
  auto text = co_await read_text(ex);
  if (!text) co_return;
  auto serving = serve_message(std::move(ex), *text, std::move(who));
  text.reset();
  co_await std::move(serving);
}

/// For a message of which nobody keeps anything, handled on this shard: memory of its own.
json::arena_pool::lease streamable_http_server::impl::memory_for(const http::request_head& head) {
  if (!handler_.copies_params()) return {};
  if (detail::states_modern_version(head)) return here()->arenas.take();
  if (options_.sessions() != session_use::kept) return {};
  const auto session = head.header(detail::session_header);
  const bool is_here = session && home_of(*session) == here();
  return is_here ? here()->arenas.take() : json::arena_pool::lease();
}

// What is kept is decoded again, without an arena: notifications and answers of a session, the request of a subscription.
jsonrpc::decoded streamable_http_server::impl::decode(std::string_view text,
                                                      json::arena_pool::lease& memory) {
  {
    jsonrpc::decoded body = here()->decoder.decode(text, memory.storage());
    const auto* message = std::get_if<jsonrpc::message>(&body);
    const auto* request = message ? std::get_if<jsonrpc::request>(message) : nullptr;
    const bool is_brief = request && request->method != protocol::method::listen;
    if (!memory || is_brief || std::holds_alternative<jsonrpc::malformed>(body)) return body;
  }
  memory = {};
  return here()->decoder.decode(text, {});
}

// What a request is decoded into and routed by is not kept while it is served.
awaitable<void> streamable_http_server::impl::serve_message(http::exchange ex,
                                                            std::string_view text,
                                                            caller who) {
  if (!has_room_for(text)) return refuse(std::move(ex), too_busy());
  json::arena_pool::lease memory = memory_for(ex.request());
  const principal* caller_id = who.get();
  const detail::parameter_lookup lookup = [this, caller_id](std::string_view tool) {
    return handler_.parameter_headers(tool, caller_id);
  };
  auto route = detail::route_post(ex.request(), decode(text, memory), core_, lookup);
  if (auto* modern = std::get_if<detail::modern_call>(&route))
    return call(std::move(ex), std::move(*modern), std::move(who), std::move(memory));
  if (auto* legacy = std::get_if<detail::to_session>(&route))
    return converse(std::move(ex), std::move(*legacy), std::move(who), std::move(memory));
  if (auto* fresh = std::get_if<detail::open_session>(&route))
    return open(std::move(ex), std::move(fresh->initialize), std::move(who));
  if (auto* lone = std::get_if<detail::lone_message>(&route))
    return answer_alone(std::move(ex), std::move(*lone), std::move(who));
  if (auto* no = std::get_if<refusal>(&route)) return refuse(std::move(ex), std::move(*no));
  return accept(std::move(ex));
}

// 202: nothing to say to it.
awaitable<void> streamable_http_server::impl::accept(http::exchange ex) {
  co_await std::move(ex).respond(http::response(202));
}

// hosting:http:onerror
void streamable_http_server::impl::tell_refused(const http::exchange& ex,
                                                int status,
                                                int code,
                                                std::string_view text) {
  here()->counters.refused.fetch_add(1, std::memory_order_relaxed);
  const logger& log = options_.conversation().log();
  const time_point now = this_shard().now();
  if (log.enabled(log_level::debug))
    log.write_limited(log_level::debug,
                      "refused with " + std::to_string(status) + ": " + std::string(text), now);
  if (!options_.on_refused()) return;
  try {
    options_.on_refused()(refused_exchange(ex.request(), ex.peer(), status, code, text));
  } catch (...) {
    log.write_limited(log_level::warning,
                      "a hook for refusals failed: " + describe(std::current_exception()), now);
  }
}

awaitable<void> streamable_http_server::impl::refuse(http::exchange ex, refusal why) {
  tell_refused(ex, why.status, why.error.code, why.error.message);
  why.without_id = detail::id_form(ex.request());
  co_await std::move(ex).respond(why.to_response());
}

refusal streamable_http_server::impl::shutting_down() const {
  return refusal(503, jsonrpc::error_object(jsonrpc::error_code::internal_error,
                                            "The server is shutting down"))
      .retrying_after(options_.retry_after());
}

// A client that comes back at once would meet the closed door.
std::function<std::optional<std::chrono::milliseconds>()>
streamable_http_server::impl::retry_if_draining() const {
  return [this]() -> std::optional<std::chrono::milliseconds> {
    if (!draining()) return std::nullopt;
    return options_.retry_after();
  };
}

// No limit at all is another matter.
duration streamable_http_server::impl::first_wait() const noexcept {
  return std::max<duration>(options_.stream_after(), std::chrono::nanoseconds(1));
}

duration streamable_http_server::impl::silence_until_stream() const noexcept {
  return options_.answers() == answer_form::json_only ? duration::zero() : first_wait();
}

detail::reply_options streamable_http_server::impl::replying(detail::reply_form form,
                                                             protocol::era era) const {
  detail::reply_options how;
  how.form = form;
  how.era = era;
  how.keep_alive = options_.keep_alive();
  how.first_wait = first_wait();
  how.poll_delay = options_.poll_delay();
  how.stream_limit = options_.stream_limit();
  return how;
}

std::shared_ptr<outbox> streamable_http_server::impl::make_box(bool can_pause) const {
  outbox_options o;
  o.max_bytes(options_.conversation().max_outgoing_bytes());
  o.ends_with_last_answer(true);
  o.answers_only(options_.answers() == answer_form::json_only);
  o.can_pause(can_pause);
  return outbox::make(o);
}

std::shared_ptr<detail::session_entry> streamable_http_server::impl::make_entry(
    std::string id, detail::reached_by way, std::shared_ptr<session> conversation) const {
  const protocol::rules* rules = conversation->negotiated();
  std::shared_ptr<event_store> store;
  if (way == detail::reached_by::streamable_http && rules->sse_resumption)
    store = options_.event_stores()
                ? options_.event_stores()(id)
                : std::make_shared<memory_event_store>(options_.event_limits(), usage_);
  auto streams = std::make_shared<detail::session_streams>(
      id, std::move(store), options_.conversation().max_outgoing_bytes(),
      options_.conversation().log());
  return std::make_shared<detail::session_entry>(std::move(id), way, std::move(conversation),
                                                 std::move(streams));
}

bool streamable_http_server::impl::has_room_for(std::string_view text) const noexcept {
  return options_.conversation().budget()->has_room(text.size());
}

refusal streamable_http_server::impl::too_busy() const {
  return refusal(503, jsonrpc::error_object(jsonrpc::error_code::internal_error,
                                            "The server is busy: large requests are in progress, "
                                            "try again later"))
      .retrying_after(options_.retry_after());
}

refusal streamable_http_server::impl::too_many_sessions() const {
  return refusal(503, jsonrpc::error_object(jsonrpc::error_code::internal_error,
                                            "Too many sessions are open; try again later"))
      .retrying_after(options_.retry_after());
}

streamable_http_stats streamable_http_server::impl::stats() const noexcept {
  streamable_http_stats sum;
  sum.sessions = sessions_.load(std::memory_order_relaxed);
  for (const auto& slot : known_) {
    const part_ptr* part = slot.load(std::memory_order_acquire);
    if (part == nullptr) continue;
    const detail::shard_counters& c = (*part)->counters;
    sum.streams += c.streams.load(std::memory_order_relaxed);
    sum.in_flight += c.in_flight.load(std::memory_order_relaxed);
    sum.requests += c.requests.load(std::memory_order_relaxed);
    sum.refused += c.refused.load(std::memory_order_relaxed);
    sum.sessions_opened += c.opened.load(std::memory_order_relaxed);
    sum.sessions_reaped += c.reaped.load(std::memory_order_relaxed);
    sum.sessions_deleted += c.deleted.load(std::memory_order_relaxed);
    sum.sessions_turned_away += c.turned_away.load(std::memory_order_relaxed);
    sum.streams_resumed += c.resumed.load(std::memory_order_relaxed);
    const detail::outbox_counters& queues = (*part)->queues;
    sum.queued_bytes += queues.bytes();
    sum.queued_bytes_peak += queues.peak_bytes();
    sum.producers_waiting += queues.waiting();
    sum.producer_waits += queues.waits();
  }
  sum.event_bytes = usage_->bytes.load(std::memory_order_relaxed);
  sum.events_evicted = usage_->evicted.load(std::memory_order_relaxed);
  return sum;
}

streamable_http_server::streamable_http_server(request_handler& handler,
                                               streamable_http_options options)
    : impl_(std::make_unique<impl>(handler, std::move(options))) {}

streamable_http_server::~streamable_http_server() = default;

awaitable<void> streamable_http_server::run() {
  return impl_->run();
}
awaitable<void> streamable_http_server::handle(http::exchange ex) {
  return impl_->handle(std::move(ex));
}
awaitable<void> streamable_http_server::handle_sse(http::exchange ex, std::string messages_url) {
  return impl_->handle_sse(std::move(ex), std::move(messages_url));
}
awaitable<void> streamable_http_server::handle_sse_message(http::exchange ex) {
  return impl_->handle_sse_message(std::move(ex));
}
void streamable_http_server::drain(duration limit) {
  impl_->drain(limit);
}
bool streamable_http_server::draining() const noexcept {
  return impl_->draining();
}
streamable_http_stats streamable_http_server::stats() const noexcept {
  return impl_->stats();
}

http::cors_policy streamable_http_cors(http::cors_policy policy) {
  policy.allow_method("DELETE");
  for (const char* name : {"Accept", "Authorization", "Content-Type", "Last-Event-ID",
                           "MCP-Protocol-Version", "Mcp-Method", "Mcp-Name", "Mcp-Session-Id"})
    policy.allow_header(name);
  policy.allow_headers_with_prefix("Mcp-Param-");
  policy.expose_header("Mcp-Session-Id").expose_header("WWW-Authenticate");
  return policy;
}

}  // namespace comcp
