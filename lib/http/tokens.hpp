#ifndef COMCP_LIB_HTTP_TOKENS_HPP
#define COMCP_LIB_HTTP_TOKENS_HPP

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "comcp/http/fields.hpp"

namespace comcp::http {

inline constexpr std::array<bool, 256> is_token_char = [] {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c)
    table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c)
    table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c)
    table[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

/// How long the token is that the text begins with; 0: it begins with none.
inline std::size_t token_prefix(std::string_view text) noexcept {
  std::size_t n = 0;
  while (n < text.size() && is_token_char[static_cast<unsigned char>(text[n])])
    ++n;
  return n;
}

/** Reads the elements of a list header (`a, b;q="x,y", c`), white space trimmed, empty ones skipped.
    Separators inside quoted strings don't count. */
class list_reader {
 public:
  explicit list_reader(std::string_view text, char separator = ',') noexcept
      : rest_(text), separator_(separator) {}

  std::optional<std::string_view> next() noexcept {
    while (!rest_.empty()) {
      bool quoted = false;
      std::size_t i = 0;
      for (; i < rest_.size(); ++i) {
        if (quoted && rest_[i] == '\\') {
          ++i;
        } else if (rest_[i] == '"') {
          quoted = !quoted;
        } else if (!quoted && rest_[i] == separator_) {
          break;
        }
      }
      const auto size = i < rest_.size() ? i : rest_.size();
      const auto element = trim_ows(rest_.substr(0, size));
      rest_.remove_prefix(size < rest_.size() ? size + 1 : size);
      if (!element.empty()) return element;
    }
    return std::nullopt;
  }

 private:
  std::string_view rest_;
  char separator_;
};

}  // namespace comcp::http

#endif
