#ifndef COMCP_LIB_JSON_SCHEMA_URI_HPP
#define COMCP_LIB_JSON_SCHEMA_URI_HPP

// As much of RFC 3986 and RFC 6901 as references between schemas need.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace comcp::json::schema {

struct uri_parts {
  std::optional<std::string_view> scheme;
  std::optional<std::string_view> authority;
  std::string_view path;
  std::optional<std::string_view> query;
  std::optional<std::string_view> fragment;
};

/// Splits without judging (RFC 3986 appendix B).
uri_parts split_uri(std::string_view uri) noexcept;

/// The reference seen from the base (RFC 3986 5.2). A base that is itself relative or empty will do.
std::string resolve_uri(std::string_view base, std::string_view reference);

/// "a#b" -> "a".
std::string_view without_fragment(std::string_view uri) noexcept;

/// Undoes %XX; nothing for a broken escape.
std::optional<std::string> percent_decode(std::string_view text);

/// "/a~1b/0" -> {"a/b", "0"}; nothing when it is not a JSON pointer.
std::optional<std::vector<std::string>> split_pointer(std::string_view pointer);

}  // namespace comcp::json::schema

#endif
