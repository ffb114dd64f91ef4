#ifndef COMCP_TEST_LIFECYCLE_CHILD_HPP
#define COMCP_TEST_LIFECYCLE_CHILD_HPP

// A server as a process of its own, its standard streams in the test's hands.

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lifecycle {

class child {
 public:
  /// everything_server with these arguments.
  explicit child(std::vector<std::string> arguments);
  /// Kills what is left.
  ~child();
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  void send(std::string_view bytes);
  /// A line of its standard output; nothing: the end. Throws std::runtime_error when none comes.
  std::optional<std::string> read_line();
  /// The standard error so far, until it contains this.
  std::string read_errors_until(std::string_view part);
  void close_input();
  void close_output();
  void signal(int number);
  /// Its exit status, -N for signal N. Throws std::runtime_error when it doesn't end in time.
  int wait();
  pid_t pid() const noexcept { return pid_; }

 private:
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::string output_;
  std::string errors_;
};

}  // namespace lifecycle

#endif
