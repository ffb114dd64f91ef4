#include "comcp/transport/line_splitter.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace comcp {

namespace {

constexpr std::size_t chunk_bytes = std::size_t{64} * 1024;
// After one huge line the buffer goes back to a chunk; ordinary ones keep what they grew to.
constexpr std::size_t shrink_above_bytes = std::size_t{1024} * 1024;

bool is_blank(std::string_view line) noexcept {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

line_splitter::line_splitter(std::size_t max_line_bytes) : max_line_bytes_(max_line_bytes) {}

std::span<char> line_splitter::space() {
  text_ = {};
  if (begin_ == end_) {
    begin_ = scanned_ = end_ = 0;
    if (buffer_.size() > shrink_above_bytes) {
      buffer_.resize(chunk_bytes);
      buffer_.shrink_to_fit();
    }
  } else if (begin_ > 0 && buffer_.size() - end_ < chunk_bytes / 2) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    scanned_ -= begin_;
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < chunk_bytes / 4) {
    // The line in progress never exceeds the limit by more than its CR, or it would be skipped.
    buffer_.resize(std::max(end_ + chunk_bytes,
                            std::min(buffer_.size() * 2, max_line_bytes_ + 2 + chunk_bytes)));
  }
  return {buffer_.data() + end_, buffer_.size() - end_};
}

void line_splitter::filled(std::size_t count) {
  assert(count <= buffer_.size() - end_);
  end_ += count;
}

line_splitter::event line_splitter::next() {
  text_ = {};
  for (;;) {
    const char* data = buffer_.data();
    const void* lf =
        scanned_ == end_ ? nullptr : std::memchr(data + scanned_, '\n', end_ - scanned_);
    if (lf != nullptr) {
      const std::size_t length = static_cast<const char*>(lf) - (data + begin_);
      if (skipping_) {
        skipping_ = false;
        begin_ = scanned_ = begin_ + length + 1;
        continue;
      }
      if (auto e = take_line(length, length + 1); e != event::need_more) return e;
      continue;
    }
    scanned_ = end_;
    if (finished_) {
      if (begin_ == end_ || skipping_) {
        begin_ = end_;
        return event::end;
      }
      const std::size_t length = end_ - begin_;
      if (auto e = take_line(length, length); e != event::need_more) return e;
      continue;
    }
    if (skipping_) {
      begin_ = end_;
    } else if (end_ > begin_ &&
               end_ - begin_ - 1 > max_line_bytes_) {  // one more for a CR that doesn't count
      skipping_ = true;
      begin_ = end_;
      return event::oversize;
    }
    return event::need_more;
  }
}

// need_more: the line was blank.
line_splitter::event line_splitter::take_line(std::size_t length, std::size_t with_end) {
  std::string_view line(buffer_.data() + begin_, length);
  begin_ = scanned_ = begin_ + with_end;
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() > max_line_bytes_) return event::oversize;
  if (is_blank(line)) return event::need_more;
  text_ = line;
  return event::line;
}

}  // namespace comcp
