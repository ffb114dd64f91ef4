#ifndef COMCP_LIB_SERVER_SERVER_CORE_HPP
#define COMCP_LIB_SERVER_SERVER_CORE_HPP

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "comcp/awaitable.hpp"
#include "comcp/protocol/lifecycle.hpp"
#include "comcp/protocol/methods.hpp"
#include "comcp/server/extension.hpp"
#include "comcp/server/options.hpp"
#include "comcp/session/request_context.hpp"
#include "comcp/session/responder.hpp"
#include "comcp/session/rounds.hpp"
#include "protocol/result_text.hpp"
#include "server/call_gate.hpp"
#include "server/catalogue.hpp"
#include "server/parking.hpp"
#include "server/session_changes.hpp"
#include "server/subscribers.hpp"

namespace comcp::detail {

class server_core;

/// Where what comes of a call goes: to the client, or to whoever runs the call.
class call_sink {
 public:
  explicit call_sink(responder answer) : answer_(std::move(answer)) {}
  explicit call_sink(call_outcome& outcome) : outcome_(&outcome) {}
  void reply(const server_core& server,
             const request_context& context,
             const protocol::tool& of,
             protocol::call_tool_result result) &&;
  void fail(jsonrpc::error_object error) &&;

 private:
  std::optional<responder> answer_;
  call_outcome* outcome_ = nullptr;
};

/// What stands behind `server`. Its functions are in dispatch.cpp (the table and what answers at
/// once), tool_call.cpp and calls.cpp (what runs handlers) and listen.cpp.
class server_core {
 public:
  server_core(std::string name, std::string version, server_options given);

  protocol::initialize_result describe(const protocol::rules& r) const;
  awaitable<void> on_request(jsonrpc::request request, responder answer, request_context& context);

  /// Makes a change, and tells subscribers when it was one.
  template <class F>
  bool change(change_event::kind what, F&& f) {
    if (!store.change(std::forward<F>(f))) return false;
    changes->publish(change_event(what));
    return true;
  }
  void log_failure(const std::string& line) const;
  /// The member of the params that `Mcp-Name` repeats; empty: none.
  std::string_view name_param(std::string_view method) const noexcept;
  void extend(std::shared_ptr<extension> e);

  /// @param lendable where its place is, if others may have it now and then; the caller gives it back
  awaitable<void> run_call(std::shared_ptr<const tool_entry> tool,
                           json::object arguments,
                           call_sink into,
                           request_context& context,
                           call_gate::place* lendable = nullptr);
  void reply(responder answer,
             const request_context& context,
             json::object result,
             const protocol::cache_hints& hints = {}) const;
  /// For a handler: what the client would get.
  awaitable<protocol::read_resource_result> read(std::string uri, request_context& context) const;

  const server_options options;
  const protocol::implementation identity;
  const protocol::identity_texts identity_text;
  const list_style style;
  const round_keeper rounds;
  catalogue_store store;
  call_gate gate;
  const std::shared_ptr<parking> parked;
  subscribers listeners;                // of all kinds
  session_changes legacy;               // those that are legacy sessions
  std::atomic<std::size_t> streams{0};  // those that are listen streams
  const std::shared_ptr<bus> changes;
  std::vector<std::shared_ptr<extension>> extensions;  // as before the server serves

  std::mutex hooks_mutex;
  std::vector<std::function<awaitable<void>()>> start_hooks;
  std::vector<std::function<awaitable<void>()>> stop_hooks;
  std::vector<std::function<void(session&)>> session_start_hooks;
  std::vector<std::function<void(session&)>> session_end_hooks;
  struct notification_hook {
    std::string method;
    std::function<awaitable<void>(const json::value&, session&)> call;
  };
  std::vector<notification_hook> notification_hooks;
  std::vector<std::function<void(session&, const jsonrpc::error_object&)>> peer_error_hooks;

 private:
  using serve = awaitable<void> (server_core::*)(jsonrpc::request, responder, request_context&);
  struct route {
    const protocol::method_info* method;
    serve answer;
  };
  static const std::vector<route>& routes();
  bool offers(protocol::gate needed, const protocol::rules& r) const;

  void reply_page(responder answer, list_pages::answer page) const;

  // Answered at once.
  awaitable<void> discover(jsonrpc::request, responder, request_context&);
  awaitable<void> list_tools(jsonrpc::request, responder, request_context&);
  awaitable<void> list_resources(jsonrpc::request, responder, request_context&);
  awaitable<void> list_templates(jsonrpc::request, responder, request_context&);
  awaitable<void> list_prompts(jsonrpc::request, responder, request_context&);
  awaitable<void> subscribe(jsonrpc::request, responder, request_context&);
  awaitable<void> unsubscribe(jsonrpc::request, responder, request_context&);
  // These run a handler.
  awaitable<void> call_tool(jsonrpc::request, responder, request_context&);
  awaitable<void> read_resource(jsonrpc::request, responder, request_context&);
  awaitable<void> get_prompt(jsonrpc::request, responder, request_context&);
  awaitable<void> complete(jsonrpc::request, responder, request_context&);
  awaitable<void> call_extended(extension&, tool_call, responder, request_context&);
  awaitable<void> call_parked(tool_call, responder, request_context&);
  awaitable<void> call_method(
      extension&, const extension_method&, jsonrpc::request, responder, request_context&);
  // Open until one side ends it.
  awaitable<void> listen(jsonrpc::request, responder, request_context&);

  void check(const tool_entry& tool, protocol::call_tool_result& result) const;
  void fail(responder answer,
            std::exception_ptr failure,
            std::string_view what,
            std::string_view uri,
            const protocol::rules& r) const;

  std::shared_ptr<void> hearing_;  // last: ends first
};

awaitable<void> refuse(responder answer, jsonrpc::error_object error);
awaitable<void> done();
/// Throws the failure on when it is the request's cancellation.
void pass_cancellation(const std::exception_ptr& failure, const request_context& context);

/// A change as the client is told of it.
std::string_view method_of(const change_event& e) noexcept;
json::object params_of(const change_event& e);

}  // namespace comcp::detail

#endif
