#include "encoding.hpp"

#include <algorithm>
#include <cstdint>

namespace comcp::sql {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

unsigned byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

// Length of the well-formed UTF-8 sequence at the start of `text`; 0 if there is none.
std::size_t sequence_length(std::string_view text) {
  const unsigned lead = byte_at(text, 0);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  unsigned low = 0x80;
  unsigned high = 0xBF;  // bounds of the second byte: no overlong forms, surrogates, > U+10FFFF
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  }
  if (length == 0 || text.size() < length) return 0;
  if (byte_at(text, 1) < low || byte_at(text, 1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte_at(text, i) & 0xC0U) != 0x80) return 0;
  }
  return length;
}

std::size_t string_bytes(std::string_view text) noexcept {
  std::size_t n = text.size() + 2;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == '"' || byte == '\\') {
      n += 1;
    } else if (byte < 0x20) {
      n += byte == '\n' || byte == '\t' || byte == '\r' || byte == '\b' || byte == '\f' ? 1 : 5;
    }
  }
  return n;
}

std::size_t integer_bytes(std::int64_t v) noexcept {
  std::size_t n = v < 0 ? 2 : 1;
  while ((v /= 10) != 0)
    ++n;
  return n;
}

}  // namespace

std::string encode_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const unsigned group = byte_at(bytes, i) << 16U |
                           (left > 1 ? byte_at(bytes, i + 1) << 8U : 0U) |
                           (left > 2 ? byte_at(bytes, i + 2) : 0U);
    out += alphabet[group >> 18U & 63U];
    out += alphabet[group >> 12U & 63U];
    out += left > 1 ? alphabet[group >> 6U & 63U] : '=';
    out += left > 2 ? alphabet[group & 63U] : '=';
  }
  return out;
}

std::optional<std::vector<char>> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  std::vector<char> out;
  out.reserve(text.size() * 3 / 4);
  unsigned bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const std::size_t digit = alphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<unsigned>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<char>(bits >> count & 0xFFU));
    }
  }
  if ((bits & ((1U << count) - 1U)) != 0) return std::nullopt;  // not canonical
  return out;
}

std::string repair_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::size_t n = sequence_length(text);
    if (n == 0) {
      out += "\xEF\xBF\xBD";
      n = 1;
    } else {
      out += text.substr(0, n);
    }
    text.remove_prefix(n);
  }
  return out;
}

json::value integer_value(std::int64_t v) {
  constexpr std::int64_t exact = (std::int64_t{1} << 53) - 1;
  if (v > exact || v < -exact) return json::value(std::to_string(v));
  return v;
}

std::size_t json_bytes(const json::value& v) noexcept {
  switch (v.kind()) {
    case json::kind::null:
      return 4;
    case json::kind::bool_:
      return v.get_bool() ? 4 : 5;
    case json::kind::int64:
      return integer_bytes(v.get_int64());
    case json::kind::uint64:
      return 20;
    case json::kind::double_:
      return 24;
    case json::kind::string:
      return string_bytes(v.get_string());
    case json::kind::array: {
      std::size_t n = 1 + std::max<std::size_t>(1, v.get_array().size());
      for (const auto& element : v.get_array())
        n += json_bytes(element);
      return n;
    }
    case json::kind::object: {
      std::size_t n = 1 + std::max<std::size_t>(1, v.get_object().size());
      for (const auto& member : v.get_object()) {
        n += string_bytes(member.key()) + 1 + json_bytes(member.value());
      }
      return n;
    }
  }
  return 0;
}

}  // namespace comcp::sql
