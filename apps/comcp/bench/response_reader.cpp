#include "bench/response_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace comcp::bench {

namespace {

constexpr std::size_t first_size = 16384;
constexpr std::size_t longest_chunk_line = 1000;

// `lower` in lower case: letters and '-'.
bool same_name(std::string_view name, std::string_view lower) noexcept {
  return name.size() == lower.size() &&
         std::equal(name.begin(), name.end(), lower.begin(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a | 0x20 : a) == b; });
}

bool contains_word(std::string_view value, std::string_view lower) noexcept {
  for (std::size_t i = 0; i + lower.size() <= value.size(); ++i) {
    if (same_name(value.substr(i, lower.size()), lower)) return true;
  }
  return false;
}

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

template <class N>
bool number(std::string_view text, N& out, int base = 10) noexcept {
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && rest == text.data() + text.size();
}

}  // namespace

response_reader::response_reader() : buffer_(first_size) {}

std::span<char> response_reader::room() {
  if (begin_ == end_) {
    begin_ = at_ = end_ = 0;
  } else if (buffer_.size() - end_ < first_size / 4) {
    if (begin_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      at_ -= begin_;
      end_ -= begin_;
      begin_ = 0;
    }
    if (buffer_.size() - end_ < first_size / 4) buffer_.resize(2 * buffer_.size());
  }
  return {buffer_.data() + end_, buffer_.size() - end_};
}

response_reader::state response_reader::received(std::size_t bytes) {
  end_ += bytes;
  if (end_ - begin_ + joined_.size() > max_bytes) return state_ = state::broken;
  return step();
}

response_reader::state response_reader::ended() {
  if (state_ == state::more && framing_ == framing::until_end) {
    body_ = {buffer_.data() + at_, end_ - at_};
    at_ = end_;
    return state_ = state::done;
  }
  return state_ = state_ == state::done ? state_ : state::broken;
}

response_reader::state response_reader::next() {
  begin_ = at_;
  framing_ = framing::head;
  state_ = state::more;
  body_ = {};
  return begin_ == end_ ? state_ : step();
}

void response_reader::clear() {
  begin_ = at_ = end_ = 0;
  framing_ = framing::head;
  state_ = state::more;
  body_ = {};
}

response_reader::state response_reader::step() {
  if (state_ != state::more) return state_;
  while (framing_ == framing::head) {
    const std::string_view in(buffer_.data() + begin_, end_ - begin_);
    // The end of the head may be cut anywhere.
    const std::size_t from = at_ - begin_ < 3 ? 0 : at_ - begin_ - 3;
    const std::size_t end = in.find("\r\n\r\n", from);
    if (end == std::string_view::npos) {
      at_ = end_;
      return state_;
    }
    at_ = begin_ + end + 4;
    if (!read_head(in.substr(0, end + 2))) return state_ = state::broken;
    if (status_ / 100 == 1) {  // something else comes behind it
      framing_ = framing::head;
      begin_ = at_;
    }
  }
  switch (framing_) {
    case framing::length:
      if (end_ - at_ < length_) return state_;
      body_ = {buffer_.data() + at_, length_};
      at_ += length_;
      return state_ = state::done;
    case framing::chunks:
      return read_chunks();
    default:
      return state_;
  }
}

bool response_reader::read_head(std::string_view head) {
  if (head.size() < 14 || !head.starts_with("HTTP/1.") || !number(head.substr(9, 3), status_))
    return false;
  keep_alive_ = head[7] != '0';
  event_stream_ = has_length_ = chunked_ = false;
  length_ = 0;
  session_.clear();
  joined_.clear();
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    if (!read_header(head.substr(0, end))) return false;
    head.remove_prefix(end + 2);
  }
  if (status_ == 204 || status_ == 304 || status_ / 100 == 1) {
    framing_ = framing::length;
    length_ = 0;
  } else if (chunked_) {
    framing_ = framing::chunks;
  } else if (has_length_) {
    framing_ = framing::length;
  } else {
    framing_ = framing::until_end;
    keep_alive_ = false;
  }
  return true;
}

bool response_reader::read_header(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  switch (name.size()) {
    case 10:
      if (same_name(name, "connection")) {
        if (contains_word(value, "close")) keep_alive_ = false;
        if (contains_word(value, "keep-alive")) keep_alive_ = true;
      }
      break;
    case 12:
      if (same_name(name, "content-type"))
        event_stream_ = contains_word(value, "text/event-stream");
      break;
    case 14:
      if (same_name(name, "content-length")) {
        has_length_ = true;
        return number(value, length_) && length_ <= max_bytes;
      }
      if (same_name(name, "mcp-session-id")) session_ = value;
      break;
    case 17:
      if (same_name(name, "transfer-encoding")) chunked_ = contains_word(value, "chunked");
      break;
    default:
      break;
  }
  return true;
}

response_reader::state response_reader::read_chunks() {
  for (;;) {
    const std::string_view in(buffer_.data() + at_, end_ - at_);
    const std::size_t line = in.find("\r\n");
    if (line == std::string_view::npos && in.size() <= longest_chunk_line + 1) return state_;
    if (line > longest_chunk_line) return state_ = state::broken;
    std::size_t size = 0;
    const std::string_view digits = trim(in.substr(0, std::min(line, in.find(';'))));
    if (digits.empty() || !number(digits, size, 16) || size > max_bytes)
      return state_ = state::broken;
    if (size == 0) {
      // Trailers, if there are any, end with an empty line.
      const std::size_t end = in.find("\r\n\r\n", line);
      if (end == std::string_view::npos) return state_;
      at_ += end + 4;
      body_ = joined_;
      return state_ = state::done;
    }
    if (in.size() < line + 2 + size + 2) return state_;
    if (in.substr(line + 2 + size, 2) != "\r\n") return state_ = state::broken;
    joined_.append(in, line + 2, size);
    at_ += line + 2 + size + 2;
    if (joined_.size() > max_bytes) return state_ = state::broken;
  }
}

}  // namespace comcp::bench
