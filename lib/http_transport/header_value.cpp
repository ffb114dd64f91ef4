#include "comcp/http_transport/header_value.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace comcp {

namespace {

constexpr std::string_view prefix = "=?base64?";
constexpr std::string_view suffix = "?=";
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> digits = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return table;
}();

/// Both markers, not overlapping: `=?base64?=` is a plain value.
bool is_encoded(std::string_view value) noexcept {
  return value.size() >= prefix.size() + suffix.size() && value.starts_with(prefix) &&
         value.ends_with(suffix);
}

bool is_plain(std::string_view value) noexcept {
  for (const char c : value)
    if ((c < 0x20 || c > 0x7e) && c != '\t') return false;
  return true;
}

void append_base64(std::string& out, std::string_view bytes) {
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6)
      out += alphabet[bits >> (count - 6) & 63];
  }
  if (count != 0) out += alphabet[bits << (6 - count) & 63];
  while (out.size() % 4 != 0)
    out += '=';
}

/// Strict: the alphabet of RFC 4648 §4, full padding, no bits left over.
std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int digit = digits[static_cast<unsigned char>(c)];
    if (digit < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 0xff);
    }
  }
  // What is left are the bits before the padding: as many as it stands for, and zero.
  if (static_cast<std::size_t>(count) != padding * 2) return std::nullopt;
  if ((bits & ((1U << count) - 1U)) != 0) return std::nullopt;
  return out;
}

/// No overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) noexcept {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() - i < length) return false;
    std::uint32_t code = lead & (0x7fU >> length);
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xc0U) != 0x80U) return false;
      code = code << 6 | (next & 0x3fU);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    if (overlong || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return false;
    i += length;
  }
  return true;
}

bool needs_encoding(std::string_view text) noexcept {
  if (text.empty()) return false;
  for (const char c : text)
    if (c < 0x20 || c > 0x7e) return true;
  if (text.front() == ' ' || text.back() == ' ') return true;
  // Also where the markers overlap: a peer may read that either way.
  return text.starts_with(prefix) && text.ends_with(suffix);
}

}  // namespace

std::string encode_header_value(std::string_view text) {
  if (!needs_encoding(text)) return std::string(text);
  std::string encoded;
  encoded.reserve((text.size() + 2) / 3 * 4);
  append_base64(encoded, text);
  std::string out(prefix);
  out += encoded;
  out += suffix;
  return out;
}

std::optional<std::string> decode_header_value(std::string_view value) {
  if (!is_encoded(value)) {
    if (!is_plain(value)) return std::nullopt;
    return std::string(value);
  }
  auto text =
      decode_base64(value.substr(prefix.size(), value.size() - prefix.size() - suffix.size()));
  if (!text || !is_utf8(*text)) return std::nullopt;
  return text;
}

bool header_value_equals(std::string_view value, std::string_view text) {
  if (!is_encoded(value)) return value == text && is_plain(value);
  const auto decoded = decode_header_value(value);
  return decoded && *decoded == text;
}

}  // namespace comcp
