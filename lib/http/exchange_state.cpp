#include "http/exchange_state.hpp"

#include <utility>

#include "comcp/scope/cancel_scope.hpp"
#include "http/connection.hpp"
#include "http/independent_handler.hpp"

namespace comcp::http::detail {

void exchange_state::begin(std::shared_ptr<http::connection> owner) {
  connection_ = std::move(owner);
  now = phase::unstarted;
  scope = nullptr;
  gone_event_.reset();
  cancels_ = false;
  watcher_ = nullptr;
  gone_ = false;
}

exchange_state::phase exchange_state::revoke() noexcept {
  scope = nullptr;
  cancels_ = false;
  watcher_ = nullptr;
  const auto reached = now;
  now = phase::ended;
  peer_gone();
  connection_.reset();
  return reached;
}

void exchange_state::token_dropped() noexcept {
  if (!connection_) return;
  if (now == phase::answering || now == phase::streaming) connection_->cut();
  if (now != phase::ended) now = phase::dropped;
}

void exchange_state::peer_gone() noexcept {
  if (!connection_ || gone_) return;
  gone_ = true;
  if (gone_event_) gone_event_->set();
  if (cancels_ && scope) scope->cancel("peer disconnected");
  if (watcher_) std::exchange(watcher_, nullptr)->on_peer_gone();
}

void exchange_state::watched_by(independent_handler* who) {
  watcher_ = who;
  if (!who || !connection_) return;
  if (gone_)
    std::exchange(watcher_, nullptr)->on_peer_gone();
  else
    connection_->watch();
}

void exchange_state::leave_connection() noexcept {
  if (connection_) connection_->go_on_without_handler();
}

void exchange_state::cancel_on_disconnect() {
  if (!connection_) return;
  cancels_ = true;
  if (gone_) {
    if (scope) scope->cancel("peer disconnected");
  } else {
    connection_->watch();
  }
}

awaitable<void> exchange_state::until_disconnected(std::shared_ptr<exchange_state> self) {
  if (!gone_event_) gone_event_.emplace();
  if (connection_) connection_->watch();
  if (!connection_ || gone_) gone_event_->set();
  co_await gone_event_->wait();
  (void)self;  // holds the event while it is waited for
}

}  // namespace comcp::http::detail
