// The table of methods, and the requests that are answered at once.

#include <algorithm>
#include <utility>

#include "comcp/json/validator.hpp"
#include "comcp/protocol/resources.hpp"
#include "comcp/protocol/result.hpp"
#include "comcp/scope/shard.hpp"
#include "server/server_core.hpp"

namespace comcp::detail {
namespace {

protocol::implementation identity_of(std::string name,
                                     std::string version,
                                     const server_options& options) {
  protocol::implementation i(std::move(name), std::move(version));
  i.title = options.title();
  i.description = options.description();
  i.website_url = options.website_url();
  i.icons = options.icons();
  return i;
}

list_style style_of(const protocol::implementation& identity, const server_options& options) {
  list_style s;
  s.identity = identity;
  s.hints = options.cache_lists();
  s.page_size = options.page_size();
  return s;
}

round_options rounds_of(const protocol::implementation& identity, const server_options& options) {
  round_options r = options.rounds();
  if (r.audience().empty()) r.audience(identity.name);
  return r;
}

const extension_method* find_in(const extension& e, std::string_view name) noexcept {
  const auto found = std::ranges::find(e.methods(), name, &extension_method::name);
  return found == e.methods().end() ? nullptr : &*found;
}

}  // namespace

awaitable<void> refuse(responder answer, jsonrpc::error_object error) {
  std::move(answer).fail(error);
  co_return;
}

awaitable<void> done() {
  co_return;
}

server_core::server_core(std::string name, std::string version, server_options given)
    : options(std::move(given)),
      identity(identity_of(std::move(name), std::move(version), options)),
      identity_text(identity),
      style(style_of(identity, options)),
      rounds(rounds_of(identity, options)),
      gate(options.max_concurrent_calls(), options.max_waiting_calls()),
      parked(std::make_shared<parking>(options.max_parked_calls(), options.rounds().lifetime())),
      legacy(listeners, options.max_queued_changes()),
      changes(options.change_bus() ? options.change_bus() : make_local_bus()),
      hearing_(changes->subscribe([this](const change_event& e) { listeners.publish(e); })) {}

const std::vector<server_core::route>& server_core::routes() {
  using namespace protocol;
  static const std::vector<route> table = {
      {find_method(method::tools_call), &server_core::call_tool},
      {find_method(method::tools_list), &server_core::list_tools},
      {find_method(method::resources_read), &server_core::read_resource},
      {find_method(method::resources_list), &server_core::list_resources},
      {find_method(method::resources_templates_list), &server_core::list_templates},
      {find_method(method::resources_subscribe), &server_core::subscribe},
      {find_method(method::resources_unsubscribe), &server_core::unsubscribe},
      {find_method(method::prompts_get), &server_core::get_prompt},
      {find_method(method::prompts_list), &server_core::list_prompts},
      {find_method(method::complete), &server_core::complete},
      {find_method(method::discover), &server_core::discover},
      {find_method(method::listen), &server_core::listen},
  };
  return table;
}

awaitable<void> server_core::on_request(jsonrpc::request request,
                                        responder answer,
                                        request_context& context) {
  if (legacy.some_lag() && context.conversation()) legacy.catch_up(*context.conversation());
  for (const route& r : routes()) {
    if (r.method->name != request.method) continue;
    if (!r.method->exists_in(context.rules()) || !offers(r.method->needs, context.rules())) break;
    return (this->*r.answer)(std::move(request), std::move(answer), context);
  }
  for (const auto& e : extensions) {
    const extension_method* m = find_in(*e, request.method);
    if (m && m->exists_in(context.rules()))
      return call_method(*e, *m, std::move(request), std::move(answer), context);
  }
  return refuse(std::move(answer),
                jsonrpc::error_object(jsonrpc::error_code::method_not_found, "Method not found"));
}

awaitable<void> server_core::call_method(extension& by,
                                         const extension_method& m,
                                         jsonrpc::request request,
                                         responder answer,
                                         request_context& context) {
  if (context.rules().extensions) by.need_declaration(context);
  if (request.params.is_null()) request.params.emplace_object();
  json::object* params = request.params.if_object();
  if (!params) {
    std::move(answer).fail(protocol::invalid_params(m.name() + " needs an object"));
    co_return;
  }
  json::object own(std::move(*params), json::storage_ptr());
  auto running = m.call()(std::move(own), context);
  json::object result = co_await std::move(running);
  reply(std::move(answer), context, std::move(result));
}

std::string_view server_core::name_param(std::string_view method) const noexcept {
  for (const auto& e : extensions)
    if (const extension_method* m = find_in(*e, method)) return m->name_param();
  const protocol::method_info* m = protocol::find_method(method);
  return m ? m->name_param : std::string_view();
}

void server_core::extend(std::shared_ptr<extension> e) {
  if (!e) throw registration_error("an extension is needed");
  for (const auto& other : extensions)
    if (other->id() == e->id())
      throw registration_error("the extension \"" + e->id() + "\" is there already");
  const auto known = [this](const std::string& method) {
    return protocol::find_method(method) ||
           std::ranges::any_of(extensions, [&](const auto& x) { return find_in(*x, method); });
  };
  for (const extension_method& m : e->methods())
    if (!m.call() || known(m.name()))
      throw registration_error("the extension \"" + e->id() + "\" can't have the method \"" +
                               m.name() + "\": it exists already, or does nothing");
  extensions.push_back(std::move(e));
}

// S-MOD-11: what describe() says and what is answered are one thing.
bool server_core::offers(protocol::gate needed, const protocol::rules&) const {
  const auto now = store.current();
  switch (needed) {
    case protocol::gate::none:
      return true;
    case protocol::gate::tools:
      return !now->tools->entries.empty();
    case protocol::gate::resources:
      return now->has_resources();
    case protocol::gate::resources_subscribe:
      return now->has_resources() && options.resource_subscriptions();
    case protocol::gate::prompts:
      return !now->prompts->entries.empty();
    case protocol::gate::completions:
      return now->has_completions();
    case protocol::gate::logging:
      return options.logging();
  }
  return false;
}

protocol::initialize_result server_core::describe(const protocol::rules& r) const {
  protocol::initialize_result result;
  result.server_info = identity;
  result.instructions = options.instructions();
  protocol::server_capabilities& c = result.capabilities;
  c.tools = offers(protocol::gate::tools, r);
  c.tools_list_changed = c.tools && options.list_changed();
  c.resources = offers(protocol::gate::resources, r);
  c.resources_list_changed = c.resources && options.list_changed();
  c.resources_subscribe = offers(protocol::gate::resources_subscribe, r);
  c.prompts = offers(protocol::gate::prompts, r);
  c.prompts_list_changed = c.prompts && options.list_changed();
  c.completions = offers(protocol::gate::completions, r);
  c.logging = options.logging() && (c.tools || c.resources || c.prompts);
  c.experimental = options.experimental();
  c.extensions = options.extensions();
  for (const auto& e : extensions)
    e->describe(c, r);
  return result;
}

void server_core::log_failure(const std::string& line) const {
  options.log().write_limited(log_level::warning, line, this_shard().now());
}

void server_core::reply(responder answer,
                        const request_context& context,
                        json::object result,
                        const protocol::cache_hints& hints) const {
  protocol::complete_result(result, protocol::find_method(context.method()), context.rules(),
                            identity, hints);
  std::move(answer).reply(json::value(std::move(result)));
}

void server_core::reply_page(responder answer, list_pages::answer page) const {
  if (auto* error = std::get_if<jsonrpc::error_object>(&page))
    std::move(answer).fail(*error);
  else
    std::move(answer).reply(*std::get<0>(page));
}

awaitable<void> server_core::list_tools(jsonrpc::request request,
                                        responder answer,
                                        request_context& context) {
  const auto now = store.current();
  reply_page(std::move(answer), now->tools->page(style, context.rules(), request.params));
  co_return;
}

awaitable<void> server_core::list_resources(jsonrpc::request request,
                                            responder answer,
                                            request_context& context) {
  const auto now = store.current();
  reply_page(std::move(answer), now->resources->page(style, context.rules(), request.params));
  co_return;
}

awaitable<void> server_core::list_templates(jsonrpc::request request,
                                            responder answer,
                                            request_context& context) {
  const auto now = store.current();
  reply_page(std::move(answer), now->templates->page(style, context.rules(), request.params));
  co_return;
}

awaitable<void> server_core::list_prompts(jsonrpc::request request,
                                          responder answer,
                                          request_context& context) {
  const auto now = store.current();
  reply_page(std::move(answer), now->prompts->page(style, context.rules(), request.params));
  co_return;
}

// S-MOD-01, S-MOD-16
awaitable<void> server_core::discover(jsonrpc::request,
                                      responder answer,
                                      request_context& context) {
  const protocol::initialize_result about = describe(context.rules());
  json::array versions;
  const auto all = protocol::all_rules();
  for (auto r = all.rbegin(); r != all.rend(); ++r)
    versions.emplace_back(r->name);
  json::object result;
  result["supportedVersions"] = std::move(versions);
  result["capabilities"] = protocol::encode(about.capabilities, context.rules());
  if (!about.instructions.empty()) result["instructions"] = about.instructions;
  reply(std::move(answer), context, std::move(result), options.cache_lists());
  co_return;
}

namespace {

/// The params' `uri`, empty when there is none.
std::string_view uri_of(const json::value& params) {
  const json::object* o = params.if_object();
  const json::value* uri = o ? o->if_contains("uri") : nullptr;
  if (!uri || !uri->is_string()) return {};
  return {uri->get_string().data(), uri->get_string().size()};
}

jsonrpc::error_object no_uri() {
  return protocol::invalid_params("/uri must be a string: a URI");
}

}  // namespace

// S-SUB-08
awaitable<void> server_core::subscribe(jsonrpc::request request,
                                       responder answer,
                                       request_context& context) {
  const std::string_view uri = uri_of(request.params);
  session* const subscribing = context.conversation();
  if (uri.empty()) {
    std::move(answer).fail(no_uri());
  } else if (!store.current()->find_resource(uri)) {
    std::move(answer).fail(protocol::resource_not_found(uri, context.rules()));
  } else {
    const auto outcome =
        subscribing ? legacy.subscribe(*subscribing, uri, options.max_subscribed_resources())
                    : session_changes::outcome::no_session;
    if (outcome == session_changes::outcome::done)
      reply(std::move(answer), context, {});
    else if (outcome == session_changes::outcome::too_many)
      std::move(answer).fail(protocol::invalid_params(
          "a session may subscribe to " + std::to_string(options.max_subscribed_resources()) +
          " resources"));
    else
      std::move(answer).fail(jsonrpc::error_object(jsonrpc::error_code::invalid_request,
                                                   "The handshake is not complete"));
  }
  co_return;
}

awaitable<void> server_core::unsubscribe(jsonrpc::request request,
                                         responder answer,
                                         request_context& context) {
  const std::string_view uri = uri_of(request.params);
  if (uri.empty()) {
    std::move(answer).fail(no_uri());
    co_return;
  }
  if (context.conversation()) legacy.unsubscribe(*context.conversation(), uri);
  reply(std::move(answer), context, {});
}

std::string_view method_of(const change_event& e) noexcept {
  switch (e.what) {
    case change_event::kind::tools:
      return protocol::method::tools_changed;
    case change_event::kind::prompts:
      return protocol::method::prompts_changed;
    case change_event::kind::resources:
      return protocol::method::resources_changed;
    case change_event::kind::topic:
      return e.method;
    case change_event::kind::resource_updated:
      break;
  }
  return protocol::method::resource_updated;
}

json::object params_of(const change_event& e) {
  if (e.what == change_event::kind::topic) return e.params;
  json::object params;
  if (e.what == change_event::kind::resource_updated) params["uri"] = e.uri;
  return params;
}

}  // namespace comcp::detail
