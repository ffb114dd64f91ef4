#ifndef COMCP_SCOPE_DETAIL_BODY_TRAITS_HPP
#define COMCP_SCOPE_DETAIL_BODY_TRAITS_HPP

// What a body given to a scope returns.

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "comcp/awaitable.hpp"

namespace comcp {

class cancel_scope;
class task_group;

namespace detail {

template <class A>
struct awaitable_value;
template <class T>
struct awaitable_value<awaitable<T>> {
  using type = T;
};

/// The awaitable that calling F with these arguments returns.
template <class F, class... A>
concept coroutine_body = requires {
  typename awaitable_value<std::remove_cvref_t<std::invoke_result_t<F&, A...>>>::type;
};

template <class F, class Arg>
struct body_type;
template <class F, class Arg>
  requires coroutine_body<F, Arg&>
struct body_type<F, Arg> {
  using type = typename awaitable_value<std::remove_cvref_t<std::invoke_result_t<F&, Arg&>>>::type;
};
template <class F, class Arg>
  requires(coroutine_body<F> && !coroutine_body<F, Arg&>)
struct body_type<F, Arg> {
  using type = typename awaitable_value<std::remove_cvref_t<std::invoke_result_t<F&>>>::type;
};

/// Calls a body that takes the scope, or nothing.
template <class F, class Arg>
auto call_body(F& body, Arg& arg) {
  if constexpr (coroutine_body<F, Arg&>) {
    return std::invoke(body, arg);
  } else {
    return std::invoke(body);
  }
}

}  // namespace detail

/// T of a body that returns awaitable<T>.
template <class F, class Arg = cancel_scope>
using body_value = typename detail::body_type<F, Arg>::type;

/// void becomes bool (false: a cancellation was absorbed), T becomes optional<T>.
template <class F>
using scope_result = std::conditional_t<
    std::is_void_v<body_value<F>>,
    bool,
    std::optional<std::conditional_t<std::is_void_v<body_value<F>>, bool, body_value<F>>>>;

}  // namespace comcp

#endif
