#include "comcp/log.hpp"

#include <algorithm>

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

void limited_logger::write(log_level level, std::string_view message, time_point now) noexcept {
  if (!to_.enabled(level)) return;
  if (last_ != time_point{} && now > last_) {
    const double seconds = std::chrono::duration<double>(now - last_).count();
    tokens_ = std::min<double>(burst_, tokens_ + seconds * per_second_);
  }
  last_ = now;
  if (tokens_ < 1) {
    ++left_out_;
    return;
  }
  tokens_ -= 1;
  if (left_out_ > 0) {
    try {
      to_.write(level, std::to_string(left_out_) + " similar messages were left out");
    } catch (...) {  // no memory for the remark: the count stays for the next one
      to_.write(level, message);
      return;
    }
    left_out_ = 0;
  }
  to_.write(level, message);
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
