#ifndef COMCP_TOOLSETS_SQL_ENCODING_HPP
#define COMCP_TOOLSETS_SQL_ENCODING_HPP

// Bytes of the database as text that JSON can hold, and back.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "comcp/json/value.hpp"

namespace comcp::sql {

std::string encode_base64(std::string_view bytes);

/// Standard alphabet with padding, nothing else; empty optional for any other text.
std::optional<std::vector<char>> decode_base64(std::string_view text);

/// The text itself when it is UTF-8, otherwise with U+FFFD for each byte that isn't part of it.
std::string repair_utf8(std::string_view text);

/// A number; a string beyond ±(2^53−1), where readers that keep numbers as doubles would round it.
json::value integer_value(std::int64_t v);

/// Bytes of the value's JSON, exact for what rows hold but for the digits of doubles (taken as 24).
std::size_t json_bytes(const json::value& v) noexcept;

}  // namespace comcp::sql

#endif
