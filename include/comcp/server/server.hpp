#ifndef COMCP_SERVER_SERVER_HPP
#define COMCP_SERVER_SERVER_HPP

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "comcp/awaitable.hpp"
#include "comcp/server/completion.hpp"
#include "comcp/server/extension.hpp"
#include "comcp/server/options.hpp"
#include "comcp/server/prompt.hpp"
#include "comcp/server/resource.hpp"
#include "comcp/server/tool.hpp"
#include "comcp/session/request_handler.hpp"

namespace comcp {

namespace detail {
class server_core;
}

/** An MCP server: what it offers, and the answers to every client on every transport and revision.

    @code
    comcp::server server{"weather", "1.0"};
    server.tool("forecast", "Forecast for a city", forecast);
    return comcp::run(server, comcp::stdio());
    @endcode

    Everything can be registered and removed at any time, also while the server runs: clients are told,
    and a handler that is removed while it runs stays alive until it has ended. Registering is refused
    with a registration_error that says what is wrong: a name that is taken, a schema that isn't one, a
    template that can't be parsed.

    Each call runs as a coroutine of its own, at most `max_concurrent_calls` at once.

    @par Thread safety every function from any thread
    @par Lifetime      must outlive all that it serves
    @see lib/server/DESIGN.md, test/server/
*/
class server final : public request_handler {
 public:
  server(std::string name, std::string version, server_options options = {});
  ~server() override;
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// @see make_tool
  template <class F>
  server& tool(std::string name, std::string description, F handler, tool_options options = {}) {
    return add(
        make_tool(std::move(name), std::move(description), std::move(handler), std::move(options)));
  }
  /// @see make_resource
  template <class F>
  server& resource(std::string uri, std::string name, F handler, resource_options options = {}) {
    return add_resource(
        make_resource(std::move(uri), std::move(name), std::move(handler), std::move(options)));
  }
  /// @see make_resource, uri_template
  template <class F>
  server& resource_template(std::string uri_template,
                            std::string name,
                            F handler,
                            resource_options options = {}) {
    return add_template(make_resource(std::move(uri_template), std::move(name), std::move(handler),
                                      std::move(options)));
  }
  /// @see make_prompt
  template <class F>
  server& prompt(std::string name,
                 std::string description,
                 F handler,
                 prompt_options options = {}) {
    return add(make_prompt(std::move(name), std::move(description), std::move(handler),
                           std::move(options)));
  }
  /// Suggestions for one argument of a prompt or template that is there already.
  /// @see make_completion
  template <class F>
  server& completion(completion_target target, F handler) {
    return add_completion(std::move(target), make_completion(std::move(handler)));
  }
  /// The same from a fixed list.
  server& completion(completion_target target, std::vector<std::string> values);

  server& add(tool_definition tool);
  server& add_resource(resource_definition resource);
  server& add_template(resource_definition resource);
  server& add(prompt_definition prompt);
  server& add_completion(completion_target target, completion_function complete);

  /// False when there is none. With a prompt or template go its completions.
  bool remove_tool(std::string_view name);
  bool remove_resource(std::string_view uri);
  bool remove_resource_template(std::string_view uri_template);
  bool remove_prompt(std::string_view name);

  /** Adds an extension, before the server serves.

      Throws registration_error when its id or a method of it is there already. */
  server& extend(std::shared_ptr<extension> e);
  /// Hands an event on to subscribers, those of other instances included.
  void publish(const change_event& e) noexcept;
  /// Carries changes to subscribers.
  bus& change_bus() const noexcept;

  /// Tells subscribers that what the resource holds has changed.
  void resource_updated(std::string_view uri);

  /// Called by `start`, in the order given, before the first client; an exception ends the start.
  server& on_start(std::function<awaitable<void>()> hook);
  /// Called by `stop`, in reverse order, after the last client; exceptions go to the log. A hook for which no
  /// time is left runs to where it first waits.
  server& on_stop(std::function<awaitable<void>()> hook);
  /// A legacy session has finished its handshake, on its shard; must not throw.
  server& on_session_start(std::function<void(session&)> hook);
  server& on_session_end(std::function<void(session&)> hook);

  /** What clients of the legacy revisions tell: called for each notification with this method, as a task
      of its session, in the order given. What a hook throws goes to the log. Never called for
      `notifications/initialized` and `cancelled`, nor for progress of a question that asked for it.

      @code
      server.on_notification(protocol::method::roots_changed, learn_roots);
      // awaitable<void> learn_roots(const json::value& params, session& from)
      @endcode
      @par Thread safety hooks are called on every shard */
  server& on_notification(
      std::string_view method,
      std::function<awaitable<void>(const json::value& params, session& from)> hook);
  /// A client reports an error that belongs to no request: it could not read something that was sent to
  /// it. Inline, on its shard; must not throw.
  server& on_peer_error(
      std::function<void(session& from, const jsonrpc::error_object& error)> hook);

  /** Reads a resource of this server, registered or by a template, as a client would: for handlers that
      build on one. Runs in the caller's request: its principal, its scope, its place among the running
      calls.

      @code
      const auto read = co_await server.read_resource("config://limits", ctx);
      @endcode
      @par Errors not_found_error when there is none with this URI; whatever its handler throws */
  awaitable<protocol::read_resource_result> read_resource(std::string uri,
                                                          request_context& context);

  /// `run` calls these three; who has a loop of its own does it itself. Parked calls get half of the time for `stop`.
  awaitable<void> start();
  awaitable<void> stop();
  /// Ends streams that are open by design (listen) with their result; new ones end at once.
  void drain() noexcept;

  const server_options& options() const noexcept;
  /// Handlers running now, and waiting for their turn. Those of tasks and parked calls that wait for answers of
  /// their client are neither.
  std::size_t running_calls() const noexcept;
  std::size_t waiting_calls() const noexcept;
  /// Handlers that wait in memory for their client to come back (tool_options::parked).
  std::size_t parked_calls() const noexcept;
  /// Open streams of `subscriptions/listen`.
  std::size_t open_subscriptions() const noexcept;

  // request_handler
  protocol::initialize_result describe(const protocol::rules& rules) const override;
  awaitable<void> on_request(jsonrpc::request request,
                             responder answer,
                             request_context& context) override;
  std::shared_ptr<const protocol::parameter_headers> parameter_headers(
      std::string_view tool, const principal* caller) const override;
  bool copies_params() const noexcept override { return true; }
  std::string_view name_param(std::string_view method) const noexcept override;
  const round_keeper& rounds() const noexcept override;
  awaitable<void> on_notification(jsonrpc::notification notification, session& from) override;
  void on_peer_error(session& from, const jsonrpc::error_object& error) noexcept override;
  void on_session_start(session& started) noexcept override;
  void on_session_end(session& ended) noexcept override;

 private:
  std::unique_ptr<detail::server_core> core_;
};

}  // namespace comcp

#endif
