#ifndef COMCP_TEST_LIFECYCLE_LONG_RUNS_HPP
#define COMCP_TEST_LIFECYCLE_LONG_RUNS_HPP

// For tests that scripts/soak runs in a long form, which is told by an environment variable.

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>

namespace lifecycle {

/// The number in this environment variable, and whether it is there.
inline std::pair<int, bool> wanted(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return {text ? std::atoi(text) : otherwise, text != nullptr};
}

/// The memory of a process that is in use.
inline long resident_kib(const std::string& process = "self") {
  std::ifstream in("/proc/" + process + "/statm");
  long size = 0;
  long resident = 0;
  in >> size >> resident;
  return resident * (::sysconf(_SC_PAGESIZE) / 1024);
}

}  // namespace lifecycle

#endif
