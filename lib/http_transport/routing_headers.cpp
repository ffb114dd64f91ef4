#include "http_transport/routing_headers.hpp"

#include <charconv>
#include <cstdint>
#include <string>
#include <system_error>

#include "comcp/http_transport/header_value.hpp"
#include "comcp/log.hpp"
#include "comcp/protocol/methods.hpp"
#include "comcp/protocol/request_meta.hpp"

namespace comcp::detail {

namespace {

using mismatch = std::optional<jsonrpc::error_object>;

std::string_view view(const json::string& s) noexcept {
  return {s.data(), s.size()};
}

std::string quoted(std::string_view text) {
  return quoted_for_log(text, 80);
}

mismatch fail(std::string_view header, std::string_view why) {
  std::string text(header);
  text += ' ';
  text += why;
  return header_mismatch(text);
}

/// A header that must be there once and say `expected`.
mismatch require(const http::fields& headers,
                 std::string_view header,
                 std::string_view expected,
                 std::string_view what,
                 bool encoded) {
  const auto [value, count] = headers.look_up(header);
  if (!value) return fail(header, "is missing; it must repeat " + std::string(what));
  if (count > 1) return fail(header, "is repeated");
  if (encoded ? header_value_equals(*value, expected) : *value == expected) return std::nullopt;
  if (encoded && !decode_header_value(*value))
    return fail(header, "is not a valid header value: " + quoted(*value));
  return fail(header,
              "is " + quoted(*value) + " but " + std::string(what) + " is " + quoted(expected));
}

template <class Number>
std::optional<Number> read_number(std::string_view text) noexcept {
  Number n{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return n;
}

/// Numbers are equal by value, `42` and `42.0` (S-HTTP-15); all else by its text.
bool says(std::string_view header, const json::value& argument) {
  switch (argument.kind()) {
    case json::kind::string:
      return header_value_equals(header, view(argument.get_string()));
    case json::kind::bool_:
      return header == (argument.get_bool() ? "true" : "false");
    case json::kind::int64:
      if (const auto n = read_number<std::int64_t>(header)) return *n == argument.get_int64();
      break;
    case json::kind::uint64:
      if (const auto n = read_number<std::uint64_t>(header)) return *n == argument.get_uint64();
      break;
    case json::kind::double_:
      break;
    default:
      return false;  // no annotated type: nothing could be mirrored
  }
  const auto n = read_number<double>(header);
  return n && *n == argument.to_number<double>();
}

}  // namespace

jsonrpc::error_object header_mismatch(std::string_view why) {
  return {jsonrpc::error_code::header_mismatch, "Header mismatch: " + std::string(why)};
}

std::optional<jsonrpc::error_object> check_routing_headers(const http::fields& headers,
                                                           const jsonrpc::request& request,
                                                           std::string_view version,
                                                           std::string_view name_param) {
  if (auto wrong = require(headers, version_header, version, "the version in params._meta", false))
    return wrong;
  if (auto wrong = require(headers, method_header, request.method, "the method", false))
    return wrong;

  if (name_param.empty()) return std::nullopt;
  const json::object* params = request.params.if_object();
  const json::value* name = params ? params->if_contains(name_param) : nullptr;
  // A body without a name is answered -32602 by whoever reads its params.
  if (!name || !name->is_string()) return std::nullopt;
  return require(headers, name_header, view(name->get_string()),
                 "params." + std::string(name_param), true);
}

std::string_view name_param_of_core(std::string_view method) noexcept {
  const protocol::method_info* info = protocol::find_method(method);
  return info ? info->name_param : std::string_view();
}

std::optional<jsonrpc::error_object> check_parameter_headers(
    const http::fields& headers,
    const jsonrpc::request& call,
    const protocol::parameter_headers& annotated) {
  const json::object* params = call.params.if_object();
  const json::value* arguments = params ? params->if_contains("arguments") : nullptr;
  for (const protocol::parameter_header& h : annotated) {
    const std::string header = "Mcp-Param-" + h.name;
    const json::value* argument = arguments ? protocol::find_argument(*arguments, h.path) : nullptr;
    const auto [value, count] = headers.look_up(header);
    if (!value && !argument) continue;
    if (!value) return fail(header, "is missing; it must repeat the argument");
    if (count > 1) return fail(header, "is repeated");
    if (!argument) return fail(header, "is there but the argument is not");
    if (!says(*value, *argument)) {
      if (argument->is_string() && !decode_header_value(*value))
        return fail(header, "is not a valid header value: " + quoted(*value));
      return fail(header, "is " + quoted(*value) + ", which is not what the argument says");
    }
  }
  return std::nullopt;
}

}  // namespace comcp::detail
