#include "comcp/session/request_handler.hpp"

#include "comcp/protocol/methods.hpp"

namespace comcp {

awaitable<void> request_handler::on_notification(jsonrpc::notification, session&) {
  co_return;
}
std::string_view request_handler::name_param(std::string_view method) const noexcept {
  const protocol::method_info* info = protocol::find_method(method);
  return info ? info->name_param : std::string_view();
}
const round_keeper& request_handler::rounds() const noexcept {
  return round_keeper::of_process();
}
void request_handler::on_session_start(session&) noexcept {}
void request_handler::on_session_end(session&) noexcept {}
void request_handler::on_peer_error(session&, const jsonrpc::error_object&) noexcept {}
void request_handler::on_log_level(session&, protocol::logging_level) noexcept {}

}  // namespace comcp
