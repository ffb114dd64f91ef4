#include "lifecycle/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <utility>

#include "lifecycle/live_server.hpp"
#include "lifecycle/wire.hpp"

namespace lifecycle {

namespace {

void shut(int& fd) {
  if (fd >= 0) ::close(std::exchange(fd, -1));
}

/// More of a stream; false: its end.
bool fill(int fd, std::string& into) {
  pollfd p{fd, POLLIN, 0};
  if (::poll(&p, 1, static_cast<int>(patience.count())) <= 0)
    throw std::runtime_error("nothing came; so far: " + into);
  char chunk[65536];
  const auto n = ::read(fd, chunk, sizeof chunk);
  if (n <= 0) return false;
  into.append(chunk, static_cast<std::size_t>(n));
  return true;
}

}  // namespace

child::child(std::vector<std::string> arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  int in[2];
  int out[2];
  int err[2];
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0)
    throw std::runtime_error("no pipes");
  std::vector<char*> argv{const_cast<char*>(COMCP_EVERYTHING_SERVER)};
  for (std::string& a : arguments)
    argv.push_back(a.data());
  argv.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(in[0], 0);
    ::dup2(out[1], 1);
    ::dup2(err[1], 2);
    ::signal(SIGPIPE, SIG_DFL);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  ::close(err[1]);
  in_ = in[1];
  out_ = out[0];
  err_ = err[0];
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

void child::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(in_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::optional<std::string> child::read_line() {
  std::size_t end = 0;
  while ((end = output_.find('\n')) == std::string::npos)
    if (!fill(out_, output_)) return std::nullopt;
  std::string line = output_.substr(0, end);
  output_.erase(0, end + 1);
  return line;
}

std::string child::read_errors_until(std::string_view part) {
  while (errors_.find(part) == std::string::npos)
    if (!fill(err_, errors_)) throw std::runtime_error("it ended; its errors: " + errors_);
  return errors_;
}

void child::close_input() {
  shut(in_);
}
void child::close_output() {
  shut(out_);
}
void child::signal(int number) {
  ::kill(pid_, number);
}

int child::wait() {
  if (pid_ < 0) return status_;
  const auto end = std::chrono::steady_clock::now() + patience;
  int status = 0;
  rusage used{};
  while (::wait4(pid_, &status, WNOHANG, &used) == 0) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("it doesn't end");
    std::this_thread::sleep_for(milliseconds(5));
  }
  pid_ = -1;
  for (const timeval& part : {used.ru_utime, used.ru_stime})
    time_used_ += std::chrono::seconds(part.tv_sec) + std::chrono::microseconds(part.tv_usec);
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return status_;
}

void child::check_end(int status) {
  const int ended_with = wait();
  while (out_ >= 0 && fill(out_, output_)) {
  }
  while (fill(err_, errors_)) {
  }
  BOOST_TEST(ended_with == status, "it ended with " << ended_with << ": " << errors_);
  BOOST_TEST(output_ == "");
  for (const char* part : {"warning: ", "error: ", "Sanitizer", "comcp: "})
    BOOST_TEST(errors_.find(part) == std::string::npos, errors_);
}

std::uint16_t child::port() {
  read_errors_until("/mcp");
  return static_cast<std::uint16_t>(std::stoi(errors_.substr(errors_.find("127.0.0.1:") + 10)));
}

namespace {

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

process_baseline::process_baseline() : descriptors_(open_descriptors()) {}

void process_baseline::teardown() {
  BOOST_TEST(::waitpid(-1, nullptr, WNOHANG) == -1, "a process is left, or a zombie");
  BOOST_TEST(open_descriptors() == descriptors_);
  child fresh({"--stdio"});
  fresh.send(initialize("2025-11-25") + "\n" +
             R"({"jsonrpc":"2.0","method":"notifications/initialized"})"
             "\n" +
             list_tools + "\n");
  BOOST_TEST(fresh.read_line().value_or("").find("serverInfo") != std::string::npos);
  BOOST_TEST(fresh.read_line().value_or("").find("\"greet\"") != std::string::npos);
  fresh.close_input();
  fresh.check_end();
}

}  // namespace lifecycle
