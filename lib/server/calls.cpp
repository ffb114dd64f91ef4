// The requests that run a handler, tools aside (tool_call.cpp). Each holds the entry it runs: what is removed meanwhile stays alive.

#include <algorithm>
#include <exception>
#include <utility>
#include <variant>

#include "comcp/protocol/completion.hpp"
#include "comcp/protocol/prompts.hpp"
#include "comcp/protocol/resources.hpp"
#include "comcp/protocol/result.hpp"
#include "comcp/scope/errors.hpp"
#include "comcp/server/errors.hpp"
#include "server/failures.hpp"
#include "server/server_core.hpp"

namespace comcp::detail {

// A cancelled request ends without an answer; everything else that looks like a cancellation (a socket
// that the handler itself closed) is a failure like any other.
void pass_cancellation(const std::exception_ptr& failure, const request_context& context) {
  if (context.scope().effectively_cancelled() && is_cancelled(failure))
    std::rethrow_exception(failure);
}

void server_core::fail(responder answer,
                       std::exception_ptr failure,
                       std::string_view what,
                       std::string_view uri,
                       const protocol::rules& r) const {
  const other_failure judged = judge_failure(failure, what, uri, r);
  if (!judged.for_log.empty()) log_failure(judged.for_log);
  std::move(answer).fail(judged.answer);
}

namespace {

const resource_function& reader_of(const catalogue::found_resource& found) {
  return found.fixed ? found.fixed->read : found.pattern->read;
}

/// What the handler left to the entry.
void complete_contents(protocol::read_resource_result& result,
                       const catalogue::found_resource& found,
                       const std::string& uri) {
  const std::string& type =
      found.fixed ? found.fixed->info.mime_type : found.pattern->info.mime_type;
  for (protocol::resource_contents& c : result.contents) {
    if (c.uri.empty()) c.uri = uri;
    if (c.mime_type.empty()) c.mime_type = type;
  }
}

}  // namespace

awaitable<protocol::read_resource_result> server_core::read(std::string uri,
                                                            request_context& context) const {
  resource_request wanted;
  wanted.uri = std::move(uri);
  auto found = store.current()->find_resource(wanted.uri);
  if (!found) throw not_found_error("Resource not found: " + wanted.uri);
  wanted.variables = std::move(found.variables);
  auto running = reader_of(found)(wanted, context);
  protocol::read_resource_result result = co_await std::move(running);
  complete_contents(result, found, wanted.uri);
  co_return result;
}

awaitable<void> server_core::read_resource(jsonrpc::request request,
                                           responder answer,
                                           request_context& context) {
  resource_request wanted;
  if (const json::object* o = request.params.if_object())
    if (const json::value* uri = o->if_contains("uri"); uri && uri->is_string())
      wanted.uri = std::string(uri->get_string());
  if (wanted.uri.empty()) {
    std::move(answer).fail(protocol::invalid_params("/uri must be a string: a URI"));
    co_return;
  }
  auto found = store.current()->find_resource(wanted.uri);
  if (!found) {  // S-RES-01, S-RES-02
    std::move(answer).fail(protocol::resource_not_found(wanted.uri, context.rules()));
    co_return;
  }
  wanted.variables = std::move(found.variables);
  const auto& hints = found.fixed ? found.fixed->cache : found.pattern->cache;

  call_gate::place place = gate.try_enter();
  if (!place) {
    call_gate::place waited = co_await gate.enter();
    place = std::move(waited);
  }
  protocol::read_resource_result result;
  std::exception_ptr failure;
  try {
    auto running = reader_of(found)(wanted, context);
    result = co_await std::move(running);
    complete_contents(result, found, wanted.uri);
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    pass_cancellation(failure, context);
    fail(std::move(answer), failure, "resource " + quoted_for_log(wanted.uri), wanted.uri,
         context.rules());
    co_return;
  }
  reply(std::move(answer), context, protocol::encode(result, context.rules()),
        hints ? *hints : options.cache_reads());
}

awaitable<void> server_core::get_prompt(jsonrpc::request request,
                                        responder answer,
                                        request_context& context) {
  const auto decoded = protocol::decode_get_prompt(request.params);
  if (const auto* error = std::get_if<jsonrpc::error_object>(&decoded)) {
    std::move(answer).fail(*error);
    co_return;
  }
  const auto& params = std::get<protocol::get_prompt_params>(decoded);
  const auto prompt = store.current()->prompts->entries.find(params.name);
  std::string wrong;  // S-PROM-01
  if (!prompt) {
    wrong = "there is no prompt \"" + params.name + "\"";
  } else {
    for (const protocol::prompt_argument& a : prompt->prompt.info.arguments)
      if (a.required && !params.arguments.contains(a.name))
        wrong += (wrong.empty() ? "missing required argument \"" : ", \"") + a.name + "\"";
  }
  if (!wrong.empty()) {
    std::move(answer).fail(protocol::invalid_params(wrong));
    co_return;
  }
  call_gate::place place = gate.try_enter();
  if (!place) {
    call_gate::place waited = co_await gate.enter();
    place = std::move(waited);
  }
  protocol::get_prompt_result result;
  std::exception_ptr failure;
  try {
    auto running = prompt->prompt.get(params.arguments, context);
    result = co_await std::move(running);
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    pass_cancellation(failure, context);
    fail(std::move(answer), failure, "prompt " + quoted_for_log(params.name), {}, context.rules());
    co_return;
  }
  if (result.description.empty()) result.description = prompt->prompt.info.description;
  reply(std::move(answer), context, protocol::encode(result, context.rules()));
}

namespace {

/// What completes the argument: a handler, nothing (no suggestions), or the reason for -32602.
std::variant<completion_function, std::string> find_completion(const catalogue& now,
                                                               const protocol::complete_params& p) {
  const auto pick = [&](const completion_map& all,
                        bool is_argument) -> std::variant<completion_function, std::string> {
    const auto at = all.find(p.argument);
    if (at != all.end()) return at->second;
    if (is_argument) return completion_function();
    return "\"" + p.name + "\" has no argument \"" + p.argument + "\"";
  };
  if (p.what == protocol::complete_params::target::prompt) {
    const auto prompt = now.prompts->entries.find(p.name);
    if (!prompt) return "there is no prompt \"" + p.name + "\"";
    const auto& arguments = prompt->prompt.info.arguments;
    return pick(prompt->completions,
                std::ranges::find(arguments, p.argument, &protocol::prompt_argument::name) !=
                    arguments.end());
  }
  // The template itself, or a URI that one of them matches.
  auto pattern = now.templates->entries.find(p.name);
  if (!pattern) pattern = now.find_resource(p.name).pattern;
  if (!pattern) return "there is no resource template \"" + p.name + "\"";
  const auto& variables = pattern->pattern.variables();
  return pick(pattern->completions, std::ranges::find(variables, p.argument) != variables.end());
}

}  // namespace

awaitable<void> server_core::complete(jsonrpc::request request,
                                      responder answer,
                                      request_context& context) {
  auto decoded = protocol::decode_complete(request.params);
  if (const auto* error = std::get_if<jsonrpc::error_object>(&decoded)) {
    std::move(answer).fail(*error);
    co_return;
  }
  auto& params = std::get<protocol::complete_params>(decoded);
  const auto found = find_completion(*store.current(), params);
  if (const auto* wrong = std::get_if<std::string>(&found)) {
    std::move(answer).fail(protocol::invalid_params(*wrong));
    co_return;
  }
  const auto& handler = std::get<completion_function>(found);
  protocol::completion result;
  if (handler) {
    completion_request wanted;
    wanted.value = std::move(params.value);
    wanted.arguments = std::move(params.context);
    call_gate::place place = gate.try_enter();
    if (!place) {
      call_gate::place waited = co_await gate.enter();
      place = std::move(waited);
    }
    std::exception_ptr failure;
    try {
      auto running = handler(wanted, context);
      result = co_await std::move(running);
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure) {
      pass_cancellation(failure, context);
      fail(std::move(answer), failure, "completion of " + quoted_for_log(params.name), {},
           context.rules());
      co_return;
    }
  }
  reply(std::move(answer), context, protocol::encode(result));
}

}  // namespace comcp::detail
