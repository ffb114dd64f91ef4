#ifndef COMCP_TEST_PROGRAM_TEMPORARY_FILE_HPP
#define COMCP_TEST_PROGRAM_TEMPORARY_FILE_HPP

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace comcp::testing {

/// A file with this text, gone at the end.
class temporary_file {
 public:
  explicit temporary_file(const std::string& text) {
    name_ = (std::filesystem::temp_directory_path() / "comcp-config-XXXXXX").string();
    const int descriptor = ::mkstemp(name_.data());
    if (descriptor < 0) throw std::runtime_error("mkstemp");
    ::close(descriptor);
    std::ofstream(name_) << text;
  }
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;
  ~temporary_file() { ::unlink(name_.c_str()); }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

}  // namespace comcp::testing

#endif
