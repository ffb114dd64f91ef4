#include "jsonrpc/scan.hpp"

#include <cstdint>

namespace comcp::jsonrpc {
namespace {

/// The length of the well-formed UTF-8 sequence at `p` (RFC 3629: no overlong forms, no surrogates,
/// nothing above U+10FFFF), or 0.
std::size_t utf8_length(const unsigned char* p, std::size_t left) noexcept {
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

}  // namespace

const char* scan(std::string_view bytes, const limits& bounds) noexcept {
  if (bytes.size() > bounds.max_bytes()) return "message exceeds the size limit";

  const auto* p = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* const end = p + bytes.size();
  std::size_t depth = 0;
  std::size_t elements = 1;  // separators plus containers bound the number of values from above
  bool in_string = false;

  while (p != end) {
    if (*p >= 0x80) {
      const std::size_t length = utf8_length(p, static_cast<std::size_t>(end - p));
      if (length == 0) return "message is not valid UTF-8";
      p += length;
      continue;
    }
    if (in_string) {
      if (*p == '\\' && p + 1 != end && p[1] < 0x80)
        ++p;  // the escaped character can't end the string
      else if (*p == '"')
        in_string = false;
    } else {
      switch (*p) {
        case '"':
          in_string = true;
          break;
        case '{':
        case '[':
          if (++depth > bounds.max_depth()) return "message is nested too deeply";
          ++elements;
          break;
        case '}':
        case ']':
          if (depth > 0) --depth;
          break;
        case ',':
          ++elements;
          break;
        default:
          break;
      }
      if (elements > bounds.max_elements()) return "message has too many values";
    }
    ++p;
  }
  return nullptr;
}

}  // namespace comcp::jsonrpc
