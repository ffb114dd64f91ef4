#include "http/independent_handler.hpp"

#include "http/exchange_state.hpp"

namespace comcp::http {

independent_handler::~independent_handler() {
  if (state_) state_->watched_by(nullptr);
}

void independent_handler::watch_peer() {
  state_->watched_by(this);
}

void independent_handler::leave_connection() noexcept {
  state_->leave_connection();
}

}  // namespace comcp::http
