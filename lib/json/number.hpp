#ifndef COMCP_LIB_JSON_NUMBER_HPP
#define COMCP_LIB_JSON_NUMBER_HPP

// Arithmetic on JSON numbers, whose mathematical value counts and not the kind that holds it.

#include "comcp/json/value.hpp"

#include <compare>
#include <cstdint>
#include <optional>

namespace comcp::json::detail {

inline bool is_number(const value& v) noexcept {
  return v.is_int64() || v.is_uint64() || v.is_double();
}

/// Exact comparison: no side is rounded.
std::partial_ordering compare_numbers(const value& left, const value& right) noexcept;

/// Whether the number has no fraction; 1.0 and 1e300 are integers.
bool is_integer(const value& number) noexcept;

/// Whether dividend / divisor is an integer, on the numbers as they are written in decimal: 0.3 is
/// a multiple of 0.1, though the nearest doubles are not. The divisor is above zero.
bool is_multiple(const value& dividend, const value& divisor) noexcept;

/// The number as int64 / uint64 if it is an integer in that range.
std::optional<std::int64_t> to_signed(const value& number) noexcept;
std::optional<std::uint64_t> to_unsigned(const value& number) noexcept;

}  // namespace comcp::json::detail

#endif
