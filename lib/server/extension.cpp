#include "comcp/server/extension.hpp"

#include <stdexcept>

#include "comcp/session/errors.hpp"

namespace comcp {

bool extension::declared_by(const request_context& context) const {
  return context.client_capabilities().extension(id_);
}

void extension::need_declaration(const request_context& context) const {
  if (declared_by(context)) return;
  json::object ids;
  ids[id_] = json::object();
  json::object required;
  required["extensions"] = std::move(ids);
  throw capability_missing_error(std::move(required));
}

void extension::describe(protocol::server_capabilities& offered, const protocol::rules& r) const {
  if (r.extensions) offered.extensions.emplace(id_, json::object());
}

bool extension::takes(const tool_call&, const request_context&) {
  return false;
}

awaitable<json::object> extension::answer(tool_call, request_context&) {
  throw std::logic_error("an extension that takes calls must answer them");
  co_return json::object();
}

awaitable<void> extension::on_listen(listen_wish&, request_context&) {
  co_return;
}

}  // namespace comcp
