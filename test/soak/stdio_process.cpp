#include "soak/stdio_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "lifecycle/wire.hpp"
#include "soak/server_process.hpp"
#include "soak/totals.hpp"

namespace soak {

namespace {

void shut(int& fd) {
  if (fd >= 0) ::close(std::exchange(fd, -1));
}

/// More of it; false: its end.
bool fill(int fd, std::string& into) {
  pollfd p{fd, POLLIN, 0};
  if (::poll(&p, 1, static_cast<int>(lifecycle::patience.count())) <= 0)
    throw failure(trouble::lost, "nothing came from a child");
  char chunk[4096];
  const auto n = ::read(fd, chunk, sizeof chunk);
  if (n > 0) into.append(chunk, static_cast<std::size_t>(n));
  return n > 0;
}

}  // namespace

stdio_process::stdio_process(const std::string& program) {
  int in[2];
  int out[2];
  int err[2];
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0)
    throw failure(trouble::wrong, "no pipes");
  const char* const path = program.c_str();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(in[0], 0);
    ::dup2(out[1], 1);
    ::dup2(err[1], 2);
    ::signal(SIGPIPE, SIG_DFL);
    ::execl(path, path, "--stdio", "--load", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  ::close(err[1]);
  in_ = in[1];
  out_ = out[0];
  err_ = err[0];
}

stdio_process::~stdio_process() {
  shut(in_);
  shut(out_);
  shut(err_);
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

void stdio_process::send(std::string message) {
  message += '\n';
  if (::write(in_, message.data(), message.size()) != static_cast<ssize_t>(message.size()))
    throw failure(trouble::cut, "a child doesn't read");
}

std::string stdio_process::read_line() {
  std::size_t end = 0;
  while ((end = output_.find('\n')) == std::string::npos)
    if (!fill(out_, output_)) throw failure(trouble::cut, "a child ended: " + output_);
  std::string line = output_.substr(0, end);
  output_.erase(0, end + 1);
  return line;
}

std::string stdio_process::end() {
  shut(in_);
  while (fill(out_, output_)) {
  }
  std::string errors;
  while (fill(err_, errors)) {
  }
  int status = 0;
  ::waitpid(std::exchange(pid_, -1), &status, 0);
  if (status != 0) return "a child's status is " + std::to_string(status) + ": " + errors;
  return is_complaint(errors) ? "a child complains: " + errors : std::string();
}

}  // namespace soak
