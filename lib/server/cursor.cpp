#include "server/cursor.hpp"

#include <array>
#include <cstdint>

namespace comcp::detail {
namespace {

// base64url without padding (RFC 4648 section 5).
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(std::string_view bytes) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6)
      out += alphabet[bits >> (count - 6) & 63];
  }
  if (count > 0) out += alphabet[bits << (6 - count) & 63];
  return out;
}

std::optional<std::string> decode(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 255);
    }
  }
  return out;
}

// Not against forgers, who gain nothing: it tells cursors from other text.
std::string seal(std::string_view list, std::string_view key) {
  std::uint32_t hash = 2166136261U;  // FNV-1a
  const auto add = [&](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U; };
  for (const char c : list)
    add(c);
  add('\0');
  for (const char c : key)
    add(c);
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>(hash >> shift & 255);
  return out;
}

}  // namespace

std::string make_cursor(std::string_view list, std::string_view key) {
  return encode(seal(list, key) + std::string(key));
}

std::optional<std::string> read_cursor(std::string_view list, std::string_view cursor) {
  auto bytes = decode(cursor);
  if (!bytes || bytes->size() < 4) return std::nullopt;
  std::string key = bytes->substr(4);
  // Comparing the whole text also refuses other spellings of the same bytes.
  if (make_cursor(list, key) != cursor) return std::nullopt;
  return key;
}

}  // namespace comcp::detail
