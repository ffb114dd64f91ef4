#ifndef COMCP_SERVER_RESOURCE_HPP
#define COMCP_SERVER_RESOURCE_HPP

// Resources with a fixed URI, and templates that stand for many.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "comcp/awaitable.hpp"
#include "comcp/json/schema.hpp"
#include "comcp/protocol/resources.hpp"
#include "comcp/protocol/result.hpp"
#include "comcp/server/detail/handler_traits.hpp"
#include "comcp/server/detail/text_arguments.hpp"
#include "comcp/server/errors.hpp"
#include "comcp/session/ask.hpp"
#include "comcp/session/request_context.hpp"

namespace comcp {

using protocol::read_resource_result;
using protocol::resource_contents;

/** What is read: the URI as the client gave it, and the values that the template found in it. */
class resource_request {
 public:
  resource_request() = default;
  std::string uri;
  std::map<std::string, std::string> variables;  ///< percent-decoded; empty for a fixed URI
};

/** What an author says of a resource or of a template. */
class resource_options {
 public:
  resource_options() = default;

  resource_options& title(std::string t) { return title_ = std::move(t), *this; }
  resource_options& description(std::string t) { return description_ = std::move(t), *this; }
  /// Of a template: only when all its resources have it. Contents that name no type get it.
  resource_options& mime_type(std::string t) { return mime_type_ = std::move(t), *this; }
  /// In bytes, before any encoding.
  resource_options& size(std::int64_t bytes) { return size_ = bytes, *this; }
  resource_options& annotations(protocol::annotations a) {
    return annotations_ = std::move(a), *this;
  }
  resource_options& icon(protocol::icon i) { return icons_.push_back(std::move(i)), *this; }
  resource_options& meta(std::string_view key, json::value v) {
    return meta_[key] = std::move(v), *this;
  }
  /// How long clients may keep what they read; default: the server's hints.
  resource_options& cache(protocol::cache_hints h) { return cache_ = h, *this; }

  const std::string& title() const noexcept { return title_; }
  const std::string& description() const noexcept { return description_; }
  const std::string& mime_type() const noexcept { return mime_type_; }
  std::optional<std::int64_t> size() const noexcept { return size_; }
  const protocol::annotations& annotations() const noexcept { return annotations_; }
  const std::vector<protocol::icon>& icons() const noexcept { return icons_; }
  const json::object& meta() const noexcept { return meta_; }
  const std::optional<protocol::cache_hints>& cache() const noexcept { return cache_; }

 private:
  std::string title_;
  std::string description_;
  std::string mime_type_;
  std::optional<std::int64_t> size_;
  protocol::annotations annotations_;
  std::vector<protocol::icon> icons_;
  json::object meta_;
  std::optional<protocol::cache_hints> cache_;
};

/// A resource's handler without types.
using resource_function =
    std::function<awaitable<read_resource_result>(const resource_request&, request_context&)>;

/** A resource or a template, ready to be registered. */
class resource_definition {
 public:
  resource_definition() = default;

  std::string uri;  ///< or the URI template
  std::string name;
  resource_options options;
  resource_function read;
};

namespace detail {

// Compiled once, in lib/server/resource.cpp.
read_resource_result text_result(const resource_request& request, std::string text);
read_resource_result json_result(const resource_request& request, const json::value& v);
read_resource_result bytes_result(const resource_request& request, std::string_view bytes);

template <class T>
inline constexpr bool is_bytes =
    std::is_same_v<T, std::vector<std::byte>> || std::is_same_v<T, std::vector<unsigned char>>;

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

template <class T>
read_resource_result to_read_result(const resource_request& request, T&& value) {
  using type = std::remove_cvref_t<T>;
  if constexpr (std::is_same_v<type, read_resource_result>) {
    return std::forward<T>(value);
  } else if constexpr (std::is_same_v<type, resource_contents>) {
    read_resource_result r;
    r.contents.push_back(std::forward<T>(value));
    return r;
  } else if constexpr (std::is_same_v<type, std::vector<resource_contents>>) {
    read_resource_result r;
    r.contents = std::forward<T>(value);
    return r;
  } else if constexpr (is_optional<type>::value) {
    if (!value) throw not_found_error();
    return to_read_result(request, *std::forward<T>(value));
  } else if constexpr (std::is_convertible_v<type, std::string_view>) {
    return text_result(request, std::string(std::string_view(value)));
  } else if constexpr (is_bytes<type>) {
    return bytes_result(
        request, std::string_view(reinterpret_cast<const char*>(value.data()), value.size()));
  } else {
    static_assert(json::encodable<type>,
                  "a resource returns text, bytes (std::vector<std::byte>), resource_contents (one "
                  "or a vector), a described struct or json::value (as JSON text), or an optional "
                  "of these (empty: not found)");
    return json_result(request, json::encode(value));
  }
}

template <class F>
awaitable<read_resource_result> read_resource(F& f,
                                              const resource_request& request,
                                              request_context& context) {
  using traits = handler_traits<F>;
  using args = std::conditional_t<std::is_void_v<typename traits::arguments>, no_arguments,
                                  typename traits::arguments>;
  if constexpr (std::is_same_v<args, resource_request>) {
    auto running = call_handler(f, request, context);
    auto value = co_await std::move(running);
    co_return to_read_result(request, std::move(value));
  } else {
    auto variables = decode_text_arguments<args>(request.variables);
    auto running = call_handler(f, std::move(variables), context);
    auto value = co_await std::move(running);
    co_return to_read_result(request, std::move(value));
  }
}

}  // namespace detail

/** Makes a resource, or a template, of a handler.

    The handler is `awaitable<R>(Args, request_context&)`, either parameter left out. Args is
    resource_request, or a described struct whose members are the template's variables. R is text,
    bytes, resource_contents, a described struct or json::value (as JSON), or an optional of these,
    empty when there is no such resource.

    @par Thread safety the handler is called for many requests at once, on every shard
*/
template <class F>
resource_definition make_resource(std::string uri,
                                  std::string name,
                                  F handler,
                                  resource_options options = {}) {
  using traits [[maybe_unused]] = detail::handler_traits<F>;
  resource_definition made;
  made.uri = std::move(uri);
  made.name = std::move(name);
  made.options = std::move(options);
  auto shared = std::make_shared<F>(std::move(handler));
  made.read = [shared](const resource_request& r, request_context& c) {
    return detail::read_resource(*shared, r, c);
  };
  return made;
}

}  // namespace comcp

#endif
