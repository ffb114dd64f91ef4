#ifndef COMCP_TEST_SUPPORT_CHILD_HPP
#define COMCP_TEST_SUPPORT_CHILD_HPP

// A program as a process of its own, its standard streams in the test's hands.

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace comcp::test {

/** Whatever waits throws std::runtime_error after 20 seconds.
    @par Thread safety one thread, but signal() from any */
class child {
 public:
  child(std::string program, std::vector<std::string> arguments);
  /// Kills what is left.
  ~child();
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  /// To its standard input; false: it reads no more.
  bool send(std::string_view bytes);
  /// A line.
  bool say(std::string_view line);
  void close_input();
  void close_output();
  void signal(int number) const;

  /// A line of its standard output, without its end; nothing: the end.
  std::optional<std::string> read_line();
  /// What is left of its standard output, to the end.
  std::string read_output();
  /// A line of its standard error; nothing: the end.
  std::optional<std::string> read_error_line();
  /// The next line of its standard error that contains these words. Throws std::runtime_error when none comes.
  std::string read_errors_until(std::string_view words);
  /// The standard error as far as it was read.
  const std::string& errors() const noexcept { return errors_; }

  /// Of "127.0.0.1:PORT/" in the first line of its standard error that tells of "/mcp": where it listens.
  std::uint16_t port();

  /// Reads the standard error to its end. The exit status, -N for signal N; again and again.
  int wait();

  pid_t pid() const noexcept { return pid_; }
  /// Of the processor, once it has ended.
  std::chrono::microseconds time_used() const noexcept { return time_used_; }

 private:
  std::atomic<pid_t> pid_{-1};
  int status_ = 0;
  int in_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::string output_;  ///< not asked for yet
  std::string errors_;
  std::size_t errors_read_ = 0;  ///< of errors_, by lines
  std::chrono::microseconds time_used_{0};
};

/// Whether what a server wrote to its standard error has a warning, an error, or a sanitizer's report.
bool is_complaint(std::string_view errors);

}  // namespace comcp::test

#endif
