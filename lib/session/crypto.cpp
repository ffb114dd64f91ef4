#include "session/crypto.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>

#include <unistd.h>

namespace comcp::detail {

namespace {

constexpr std::string_view hex = "0123456789abcdef";
constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const unsigned char* raw(std::string_view bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

digest sha256(std::string_view bytes) {
  digest out{};
  if (EVP_Digest(raw(bytes), bytes.size(), out.data(), nullptr, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 failed");
  return out;
}

digest hmac_sha256(std::string_view key, std::string_view bytes) {
  digest out{};
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), raw(bytes), bytes.size(),
           out.data(), nullptr) == nullptr)
    throw std::runtime_error("HMAC failed");
  return out;
}

bool same(const digest& left, std::string_view right) noexcept {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string_view bytes_of(const digest& d) noexcept {
  return {reinterpret_cast<const char*>(d.data()), d.size()};
}

// The kernel's, and not OpenSSL's: a server that needs nothing else of OpenSSL stays 2 MB smaller.
std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  constexpr std::size_t most = 256;  // at a time: POSIX.1-2024, getentropy
  for (std::size_t at = 0; at < count; at += most)
    if (getentropy(out.data() + at, std::min(most, count - at)) != 0)
      throw std::runtime_error("the system has no random bytes");
  return out;
}

std::string random_text() {
  std::string text;
  for (const char c : random_bytes(16)) {
    const auto byte = static_cast<unsigned char>(c);
    text += hex[byte >> 4];
    text += hex[byte & 15];
  }
  return text;
}

std::string to_base64url(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t held = 0;
  int bits = 0;
  for (const char c : bytes) {
    held = (held << 8) | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6)
      text += letters[(held >> (bits - 6)) & 63];
  }
  if (bits > 0) text += letters[(held << (6 - bits)) & 63];
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t held = 0;
  int bits = 0;
  for (const char c : text) {
    const auto at = letters.find(c);
    if (at == std::string_view::npos) return std::nullopt;
    held = (held << 6) | static_cast<std::uint32_t>(at);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>((held >> bits) & 255);
    }
  }
  // One way to write each: no lonely letter, nothing in the bits that are left over.
  if (bits >= 6 || (held & ((1U << bits) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace comcp::detail
