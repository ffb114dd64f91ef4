#ifndef COMCP_LIB_SESSION_CRYPTO_HPP
#define COMCP_LIB_SESSION_CRYPTO_HPP

// The little cryptography that sessions need, on OpenSSL's libcrypto.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace comcp::detail {

using digest = std::array<unsigned char, 32>;

digest sha256(std::string_view bytes);
digest hmac_sha256(std::string_view key, std::string_view bytes);
/// In a time that doesn't depend on where they differ.
bool same(const digest& left, std::string_view right) noexcept;
std::string_view bytes_of(const digest& d) noexcept;

/// Unpredictable. Throws std::runtime_error when the system has no randomness.
std::string random_bytes(std::size_t count);
/// 32 hexadecimal digits, unpredictable.
std::string random_text();

/// RFC 4648 §5, without padding.
std::string to_base64url(std::string_view bytes);
/// Nothing for any text that `to_base64url` doesn't write.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace comcp::detail

#endif
