#ifndef COMCP_LOG_HPP
#define COMCP_LOG_HPP

// The library's hook for diagnostics. The library never writes to stdout or stderr by itself
// (stdout may be the wire); the program decides where messages go.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace comcp {

/** How much a diagnostic matters to whoever operates the process.

    What a well-behaved or a badly behaved peer does is never above `debug` and `info` respectively;
    `warning` and `error` are for what the operator can act on.
*/
enum class log_level : std::uint8_t { debug, info, warning, error };

/// The level's name in lower case.
std::string_view to_string(log_level) noexcept;

/** Where diagnostics go; implemented by the program.

    @par Thread safety  `write` is called from every shard, possibly at once.
*/
class log_sink {
 public:
  virtual ~log_sink() = default;
  virtual void write(log_level level, std::string_view message) noexcept = 0;
};

/** A copyable handle to a sink with a threshold; a default-constructed one discards everything.

    What a peer can cause is written with `write_limited`: a token bucket for each level, shared by all copies,
    keeps peers from flooding the log. After the burst is used up messages are counted instead of written; the
    next one of that level that gets through is preceded by "N messages about peers were left out".

    A message is one line: control characters in it become \xNN (also those that an exception's text brings),
    and what is beyond 8 KiB is left out.

    @par Thread safety  everything, on the same object too, except assignment
*/
class logger {
 public:
  logger() = default;
  explicit logger(std::shared_ptr<log_sink> sink,
                  log_level threshold = log_level::info,
                  unsigned burst = 50,
                  unsigned per_second = 5);

  /// Ask before building an expensive message.
  bool enabled(log_level level) const noexcept { return shared_ && level >= threshold_; }
  void write(log_level level, std::string_view message) const noexcept;
  /// Time is handed in, so that virtual time works.
  void write_limited(log_level level,
                     std::string_view message,
                     std::chrono::steady_clock::time_point now) const noexcept;

 private:
  struct shared;
  std::shared_ptr<shared> shared_;
  log_level threshold_ = log_level::info;
};

/** Text from a peer made fit for one log line: control characters and non-ASCII bytes become \xNN
    (nobody forges log lines or terminal sequences), at most `max` characters, quoted. */
std::string quoted_for_log(std::string_view text, std::size_t max = 120);

}  // namespace comcp

#endif
