#include "comcp/server/safe_path.hpp"

#include <algorithm>

namespace comcp {
namespace {

bool acceptable(std::string_view segment) {
  if (segment.empty() || segment == "." || segment == "..") return false;
  return std::ranges::none_of(segment,
                              [](unsigned char c) { return c < 0x20 || c == '\\' || c == 0x7f; });
}

bool begins_with(const std::filesystem::path& path, const std::filesystem::path& root) {
  return std::mismatch(path.begin(), path.end(), root.begin(), root.end()).second == root.end();
}

}  // namespace

std::optional<std::filesystem::path> path_below(const std::filesystem::path& root,
                                                std::string_view untrusted) {
  for (std::string_view rest = untrusted;;) {
    const std::size_t slash = rest.find('/');
    if (!acceptable(rest.substr(0, slash))) return std::nullopt;
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  std::filesystem::path base = std::filesystem::canonical(root);
  // The links in what exists of it are followed here; an unresolvable one (a loop) is refused.
  std::error_code failed;
  std::filesystem::path found = std::filesystem::weakly_canonical(base / untrusted, failed);
  if (failed || !begins_with(found, base)) return std::nullopt;
  return found;
}

}  // namespace comcp
