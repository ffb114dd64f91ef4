#ifndef COMCP_SERVER_COMPLETION_HPP
#define COMCP_SERVER_COMPLETION_HPP

// Suggestions while the arguments of a prompt, or of a resource template, are typed.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "comcp/awaitable.hpp"
#include "comcp/protocol/completion.hpp"
#include "comcp/server/detail/handler_traits.hpp"
#include "comcp/server/errors.hpp"
#include "comcp/session/request_context.hpp"

namespace comcp {

using protocol::completion;

/** Which argument is completed. */
class completion_target {
 public:
  static completion_target prompt(std::string name, std::string argument) {
    return {protocol::complete_params::target::prompt, std::move(name), std::move(argument)};
  }
  static completion_target resource_template(std::string uri_template, std::string variable) {
    return {protocol::complete_params::target::resource_template, std::move(uri_template),
            std::move(variable)};
  }

  protocol::complete_params::target what;
  std::string name;  ///< of the prompt, or the URI template
  std::string argument;

 private:
  completion_target(protocol::complete_params::target w, std::string n, std::string a)
      : what(w), name(std::move(n)), argument(std::move(a)) {}
};

/** What was typed so far, and which arguments were chosen before. */
class completion_request {
 public:
  completion_request() = default;
  std::string value;
  std::map<std::string, std::string> arguments;  ///< empty where the revision doesn't send them
};

/// A completion's handler without types.
using completion_function =
    std::function<awaitable<completion>(const completion_request&, request_context&)>;

namespace detail {

/// Suggests those of a fixed list that begin with what was typed, without regard to ASCII case.
completion_function complete_from(std::vector<std::string> values);

template <class F>
awaitable<completion> run_completion(F& f,
                                     const completion_request& request,
                                     request_context& context) {
  auto running = call_handler(f, request, context);
  auto value = co_await std::move(running);
  using type = std::remove_cvref_t<decltype(value)>;
  static_assert(std::is_same_v<type, completion> || std::is_same_v<type, std::vector<std::string>>,
                "a completion returns std::vector<std::string> or comcp::completion");
  co_return completion(std::move(value));
}

}  // namespace detail

/** Makes a completion of a handler: `awaitable<R>(completion_request, request_context&)`, the context
    left out if it isn't needed; R is std::vector<std::string> or completion. More than 100 values are
    cut and the client is told so. */
template <class F>
completion_function make_completion(F handler) {
  using args = typename detail::handler_traits<F>::arguments;
  static_assert(std::is_same_v<args, completion_request>,
                "a completion takes comcp::completion_request");
  auto shared = std::make_shared<F>(std::move(handler));
  return [shared](const completion_request& r, request_context& c) {
    return detail::run_completion(*shared, r, c);
  };
}

}  // namespace comcp

#endif
