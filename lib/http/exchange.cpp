#include "comcp/http/exchange.hpp"

#include <cassert>
#include <stdexcept>
#include <utility>

#include "http/body_here.hpp"
#include "http/connection.hpp"
#include "http/exchange_state.hpp"
#include "http/expect_silence.hpp"

namespace comcp::http {

namespace detail {

exchange_token::exchange_token(std::shared_ptr<exchange_state> state) noexcept
    : state_(std::move(state)) {}

exchange_token& exchange_token::operator=(exchange_token&& other) noexcept {
  if (this == &other) return *this;
  if (state_) state_->token_dropped();
  state_ = std::move(other.state_);
  return *this;
}

exchange_token::~exchange_token() {
  if (state_) state_->token_dropped();
}

namespace {

using phase = exchange_state::phase;

awaitable<read_body_result> no_body(body_status status) {
  co_return read_body_result(status);
}

awaitable<send_result> respond(exchange_token token, response answer) {
  const auto conn = token.state()->connection();
  auto result = send_result::closed;
  if (conn && conn->writable()) {
    token.state()->now = phase::answering;
    gather out;
    conn->plan_response(out, answer.status, answer.headers, answer.body, token.state()->common);
    bool done = conn->write_now(out);
    if (!done) done = co_await conn->write_rest(out);
    if (done) result = send_result::sent;
  }
  token.state()->now = phase::ended;
  token.spend();
  co_return result;
}

awaitable<stream> start_stream(exchange_token token, int status, fields headers) {
  const auto conn = token.state()->connection();
  if (conn) token.state()->now = phase::streaming;
  if (conn && conn->writable()) {
    gather out;
    conn->plan_stream(out, status, headers, token.state()->common);
    if (!conn->write_now(out)) co_await conn->write_rest(out);
    conn->stream_began();
  }
  co_return stream(std::move(token));
}

awaitable<send_result> finish(exchange_token token) {
  const auto conn = token.state()->connection();
  auto result = send_result::closed;
  if (conn && conn->writing())
    throw std::logic_error("stream::finish: a send of the same stream is under way");
  if (conn && conn->writable()) {
    gather out;
    conn->plan_end(out);
    bool done = conn->write_now(out);
    if (!done) done = co_await conn->write_rest(out);
    if (done) result = send_result::sent;
  }
  token.state()->now = phase::ended;
  token.spend();
  co_return result;
}

enum class chunk { planned, nothing_to_send, closed };

chunk plan(const exchange_state& state, gather& out, std::span<const std::string_view> pieces) {
  const auto& conn = state.connection();
  if (!conn || state.now != phase::streaming) return chunk::closed;
  if (conn->writing())
    throw std::logic_error("stream::send: another send of the same stream is under way");
  if (!conn->writable() || !conn->stream_has_body() || conn->peer_is_gone()) return chunk::closed;
  return conn->plan_chunk(out, pieces) ? chunk::planned : chunk::nothing_to_send;
}

awaitable<send_result> send_one(std::shared_ptr<exchange_state> state, std::string_view bytes) {
  gather out;
  const auto planned = plan(*state, out, std::span(&bytes, 1));
  if (planned == chunk::closed) co_return send_result::closed;
  if (planned == chunk::nothing_to_send) co_return send_result::sent;
  const auto conn = state->connection();
  bool done = conn->write_now(out);
  if (!done) done = co_await conn->write_rest(out);
  co_return done ? send_result::sent : send_result::closed;
}

awaitable<send_result> send_many(std::shared_ptr<exchange_state> state,
                                 std::span<const std::string_view> pieces) {
  std::string joined;
  std::string_view whole;
  if (pieces.size() > gather::max_pieces - 2) {
    for (const auto piece : pieces)
      joined += piece;
    whole = joined;
    pieces = std::span(&whole, 1);
  }
  gather out;
  const auto planned = plan(*state, out, pieces);
  if (planned == chunk::closed) co_return send_result::closed;
  if (planned == chunk::nothing_to_send) co_return send_result::sent;
  const auto conn = state->connection();
  bool done = conn->write_now(out);
  if (!done) done = co_await conn->write_rest(out);
  co_return done ? send_result::sent : send_result::closed;
}

}  // namespace

}  // namespace detail

int to_http_status(body_status status) noexcept {
  switch (status) {
    case body_status::complete:
      return 200;
    case body_status::too_large:
      return 413;
    case body_status::disconnected:
      return 0;
    case body_status::timed_out:
      return 408;
    case body_status::malformed:
      return 400;
    case body_status::no_room:
      return 503;
  }
  return 500;
}

exchange::exchange(std::shared_ptr<detail::exchange_state> state) noexcept
    : token_(std::move(state)) {}

const request_head& exchange::request() const noexcept {
  assert(*this);
  return token_.state()->request;
}

const peer_info& exchange::peer() const noexcept {
  assert(*this);
  static const peer_info unknown;
  const auto& conn = token_.state()->connection();
  return conn ? conn->peer() : unknown;
}

awaitable<read_body_result> exchange::read_body() {
  assert(*this);
  const auto& conn = token_.state()->connection();
  return read_body(conn ? conn->default_body_limit() : 0);
}

awaitable<read_body_result> exchange::read_body(std::size_t limit_bytes) {
  assert(*this);
  const auto& conn = token_.state()->connection();
  if (!conn) return detail::no_body(body_status::disconnected);
  return connection::read_body(conn, limit_bytes);
}

std::optional<std::string_view> detail::body_here(exchange& ex, std::size_t limit_bytes) noexcept {
  const auto& conn = ex.token_.state()->connection();
  return conn ? conn->body_here(limit_bytes) : std::nullopt;
}

void detail::expect_silence(exchange& ex) noexcept {
  if (const auto& conn = ex.token_.state()->connection()) conn->expect_silence();
}

void detail::forget_request(exchange& ex) noexcept {
  request_head none;
  std::swap(ex.token_.state()->request, none);  // frees it, as an assignment would not
}

awaitable<send_result> exchange::respond(response answer) && {
  assert(*this);
  return detail::respond(std::move(token_), std::move(answer));
}

awaitable<stream> exchange::start_stream(int status, fields headers) && {
  assert(*this);
  return detail::start_stream(std::move(token_), status, std::move(headers));
}

void exchange::set_header(std::string_view name, std::string_view value) {
  assert(*this);
  token_.state()->common.set(name, value);
}

awaitable<void> exchange::until_disconnected() {
  assert(*this);
  return token_.state()->until_disconnected(token_.state());
}

void exchange::cancel_on_disconnect() {
  assert(*this);
  token_.state()->cancel_on_disconnect();
}

bool exchange::disconnected() const noexcept {
  assert(*this);
  const auto& conn = token_.state()->connection();
  return !conn || conn->peer_is_gone();
}

bool exchange::draining() const noexcept {
  assert(*this);
  const auto& conn = token_.state()->connection();
  return !conn || conn->draining();
}

stream::stream(detail::exchange_token token) noexcept : token_(std::move(token)) {}

awaitable<send_result> stream::send(std::string_view bytes) {
  assert(*this);
  return detail::send_one(token_.state(), bytes);
}

awaitable<send_result> stream::send(std::span<const std::string_view> pieces) {
  assert(*this);
  return detail::send_many(token_.state(), pieces);
}

awaitable<send_result> stream::finish() && {
  assert(*this);
  return detail::finish(std::move(token_));
}

awaitable<void> stream::until_disconnected() {
  assert(*this);
  return token_.state()->until_disconnected(token_.state());
}

void stream::cancel_on_disconnect() {
  assert(*this);
  token_.state()->cancel_on_disconnect();
}

bool stream::closed() const noexcept {
  assert(*this);
  const auto& conn = token_.state()->connection();
  return !conn || !conn->writable() || !conn->stream_has_body() || conn->peer_is_gone();
}

bool stream::draining() const noexcept {
  assert(*this);
  const auto& conn = token_.state()->connection();
  return !conn || conn->draining();
}

}  // namespace comcp::http
