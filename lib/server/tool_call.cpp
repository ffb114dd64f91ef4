// A call of a tool, from its params to what came of it.

#include "comcp/server/tool_call.hpp"

#include <exception>
#include <utility>
#include <variant>

#include "comcp/jsonrpc/codec.hpp"
#include "comcp/scope/errors.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/server/extension.hpp"
#include "server/failures.hpp"
#include "server/server_core.hpp"
#include "session/detached.hpp"
#include "session/request_state.hpp"

namespace comcp {

namespace detail {

using protocol::call_tool_result;

namespace {

awaitable<call_tool_result> run_tool(const tool_entry& tool,
                                     json::object arguments,
                                     request_context& context) {
  // Constructed: an assignment would stay in the storage that goes with the exchange.
  json::object own = tool.tool.keeps_arguments
                         ? json::object(std::move(arguments), json::storage_ptr())
                         : std::move(arguments);
  if (tool.tool.time_limit <= duration::zero()) return tool.tool.call(std::move(own), context);
  return
      [](const tool_entry& t, json::object a, request_context& c) -> awaitable<call_tool_result> {
        auto body = [&] { return t.tool.call(std::move(a), c); };
        co_return co_await fail_after(t.tool.time_limit, std::ref(body));
      }(tool, std::move(own), context);
}

// From a task of the handler's own group.
bool wants_to_detach(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const exception_group& group) {
    return group.contains<wants_detachment>();
  } catch (...) {
    return false;
  }
}

}  // namespace

// S-TOOL-04, S-TOOL-05
void server_core::check(const tool_entry& tool, call_tool_result& result) const {
  if (result.is_error) return;
  if (tool.output) {
    std::string wrong;
    if (!result.structured_content)
      wrong = "no structured content";
    else if (!tool.output->is_valid(*result.structured_content))
      wrong = json::to_text(tool.output->validate(*result.structured_content));
    if (!wrong.empty()) {
      log_failure("tool " + quoted_for_log(tool.key()) +
                  ": its result does not match its output schema: " + wrong);
      result = call_tool_result::error("The tool's result did not match its own output schema.");
      return;
    }
  }
  if (result.structured_content && result.content.empty())
    result.content.emplace_back(jsonrpc::to_text(*result.structured_content));
}

awaitable<void> server_core::call_tool(jsonrpc::request request,
                                       responder answer,
                                       request_context& context) {
  auto decoded = protocol::decode_call_tool(std::move(request.params));
  if (auto* error = std::get_if<jsonrpc::error_object>(&decoded))
    return refuse(std::move(answer), std::move(*error));
  auto& params = std::get<protocol::call_tool_params>(decoded);
  auto tool = store.current()->tools->entries.find(params.name);
  if (!tool)  // S-TOOL-01
    return refuse(std::move(answer),
                  protocol::invalid_params("there is no tool \"" + params.name + "\""));
  json::value arguments(std::move(params.arguments));
  if (!tool->input.is_valid(arguments)) {  // S-TOOL-02
    const std::string why = "Invalid arguments:\n" + json::to_text(tool->input.validate(arguments));
    if (!context.rules().argument_errors_in_result)
      return refuse(std::move(answer), protocol::invalid_params(why));
    reply(std::move(answer), context,
          protocol::encode(call_tool_result::error(why), context.rules()));
    return done();
  }
  const bool plain = extensions.empty() && !(tool->tool.parked && context.rules().input_required);
  if (plain)
    return run_call(std::move(tool), std::move(arguments.get_object()),
                    call_sink(std::move(answer)), context);
  tool_call call(*this, std::move(tool), std::move(arguments.get_object()),
                 std::move(params.others));
  for (const auto& e : extensions)
    if (e->takes(call, context))
      return call_extended(*e, std::move(call), std::move(answer), context);
  if (call.tool_->tool.parked && context.rules().input_required)
    return call_parked(std::move(call), std::move(answer), context);
  return run_call(call.tool_, std::move(call.arguments_), call_sink(std::move(answer)), context);
}

awaitable<void> server_core::call_extended(extension& by,
                                           tool_call call,
                                           responder answer,
                                           request_context& context) {
  auto running = by.answer(std::move(call), context);
  json::object result = co_await std::move(running);
  reply(std::move(answer), context, std::move(result));
}

awaitable<void> server_core::call_parked(tool_call call,
                                         responder answer,
                                         request_context& context) {
  auto running = parked->run(std::move(call), context);
  call_outcome outcome = co_await std::move(running);
  if (outcome.error)
    std::move(answer).fail(*outcome.error);
  else
    reply(std::move(answer), context, std::move(outcome.result));
}

awaitable<void> server_core::run_call(std::shared_ptr<const tool_entry> tool,
                                      json::object arguments,
                                      call_sink into,
                                      request_context& context,
                                      call_gate::place* lendable) {
  call_gate::place own;
  call_gate::place& place = lendable ? *lendable : own;
  place = gate.try_enter();
  if (!place) {
    call_gate::place waited = co_await gate.enter();
    place = std::move(waited);
  }
  call_tool_result result;
  std::exception_ptr failure;
  try {
    auto running = run_tool(*tool, std::move(arguments), context);
    result = co_await std::move(running);
    check(*tool, result);
  } catch (const wants_detachment&) {
    throw;
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    if (wants_to_detach(failure)) throw wants_detachment();
    pass_cancellation(failure, context);
    tool_failure judged = judge_tool_failure(failure, tool->key(), context.rules());
    if (!judged.for_log.empty()) log_failure(judged.for_log);
    if (auto* error = std::get_if<jsonrpc::error_object>(&judged.answer)) {
      std::move(into).fail(std::move(*error));
      co_return;
    }
    result = std::move(std::get<call_tool_result>(judged.answer));
  }
  std::move(into).reply(*this, context, tool->tool.info, std::move(result));
}

void call_sink::reply(const server_core& server,
                      const request_context& context,
                      const protocol::tool& of,
                      call_tool_result result) && {
  const protocol::rules& r = context.rules();
  if (outcome_) {
    outcome_->result = protocol::encode(result, of, r);
    return;
  }
  std::move(*answer_).reply_text([&](std::string& out) {
    protocol::append_complete_result(out, result, of, r, server.identity_text);
  });
}

void call_sink::fail(jsonrpc::error_object error) && {
  if (outcome_)
    outcome_->error = std::move(error);
  else
    std::move(*answer_).fail(error);
}

}  // namespace detail

tool_call::tool_call(detail::server_core& server,
                     std::shared_ptr<const detail::tool_entry> tool,
                     json::object arguments,
                     json::object params)
    : server_(server),
      tool_(std::move(tool)),
      arguments_(std::move(arguments), json::storage_ptr()),
      params_(std::move(params), json::storage_ptr()) {}

const protocol::tool& tool_call::tool() const noexcept {
  return tool_->tool.info;
}
task_start tool_call::start() const noexcept {
  return tool_->tool.start;
}

awaitable<call_outcome> tool_call::run(request_context& context) {
  call_outcome outcome;
  auto running = server_.run_call(tool_, arguments_, detail::call_sink(outcome), context);
  co_await std::move(running);
  co_return outcome;
}

awaitable<std::optional<call_outcome>> tool_call::run_until_detached(request_context& context) {
  detail::request_state& state = detail::request_state::of(context);
  if (!state.known())
    state.run_again = std::make_unique<detail::rounds>(round_keeper::of_process(), std::string());
  state.may_detach = true;
  std::optional<call_outcome> outcome;
  try {
    auto running = run(context);
    outcome = co_await std::move(running);
  } catch (const detail::wants_detachment&) {
    state.known()->begin_again();
  }
  state.may_detach = false;
  co_return outcome;
}

}  // namespace comcp
