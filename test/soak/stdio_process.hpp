#ifndef COMCP_TEST_SOAK_STDIO_PROCESS_HPP
#define COMCP_TEST_SOAK_STDIO_PROCESS_HPP

#include <sys/types.h>

#include <string>

namespace soak {

/** everything_server on its standard streams. Everything throws failure. */
class stdio_process {
 public:
  explicit stdio_process(const std::string& program);
  /// Kills what is left.
  ~stdio_process();
  stdio_process(const stdio_process&) = delete;
  stdio_process& operator=(const stdio_process&) = delete;

  /// A line.
  void send(std::string message);
  std::string read_line();
  /// Closes its input and waits for its end; what was wrong with it: its status, or what it complained of.
  std::string end();

 private:
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::string output_;
};

}  // namespace soak

#endif
