#include "comcp/session/session.hpp"

#include <atomic>
#include <utility>

#include "comcp/scope/errors.hpp"
#include "comcp/scope/with_scope.hpp"
#include "session/session_access.hpp"
#include "session/session_impl.hpp"
#include "session/wire.hpp"

namespace comcp {

session::impl::impl(session& self, request_handler& handler, session_options options)
    : self_(self),
      handler_(handler),
      options_(std::move(options)),
      core_(options_),
      home_(this_shard()),
      last_activity_(home_.now()),
      permits_(options_.max_concurrent_requests()) {}

// Nobody listens any more: answers of such a request have nowhere to go.
std::shared_ptr<outbox> session::impl::box_for(std::shared_ptr<outbox>&& related) {
  if (related) return std::move(related);
  if (standalone_) return standalone_;
  auto nowhere = outbox::make();
  nowhere->close();
  return nowhere;
}

session::delivery session::impl::deliver(jsonrpc::message&& message,
                                         std::shared_ptr<outbox>&& related,
                                         caller&& who) {
  if (stage_ == stage::closed) return delivery::closed;
  touch();
  caller_ = std::move(who);
  const auto box = box_for(std::move(related));
  handle(core_.on_message(std::move(message)), box);
  return delivery::accepted;
}

detail::session_access::begun session::impl::begin(json::arena_pool::lease&& memory,
                                                   jsonrpc::request&& request,
                                                   box_ptr box,
                                                   caller&& who) {
  touch();
  caller_ = std::move(who);
  detail::session_access::begun result;
  detail::action decided = core_.on_request(std::move(request));
  if (auto* start = std::get_if<detail::start_request>(&decided)) {
    result.request = admitted(*start, box);
    result.request->shielded = true;
    result.handling = detail::run_request(std::move(memory), result.request,
                                          std::move(start->request), handler_, &permits_, options_);
  } else {
    handle(std::move(decided), box);
  }
  return result;
}

session::delivery session::impl::deliver(jsonrpc::batch&& batch,
                                         std::shared_ptr<outbox>&& related,
                                         caller&& who) {
  if (stage_ == stage::closed) return delivery::closed;
  touch();
  caller_ = std::move(who);
  const auto box = box_for(std::move(related));
  if (auto refusal = core_.refuse_batch()) {
    carry_out(std::move(*refusal), box);
    return delivery::accepted;
  }
  const outbox::hold until_all_are_in(box);
  detail::shared_charges of_all;
  for (auto& element : batch.elements) {
    if (auto* bad = std::get_if<jsonrpc::malformed>(&element)) {
      handle(core_.on_malformed(std::move(*bad)), box);
    } else {
      handle(core_.on_batch_message(std::move(std::get<jsonrpc::message>(element)), of_all), box);
    }
  }
  return delivery::accepted;
}

session::delivery session::impl::deliver(jsonrpc::malformed&& malformed,
                                         std::shared_ptr<outbox>&& related) {
  if (stage_ == stage::closed) return delivery::closed;
  touch();
  handle(core_.on_malformed(std::move(malformed)), box_for(std::move(related)));
  return delivery::accepted;
}

void session::impl::handle(detail::action&& decided, box_ptr box) {
  std::visit([&](auto& a) { carry_out(std::move(a), box); }, decided);
}

std::shared_ptr<detail::request_state> session::impl::admitted(detail::start_request& a,
                                                               box_ptr box) {
  if (a.completes_handshake)
    carry_out(detail::handshake_complete{}, box);  // whatever comes of the request
  std::shared_ptr<detail::request_state> state;
  try {
    state = detail::request_state::make(a.request.id, box);
  } catch (...) {
    core_.forget(a.request.id);
    throw;
  }
  *a.running = state.get();
  state->owner = this;
  state->method = a.request.method;
  state->rules = a.rules;
  state->meta = std::move(a.meta);
  state->who = caller_ ? caller_ : options_.on_behalf_of();
  state->origin = options_.origin();
  state->log = options_.log();
  state->charges = std::move(a.charges);
  return state;
}

void session::impl::carry_out(detail::start_request&& a, box_ptr box) {
  auto state = admitted(a, box);
  start(waiting_request{std::move(state), std::move(a.request)});
}

void session::impl::carry_out(detail::answer_initialize&& a, box_ptr box) {
  std::optional<frame> answer;
  try {
    protocol::initialize_result result = handler_.describe(*a.rules);
    if (options_.sessionless()) detail::leave_out_what_needs_a_session(result.capabilities);
    core_.logging_declared(result.capabilities.logging);
    answer = detail::result_frame(a.id, protocol::encode(result, *a.rules));
  } catch (...) {
    core_.initialize_failed();
    options_.log().write_limited(log_level::warning,
                                 "initialize failed: " + describe(std::current_exception()),
                                 home_.now());
    answer = detail::internal_error_frame(a.id);
  }
  outbox::reserve(box, std::move(a.id)).put(std::move(*answer));
}

void session::impl::carry_out(detail::answer_empty&& a, box_ptr box) {
  frame answer = detail::result_frame(a.id, json::object());
  outbox::reserve(box, std::move(a.id)).put(std::move(answer));
}

void session::impl::carry_out(detail::answer_log_level&& a, box_ptr box) {
  handler_.on_log_level(self_, a.level);
  carry_out(detail::answer_empty{std::move(a.id)}, box);
}

void session::impl::carry_out(detail::answer_error&& a, box_ptr box) {
  const auto* rules = core_.spoken();
  const auto without_id = rules == nullptr || rules->null_id_in_errors
                              ? jsonrpc::missing_id::null
                              : jsonrpc::missing_id::omitted;
  frame answer = detail::error_frame(a.id, a.error, without_id);
  outbox::reserve(box, a.id.value_or(jsonrpc::request_id())).put(std::move(answer));
}

void session::impl::carry_out(detail::cancel_request&& a, box_ptr) {
  if (options_.log().enabled(log_level::debug)) {
    debug("the peer cancelled a request, its reason: " + quoted_for_log(a.reason));
  }
  a.running->cancelled_by_peer(a.reason);
}

void session::impl::carry_out(detail::resolve_call&& a, box_ptr) {
  a.call->resolve(std::move(a.outcome));
}

// A listener is the application's: what it throws must not end the connection.
void session::impl::carry_out(detail::call_progress&& a, box_ptr) {
  try {
    a.call->progressed(a.update);
  } catch (...) {
    options_.log().write_limited(
        log_level::warning, "a listener to progress failed: " + describe(std::current_exception()),
        home_.now());
  }
}

void session::impl::carry_out(detail::report_error&& a, box_ptr) {
  if (options_.log().enabled(log_level::info)) {
    options_.log().write_limited(
        log_level::info,
        "the peer reports an error that belongs to no request: " + std::to_string(a.error.code) +
            " " + quoted_for_log(a.error.message),
        home_.now());
  }
  handler_.on_peer_error(self_, a.error);
}

void session::impl::carry_out(detail::notify_handler&& a, box_ptr) {
  if (notifications_running_ + not_yet_told_.size() >= options_.max_queued_requests()) {
    debug("too many notifications are being handled, one was dropped");
    return;
  }
  start(std::move(a.notification));
}

void session::impl::carry_out(detail::handshake_complete&&, box_ptr) {
  started_ = true;
  handler_.on_session_start(self_);
}

void session::impl::carry_out(detail::ignore&& a, box_ptr) {
  debug(a.why);
}

void session::impl::debug(std::string_view what) const noexcept {
  options_.log().write_limited(log_level::debug, what, home_.now());
}

void session::impl::attach_standalone(std::shared_ptr<outbox>&& box) {
  auto before = std::exchange(standalone_, std::move(box));
  if (before && before != standalone_) before->finish();
  if (standalone_ && somebody_listens_) std::exchange(somebody_listens_, nullptr)->set();
}

awaitable<bool> session::impl::until_listening() {
  const auto keep = self_.shared_from_this();
  while (!standalone_ && stage_ != stage::closed) {
    if (!somebody_listens_) somebody_listens_ = std::make_shared<event>();
    const auto news = somebody_listens_;
    co_await news->wait();
  }
  co_return stage_ != stage::closed;
}

bool session::impl::wants_log(protocol::logging_level level) const noexcept {
  return core_.logging_declared() && level >= core_.log_level();
}

std::shared_ptr<session> session::make(request_handler& handler, session_options options) {
  return std::shared_ptr<session>(new session(handler, std::move(options)));
}

namespace {

std::uint64_t next_serial() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

session::session(request_handler& handler, session_options options)
    : serial_(next_serial()), impl_(std::make_unique<impl>(*this, handler, std::move(options))) {}

session::~session() = default;

awaitable<void> session::run() {
  return impl_->run(shared_from_this());
}

session::delivery session::deliver(jsonrpc::message message,
                                   std::shared_ptr<outbox> related,
                                   std::shared_ptr<const principal> who) {
  return impl_->deliver(std::move(message), std::move(related), std::move(who));
}

bool detail::session_access::is_running(const session& s) noexcept {
  return s.impl_->is_running();
}

detail::session_access::begun detail::session_access::begin(session& to,
                                                            json::arena_pool::lease&& memory,
                                                            jsonrpc::request&& request,
                                                            const std::shared_ptr<outbox>& box,
                                                            std::shared_ptr<const principal> who) {
  return to.impl_->begin(std::move(memory), std::move(request), box, std::move(who));
}

detail::session_access::visit::visit(std::shared_ptr<session> where,
                                     std::shared_ptr<request_state> request) noexcept
    : where_(std::move(where)), request_(std::move(request)) {
  where_->impl_->came(*this);
}

detail::session_access::visit::~visit() {
  where_->impl_->left(*this);
}

void detail::session_access::visit::cancel(std::string_view reason) noexcept {
  if (request_->scope() != nullptr) request_->scope()->cancel(reason);
}

session::delivery session::deliver(jsonrpc::batch batch,
                                   std::shared_ptr<outbox> related,
                                   std::shared_ptr<const principal> who) {
  return impl_->deliver(std::move(batch), std::move(related), std::move(who));
}

session::delivery session::deliver(jsonrpc::malformed malformed, std::shared_ptr<outbox> related) {
  return impl_->deliver(std::move(malformed), std::move(related));
}

void session::attach_standalone(std::shared_ptr<outbox> box) {
  impl_->attach_standalone(std::move(box));
}

awaitable<bool> session::until_listening() {
  return impl_->until_listening();
}

void session::start_soon(std::function<awaitable<void>(session&)> task, std::string name) {
  impl_->start_soon(std::move(task), std::move(name));
}

const std::shared_ptr<outbox>& session::standalone() const noexcept {
  return impl_->standalone_;
}

send_status session::close_stream(std::optional<std::chrono::milliseconds> come_back) {
  if (!impl_->standalone_ || closed()) return send_status::closed;
  return impl_->standalone_->pause(come_back);
}

send_status session::try_notify(std::string_view method, const json::value& params) {
  if (!impl_->standalone_ || closed()) return send_status::closed;
  return impl_->standalone_->try_send(detail::notification_frame(method, params));
}

awaitable<send_status> session::notify(std::string method, json::value params) {
  const auto box = impl_->standalone_;
  if (!box || closed()) co_return send_status::closed;
  co_return co_await box->send(detail::notification_frame(method, params));
}

awaitable<json::value> session::call_peer(std::string method,
                                          json::value params,
                                          call_options options) {
  return impl_->call(impl_->standalone_, std::move(method), std::move(params), std::move(options));
}

void session::close(std::string_view reason) noexcept {
  impl_->close(reason);
}

void session::drain(std::string_view reason, duration limit, drain_cause cause) noexcept {
  impl_->drain(reason, limit, cause);
}

bool session::closed() const noexcept {
  return impl_->stage_ == impl::stage::closed;
}
std::string_view session::close_reason() const noexcept {
  return impl_->close_reason_;
}
const protocol::rules* session::negotiated() const noexcept {
  return impl_->core_.negotiated();
}

bool session::initialized() const noexcept {
  return impl_->core_.state() == detail::session_core::phase::ready;
}

const protocol::implementation* session::client_info() const noexcept {
  return impl_->core_.client_info();
}

const protocol::client_capabilities& session::client_capabilities() const noexcept {
  return impl_->core_.client_capabilities();
}

protocol::logging_level session::log_level() const noexcept {
  return impl_->core_.log_level();
}
bool session::wants_log(protocol::logging_level level) const noexcept {
  return !closed() && impl_->wants_log(level);
}
const session_options& session::options() const noexcept {
  return impl_->options_;
}
std::size_t session::in_flight_count() const noexcept {
  return impl_->core_.in_flight_count();
}
time_point session::last_activity() const noexcept {
  return impl_->last_activity_;
}

}  // namespace comcp
