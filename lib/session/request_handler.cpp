#include "comcp/session/request_handler.hpp"

namespace comcp {

awaitable<void> request_handler::on_notification(jsonrpc::notification, session&) {
  co_return;
}
const round_keeper& request_handler::rounds() const noexcept {
  return round_keeper::of_process();
}
void request_handler::on_session_start(session&) noexcept {}
void request_handler::on_session_end(session&) noexcept {}
void request_handler::on_log_level(session&, protocol::logging_level) noexcept {}

}  // namespace comcp
