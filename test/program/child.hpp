#ifndef COMCP_TEST_PROGRAM_CHILD_HPP
#define COMCP_TEST_PROGRAM_CHILD_HPP

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

extern char** environ;

namespace comcp::testing {

/// A descriptor that is closed at the end.
class descriptor {
 public:
  explicit descriptor(int number = -1) noexcept : number_(number) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() { close(); }
  void reset(int number) {
    close();
    number_ = number;
  }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }
  int get() const noexcept { return number_; }

  void write(std::string_view text) const {
    while (!text.empty()) {
      const auto n = ::write(number_, text.data(), text.size());
      if (n <= 0) throw std::runtime_error("write");
      text.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  /// Until the end.
  std::string read_all() const {
    std::string out;
    char buffer[4096];
    for (;;) {
      const auto n = ::read(number_, buffer, sizeof buffer);
      if (n <= 0) return out;
      out.append(buffer, static_cast<std::size_t>(n));
    }
  }
  /// One line without its end; what was read must end with one.
  std::string read_line() const {
    std::string out;
    for (char c = 0;;) {
      if (::read(number_, &c, 1) != 1) throw std::runtime_error("no line: " + out);
      if (c == '\n') return out;
      out += c;
    }
  }

 private:
  int number_;
};

/// A program beside the running test.
inline std::string program_path(const std::string& name) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / name).string();
}

/// The program `comcp`, or another, as a process with three pipes. Killed when a test forgets it.
class child {
 public:
  explicit child(std::vector<std::string> arguments, std::string program = program_path("comcp")) {
    int in[2];
    int out[2];
    int err[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0 ||
        ::pipe2(err, O_CLOEXEC) != 0) {
      throw std::runtime_error("pipe2");
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    arguments.insert(arguments.begin(), program);
    std::vector<char*> argv;
    for (std::string& a : arguments)
      argv.push_back(a.data());
    argv.push_back(nullptr);
    pid_t pid = 0;
    const int failed =
        ::posix_spawn(&pid, program.c_str(), &actions, nullptr, argv.data(), environ);
    pid_ = pid;
    posix_spawn_file_actions_destroy(&actions);
    for (const int end : {in[0], out[1], err[1]})
      ::close(end);
    in_.reset(in[1]);
    out_.reset(out[0]);
    err_.reset(err[0]);
    if (failed != 0) throw std::runtime_error("posix_spawn");
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  void say(std::string_view line) { in_.write(std::string(line) + "\n"); }
  void end_input() { in_.close(); }
  std::string output_line() { return out_.read_line(); }
  std::string rest_of_output() { return out_.read_all(); }
  void signal(int number) const { ::kill(pid_, number); }

  /// Reads the log up to the line with these words, which it returns.
  std::string log_until(std::string_view words) {
    for (;;) {
      const std::string line = err_.read_line();
      log_ += line + "\n";
      if (line.find(words) != std::string::npos) return line;
    }
  }
  /// Waits for the end: its exit status, or minus the signal that killed it.
  int wait() {
    log_ += err_.read_all();
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  const std::string& log() const { return log_; }

  /// The port of "serving on http://127.0.0.1:PORT/mcp", once it is there.
  std::uint16_t port() {
    const std::string line = log_until("serving on ");
    return static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1)));
  }

 private:
  std::atomic<pid_t> pid_{0};  // signals may come from another thread
  descriptor in_;
  descriptor out_;
  descriptor err_;
  std::string log_;
};

/// A connection to the loopback address.
class connection_to {
 public:
  explicit connection_to(std::uint16_t port)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("connect");
    }
  }
  void send(std::string_view text) const { socket_.write(text); }
  std::string line() const { return socket_.read_line(); }
  std::string rest() const { return socket_.read_all(); }

 private:
  descriptor socket_;
};

inline std::string get(std::uint16_t port, const std::string& path) {
  const connection_to server(port);
  server.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  return server.rest();
}

inline std::string post_of(const std::string& body, const std::string& more_headers = "") {
  return "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
         "Accept: application/json, text/event-stream\r\n" +
         more_headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace comcp::testing

#endif
