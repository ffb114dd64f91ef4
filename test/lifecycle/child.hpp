#ifndef COMCP_TEST_LIFECYCLE_CHILD_HPP
#define COMCP_TEST_LIFECYCLE_CHILD_HPP

// A server as a process of its own, its standard streams in the test's hands.

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
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
  /// The standard error as far as it was read.
  const std::string& errors() const noexcept { return errors_; }
  void close_input();
  void close_output();
  void signal(int number);
  /// Its exit status, -N for signal N, again and again. Throws std::runtime_error when it doesn't end in time.
  int wait();
  /** Waits for its end and checks it: this status; on its standard output nothing that was not read; on its
      standard error no warning, and no sanitizer's report. */
  void check_end(int status = 0);
  pid_t pid() const noexcept { return pid_; }
  /// Of the processor, once it has ended.
  std::chrono::microseconds time_used() const noexcept { return time_used_; }

  /// Of a server that listens: where.
  std::uint16_t port();

 private:
  pid_t pid_ = -1;
  int status_ = 0;
  int in_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::string output_;
  std::string errors_;
  std::chrono::microseconds time_used_{0};
};

/** What follows every scenario with processes: a fresh one serves a fresh client, none is left, and as many
    descriptors are open here as before. A fixture. */
class process_baseline {
 public:
  process_baseline();
  void teardown();

 private:
  std::size_t descriptors_;
};

}  // namespace lifecycle

#endif
