#ifndef COMCP_LIB_JSONRPC_UTF8_HPP
#define COMCP_LIB_JSONRPC_UTF8_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace comcp::jsonrpc {

/// The length of the well-formed UTF-8 sequence at `p` (RFC 3629: no overlong forms, no surrogates,
/// nothing above U+10FFFF), or 0.
inline std::size_t utf8_length(const unsigned char* p, std::size_t left) noexcept {
  const auto continues = [&](std::size_t i) { return (p[i] & 0xC0U) == 0x80U; };
  const unsigned char lead = p[0];
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return left >= 2 && continues(1) ? 2 : 0;
  if (lead < 0xF0) {
    if (left < 3 || !continues(1) || !continues(2)) return 0;
    if (lead == 0xE0 && p[1] < 0xA0) return 0;
    if (lead == 0xED && p[1] > 0x9F) return 0;
    return 3;
  }
  if (lead > 0xF4 || left < 4 || !continues(1) || !continues(2) || !continues(3)) return 0;
  if (lead == 0xF0 && p[1] < 0x90) return 0;
  if (lead == 0xF4 && p[1] > 0x8F) return 0;
  return 4;
}

/// A byte that stands for itself in a JSON string: ASCII, no control character, quote or backslash.
inline bool is_plain(unsigned char c) noexcept {
  return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/// The first byte from `p` on that isn't plain, or `end`. Eight bytes at a step.
inline const unsigned char* skip_plain(const unsigned char* p, const unsigned char* end) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101U;
  constexpr std::uint64_t highs = 0x8080808080808080U;
  const auto has_zero = [](std::uint64_t w) { return (w - ones) & ~w & highs; };
  while (end - p >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, p, sizeof word);
    // Above 0x7F, below 0x20, a quote, a backslash: a borrow may flag a byte too many, never too few.
    if ((word & highs) | ((word - ones * 0x20) & ~word & highs) | has_zero(word ^ (ones * '"')) |
        has_zero(word ^ (ones * '\\')))
      break;
    p += 8;
  }
  while (p != end && is_plain(*p))
    ++p;
  return p;
}

}  // namespace comcp::jsonrpc

#endif
