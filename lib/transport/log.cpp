#include "comcp/log.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <optional>

namespace comcp {

std::string_view to_string(log_level level) noexcept {
  switch (level) {
    case log_level::debug:
      return "debug";
    case log_level::info:
      return "info";
    case log_level::warning:
      return "warning";
    case log_level::error:
      return "error";
  }
  return "unknown";
}

namespace {

constexpr std::size_t longest_line = 8192;

void append_escaped(std::string& out, unsigned char byte) {
  static constexpr char hex[] = "0123456789abcdef";
  out += "\\x";
  out += hex[byte >> 4];
  out += hex[byte & 15];
}

bool is_control(unsigned char byte) noexcept {
  return byte < 0x20 || byte == 0x7f;
}

// U+0080 to U+009f in UTF-8: terminals obey some of them.
bool is_c1(std::string_view text, std::size_t at) noexcept {
  if (text[at] != '\xc2' || at + 1 == text.size()) return false;
  const auto second = static_cast<unsigned char>(text[at + 1]);
  return second >= 0x80 && second <= 0x9f;
}

/// What exceptions say may have been said by a peer.
bool is_one_line(std::string_view text) noexcept {
  if (text.size() > longest_line) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (is_control(static_cast<unsigned char>(text[i])) || is_c1(text, i)) return false;
  return true;
}

std::string made_one_line(std::string_view text) {
  std::string out;
  const std::string_view kept = text.substr(0, longest_line);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const auto byte = static_cast<unsigned char>(kept[i]);
    if (is_control(byte) || is_c1(kept, i) || (i > 0 && is_c1(kept, i - 1)))
      append_escaped(out, byte);
    else
      out += kept[i];
  }
  if (kept.size() < text.size()) out += "...";
  return out;
}

void write_line(log_sink& sink, log_level level, std::string_view message) noexcept try {
  if (is_one_line(message))
    sink.write(level, message);
  else
    sink.write(level, made_one_line(message));
} catch (const std::bad_alloc&) {
  sink.write(level, "a message was lost for want of memory");
}

/// What peers cause at one level: a flood of one kind hides no other.
class limited_level {
 public:
  // How many were left out before this one; nothing when this one is left out too.
  std::optional<std::uint64_t> let_through(std::chrono::steady_clock::time_point now,
                                           double burst,
                                           double per_second) {
    const std::lock_guard lock(mutex);
    if (last != std::chrono::steady_clock::time_point{} && now > last) {
      const double seconds = std::chrono::duration<double>(now - last).count();
      tokens = std::min(burst, tokens + seconds * per_second);
    }
    last = std::max(last, now);
    if (tokens < 1) {
      ++left_out;
      return std::nullopt;
    }
    tokens -= 1;
    return std::exchange(left_out, 0);
  }
  void fill(double burst) noexcept { tokens = burst; }

 private:
  std::mutex mutex;  // only taken when something is written about a peer
  double tokens = 0;
  std::chrono::steady_clock::time_point last{};
  std::uint64_t left_out = 0;
};

}  // namespace

struct logger::shared {
  std::shared_ptr<log_sink> sink;
  double burst = 0;
  double per_second = 0;
  std::array<limited_level, 4> levels;
};

logger::logger(std::shared_ptr<log_sink> sink,
               log_level threshold,
               unsigned burst,
               unsigned per_second)
    : shared_(std::make_shared<shared>()), threshold_(threshold) {
  shared_->sink = std::move(sink);
  shared_->burst = burst;
  shared_->per_second = per_second;
  for (limited_level& level : shared_->levels)
    level.fill(burst);
}

void logger::write(log_level level, std::string_view message) const noexcept {
  if (enabled(level)) write_line(*shared_->sink, level, message);
}

void logger::write_limited(log_level level,
                           std::string_view message,
                           std::chrono::steady_clock::time_point now) const noexcept {
  if (!enabled(level)) return;
  const auto left_out = shared_->levels[static_cast<std::size_t>(level)].let_through(
      now, shared_->burst, shared_->per_second);
  if (!left_out) return;
  if (*left_out > 0) {
    char text[64];
    std::snprintf(text, sizeof text, "%llu messages about peers were left out",
                  static_cast<unsigned long long>(*left_out));
    shared_->sink->write(level, text);
  }
  write_line(*shared_->sink, level, message);
}

std::string quoted_for_log(std::string_view text, std::size_t max) {
  std::string out = "\"";
  for (char c : text.substr(0, max)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) {
      append_escaped(out, byte);
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  out += text.size() > max ? "\"..." : "\"";
  return out;
}

}  // namespace comcp
