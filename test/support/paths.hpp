#ifndef COMCP_TEST_SUPPORT_PATHS_HPP
#define COMCP_TEST_SUPPORT_PATHS_HPP

#include <filesystem>
#include <string>

namespace comcp::test {

/** The source tree that the running test was built from: the nearest folder above the program that has
    CMakePresets.json. Found at run time, because a path in a compiler's command line would keep the
    compiler cache from serving another clone. Empty when the build tree lies elsewhere. */
std::filesystem::path source_dir();

/// The data beside the source tree (official schemas and test suites), or what COMCP_SHARED_DIR names.
/// May not exist: tests that need it then report themselves as skipped.
std::filesystem::path shared_dir();

/// A program of the same build, beside the running test.
std::filesystem::path program_path(const std::string& name);

}  // namespace comcp::test

#endif
