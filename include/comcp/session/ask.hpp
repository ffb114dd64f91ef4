#ifndef COMCP_SESSION_ASK_HPP
#define COMCP_SESSION_ASK_HPP

// The templates of request_context: a form for a described struct, and values that are kept while a
// handler is replayed. Apart from request_context.hpp because they need the schema of a type.

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "comcp/json/schema.hpp"
#include "comcp/json/validator.hpp"
#include "comcp/session/request_context.hpp"

namespace comcp {

namespace detail {

/// A schema that is a form, compiled. std::invalid_argument when it isn't one.
class form {
 public:
  explicit form(json::object requested_schema);

  const json::object& schema() const noexcept { return schema_; }
  /// Why these values don't fit it; nothing: they do.
  std::optional<std::string> complaint(const json::object& content) const;

 private:
  json::object schema_;
  json::schema_validator validator_;
};

/// What the accepted values of a form couldn't be read as, although they fit its schema.
[[noreturn]] void throw_unreadable(const json::convert_error& why);

}  // namespace detail

template <class T>
awaitable<elicited<T>> request_context::elicit(std::string message, call_options options) {
  static_assert(
      json::described_struct<T>,
      "a form is a struct described with BOOST_DESCRIBE_STRUCT, whose members are strings, "
      "numbers, booleans, described enumerations and vectors of these");
  static const detail::form of_type(protocol::form_schema(json::schema_of<T>()));
  auto asking = elicit_form(std::move(message), of_type, std::move(options));
  protocol::elicit_result answer = co_await std::move(asking);
  if (answer.action != protocol::elicit_result::outcome::accept) {
    co_return elicited<T>(answer.action);
  }
  T content{};
  json::convert_error wrong;
  if (!json::try_decode(json::value(std::move(answer.content)), content, wrong)) {
    detail::throw_unreadable(wrong);
  }
  co_return elicited<T>(std::move(content));
}

template <class F>
awaitable<detail::once_value<F>> request_context::once(std::string key, F what) {
  using value_type = detail::once_value<F>;
  const std::string name = value_name(std::move(key));
  const json::value* before = kept(name);
  if constexpr (std::is_void_v<value_type>) {
    if (before) co_return;
    co_await std::invoke(what);
    keep(name, nullptr);
  } else {
    if (before) co_return json::decode<value_type>(*before);
    value_type now = co_await std::invoke(what);
    keep(name, json::encode(now));
    co_return now;
  }
}

}  // namespace comcp

#endif
