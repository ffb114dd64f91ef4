#include "http_transport/event_id.hpp"

#include <charconv>
#include <system_error>

namespace comcp::detail {

namespace {

/// One spelling per number: digits, no sign, no leading zero.
std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return n;
}

/// Some characters of the session's random part, in every id that we make.
std::string_view session_tag(std::string_view session_id) noexcept {
  const auto hyphen = session_id.find('-');
  return hyphen == std::string_view::npos ? session_id : session_id.substr(hyphen + 1, 8);
}

}  // namespace

std::string event_prefix(std::string_view session_id, std::uint64_t stream) {
  std::string text(session_tag(session_id));
  text += '.';
  text += std::to_string(stream);
  text += '.';
  return text;
}

std::optional<event_id> parse_event_id(std::string_view text,
                                       std::string_view session_id) noexcept {
  const std::string_view tag = session_tag(session_id);
  if (!text.starts_with(tag) || text.size() <= tag.size() || text[tag.size()] != '.')
    return std::nullopt;
  text.remove_prefix(tag.size() + 1);
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto stream = parse_number(text.substr(0, dot));
  const auto number = parse_number(text.substr(dot + 1));
  if (!stream || !number) return std::nullopt;
  event_id id;
  id.stream = *stream;
  id.number = *number;
  return id;
}

}  // namespace comcp::detail
