#include "http/connection.hpp"

#include <boost/asio/this_coro.hpp>

#include <array>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "comcp/scope/detail/scope_guard.hpp"
#include "comcp/scope/errors.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/scope/with_scope.hpp"
#include "scope/prepared.hpp"

namespace comcp::http {

namespace {

// A request body that nobody read is read and dropped if it is at most this long; otherwise the
// connection is closed, which is cheaper for both sides.
constexpr std::size_t max_leftover_bytes = std::size_t{64} * 1024;
// What is read on before closing, so that the peer gets the response and not a reset.
constexpr std::size_t max_farewell_bytes = std::size_t{256} * 1024;

/// "POST /mcp", cut to what a scope's name holds without allocating.
class exchange_name {
 public:
  explicit exchange_name(const request_head& request) noexcept {
    append(request.method);
    append(" ");
    append(request.path());
  }
  std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  void append(std::string_view part) noexcept {
    part = part.substr(0, text_.size() - size_);
    part.copy(text_.data() + size_, part.size());
    size_ += part.size();
  }
  std::array<char, 15> text_;
  std::size_t size_ = 0;
};

std::string what_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown exception";
  }
}

}  // namespace

connection::connection(std::unique_ptr<wire> w,
                       peer_info peer,
                       std::shared_ptr<connection_service> service)
    : wire_(std::move(w)),
      service_(std::move(service)),
      peer_(std::move(peer)),
      parser_(limits().max_header_bytes(), limits().max_header_count()) {
  service_->connections.push_back(*this);
  ++service_->stats.open_connections;
  draining_ = service_->draining;
}

// Also when it never ran.
connection::~connection() {
  leave_service();
}

void connection::leave_service() noexcept {
  if (!std::exchange(counted_, false)) return;
  unlink();
  --service_->stats.open_connections;
}

void connection::deadline_in(std::chrono::milliseconds limit) {
  if (scope_) scope_->deadline(time_after(service_->home.now(), or_none(limit)));
}

void connection::no_deadline() {
  if (scope_) scope_->deadline(time_point::max());
}

void connection::report(const std::exception_ptr& error, std::string_view where) const noexcept {
  const auto& log = service_->options.log();
  if (!log.enabled(log_level::error)) return;
  try {
    log.write(log_level::error, "http: " + std::string(where) + ": " + what_of(error));
  } catch (...) {  // a message is not worth a connection
  }
}

void connection::start(std::shared_ptr<connection> c) {
  task_group& tasks = *c->service_->group;
  const auto name = c->peer_.address + ":" + std::to_string(c->peer_.port);
  tasks.start_soon(comcp::detail::prepared(run(std::move(c))), name);
}

// Serves until the peer or the server has had enough. Throws cancellations only. Its frames last as long as the
// connection: scopes are opened in them, without coroutines of their own, and what is rare has its own.
awaitable<void> connection::run(std::shared_ptr<connection> self) {
  connection& c = *self;
  // Whatever way this ends: no task, no socket, no entry in the list is left.
  struct at_end {
    connection& self;
    const unsigned task = self.task_;
    bool is_last() const noexcept { return self.task_ == task; }
    ~at_end() {
      if (!is_last()) return;
      self.scope_ = nullptr;
      if (self.state_) self.state_->revoke();
      self.wire_->close();
      self.leave_service();
    }
  };
  const at_end guard{c};
  std::exception_ptr failure;
  try {
    comcp::detail::scope_guard scope(scope_options().name("connection"));
    if (!scope.begin(co_await asio::this_coro::cancellation_state))
      throw std::logic_error("comcp: a connection is a task of its own");
    c.scope_ = &scope.scope();
    try {
      co_await c.serve();
    } catch (...) {
      scope.on_exception();
    }
    scope.leave();
    if (!guard.is_last()) co_return;
    c.scope_ = nullptr;
    if (scope.why() == cancel_scope::cause::deadline && c.phase_ == phase::head)
      co_await c.refuse_slow();
  } catch (...) {
    failure = std::current_exception();
  }
  if (!failure) co_return;
  if (is_cancelled(failure)) std::rethrow_exception(failure);
  c.report(failure, "a connection failed");
}

awaitable<void> connection::refuse_slow() {
  const auto late = [this](cancel_scope& scope) -> awaitable<void> {
    scope_ = &scope;
    body_broken_ = true;
    co_await answer(text_response(408, "the request's headers did not arrive in time"));
    co_await farewell();
  };
  co_await with_cancel_scope(late, scope_options().name("connection"));
  scope_ = nullptr;
}

awaitable<void> connection::serve() {
  const unsigned task = task_;
  bool goes_on = true;
  if (phase_ == phase::handshake) {
    deadline_in(limits().header_timeout());
    if (const auto error = co_await wire_->handshake()) co_return;
  } else {
    goes_on = !close_after_;  // behind an exchange whose handler has another task
  }
  while (goes_on) {
    if (!body_.done() && !co_await skip_leftover()) break;
    if (!co_await next_request()) break;
    goes_on = co_await run_exchange();
    if (task_ != task) co_return;
  }
  co_await farewell();
}

void connection::go_on_without_handler() noexcept {
  ++task_;
  scope_ = nullptr;
  watching_ = false;
  if (state_->revoke() != detail::exchange_state::phase::ended) broken_ = true;
  if (!broken_ && service_->group != nullptr) {
    try {
      start(shared_from_this());
      return;
    } catch (...) {  // no memory: the client has to connect again
    }
  }
  wire_->close();
  leave_service();
}

void connection::drain() noexcept {
  draining_ = true;
  const bool nothing_begun = phase_ == phase::handshake || phase_ == phase::idle;
  if (nothing_begun && scope_) scope_->cancel("the server is shutting down");
}

awaitable<bool> connection::next_request() {
  if (!state_ || state_.use_count() > 1) state_ = std::make_shared<detail::exchange_state>();
  parser_.reset();
  version_ = 11;
  head_request_ = body_broken_ = continue_pending_ = silent_ = false;
  client_keeps_ = true;
  state_->common.clear();
  phase_ = phase::idle;
  if (draining_ && input_.empty()) co_return false;
  deadline_in(std::exchange(first_, false) ? limits().header_timeout() : limits().idle_timeout());
  for (;;) {
    // Some clients send an empty line behind a body: no request has begun with it (RFC 9112 §2.2).
    while (phase_ == phase::idle && input_.data().starts_with("\r\n"))
      input_.consume(2);
    const bool begun = phase_ == phase::head || (!input_.empty() && input_.data() != "\r");
    if (begun) {
      const bool first_bytes = std::exchange(phase_, phase::head) == phase::idle;
      const auto progress = parser_.read(input_.data(), state_->request);
      if (progress == request_parser::progress::done) break;
      if (first_bytes) deadline_in(limits().header_timeout());
      if (progress == request_parser::progress::refused) {
        no_deadline();
        body_broken_ = true;
        co_await answer(text_response(parser_.status(), parser_.reason()));
        co_return false;
      }
    }
    if (input_ended_) co_return false;
    co_await readable();
  }
  input_.consume(parser_.head_size());
  no_deadline();
  co_return true;
}

void connection::begin_exchange() {
  phase_ = phase::exchange;
  ++service_->stats.requests;
  const auto& request = state_->request;
  body_ = body_reader(parser_.framing());
  continue_pending_ = parser_.framing().expects_continue;
  client_keeps_ = request.keep_alive;
  head_request_ = request.method == "HEAD";
  version_ = request.version;
  service_->options.cors().decorate(request, state_->common);
}

// Runs the handler in the exchange's scope. A cancellation from outside passes, errors end here.
awaitable<bool> connection::run_exchange() {
  begin_exchange();
  if (auto answering = screen()) {
    co_await std::move(*answering);
    co_return !close_after_;
  }
  state_->begin(shared_from_this());
  const auto state = state_;  // the connection may go on to another
  const unsigned task = task_;
  std::exception_ptr failure;
  try {
    exchange ex(state);
    comcp::detail::scope_guard guard(scope_options().name(exchange_name(state->request).text()));
    if (!guard.begin(co_await asio::this_coro::cancellation_state))
      throw std::logic_error("comcp: a connection is a task of its own");
    state->scope = &guard.scope();
    try {
      auto handling = service_->handle(std::move(ex));
      co_await std::move(handling);
    } catch (...) {
      guard.on_exception();
    }
    guard.leave();
  } catch (...) {
    failure = std::current_exception();
  }
  state->scope = nullptr;
  if (failure) {
    if (is_cancelled(failure) && current_scope().effectively_cancelled())
      std::rethrow_exception(failure);
    report(failure, "a handler failed");
  }
  if (task_ != task) co_return false;
  switch (end_exchange()) {
    case after_exchange::close:
      co_return false;
    case after_exchange::go_on:
      co_return !close_after_;
    case after_exchange::apologize:
      break;
  }
  auto answering = answer(text_response(500));
  co_await std::move(answering);
  co_return !close_after_;
}

connection::after_exchange connection::end_exchange() noexcept {
  const bool gone = state_->is_gone();
  const auto reached = state_->revoke();
  watching_ = false;
  if (broken_) return after_exchange::close;
  using phase_of = detail::exchange_state::phase;
  if (reached == phase_of::ended) return after_exchange::go_on;
  if (reached == phase_of::unstarted || (reached == phase_of::dropped && !cut_)) {
    // Cancelled because the peer left: nobody is there to be told.
    return gone && peer_is_gone() ? after_exchange::close : after_exchange::apologize;
  }
  // A stream that somebody still holds outside of its exchange.
  cut();
  return after_exchange::close;
}

/// What the server answers itself: refusals of strangers, and preflights. Nothing: not this one.
std::optional<awaitable<void>> connection::screen() {
  const auto& options = service_->options;
  const auto& request = state_->request;
  auto verdict = options.origin().check(request, allowed_authority_);
  // Who may read the answers may also ask. The Host check is not softened by it.
  if (verdict == origin_policy::verdict::bad_origin && request.headers.count("Origin") == 1 &&
      options.cors().enabled() && options.cors().origin_allowed(*request.header("Origin")))
    verdict = origin_policy::verdict::allowed;
  if (verdict == origin_policy::verdict::allowed) {
    auto preflight = options.cors().preflight(request);
    if (!preflight) return std::nullopt;
    return answer(std::move(*preflight));
  }
  const std::string why = origin_policy::explain(verdict, request);
  if (options.log().enabled(log_level::info))
    options.log().write_limited(log_level::info, "refused with 403: " + why, service_->home.now());
  return answer(text_response(403, why));
}

awaitable<void> connection::answer(response r) {
  if (broken_) co_return;
  if (r.status >= 400) ++service_->stats.rejected;
  gather out;
  plan_response(out, r.status, r.headers, r.body, state_->common);
  if (!write_now(out)) co_await write_rest(out);
}

// The next request begins behind this one's body.
awaitable<bool> connection::skip_leftover() {
  phase_ = phase::leftover;
  deadline_in(limits().body_timeout());
  std::string dropped;
  for (;;) {
    dropped.clear();
    const auto progress = take_body(dropped, static_cast<std::size_t>(-1));
    if (progress == body_reader::progress::done) break;
    if (progress != body_reader::progress::need_more || input_ended_) co_return false;
    co_await readable();
  }
  co_return true;
}

// A close with unread input would make a reset of it, which can overtake the response.
awaitable<void> connection::farewell() {
  phase_ = phase::farewell;
  if (reset_ || limits().linger_timeout().count() <= 0) co_return;
  deadline_in(limits().linger_timeout());
  if (!broken_) co_await wire_->end_sending();
  std::size_t dropped = 0;
  while (!input_ended_ && dropped < max_farewell_bytes) {
    dropped += input_.size();
    input_.consume(input_.size());
    co_await readable();
  }
}

bool connection::must_close(const fields& headers) const noexcept {
  if (!limits().keep_alive() || !client_keeps_ || draining_ || body_broken_) return true;
  if (headers.has_token("Connection", "close")) return true;
  if (input_ended_ && input_.empty()) return true;
  if (body_.done()) return false;
  return continue_pending_ || !body_.knows_length() || body_.left() > max_leftover_bytes;
}

bool connection::peer_is_gone() const noexcept {
  return reset_ || (input_ended_ && limits().on_half_close() == half_close::is_disconnect);
}

}  // namespace comcp::http
