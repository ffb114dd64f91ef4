#ifndef COMCP_SERVER_PROMPT_HPP
#define COMCP_SERVER_PROMPT_HPP

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "comcp/awaitable.hpp"
#include "comcp/protocol/prompts.hpp"
#include "comcp/server/detail/handler_traits.hpp"
#include "comcp/server/detail/text_arguments.hpp"
#include "comcp/server/errors.hpp"
#include "comcp/session/ask.hpp"
#include "comcp/session/request_context.hpp"

namespace comcp {

using protocol::get_prompt_result;
using protocol::prompt_message;

/** What an author says of a prompt beside its name and description. */
class prompt_options {
 public:
  prompt_options() = default;

  prompt_options& title(std::string t) { return title_ = std::move(t), *this; }
  prompt_options& icon(protocol::icon i) { return icons_.push_back(std::move(i)), *this; }
  /// An argument of a handler that takes a map; a struct's members are its arguments by themselves.
  prompt_options& argument(std::string name, std::string description, bool required = true) {
    arguments_.emplace_back(std::move(name), std::move(description), required);
    return *this;
  }
  prompt_options& meta(std::string_view key, json::value v) {
    return meta_[key] = std::move(v), *this;
  }

  const std::string& title() const noexcept { return title_; }
  const std::vector<protocol::icon>& icons() const noexcept { return icons_; }
  const std::vector<protocol::prompt_argument>& arguments() const noexcept { return arguments_; }
  const json::object& meta() const noexcept { return meta_; }

 private:
  std::string title_;
  std::vector<protocol::icon> icons_;
  std::vector<protocol::prompt_argument> arguments_;
  json::object meta_;
};

/// A prompt's handler without types. Required arguments are there.
using prompt_function = std::function<awaitable<get_prompt_result>(
    const std::map<std::string, std::string>&, request_context&)>;

/** A prompt, ready to be registered. */
class prompt_definition {
 public:
  prompt_definition() = default;
  protocol::prompt info;
  prompt_function get;
};

namespace detail {

// Compiled once, in lib/server/prompt.cpp.
prompt_definition define_prompt(std::string name,
                                std::string description,
                                prompt_options options,
                                std::vector<protocol::prompt_argument> derived,
                                prompt_function get);

template <class T>
get_prompt_result to_prompt_result(T&& value) {
  using type = std::remove_cvref_t<T>;
  if constexpr (std::is_same_v<type, get_prompt_result>) {
    return std::forward<T>(value);
  } else {
    get_prompt_result r;
    if constexpr (std::is_same_v<type, std::vector<prompt_message>>) {
      r.messages = std::forward<T>(value);
    } else if constexpr (std::is_same_v<type, prompt_message>) {
      r.messages.push_back(std::forward<T>(value));
    } else {
      static_assert(std::is_constructible_v<protocol::content_block, type>,
                    "a prompt returns text or a content_block (one message of the user), "
                    "prompt_message(s), or get_prompt_result");
      r.messages.emplace_back(protocol::role::user,
                              protocol::content_block(std::forward<T>(value)));
    }
    return r;
  }
}

template <class F>
awaitable<get_prompt_result> get_prompt(F& f, const text_map& texts, request_context& context) {
  using traits = handler_traits<F>;
  using args = std::conditional_t<std::is_void_v<typename traits::arguments>, no_arguments,
                                  typename traits::arguments>;
  auto arguments = decode_text_arguments<args>(texts);
  auto running = call_handler(f, std::move(arguments), context);
  auto value = co_await std::move(running);
  co_return to_prompt_result(std::move(value));
}

}  // namespace detail

/** Makes a prompt of a handler.

    The handler is `awaitable<R>(Args, request_context&)`, either parameter left out. Args is a
    described struct (its members are the prompt's arguments, with their notes; numbers and enums are
    read from their text) or std::map<std::string, std::string>. R is text, prompt_message(s) or
    get_prompt_result.

    @par Thread safety the handler is called for many requests at once, on every shard
*/
template <class F>
prompt_definition make_prompt(std::string name,
                              std::string description,
                              F handler,
                              prompt_options options = {}) {
  using args = typename detail::handler_traits<F>::arguments;
  std::vector<protocol::prompt_argument> derived;
  if constexpr (json::described_struct<args>)
    derived = detail::arguments_of_schema(detail::text_schema<args>());
  auto shared = std::make_shared<F>(std::move(handler));
  prompt_function get = [shared](const detail::text_map& texts, request_context& c) {
    return detail::get_prompt(*shared, texts, c);
  };
  return detail::define_prompt(std::move(name), std::move(description), std::move(options),
                               std::move(derived), std::move(get));
}

}  // namespace comcp

#endif
