#ifndef COMCP_SERVER_TOOL_HPP
#define COMCP_SERVER_TOOL_HPP

// Tools: what an author says of one, and how a typed handler becomes one.

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "comcp/awaitable.hpp"
#include "comcp/json/schema.hpp"
#include "comcp/protocol/tools.hpp"
#include "comcp/scope/clock.hpp"
#include "comcp/server/detail/handler_traits.hpp"
#include "comcp/server/errors.hpp"
#include "comcp/session/ask.hpp"
#include "comcp/session/request_context.hpp"

namespace comcp {

using protocol::call_tool_result;
using protocol::content_block;
using protocol::task_support;

/// When a call becomes a task, where the server decides (2026-07-28).
enum class task_start : std::uint8_t {
  at_once,    ///< before the handler is run
  by_handler  ///< when the handler calls `continue_as_task`; one that doesn't answers directly
};

/** What an author says of a tool beside its name and description. */
class tool_options {
 public:
  tool_options() = default;

  /// For people; the name is for programs.
  tool_options& title(std::string t) { return title_ = std::move(t), *this; }
  /// Changes nothing. Without it clients may assume the worst: a destructive tool in an open world.
  tool_options& read_only(bool on = true) { return hints_.read_only = on, *this; }
  tool_options& destructive(bool on = true) { return hints_.destructive = on, *this; }
  /// Calling again with the same arguments changes nothing more.
  tool_options& idempotent(bool on = true) { return hints_.idempotent = on, *this; }
  /// Deals with things outside of a closed domain, such as the web.
  tool_options& open_world(bool on = true) { return hints_.open_world = on, *this; }
  tool_options& icon(protocol::icon i) { return icons_.push_back(std::move(i)), *this; }
  /// Takes the place of the schema derived from the handler's arguments; sent verbatim. Its root
  /// says `"type": "object"`.
  tool_options& input_schema(json::object schema) { return input_ = std::move(schema), *this; }
  /// Takes the place of the schema derived from the handler's result; sent verbatim to revisions
  /// that know it. Results are checked against it.
  tool_options& output_schema(json::value schema) { return output_ = std::move(schema), *this; }
  /// A member of the tool's `_meta`.
  tool_options& meta(std::string_view key, json::value v) {
    return meta_[key] = std::move(v), *this;
  }
  /// A call that takes longer is cancelled and fails with `isError`. None by default.
  tool_options& time_limit(duration d) { return limit_ = d, *this; }

  /** Lets calls run as tasks: the client gets a task at once, and its result later.

      Needs `server::extend(tasks::make())`; without it the tool runs like any other. Default:
      forbidden. See docs/tasks.md. */
  tool_options& task(task_support s, task_start when = task_start::at_once) {
    return task_support_ = s, task_start_ = when, *this;
  }

  /** For handlers that can't be run twice: where a question would end the handler and replay it
      (2026-07-28), it waits in this process instead until its client comes back, for at most the lifetime
      of a round. The client must come back to this instance. Tools only. Default: replay.
      @see server_options::max_parked_calls */
  tool_options& parked(bool on = true) { return parked_ = on, *this; }

  const std::string& title() const noexcept { return title_; }
  const protocol::tool_annotations& hints() const noexcept { return hints_; }
  const std::vector<protocol::icon>& icons() const noexcept { return icons_; }
  const std::optional<json::object>& input_schema() const noexcept { return input_; }
  const std::optional<json::value>& output_schema() const noexcept { return output_; }
  const json::object& meta() const noexcept { return meta_; }
  duration time_limit() const noexcept { return limit_; }
  comcp::task_support task_support() const noexcept { return task_support_; }
  bool is_parked() const noexcept { return parked_; }
  comcp::task_start task_start() const noexcept { return task_start_; }

 private:
  std::string title_;
  protocol::tool_annotations hints_;
  std::vector<protocol::icon> icons_;
  std::optional<json::object> input_;
  std::optional<json::value> output_;
  json::object meta_;
  duration limit_ = duration::zero();
  comcp::task_support task_support_ = comcp::task_support::forbidden;
  bool parked_ = false;
  comcp::task_start task_start_ = comcp::task_start::at_once;
};

/// A tool's handler without types: arguments that satisfy the input schema, to a result.
using tool_function = std::function<awaitable<call_tool_result>(json::object, request_context&)>;

/** A tool, ready to be registered. */
class tool_definition {
 public:
  tool_definition() = default;
  tool_definition(protocol::tool what, tool_function how)
      : info(std::move(what)), call(std::move(how)) {}

  protocol::tool info;
  tool_function call;
  duration time_limit = duration::zero();
  task_start start = task_start::at_once;
  bool parked = false;
  /// `call` may keep its arguments, in place. False is cheaper.
  bool keeps_arguments = true;
};

namespace detail {

// Compiled once, in lib/server/tool.cpp.
tool_definition define_tool(std::string name,
                            std::string description,
                            tool_options options,
                            std::optional<json::object> derived_input,
                            std::optional<json::value> derived_output,
                            tool_function call);
json::object schema_without_members();
json::object schema_of_anything();
/// A tool_error that names the argument.
[[noreturn]] void throw_bad_argument(const json::convert_error& why);
call_tool_result scalar_result(const json::value& v);

template <class A>
inline constexpr bool is_raw_arguments =
    std::is_same_v<A, json::object> || std::is_same_v<A, json::value>;

template <class T>
concept becomes_content =
    std::constructible_from<content_block, T> && !std::is_same_v<T, json::object>;

template <class T>
concept becomes_text = std::convertible_to<T, std::string_view>;

template <class T>
concept is_scalar = std::is_arithmetic_v<T> || json::described_enum<T>;

template <class T>
inline constexpr bool is_ready_result =
    std::is_same_v<T, call_tool_result> || std::is_same_v<T, std::vector<content_block>>;

/// What is carried as structuredContent, with its own schema where the type has one.
template <class T>
concept becomes_structured = !is_ready_result<T> && !becomes_text<T> &&
                             (is_scalar<T> || !becomes_content<T>) && json::encodable<T>;

template <class T>
inline constexpr bool has_derived_output =
    becomes_structured<T> && !std::is_same_v<T, json::value> && !std::is_same_v<T, json::object> &&
    !std::is_same_v<T, json::array>;

template <class T>
call_tool_result to_tool_result(T&& value) {
  using type = std::remove_cvref_t<T>;
  if constexpr (std::is_same_v<type, call_tool_result>) {
    return std::forward<T>(value);
  } else if constexpr (std::is_same_v<type, std::vector<content_block>>) {
    call_tool_result r;
    r.content = std::forward<T>(value);
    return r;
  } else if constexpr (std::is_same_v<type, std::string>) {
    return call_tool_result::text(std::forward<T>(value));
  } else if constexpr (std::convertible_to<type, std::string_view>) {
    return call_tool_result::text(std::string(std::string_view(value)));
  } else if constexpr (is_scalar<type>) {
    return scalar_result(json::encode(value));
  } else if constexpr (becomes_content<type>) {
    call_tool_result r;
    r.content.emplace_back(std::forward<T>(value));
    return r;
  } else {
    static_assert(becomes_structured<type>,
                  "a tool returns text, a number, a described struct, content_block(s), "
                  "json::value or call_tool_result; describe your struct with "
                  "BOOST_DESCRIBE_STRUCT");
    return call_tool_result::structured(json::encode(value));
  }
}

template <class A>
A decode_arguments(json::object& arguments) {
  if constexpr (std::is_same_v<A, no_arguments>) {
    return {};
  } else if constexpr (is_raw_arguments<A>) {
    return A(std::move(arguments), json::storage_ptr());  // its own: the handler may keep them
  } else {
    A out{};
    std::optional<json::convert_error> error;
    if (!json::try_decode(json::value(std::move(arguments)), out, error))
      throw_bad_argument(*error);
    return out;
  }
}

/// One frame between dispatch and the handler. `f` lives as long as the tool, which dispatch holds.
template <class F>
awaitable<call_tool_result> call_tool(F& f, json::object arguments, request_context& context) {
  using traits = handler_traits<F>;
  using args = std::conditional_t<std::is_void_v<typename traits::arguments>, no_arguments,
                                  typename traits::arguments>;
  // Arguments stay in this frame: a handler may take them by const reference.
  auto decoded = decode_arguments<args>(arguments);
  auto running = call_handler(f, std::move(decoded), context);
  if constexpr (std::is_void_v<typename traits::value>) {
    co_await std::move(running);
    co_return call_tool_result();
  } else {
    auto value = co_await std::move(running);
    co_return to_tool_result(std::move(value));
  }
}

}  // namespace detail

/** Makes a tool of a handler.

    The handler is `awaitable<R>(Args, request_context&)`, either parameter left out. Args is a
    described struct, from which the input schema comes, or json::object, for which the options give
    one. R is text, content_block(s), call_tool_result or void; or it is structured content, with its
    JSON as text: a described struct or enumeration, a number, a bool, a container of such, or json::value.
    From typed ones comes the output schema. Revisions whose structured content has to be an object get what
    isn't one as `{"result": ...}`, and the schema to match.

    @par Thread safety the handler is called for many requests at once, on every shard
    @par Errors        what a handler throws: see server/errors.hpp
*/
template <class F>
tool_definition make_tool(std::string name,
                          std::string description,
                          F handler,
                          tool_options options = {}) {
  using traits = detail::handler_traits<F>;
  using args = typename traits::arguments;
  std::optional<json::object> input;
  std::optional<json::value> output;
  if (!options.input_schema()) {
    if constexpr (std::is_void_v<args>) {
      input = detail::schema_without_members();
    } else if constexpr (detail::is_raw_arguments<args>) {
      input = detail::schema_of_anything();
    } else {
      input = json::schema_of<args>();
    }
  }
  if constexpr (!std::is_void_v<typename traits::value>) {
    if constexpr (detail::has_derived_output<typename traits::value>) {
      if (!options.output_schema()) output = json::schema_of<typename traits::value>();
    }
  }
  auto shared = std::make_shared<F>(std::move(handler));
  tool_function call = [shared](json::object a, request_context& c) {
    return detail::call_tool(*shared, std::move(a), c);
  };
  return detail::define_tool(std::move(name), std::move(description), std::move(options),
                             std::move(input), std::move(output), std::move(call));
}

}  // namespace comcp

#endif
