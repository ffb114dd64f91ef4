#ifndef COMCP_SESSION_ROUNDS_HPP
#define COMCP_SESSION_ROUNDS_HPP

// How a modern request remembers its questions: nothing stays in the server, what was answered travels
// in `requestState`, sealed. spec: 2026-07-28, multi round-trip requests

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace comcp {

/** Options of the rounds in which a modern request asks its client. Every limit has a default. */
class round_options {
 public:
  using wall_clock = std::function<std::chrono::system_clock::time_point()>;

  round_options() = default;

  /** A secret of 32 bytes or more, shared by all instances that may see each other's requests. Default:
      a random one, so that states end with the process.

      May be given several times, newest first: the first seals, all of them are accepted. To change
      a secret, first add the new one behind the old on every instance, then put it first, then drop
      the old one. Throws std::invalid_argument when it is too short. */
  round_options& key(std::string secret);
  /// How long the client may take for one round (10 minutes). Above 0.
  round_options& lifetime(std::chrono::seconds d) {
    return lifetime_ = std::min<std::chrono::seconds>(d, std::chrono::years(100)), *this;
  }
  /// Rounds of one request (16); a handler that asks more fails with -32603.
  round_options& max_rounds(std::size_t n) { return max_rounds_ = n, *this; }
  /// Bytes of one state, as text (256 KiB); beyond it the request fails with -32603.
  round_options& max_state_bytes(std::size_t n) { return max_bytes_ = n, *this; }
  /// Whose states these are, for servers that share a secret. A server puts its name here.
  round_options& audience(std::string a) { return audience_ = std::move(a), *this; }
  /// The time that states expire by; for tests. Called on every shard.
  round_options& clock(wall_clock c) { return clock_ = std::move(c), *this; }

  const std::vector<std::string>& keys() const noexcept { return keys_; }
  std::chrono::seconds lifetime() const noexcept { return lifetime_; }
  std::size_t max_rounds() const noexcept { return max_rounds_; }
  std::size_t max_state_bytes() const noexcept { return max_bytes_; }
  const std::string& audience() const noexcept { return audience_; }
  std::chrono::system_clock::time_point now() const {
    return clock_ ? clock_() : std::chrono::system_clock::now();
  }

 private:
  std::vector<std::string> keys_;
  std::chrono::seconds lifetime_ = std::chrono::minutes(10);
  std::size_t max_rounds_ = 16;
  std::size_t max_bytes_ = std::size_t{256} * 1024;
  std::string audience_;
  wall_clock clock_;
};

/** Seals the states of a server's requests, and opens those that come back.

    A state is readable by the client, and can't be changed by it: HMAC-SHA256 over its content, its
    expiry, and what it is bound to (principal, method and params of its request). It may come back
    several times within its lifetime, or never.

    @par Thread safety immutable: all of it
*/
class round_keeper {
 public:
  enum class refusal : std::uint8_t { forged, expired };

  /// Makes a random key when the options have none.
  explicit round_keeper(round_options options = {});
  /// The one of handlers that have none of their own.
  static const round_keeper& of_process();

  const round_options& options() const noexcept { return options_; }

  /// @param binding what must be the same when the state comes back; not part of the text
  std::string seal(std::string_view content, std::string_view binding) const;
  /// The content, if this server sealed it for the same binding.
  std::variant<std::string, refusal> open(std::string_view state, std::string_view binding) const;

 private:
  round_options options_;
};

}  // namespace comcp

#endif
