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

/** A copyable handle to a sink with a threshold; a default-constructed one discards everything. */
class logger {
 public:
  logger() = default;
  explicit logger(std::shared_ptr<log_sink> sink, log_level threshold = log_level::info)
      : sink_(std::move(sink)), threshold_(threshold) {}

  /// Ask before building an expensive message.
  bool enabled(log_level level) const noexcept { return sink_ && level >= threshold_; }
  void write(log_level level, std::string_view message) const noexcept {
    if (enabled(level)) sink_->write(level, message);
  }

 private:
  std::shared_ptr<log_sink> sink_;
  log_level threshold_ = log_level::info;
};

/** Keeps a peer from flooding the log: a token bucket in front of a `logger`.

    After the burst is used up, messages are counted instead of written; the next one that gets
   through is preceded by "N similar messages were left out". Time is handed in, so virtual time
   works.
*/
class limited_logger {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  limited_logger() = default;
  explicit limited_logger(logger to, unsigned burst = 20, unsigned per_second = 2)
      : to_(std::move(to)), burst_(burst), per_second_(per_second), tokens_(burst) {}

  bool enabled(log_level level) const noexcept { return to_.enabled(level); }
  void write(log_level level, std::string_view message, time_point now) noexcept;

 private:
  logger to_;
  unsigned burst_ = 20;
  unsigned per_second_ = 2;
  double tokens_ = 20;
  time_point last_{};
  std::uint64_t left_out_ = 0;
};

/** Text from a peer made fit for one log line: control characters and non-ASCII bytes become \xNN
    (nobody forges log lines or terminal sequences), at most `max` characters, quoted. */
std::string quoted_for_log(std::string_view text, std::size_t max = 120);

}  // namespace comcp

#endif
