#include "http_transport/session_id.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "session/crypto.hpp"

namespace comcp::detail {

namespace {
constexpr std::size_t random_size = 24;
constexpr std::size_t random_chars = random_size * 2;
constexpr std::string_view hex = "0123456789abcdef";

constexpr bool is_hex(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}
}  // namespace

std::string make_session_id(std::size_t home_shard) {
  const std::string bytes = random_bytes(random_size);
  std::array<char, 16> shard{};
  const auto end = std::to_chars(shard.data(), shard.data() + shard.size(), home_shard, 16).ptr;
  std::string id(shard.data(), end);
  id += '-';
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    id += hex[byte >> 4];
    id += hex[byte & 15];
  }
  return id;
}

bool is_session_id(std::string_view id) noexcept {
  if (!home_shard_of(id)) return false;
  const std::string_view random = id.substr(id.find('-') + 1);
  return random.size() == random_chars && std::ranges::all_of(random, is_hex);
}

std::optional<std::size_t> home_shard_of(std::string_view id) noexcept {
  const auto hyphen = id.find('-');
  if (hyphen == std::string_view::npos || hyphen == 0 || hyphen > 4) return std::nullopt;
  std::size_t shard = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + hyphen, shard, 16);
  if (error != std::errc() || end != id.data() + hyphen) return std::nullopt;
  return shard;
}

std::string short_form(std::string_view id) {
  return std::string(id.substr(0, std::min(id.size(), id.find('-') + 9)));
}

}  // namespace comcp::detail
