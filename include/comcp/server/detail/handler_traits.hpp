#ifndef COMCP_SERVER_DETAIL_HANDLER_TRAITS_HPP
#define COMCP_SERVER_DETAIL_HANDLER_TRAITS_HPP

// How a handler may look: `awaitable<R>(Args, request_context&)`, either parameter left out; a
// function, a lambda, any object with one call operator.

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "comcp/awaitable.hpp"

namespace comcp {

class request_context;

namespace detail {

template <class F>
struct call_signature;
template <class R, class... P>
struct call_signature<R (*)(P...)> {
  using type = R(P...);
};
template <class R, class... P>
struct call_signature<R (*)(P...) noexcept> : call_signature<R (*)(P...)> {};
template <class C, class R, class... P>
struct call_signature<R (C::*)(P...)> : call_signature<R (*)(P...)> {};
template <class C, class R, class... P>
struct call_signature<R (C::*)(P...) const> : call_signature<R (*)(P...)> {};
template <class C, class R, class... P>
struct call_signature<R (C::*)(P...) noexcept> : call_signature<R (*)(P...)> {};
template <class C, class R, class... P>
struct call_signature<R (C::*)(P...) const noexcept> : call_signature<R (*)(P...)> {};

template <class F>
struct signature_of {
  using type = void;  // generic or overloaded
};
template <class F>
  requires std::is_function_v<std::remove_pointer_t<F>>
struct signature_of<F> {
  using type = typename call_signature<F>::type;
};
template <class F>
  requires requires { &F::operator(); }
struct signature_of<F> {
  using type = typename call_signature<decltype(&F::operator())>::type;
};

template <class T>
struct awaited {};
template <class T>
struct awaited<awaitable<T>> {
  using type = T;
};

template <class P>
inline constexpr bool is_context = std::is_same_v<P, request_context&>;

template <class S>
struct handler_shape {
  static constexpr bool valid = false;
};
template <class R>
struct handler_shape<R()> {
  static constexpr bool valid = true;
  static constexpr bool takes_context = false;
  using result = R;
  using arguments = void;
};
template <class R, class P>
struct handler_shape<R(P)> {
  static constexpr bool valid = is_context<P> || !std::is_lvalue_reference_v<P> ||
                                std::is_const_v<std::remove_reference_t<P>>;
  static constexpr bool takes_context = is_context<P>;
  using result = R;
  using arguments = std::conditional_t<is_context<P>, void, std::remove_cvref_t<P>>;
};
template <class R, class P, class C>
struct handler_shape<R(P, C)> {
  static constexpr bool valid = is_context<C> && handler_shape<R(P)>::valid && !is_context<P>;
  static constexpr bool takes_context = true;
  using result = R;
  using arguments = std::remove_cvref_t<P>;
};

/// Arguments (void: none) and value of a handler F, or a readable error.
template <class F>
struct handler_traits {
  using shape = handler_shape<typename signature_of<std::remove_cvref_t<F>>::type>;
  static_assert(shape::valid,
                "a handler is awaitable<R>(Args, comcp::request_context&), awaitable<R>(Args), "
                "awaitable<R>(comcp::request_context&) or awaitable<R>(): a function, a lambda "
                "without auto parameters, or an object with one call operator");
  static_assert(
      requires { typename awaited<typename shape::result>::type; },
      "a handler is a coroutine: it returns comcp::awaitable<R>; blocking work goes to "
      "co_await comcp::run_blocking(...)");
  using arguments = typename shape::arguments;
  using value = typename awaited<typename shape::result>::type;
  static constexpr bool takes_context = shape::takes_context;
};

/// Stands for the arguments of a handler that takes none.
class no_arguments {};

/// Calls a handler with what it takes. The awaitable is to be named before it is awaited (GCC 12).
template <class F, class A>
auto call_handler(F& f, A&& arguments, request_context& context) {
  using traits = handler_traits<F>;
  if constexpr (std::is_void_v<typename traits::arguments>) {
    if constexpr (traits::takes_context) {
      return std::invoke(f, context);
    } else {
      return std::invoke(f);
    }
  } else if constexpr (traits::takes_context) {
    return std::invoke(f, std::forward<A>(arguments), context);
  } else {
    return std::invoke(f, std::forward<A>(arguments));
  }
}

/// A method and the object to call it on, as a handler.
template <class Pointer, class Method, class R, class... P>
class member_handler {
 public:
  member_handler(Pointer object, Method method) : object_(std::move(object)), method_(method) {}
  R operator()(P... p) const { return std::invoke(method_, *object_, std::forward<P>(p)...); }

 private:
  Pointer object_;
  Method method_;
};

}  // namespace detail

/// A method as a handler: `server.tool("x", "...", bind_member(service, &service_type::x))`. The
/// object must outlive the server's use of it; a shared_ptr keeps it alive.
template <class C, class R, class... P>
auto bind_member(C& object, R (C::*method)(P...)) {
  return detail::member_handler<C*, R (C::*)(P...), R, P...>(&object, method);
}
template <class C, class R, class... P>
auto bind_member(const C& object, R (C::*method)(P...) const) {
  return detail::member_handler<const C*, R (C::*)(P...) const, R, P...>(&object, method);
}
template <class C, class R, class... P>
auto bind_member(std::shared_ptr<C> object, R (C::*method)(P...)) {
  return detail::member_handler<std::shared_ptr<C>, R (C::*)(P...), R, P...>(std::move(object),
                                                                             method);
}
template <class C, class R, class... P>
auto bind_member(std::shared_ptr<C> object, R (C::*method)(P...) const) {
  return detail::member_handler<std::shared_ptr<C>, R (C::*)(P...) const, R, P...>(
      std::move(object), method);
}

}  // namespace comcp

#endif
