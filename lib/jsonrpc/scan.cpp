#include "jsonrpc/scan.hpp"

#include "jsonrpc/utf8.hpp"

namespace comcp::jsonrpc {

finding scan(std::string_view bytes, const limits& bounds) noexcept {
  if (bytes.size() > bounds.max_bytes()) return finding::too_long;

  const auto* p = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* const end = p + bytes.size();
  std::size_t depth = 0;
  std::size_t values = 1;  // separators plus containers bound the number of values from above
  bool in_string = false;

  while (p != end) {
    if (in_string) {
      p = skip_plain(p, end);
      if (p == end) break;
    }
    const unsigned char c = *p;
    if (c >= 0x80) {
      const std::size_t length = utf8_length(p, static_cast<std::size_t>(end - p));
      if (length == 0) return finding::not_utf8;
      p += length;
      continue;
    }
    ++p;
    if (in_string) {
      if (c == '"')
        in_string = false;
      else if (c == '\\' && p != end && *p < 0x80)
        ++p;  // the escaped character can't end the string
      continue;
    }
    switch (c) {
      case '"':
        in_string = true;
        break;
      case '{':
      case '[':
        if (++depth > bounds.max_depth()) return finding::too_deep;
        if (++values > bounds.max_elements()) return finding::too_many_values;
        break;
      case '}':
      case ']':
        if (depth > 0) --depth;
        break;
      case ',':
        if (++values > bounds.max_elements()) return finding::too_many_values;
        break;
      default:
        break;
    }
  }
  return finding::fit_to_parse;
}

}  // namespace comcp::jsonrpc
