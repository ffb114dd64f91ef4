#ifndef COMCP_JSON_DETAIL_SCALARS_HPP
#define COMCP_JSON_DETAIL_SCALARS_HPP

// Converters of numbers, booleans, strings and JSON values. Bodies are in lib/json/convert.cpp.

#include "comcp/json/converter.hpp"

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <variant>

namespace comcp::json {
namespace detail {

template <class T>
concept plain_integer = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                        !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                        !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

bool decode_signed(
    const value& in, std::int64_t& out, std::int64_t min, std::int64_t max, decode_context& at);
bool decode_unsigned(const value& in, std::uint64_t& out, std::uint64_t max, decode_context& at);
object type_schema(std::string_view type);
object integer_schema(std::int64_t min, std::int64_t max);
object unsigned_schema(std::uint64_t max);

}  // namespace detail

template <detail::plain_integer T>
struct converter<T> {
  static bool decode(const value& in, T& out, decode_context& at) {
    using limits = std::numeric_limits<T>;
    if constexpr (std::is_signed_v<T>) {
      std::int64_t wide = 0;
      if (!detail::decode_signed(in, wide, limits::min(), limits::max(), at)) return false;
      out = static_cast<T>(wide);
    } else {
      std::uint64_t wide = 0;
      if (!detail::decode_unsigned(in, wide, limits::max(), at)) return false;
      out = static_cast<T>(wide);
    }
    return true;
  }
  static void encode(T in, value& out, encode_context&) {
    if constexpr (std::is_signed_v<T>) {
      out.emplace_int64() = in;
    } else {
      out.emplace_uint64() = in;
    }
  }
  static object schema(schema_builder&) {
    if constexpr (std::is_signed_v<T>) {
      return detail::integer_schema(std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
    } else {
      return detail::unsigned_schema(std::numeric_limits<T>::max());
    }
  }
};

template <>
struct converter<double> {
  static bool decode(const value& in, double& out, decode_context& at);
  static void encode(double in, value& out, encode_context& at);
  static object schema(schema_builder&);
};

template <>
struct converter<float> {
  static bool decode(const value& in, float& out, decode_context& at);
  static void encode(float in, value& out, encode_context& at);
  static object schema(schema_builder&);
};

template <>
struct converter<bool> {
  static bool decode(const value& in, bool& out, decode_context& at);
  static void encode(bool in, value& out, encode_context&) { out.emplace_bool() = in; }
  static object schema(schema_builder&);
};

template <>
struct converter<std::string> {
  static bool decode(const value& in, std::string& out, decode_context& at);
  static void encode(const std::string& in, value& out, encode_context&) {
    out.emplace_string() = in;
  }
  static object schema(schema_builder&);
};

/// Written only: a decoded view would have no owner.
template <>
struct converter<std::string_view> {
  static void encode(std::string_view in, value& out, encode_context&) {
    out.emplace_string() = in;
  }
  static object schema(schema_builder&);
};

/// The only value is null; for variants.
template <>
struct converter<std::monostate> {
  static bool decode(const value& in, std::monostate& out, decode_context& at);
  static void encode(std::monostate, value& out, encode_context&) { out.emplace_null(); }
  static object schema(schema_builder&);
};

/// Any JSON, verbatim.
template <>
struct converter<value> {
  static bool decode(const value& in, value& out, decode_context&);
  static void encode(const value& in, value& out, encode_context&);
  static object schema(schema_builder&);
};

template <>
struct converter<object> {
  static bool decode(const value& in, object& out, decode_context& at);
  static void encode(const object& in, value& out, encode_context&);
  static object schema(schema_builder&);
};

template <>
struct converter<array> {
  static bool decode(const value& in, array& out, decode_context& at);
  static void encode(const array& in, value& out, encode_context&);
  static object schema(schema_builder&);
};

template <>
struct converter<string> {
  static bool decode(const value& in, string& out, decode_context& at);
  static void encode(const string& in, value& out, encode_context&);
  static object schema(schema_builder&);
};

}  // namespace comcp::json

#endif
