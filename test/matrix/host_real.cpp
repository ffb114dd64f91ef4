// Hosts behind the operating system: a process with pipes, a listening socket.

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <utility>

#include "comcp/http_transport/http_endpoint.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/transport/stdio.hpp"
#include "matrix/host.hpp"
#include "support/paths.hpp"

extern char** environ;

namespace test::matrix {

namespace {

/// matrix_server with its standard input and output on pipes; ends when they are closed.
class process {
 public:
  explicit process(std::string argument) {
    int in[2];
    int out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0)
      throw std::runtime_error("pipe2");
    std::string program = comcp::test::program_path("matrix_server").string();
    char* const arguments[] = {program.data(), argument.data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    const int failed = ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]);
    ::close(out[1]);
    end_ = make_stream_transport(out[0], in[1]);
    if (failed != 0) throw std::runtime_error("posix_spawn " + program);
  }
  process(const process&) = delete;
  process& operator=(const process&) = delete;
  ~process() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  std::unique_ptr<transport> take_end() { return std::move(end_); }

  /// After its input has ended. Nothing else is to be done meanwhile.
  std::string how_it_ended() {
    const int handle = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    pollfd ended = {handle, POLLIN, 0};
    const int patience_ms = 20'000;
    const bool in_time = ::poll(&ended, 1, patience_ms) == 1;
    ::close(handle);
    if (!in_time) return "a server that doesn't end";
    int status = 0;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    return status == 0 ? std::string() : "exit status " + std::to_string(status);
  }

 private:
  pid_t pid_ = 0;
  std::unique_ptr<transport> end_;
};

class child_host final : public host {
 public:
  explicit child_host(offer what) : what_(what) {}

  awaitable<void> start(task_group&) override { co_return; }
  awaitable<carrier*> connect(task_group& group, const protocol::rules&) override {
    auto& started = processes_.emplace_back(std::make_unique<process>(std::string(name_of(what_))));
    co_return carriers_.keep(std::make_unique<duplex_carrier>(group, started->take_end()));
  }
  void stop() override { carriers_.close(); }
  std::string leftovers() const override {
    std::string all;
    for (const auto& p : processes_)
      all += p->how_it_ended();
    return all;
  }

 private:
  offer what_;
  std::vector<std::unique_ptr<process>> processes_;
  carriers carriers_;
};

class socket_host final : public host {
 public:
  socket_host(const route& via, offer what)
      : sse_(via.family == "sse"),
        server_(shared_server(what)),
        at_(listen_http("127.0.0.1:0", http_endpoint_options().mcp(options_of(via)).http_sse())) {
    at_->on_serving([this] { serving_.set(); });
  }

  awaitable<void> start(task_group& group) override {
    group.start_soon([this] { return at_->serve(server_); }, "server");
    co_await serving_.wait();
  }
  awaitable<carrier*> connect(task_group& group, const protocol::rules& r) override {
    auto dial = dial_port(at_->port());
    if (!sse_)
      co_return carriers_.keep(std::make_unique<streamable_carrier>(group, std::move(dial), r));
    auto made = std::make_unique<sse_carrier>(group, std::move(dial), r);
    sse_carrier& opened = *made;
    carriers_.keep(std::move(made));
    co_await opened.open();
    co_return &opened;
  }
  void stop() override {
    carriers_.close();
    at_->drain(std::chrono::seconds(0));
  }
  std::string leftovers() const override { return left_in(server_); }

 private:
  bool sse_;
  server& server_;
  std::unique_ptr<http_endpoint> at_;
  event serving_;
  carriers carriers_;
};

}  // namespace

std::unique_ptr<host> make_real_host(const route& via, offer what) {
  if (via.http()) return std::make_unique<socket_host>(via, what);
  return std::make_unique<child_host>(what);
}

}  // namespace test::matrix
