#ifndef COMCP_LIB_JSON_SCHEMA_FORMATS_HPP
#define COMCP_LIB_JSON_SCHEMA_FORMATS_HPP

// The formats of JSON Schema. idn-hostname is not among them: the tables of IDNA are not worth their
// size here; and of a hostname's xn-- labels only the characters are checked.

#include <string_view>

namespace comcp::json::schema {

using format_check = bool (*)(std::string_view text);

/// Null for a format that is not checked.
format_check find_format(std::string_view name) noexcept;

// formats_time.cpp
bool is_date(std::string_view text);
bool is_time(std::string_view text);
bool is_date_time(std::string_view text);
bool is_duration(std::string_view text);

// formats_net.cpp
bool is_ipv4(std::string_view text);
bool is_ipv6(std::string_view text);
bool is_hostname(std::string_view text);
bool is_email(std::string_view text);
bool is_idn_email(std::string_view text);

// formats_uri.cpp
bool is_uri(std::string_view text);
bool is_uri_reference(std::string_view text);
bool is_iri(std::string_view text);
bool is_iri_reference(std::string_view text);
bool is_uri_template(std::string_view text);

// Characters, by ASCII and nothing else.
constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_hex(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool is_one_of(char c, std::string_view set) noexcept {
  return set.find(c) != set.npos;
}
constexpr bool is_not_ascii(char c) noexcept {
  return static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace comcp::json::schema

#endif
