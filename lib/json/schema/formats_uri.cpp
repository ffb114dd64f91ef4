// RFC 3986 (URI), RFC 3987 (IRI: the same with more characters), RFC 6570 (templates).

#include "formats.hpp"
#include "uri.hpp"

#include <algorithm>

namespace comcp::json::schema {
namespace {

constexpr std::string_view unreserved_marks = "-._~";
constexpr std::string_view sub_delimiters = "!$&'()*+,;=";

/// Whether the text consists of unreserved characters, %XX, sub-delimiters and those in `more`.
bool all_allowed(std::string_view text, std::string_view more, bool international) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      i += 2;
      continue;
    }
    if (is_alpha(c) || is_digit(c) || is_one_of(c, unreserved_marks) ||
        is_one_of(c, sub_delimiters) || is_one_of(c, more) || (international && is_not_ascii(c))) {
      continue;
    }
    return false;
  }
  return true;
}

bool is_scheme(std::string_view text) {
  if (text.empty() || !is_alpha(text.front())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alpha(c) || is_digit(c) || is_one_of(c, "+-."); });
}

bool is_ip_literal(std::string_view text) {
  if (text.size() < 4 || (text.front() | 0x20) != 'v') return is_ipv6(text);
  const auto dot = text.find('.');
  if (dot == text.npos || dot < 2 || dot + 1 == text.size()) return false;
  const std::string_view version = text.substr(1, dot - 1);
  return std::all_of(version.begin(), version.end(), is_hex) &&
         all_allowed(text.substr(dot + 1), ":", false) && text.find('%') == text.npos;
}

bool is_authority(std::string_view text, bool international) {
  if (const auto at = text.find('@'); at != text.npos) {
    if (!all_allowed(text.substr(0, at), ":", international)) return false;
    text.remove_prefix(at + 1);
  }
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == text.npos || !is_ip_literal(text.substr(1, close - 1))) return false;
    port = text.substr(close + 1);
    if (!port.empty() && port.front() != ':') return false;
    if (!port.empty()) port.remove_prefix(1);
  } else {
    const auto colon = text.find(':');
    if (!all_allowed(text.substr(0, colon), {}, international)) return false;
    if (colon != text.npos) port = text.substr(colon + 1);
  }
  return std::all_of(port.begin(), port.end(), is_digit);
}

bool is_reference(std::string_view text, bool international, bool absolute) {
  const uri_parts parts = split_uri(text);
  if (parts.scheme ? !is_scheme(*parts.scheme) : absolute) return false;
  if (parts.authority && !is_authority(*parts.authority, international)) return false;
  if (!all_allowed(parts.path, ":@/", international)) return false;
  // split_uri takes a leading colon for a part of the path.
  if (!parts.scheme && !parts.authority) {
    const std::string_view segment = parts.path.substr(0, parts.path.find('/'));
    if (segment.find(':') != segment.npos) return false;
  }
  return (!parts.query || all_allowed(*parts.query, ":@/?", international)) &&
         (!parts.fragment || all_allowed(*parts.fragment, ":@/?", international));
}

bool is_variable_name(std::string_view name) {
  bool may_dot = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == '.') {
      if (!may_dot) return false;
      may_dot = false;
      continue;
    }
    if (c == '%') {
      if (i + 2 >= name.size() || !is_hex(name[i + 1]) || !is_hex(name[i + 2])) return false;
      i += 2;
    } else if (!is_alpha(c) && !is_digit(c) && c != '_') {
      return false;
    }
    may_dot = true;
  }
  return may_dot;
}

bool is_variable(std::string_view text) {
  if (text.ends_with('*')) return is_variable_name(text.substr(0, text.size() - 1));
  const auto colon = text.find(':');
  if (colon == text.npos) return is_variable_name(text);
  const std::string_view length = text.substr(colon + 1);
  return is_variable_name(text.substr(0, colon)) && !length.empty() && length.size() <= 4 &&
         length.front() != '0' && std::all_of(length.begin(), length.end(), is_digit);
}

bool is_expression(std::string_view text) {
  if (text.empty()) return false;
  if (is_one_of(text.front(), "+#./;?&=,!@|")) text.remove_prefix(1);
  while (true) {
    const auto comma = text.find(',');
    if (!is_variable(text.substr(0, comma))) return false;
    if (comma == text.npos) return true;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

bool is_uri(std::string_view text) {
  return is_reference(text, false, true);
}
bool is_uri_reference(std::string_view text) {
  return is_reference(text, false, false);
}
bool is_iri(std::string_view text) {
  return is_reference(text, true, true);
}
bool is_iri_reference(std::string_view text) {
  return is_reference(text, true, false);
}

bool is_uri_template(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '{') {
      const auto close = text.find('}', i);
      if (close == text.npos || !is_expression(text.substr(i + 1, close - i - 1))) return false;
      i = close;
    } else if (c == '%') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      i += 2;
    } else if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || is_one_of(c, "\"<>\\^`|}")) {
      return false;
    }
  }
  return true;
}

}  // namespace comcp::json::schema
