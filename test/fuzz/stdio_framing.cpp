// The framing of stdio: whatever the bytes are and however they arrive, line_splitter gives the lines
// that a plain loop over the whole input gives. The first byte decides the sizes of the reads.

#include "comcp/transport/line_splitter.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t limit = 24;
constexpr std::string_view oversize = "<a line above the limit>";  // longer than any line

std::vector<std::string> expected(std::string_view input) {
  std::vector<std::string> lines;
  while (!input.empty()) {
    const std::size_t end = input.find('\n');
    std::string_view line = input.substr(0, end);
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > limit) {
      lines.emplace_back(oversize);
    } else if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
      lines.emplace_back(line);
    }
  }
  return lines;
}

std::vector<std::string> split(std::string_view input, std::uint8_t pattern) {
  comcp::line_splitter splitter(limit);
  std::vector<std::string> lines;
  for (std::uint32_t state = pattern;;) {
    switch (splitter.next()) {
      case comcp::line_splitter::event::line:
        lines.emplace_back(splitter.text());
        break;
      case comcp::line_splitter::event::oversize:
        lines.emplace_back(oversize);
        break;
      case comcp::line_splitter::event::end:
        return lines;
      case comcp::line_splitter::event::need_more: {
        if (splitter.buffered_bytes() > limit + 1) std::abort();
        if (input.empty()) {
          splitter.finish();
          break;
        }
        state = state * 1664525 + 1013904223;
        const auto space = splitter.space();
        const std::size_t count =
            std::min({std::size_t{1} + (state >> 24) % 40, input.size(), space.size()});
        std::memcpy(space.data(), input.data(), count);
        splitter.filled(count);
        input.remove_prefix(count);
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (split(input, data[0]) != expected(input)) std::abort();
  return 0;
}
