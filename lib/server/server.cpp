#include "comcp/server/server.hpp"

#include <exception>

#include "comcp/log.hpp"
#include "comcp/scope/errors.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/session/session.hpp"
#include "server/server_core.hpp"

namespace comcp {

using kind = change_event::kind;

server::server(std::string name, std::string version, server_options options)
    : core_(std::make_unique<detail::server_core>(
          std::move(name), std::move(version), std::move(options))) {}

server::~server() = default;

server& server::add(tool_definition tool) {
  const std::string name = tool.info.name;
  core_->change(kind::tools, [&](detail::catalogue& c) { return c.add(std::move(tool)), true; });
  const std::string doubt = detail::doubt_about_name(name);
  if (!doubt.empty())
    core_->options.log().write(
        log_level::warning,
        "the name of tool " + quoted_for_log(name) + " " + doubt + ": some clients will refuse it");
  return *this;
}

server& server::add_resource(resource_definition resource) {
  core_->change(kind::resources,
                [&](detail::catalogue& c) { return c.add_resource(std::move(resource)), true; });
  return *this;
}

server& server::add_template(resource_definition resource) {
  core_->change(kind::resources,
                [&](detail::catalogue& c) { return c.add_template(std::move(resource)), true; });
  return *this;
}

server& server::add(prompt_definition prompt) {
  core_->change(kind::prompts,
                [&](detail::catalogue& c) { return c.add(std::move(prompt)), true; });
  return *this;
}

// Lists don't show completions: nobody is told.
server& server::add_completion(completion_target target, completion_function complete) {
  core_->store.change(
      [&](detail::catalogue& c) { return c.add(std::move(target), std::move(complete)), true; });
  return *this;
}

server& server::completion(completion_target target, std::vector<std::string> values) {
  return add_completion(std::move(target), detail::complete_from(std::move(values)));
}

bool server::remove_tool(std::string_view name) {
  return core_->change(kind::tools, [&](detail::catalogue& c) { return c.remove_tool(name); });
}
bool server::remove_resource(std::string_view uri) {
  return core_->change(kind::resources,
                       [&](detail::catalogue& c) { return c.remove_resource(uri); });
}
bool server::remove_resource_template(std::string_view uri_template) {
  return core_->change(kind::resources,
                       [&](detail::catalogue& c) { return c.remove_template(uri_template); });
}
bool server::remove_prompt(std::string_view name) {
  return core_->change(kind::prompts, [&](detail::catalogue& c) { return c.remove_prompt(name); });
}

void server::resource_updated(std::string_view uri) {
  core_->changes->publish(change_event(kind::resource_updated, std::string(uri)));
}

namespace {

template <class Hook>
void keep(detail::server_core& core, std::vector<Hook>& all, Hook hook) {
  const std::lock_guard held(core.hooks_mutex);
  all.push_back(std::move(hook));
}

template <class Hook>
std::vector<Hook> copy_of(detail::server_core& core, const std::vector<Hook>& all) {
  const std::lock_guard held(core.hooks_mutex);
  return all;
}

void call_session_hooks(detail::server_core& core,
                        const std::vector<std::function<void(session&)>>& all,
                        session& about) noexcept try {
  for (const auto& hook : copy_of(core, all))
    hook(about);
} catch (...) {
  core.options.log().write(log_level::error,
                           "a session hook failed: " + comcp::describe(std::current_exception()));
}

}  // namespace

server& server::on_start(std::function<awaitable<void>()> hook) {
  keep(*core_, core_->start_hooks, std::move(hook));
  return *this;
}
server& server::on_stop(std::function<awaitable<void>()> hook) {
  keep(*core_, core_->stop_hooks, std::move(hook));
  return *this;
}
server& server::on_session_start(std::function<void(session&)> hook) {
  keep(*core_, core_->session_start_hooks, std::move(hook));
  return *this;
}
server& server::on_session_end(std::function<void(session&)> hook) {
  keep(*core_, core_->session_end_hooks, std::move(hook));
  return *this;
}

server& server::on_notification(
    std::string_view method,
    std::function<awaitable<void>(const json::value& params, session& from)> hook) {
  keep(*core_, core_->notification_hooks,
       detail::server_core::notification_hook{std::string(method), std::move(hook)});
  return *this;
}
server& server::on_peer_error(
    std::function<void(session& from, const jsonrpc::error_object& error)> hook) {
  keep(*core_, core_->peer_error_hooks, std::move(hook));
  return *this;
}

awaitable<protocol::read_resource_result> server::read_resource(std::string uri,
                                                                request_context& context) {
  return core_->read(std::move(uri), context);
}

awaitable<void> server::start() {
  const auto hooks = copy_of(*core_, core_->start_hooks);
  for (const auto& hook : hooks) {
    auto running = hook();
    co_await std::move(running);
  }
}

namespace {

// Where no time is left Asio wouldn't begin it: a scope of its own lets it run to where it first waits.
awaitable<void> call(const std::function<awaitable<void>()>& hook) {
  if (!current_scope().effectively_cancelled()) return hook();
  return fail_after(duration::zero(), std::ref(hook), scope_options().shield());
}

}  // namespace

// Hooks come last, and what has parked may have its own way of cleaning up: half of the time is for them.
awaitable<void> server::stop() {
  const time_point end = current_scope().effective_deadline();
  const time_point now = this_shard().now();
  scope_options half;
  if (end != time_point::max()) half.after(end > now ? (end - now) / 2 : duration::zero());
  auto stopping = [this] { return core_->parked->stop(); };
  bool in_time = false;
  try {
    in_time = co_await with_cancel_scope(std::ref(stopping), half);
  } catch (...) {
    if (!is_cancelled(std::current_exception())) throw;
  }
  if (!in_time) {
    core_->options.log().write(log_level::warning,
                               std::to_string(core_->parked->count()) +
                                   " parked calls haven't ended in time: stopping without them");
  }
  const auto hooks = copy_of(*core_, core_->stop_hooks);
  for (auto hook = hooks.rbegin(); hook != hooks.rend(); ++hook) {
    std::exception_ptr failure;
    try {
      auto running = call(*hook);
      co_await std::move(running);
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure)
      core_->options.log().write(log_level::error,
                                 "a stop hook failed: " + comcp::describe(failure));
  }
}

void server::drain() noexcept {
  core_->listeners.end_all();
}

const server_options& server::options() const noexcept {
  return core_->options;
}
std::size_t server::running_calls() const noexcept {
  return core_->gate.running();
}
std::size_t server::waiting_calls() const noexcept {
  return core_->gate.waiting();
}
std::size_t server::parked_calls() const noexcept {
  return core_->parked->count();
}
std::size_t server::open_subscriptions() const noexcept {
  return core_->streams.load();
}

protocol::initialize_result server::describe(const protocol::rules& rules) const {
  return core_->describe(rules);
}

awaitable<void> server::on_request(jsonrpc::request request,
                                   responder answer,
                                   request_context& context) {
  return core_->on_request(std::move(request), std::move(answer), context);
}

std::shared_ptr<const protocol::parameter_headers> server::parameter_headers(
    std::string_view tool, const principal*) const {
  const auto found = core_->store.current()->tools->entries.find(tool);
  return found ? found->headers : nullptr;
}

std::string_view server::name_param(std::string_view method) const noexcept {
  return core_->name_param(method);
}

server& server::extend(std::shared_ptr<extension> e) {
  core_->extend(e);
  e->attached(*this);
  return *this;
}
void server::publish(const change_event& e) noexcept {
  core_->changes->publish(e);
}
bus& server::change_bus() const noexcept {
  return *core_->changes;
}

const round_keeper& server::rounds() const noexcept {
  return core_->rounds;
}
awaitable<void> server::on_notification(jsonrpc::notification notification, session& from) {
  const auto hooks = copy_of(*core_, core_->notification_hooks);
  for (const auto& hook : hooks) {
    if (hook.method != notification.method) continue;
    auto running = hook.call(notification.params, from);
    co_await std::move(running);
  }
}

void server::on_peer_error(session& from, const jsonrpc::error_object& error) noexcept try {
  for (const auto& hook : copy_of(*core_, core_->peer_error_hooks))
    hook(from, error);
} catch (...) {
  core_->options.log().write(log_level::error,
                             "a hook failed: " + comcp::describe(std::current_exception()));
}

void server::on_session_start(session& started) noexcept {
  try {
    if (const protocol::rules* rules = started.negotiated()) {
      const auto can = core_->describe(*rules).capabilities;
      detail::change_filter wanted;
      wanted.tools = can.tools_list_changed;
      wanted.prompts = can.prompts_list_changed;
      wanted.resources = can.resources_list_changed;
      core_->legacy.add(started, std::move(wanted));
    }
  } catch (...) {
    core_->options.log().write(log_level::error, "a session gets no change notifications: " +
                                                     comcp::describe(std::current_exception()));
  }
  call_session_hooks(*core_, core_->session_start_hooks, started);
}

void server::on_session_end(session& ended) noexcept {
  core_->legacy.remove(ended);
  call_session_hooks(*core_, core_->session_end_hooks, ended);
}

}  // namespace comcp
