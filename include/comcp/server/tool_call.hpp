#ifndef COMCP_SERVER_TOOL_CALL_HPP
#define COMCP_SERVER_TOOL_CALL_HPP

#include <memory>
#include <optional>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/tools.hpp"
#include "comcp/server/tool.hpp"
#include "comcp/session/request_context.hpp"

namespace comcp {

namespace detail {
class detached_call;
class server_core;
class tool_entry;
}  // namespace detail

/** What came of a call: a result, as its revision writes it, or a JSON-RPC error. */
class call_outcome {
 public:
  call_outcome() = default;

  json::object result;
  std::optional<jsonrpc::error_object> error;
};

/** A call of a tool that was found, with arguments that fit its schema: ready to run.

    @par Thread safety one shard
    @par Lifetime      holds the tool, also when it is removed; the server must outlive it
*/
class tool_call {
 public:
  tool_call(detail::server_core& server,
            std::shared_ptr<const detail::tool_entry> tool,
            json::object arguments,
            json::object params);

  const protocol::tool& tool() const noexcept;
  task_start start() const noexcept;
  /// The request's params; `arguments` has been moved away.
  const json::object& params() const noexcept { return params_; }

  /** Waits for its turn among the concurrent calls, runs the handler, and judges what it threw.

      @par Cancellation throws, once the handler has ended
      @par Lifetime     at most once; `*this` and the context must outlive the awaitable
  */
  awaitable<call_outcome> run(request_context& context);

  /// The same, until the handler calls `continue_as_task`: nothing then. May be run again afterwards, here or
  /// detached, with the answers and what `ctx.once` kept.
  awaitable<std::optional<call_outcome>> run_until_detached(request_context& context);

 private:
  friend class detail::detached_call;
  friend class detail::server_core;
  detail::server_core& server_;
  std::shared_ptr<const detail::tool_entry> tool_;
  json::object arguments_;
  json::object params_;
};

}  // namespace comcp

#endif
