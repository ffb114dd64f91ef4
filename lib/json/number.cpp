#include "number.hpp"

#include <charconv>
#include <cmath>
#include <string_view>

namespace comcp::json::detail {
namespace {

std::partial_ordering compare(std::int64_t left, std::uint64_t right) noexcept {
  if (left < 0) return std::partial_ordering::less;
  return static_cast<std::uint64_t>(left) <=> right;
}

// The doubles next to the ends of the integer types are powers of two, so these comparisons and the
// conversions behind them are exact.
std::partial_ordering compare(std::int64_t left, double right) noexcept {
  if (std::isnan(right)) return std::partial_ordering::unordered;
  if (right >= 0x1p63) return std::partial_ordering::less;
  if (right < -0x1p63) return std::partial_ordering::greater;
  const double whole = std::floor(right);
  const auto order = left <=> static_cast<std::int64_t>(whole);
  if (order != 0) return order;
  return whole < right ? std::partial_ordering::less : std::partial_ordering::equivalent;
}

std::partial_ordering compare(std::uint64_t left, double right) noexcept {
  if (std::isnan(right)) return std::partial_ordering::unordered;
  if (right >= 0x1p64) return std::partial_ordering::less;
  if (right < 0) return std::partial_ordering::greater;
  const double whole = std::floor(right);
  const auto order = left <=> static_cast<std::uint64_t>(whole);
  if (order != 0) return order;
  return whole < right ? std::partial_ordering::less : std::partial_ordering::equivalent;
}

std::partial_ordering reversed(std::partial_ordering order) noexcept {
  return 0 <=> order;
}

// A number as digits * 10^exponent, without its sign.
struct decimal {
  std::uint64_t digits = 0;
  int exponent = 0;
};

decimal to_decimal(const value& number) noexcept {
  decimal result;
  if (const auto* u = number.if_uint64()) {
    result.digits = *u;
  } else if (const auto* i = number.if_int64()) {
    result.digits = *i < 0 ? 0 - static_cast<std::uint64_t>(*i) : static_cast<std::uint64_t>(*i);
  } else if (const auto whole = to_unsigned(std::fabs(number.get_double()))) {
    result.digits = *whole;
  } else {
    // Fifteen digits give back what the sender wrote, even where the parser was off by the last
    // bit.
    char text[40];
    const auto end = std::to_chars(text, text + sizeof text, std::fabs(number.get_double()),
                                   std::chars_format::scientific, 14);
    const char* at = text;
    bool fraction = false;
    for (; at != end.ptr && *at != 'e'; ++at) {
      if (*at == '.') {
        fraction = true;
        continue;
      }
      result.digits = result.digits * 10 + static_cast<std::uint64_t>(*at - '0');
      if (fraction) --result.exponent;
    }
    if (at != end.ptr) {
      ++at;
      if (*at == '+') ++at;
      int exponent = 0;
      std::from_chars(at, end.ptr, exponent);
      result.exponent += exponent;
    }
  }
  if (result.digits == 0) result.exponent = 0;
  while (result.digits != 0 && result.digits % 10 == 0) {
    result.digits /= 10;
    ++result.exponent;
  }
  return result;
}

}  // namespace

std::partial_ordering compare_numbers(const value& left, const value& right) noexcept {
  if (const auto* l = left.if_int64()) {
    if (const auto* r = right.if_int64()) return *l <=> *r;
    if (const auto* r = right.if_uint64()) return compare(*l, *r);
    return compare(*l, right.get_double());
  }
  if (const auto* l = left.if_uint64()) {
    if (const auto* r = right.if_int64()) return reversed(compare(*r, *l));
    if (const auto* r = right.if_uint64()) return *l <=> *r;
    return compare(*l, right.get_double());
  }
  const double l = left.get_double();
  if (const auto* r = right.if_int64()) return reversed(compare(*r, l));
  if (const auto* r = right.if_uint64()) return reversed(compare(*r, l));
  return l <=> right.get_double();
}

bool is_integer(const value& number) noexcept {
  if (const auto* d = number.if_double()) return std::isfinite(*d) && std::floor(*d) == *d;
  return true;
}

bool is_multiple(const value& dividend, const value& divisor) noexcept {
  if (dividend.is_double() && !std::isfinite(dividend.get_double())) return false;
  const decimal n = to_decimal(dividend);
  const decimal d = to_decimal(divisor);
  if (n.digits == 0) return true;
  int shift = n.exponent - d.exponent;
  // A multiple of ten ends in zero, and n.digits doesn't.
  if (shift < 0) return false;
  __extension__ using wide = unsigned __int128;
  wide rest = n.digits % d.digits;
  for (; shift > 0 && rest != 0; --shift)
    rest = rest * 10 % d.digits;
  return rest == 0;
}

std::optional<std::int64_t> to_signed(const value& number) noexcept {
  if (const auto* i = number.if_int64()) return *i;
  if (const auto* u = number.if_uint64()) {
    if (*u > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
    return static_cast<std::int64_t>(*u);
  }
  const double d = number.get_double();
  if (!is_integer(number) || d < -0x1p63 || d >= 0x1p63) return std::nullopt;
  return static_cast<std::int64_t>(d);
}

std::optional<std::uint64_t> to_unsigned(const value& number) noexcept {
  if (const auto* u = number.if_uint64()) return *u;
  if (const auto* i = number.if_int64()) {
    if (*i < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*i);
  }
  const double d = number.get_double();
  if (!is_integer(number) || d < 0 || d >= 0x1p64) return std::nullopt;
  return static_cast<std::uint64_t>(d);
}

}  // namespace comcp::json::detail
