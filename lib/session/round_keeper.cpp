#include <algorithm>
#include <charconv>
#include <cstdint>
#include <stdexcept>

#include "comcp/session/rounds.hpp"
#include "session/crypto.hpp"

namespace comcp {

namespace {

constexpr std::size_t least_key_bytes = 32;

// What is signed: the parts with their lengths, so that no part can pass for another.
std::string signed_text(std::string_view audience,
                        std::string_view binding,
                        std::string_view content) {
  std::string text = "comcp requestState 1";
  for (const std::string_view part : {audience, binding, content}) {
    text += '\n' + std::to_string(part.size()) + ':';
    text += part;
  }
  return text;
}

std::int64_t seconds_of(std::chrono::system_clock::time_point t) {
  return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
}

}  // namespace

round_options& round_options::key(std::string secret) {
  if (secret.size() < least_key_bytes)
    throw std::invalid_argument("a key for requestState needs 32 bytes or more");
  keys_.push_back(std::move(secret));
  return *this;
}

round_keeper::round_keeper(round_options options) : options_(std::move(options)) {
  if (options_.keys().empty()) options_.key(detail::random_bytes(least_key_bytes));
}

const round_keeper& round_keeper::of_process() {
  static const round_keeper instance;
  return instance;
}

// S-MRTR-05
std::string round_keeper::seal(std::string_view content, std::string_view binding) const {
  std::string dated = std::to_string(seconds_of(options_.now() + options_.lifetime())) + ' ';
  dated += content;
  const auto seal = detail::hmac_sha256(options_.keys().front(),
                                        signed_text(options_.audience(), binding, dated));
  return detail::to_base64url(dated) + '.' + detail::to_base64url(detail::bytes_of(seal));
}

std::variant<std::string, round_keeper::refusal> round_keeper::open(
    std::string_view state, std::string_view binding) const {
  if (state.size() > options_.max_state_bytes()) return refusal::forged;
  const auto dot = state.find('.');
  if (dot == std::string_view::npos) return refusal::forged;
  auto dated = detail::from_base64url(state.substr(0, dot));
  const auto seal = detail::from_base64url(state.substr(dot + 1));
  if (!dated || !seal) return refusal::forged;
  const std::string text = signed_text(options_.audience(), binding, *dated);
  const bool genuine = std::ranges::any_of(options_.keys(), [&](const std::string& key) {
    return detail::same(detail::hmac_sha256(key, text), *seal);
  });
  if (!genuine) return refusal::forged;
  std::int64_t expires = 0;
  const auto blank =
      std::from_chars(dated->data(), dated->data() + dated->size(), expires).ptr - dated->data();
  if (seconds_of(options_.now()) >= expires) return refusal::expired;
  dated->erase(0, static_cast<std::size_t>(blank) + 1);
  return std::move(*dated);
}

}  // namespace comcp
