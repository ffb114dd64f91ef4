#include "support/paths.hpp"

#include <cstdlib>

namespace comcp::test {

std::filesystem::path source_dir() {
  auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  while (!std::filesystem::exists(folder / "CMakePresets.json")) {
    if (folder == folder.parent_path()) return {};
    folder = folder.parent_path();
  }
  return folder;
}

std::filesystem::path shared_dir() {
  if (const char* named = std::getenv("COMCP_SHARED_DIR")) return named;  // NOLINT: one thread
  return source_dir().parent_path() / "shared";
}

std::filesystem::path program_path(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

}  // namespace comcp::test
