// A template and a URI, apart by a line: what matches can be expanded, and the result matches again, unless escaping
// has made it longer than a URI may be.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "comcp/server/uri_template.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = text.find('\n');
  if (line == std::string_view::npos) return 0;
  std::optional<comcp::uri_template> pattern;
  try {
    pattern.emplace(text.substr(0, line));
  } catch (const std::invalid_argument&) {
    return 0;
  }
  (void)pattern->expand({});
  const auto found = pattern->match(text.substr(line + 1));
  if (!found) return 0;
  for (const auto& [name, value] : *found) {
    bool known = false;
    for (const std::string& v : pattern->variables())
      known = known || v == name;
    if (!known) std::abort();
  }
  const std::string again = pattern->expand(*found);
  if (again.size() <= 8192 && !pattern->match(again)) std::abort();
  return 0;
}
