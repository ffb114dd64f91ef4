#include "comcp/log.hpp"

#include <algorithm>
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

struct logger::shared {
  std::shared_ptr<log_sink> sink;
  double burst = 0;
  double per_second = 0;

  std::mutex mutex;  // of what follows: only taken when something is written about a peer
  double tokens = 0;
  std::chrono::steady_clock::time_point last{};
  std::uint64_t left_out = 0;

  // How many were left out before this one; nothing when this one is left out too.
  std::optional<std::uint64_t> let_through(std::chrono::steady_clock::time_point now) {
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
};

logger::logger(std::shared_ptr<log_sink> sink,
               log_level threshold,
               unsigned burst,
               unsigned per_second)
    : shared_(std::make_shared<shared>()), threshold_(threshold) {
  shared_->sink = std::move(sink);
  shared_->burst = shared_->tokens = burst;
  shared_->per_second = per_second;
}

void logger::write(log_level level, std::string_view message) const noexcept {
  if (enabled(level)) shared_->sink->write(level, message);
}

void logger::write_limited(log_level level,
                           std::string_view message,
                           std::chrono::steady_clock::time_point now) const noexcept {
  if (!enabled(level)) return;
  const auto left_out = shared_->let_through(now);
  if (!left_out) return;
  if (*left_out > 0) {
    char text[64];
    std::snprintf(text, sizeof text, "%llu messages about peers were left out",
                  static_cast<unsigned long long>(*left_out));
    shared_->sink->write(level, text);
  }
  shared_->sink->write(level, message);
}

std::string quoted_for_log(std::string_view text, std::size_t max) {
  static constexpr char hex[] = "0123456789abcdef";
  std::string out = "\"";
  for (char c : text.substr(0, max)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) {
      out += "\\x";
      out += hex[byte >> 4];
      out += hex[byte & 15];
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  out += text.size() > max ? "\"..." : "\"";
  return out;
}

}  // namespace comcp
