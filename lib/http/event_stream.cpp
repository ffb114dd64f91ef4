#include "comcp/http/event_stream.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace comcp::http {

namespace {

/// The first CR or LF. (`find_first_of` calls memchr for each byte.)
std::size_t find_line_end(std::string_view text) noexcept {
  const auto* at =
      std::find_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; });
  return at == text.end() ? std::string_view::npos : static_cast<std::size_t>(at - text.begin());
}

void append_data_lines(std::string& out, std::string_view data) {
  // JSON text, the usual data, is one line: two passes of memchr.
  const bool has_more =
      data.find('\n') != std::string_view::npos || data.find('\r') != std::string_view::npos;
  for (;;) {
    const auto end = has_more ? find_line_end(data) : std::string_view::npos;
    out += "data: ";
    out += data.substr(0, end);
    out += '\n';
    if (end == std::string_view::npos) return;
    const bool crlf = data[end] == '\r' && end + 1 < data.size() && data[end + 1] == '\n';
    data.remove_prefix(end + (crlf ? 2 : 1));
  }
}

void append_id(std::string& out, std::string_view id) {
  constexpr std::string_view forbidden("\r\n\0", 3);
  if (id.find_first_of(forbidden) != std::string_view::npos)
    throw std::invalid_argument("an event id must not contain line breaks or NUL");
  out += "id: ";
  out += id;
  out += '\n';
}

}  // namespace

void append_event(std::string& out, const sse_event& event) {
  const auto start = out.size();
  try {
    if (event.id) append_id(out, *event.id);
    if (!event.type.empty()) {
      if (event.type.find_first_of("\r\n") != std::string::npos)
        throw std::invalid_argument("an event type must not contain line breaks");
      out += "event: ";
      out += event.type;
      out += '\n';
    }
    if (event.retry) {
      if (event.retry->count() < 0)
        throw std::invalid_argument("an event's retry must not be negative");
      out += "retry: ";
      out += std::to_string(event.retry->count());
      out += '\n';
    }
    if (event.data) append_data_lines(out, *event.data);
    out += '\n';
  } catch (...) {
    out.resize(start);
    throw;
  }
}

std::string encode_event(const sse_event& event) {
  std::string out;
  append_event(out, event);
  return out;
}

void append_data_event(std::string& out, std::string_view data, std::string_view id) {
  if (!id.empty()) append_id(out, id);
  append_data_lines(out, data);
  out += '\n';
}

void append_comment(std::string& out, std::string_view text) {
  for (;;) {
    const auto end = text.find_first_of("\r\n");
    out += text.empty() ? ":" : ": ";
    out += text.substr(0, end);
    out += '\n';
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  out += '\n';
}

event_parser::event_parser(event_limits limits) noexcept : limits_(limits) {}

event_parser::status event_parser::feed(std::string_view bytes, std::vector<sse_event>& out) {
  while (status_ == status::ok && !bytes.empty()) {
    if (after_cr_) {
      after_cr_ = false;
      if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
    }
    const auto end = find_line_end(bytes);
    const auto part = bytes.substr(0, end);
    if (line_.size() + part.size() > limits_.max_line_bytes()) {
      status_ = status::line_too_long;
      break;
    }
    if (end == std::string_view::npos) {
      line_ += part;
      break;
    }
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    if (line_.empty()) {  // the usual case needs no copy
      on_line(part, out);
    } else {
      line_ += part;
      on_line(line_, out);
      line_.clear();
    }
  }
  return status_;
}

void event_parser::on_line(std::string_view line, std::vector<sse_event>& out) {
  if (at_start_) {
    at_start_ = false;
    if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  }
  if (line.empty()) {
    if (started_ && (event_.data || event_.id || event_.retry)) out.push_back(std::move(event_));
    event_ = sse_event();
    started_ = false;
    return;
  }
  const auto colon = line.find(':');
  if (colon == 0) return;  // comment
  auto value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  on_field(line.substr(0, colon), value);
}

void event_parser::on_field(std::string_view name, std::string_view value) {
  if (name == "data") {
    const auto had = event_.data ? event_.data->size() + 1 : 0;
    if (had + value.size() > limits_.max_event_bytes()) {
      status_ = status::event_too_large;
      return;
    }
    if (event_.data) {
      *event_.data += '\n';
      *event_.data += value;
    } else {
      event_.data.emplace(value);
    }
    started_ = true;
  } else if (name == "event") {
    event_.type = value;
    started_ = true;
  } else if (name == "id") {
    if (value.find('\0') != std::string_view::npos) return;
    event_.id.emplace(value);
    last_id_ = value;
    started_ = true;
  } else if (name == "retry") {
    std::uint32_t number = 0;
    const auto* last = value.data() + value.size();
    const auto [end, error] = std::from_chars(value.data(), last, number);
    if (value.empty() || error != std::errc{} || end != last) return;
    event_.retry = std::chrono::milliseconds(number);
    retry_ = event_.retry;
    started_ = true;
  }
}

}  // namespace comcp::http
