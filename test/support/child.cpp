#include "support/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <thread>
#include <utility>

extern char** environ;

namespace comcp::test {

namespace {

constexpr std::chrono::milliseconds patience{20'000};

void shut(int& fd) {
  if (fd >= 0) ::close(std::exchange(fd, -1));
}

/// More of a stream; false: its end.
bool fill(int fd, std::string& into) {
  if (fd < 0) return false;
  pollfd p{fd, POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&p, 1, static_cast<int>(patience.count()));
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) throw std::runtime_error("nothing came; so far: " + into);
  char chunk[65536];
  const auto n = ::read(fd, chunk, sizeof chunk);
  if (n <= 0) return false;
  into.append(chunk, static_cast<std::size_t>(n));
  return true;
}

/// A pipe whose ends no other child keeps.
class pipe_pair {
 public:
  pipe_pair() {
    if (::pipe2(ends_, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  }
  ~pipe_pair() {
    shut(ends_[0]);
    shut(ends_[1]);
  }
  pipe_pair(const pipe_pair&) = delete;
  pipe_pair& operator=(const pipe_pair&) = delete;
  int reads() const { return ends_[0]; }
  int writes() const { return ends_[1]; }
  int take_reads() { return std::exchange(ends_[0], -1); }
  int take_writes() { return std::exchange(ends_[1], -1); }

 private:
  int ends_[2];
};

}  // namespace

child::child(std::string program, std::vector<std::string> arguments) {
  ::signal(SIGPIPE, SIG_IGN);
  pipe_pair in;
  pipe_pair out;
  pipe_pair err;
  std::vector<char*> argv{program.data()};
  for (std::string& a : arguments)
    argv.push_back(a.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.reads(), 0);
  posix_spawn_file_actions_adddup2(&actions, out.writes(), 1);
  posix_spawn_file_actions_adddup2(&actions, err.writes(), 2);
  // What is ignored here stays ignored there unless it is set back.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  const int failed =
      ::posix_spawn(&pid, program.c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("can't start " + program);
  pid_ = pid;
  in_ = in.take_writes();
  out_ = out.take_reads();
  err_ = err.take_reads();
}

child::~child() {
  shut(in_);
  shut(out_);
  shut(err_);
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

bool child::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(in_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool child::say(std::string_view line) {
  return send(std::string(line) + "\n");
}

void child::close_input() {
  shut(in_);
}
void child::close_output() {
  shut(out_);
}
void child::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

std::optional<std::string> child::read_line() {
  std::size_t end = 0;
  while ((end = output_.find('\n')) == std::string::npos)
    if (!fill(out_, output_)) return std::nullopt;
  std::string line = output_.substr(0, end);
  output_.erase(0, end + 1);
  return line;
}

std::string child::read_output() {
  while (fill(out_, output_)) {
  }
  return std::exchange(output_, {});
}

std::optional<std::string> child::read_error_line() {
  std::size_t end = 0;
  while ((end = errors_.find('\n', errors_read_)) == std::string::npos)
    if (!fill(err_, errors_)) return std::nullopt;
  std::string line = errors_.substr(errors_read_, end - errors_read_);
  errors_read_ = end + 1;
  return line;
}

std::string child::read_errors_until(std::string_view words) {
  while (std::optional<std::string> line = read_error_line())
    if (line->find(words) != std::string::npos) return *std::move(line);
  throw std::runtime_error("it ended; its errors: " + errors_);
}

std::uint16_t child::port() {
  const std::string line = read_errors_until("/mcp");
  return static_cast<std::uint16_t>(std::stoi(line.substr(line.find("127.0.0.1:") + 10)));
}

int child::wait() {
  if (pid_ < 0) return status_;
  while (fill(err_, errors_)) {
  }
  const auto end = std::chrono::steady_clock::now() + patience;
  int status = 0;
  rusage used{};
  while (::wait4(pid_, &status, WNOHANG, &used) == 0) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("it doesn't end");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  pid_ = -1;
  for (const timeval& part : {used.ru_utime, used.ru_stime})
    time_used_ += std::chrono::seconds(part.tv_sec) + std::chrono::microseconds(part.tv_usec);
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return status_;
}

bool is_complaint(std::string_view errors) {
  for (const char* part : {"warning: ", "error: ", "Sanitizer", "runtime error", "comcp: "})
    if (errors.find(part) != std::string_view::npos) return true;
  return false;
}

}  // namespace comcp::test
