// Addresses, host names (RFC 1123) and mailboxes (RFC 5321).

#include "formats.hpp"

namespace comcp::json::schema {
namespace {

bool is_label(std::string_view label) noexcept {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
    return false;
  for (const char c : label) {
    if (!is_alpha(c) && !is_digit(c) && c != '-') return false;
  }
  // Two hyphens in third and fourth place are kept for encodings, of which there is one.
  if (label.size() >= 4 && label[2] == '-' && label[3] == '-') {
    const bool encoded = (label[0] | 0x20) == 'x' && (label[1] | 0x20) == 'n';
    return encoded && label.size() > 4;
  }
  return true;
}

template <class Label>
bool is_domain(std::string_view text, Label check) {
  if (text.empty() || text.size() > 253) return false;
  while (true) {
    const auto dot = text.find('.');
    if (!check(text.substr(0, dot))) return false;
    if (dot == text.npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_u_label(std::string_view label) noexcept {
  if (label.empty() || label.front() == '-' || label.back() == '-') return false;
  for (const char c : label) {
    if (!is_alpha(c) && !is_digit(c) && c != '-' && !is_not_ascii(c)) return false;
  }
  return true;
}

bool is_local_part(std::string_view text, bool international) {
  if (text.empty() || text.size() > 64) return false;
  const auto other = [&](char c) { return international && is_not_ascii(c); };
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\\') ++i;
      if (i == text.size() || (!other(text[i]) && (text[i] < 0x20 || text[i] > 0x7e))) return false;
      if (text[i] == '"' && (i == 0 || text[i - 1] != '\\')) return false;
    }
    return true;
  }
  bool after_dot = true;
  for (const char c : text) {
    if (c == '.') {
      if (after_dot) return false;
      after_dot = true;
      continue;
    }
    if (!is_alpha(c) && !is_digit(c) && !is_one_of(c, "!#$%&'*+-/=?^_`{|}~") && !other(c))
      return false;
    after_dot = false;
  }
  return !after_dot;
}

bool is_mailbox(std::string_view text, bool international) {
  const auto at = text.rfind('@');
  if (at == text.npos || !is_local_part(text.substr(0, at), international)) return false;
  const std::string_view domain = text.substr(at + 1);
  if (domain.size() > 2 && domain.front() == '[' && domain.back() == ']') {
    const std::string_view literal = domain.substr(1, domain.size() - 2);
    return literal.starts_with("IPv6:") ? is_ipv6(literal.substr(5)) : is_ipv4(literal);
  }
  return international ? is_domain(domain, is_u_label) : is_domain(domain, is_label);
}

}  // namespace

bool is_ipv4(std::string_view text) {
  int parts = 0;
  while (true) {
    std::size_t digits = 0;
    int number = 0;
    while (digits < text.size() && digits < 4 && is_digit(text[digits])) {
      number = number * 10 + (text[digits++] - '0');
    }
    if (digits == 0 || digits > 3 || number > 255 || (digits > 1 && text[0] == '0')) return false;
    text.remove_prefix(digits);
    if (++parts == 4) return text.empty();
    if (text.empty() || text.front() != '.') return false;
    text.remove_prefix(1);
  }
}

bool is_ipv6(std::string_view text) {
  int groups = 0;
  bool shortened = false;
  if (text.starts_with("::")) {
    shortened = true;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    const auto colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    if (colon == text.npos && group.find('.') != group.npos) {
      if (!is_ipv4(group)) return false;
      groups += 2;
      break;
    }
    if (group.empty() || group.size() > 4) return false;
    for (const char c : group) {
      if (!is_hex(c)) return false;
    }
    ++groups;
    if (colon == text.npos) break;
    text.remove_prefix(colon + 1);
    if (text.starts_with(':')) {
      if (shortened) return false;
      shortened = true;
      text.remove_prefix(1);
    } else if (text.empty()) {
      return false;
    }
  }
  return shortened ? groups < 8 : groups == 8;
}

bool is_hostname(std::string_view text) {
  return is_domain(text, is_label);
}
bool is_email(std::string_view text) {
  return is_mailbox(text, false);
}
bool is_idn_email(std::string_view text) {
  return is_mailbox(text, true);
}

}  // namespace comcp::json::schema
