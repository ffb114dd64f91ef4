#include "soak/server_process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <thread>

#include "lifecycle/wire.hpp"

namespace soak {

server_process::~server_process() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

void server_process::start() {
  int err[2];
  if (::pipe2(err, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const std::string listen = "127.0.0.1:" + std::to_string(port_.load());
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(err[1], 2);
    ::execl(program_.c_str(), program_.c_str(), "--listen", listen.c_str(), "--idle-seconds", "5",
            static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(err[1]);
  std::string said;
  char c = 0;
  while (said.find("/mcp") == std::string::npos && ::read(err[0], &c, 1) == 1)
    said += c;
  const std::size_t at = said.find("127.0.0.1:");
  if (at == std::string::npos) throw std::runtime_error("the server doesn't start: " + said);
  port_ = static_cast<std::uint16_t>(std::stoi(said.substr(at + 10)));
  pid_ = pid;
  ++generation_;
  stopping_ = false;
  // Whatever it logs later goes nowhere, but somebody must read it. No process: it would hold the connections that
  // the others have made by now.
  std::thread([from = err[0]] {
    char sink[4096];
    while (::read(from, sink, sizeof sink) > 0) {
    }
    ::close(from);
  }).detach();
}

int server_process::stop() {
  stopping_ = true;
  ::kill(pid_, SIGTERM);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int server_process::restart() {
  const int status = stop();
  start();
  return status;
}

long server_process::rss_kib() const {
  std::ifstream in("/proc/" + std::to_string(pid_) + "/statm");
  long size = 0;
  long resident = 0;
  in >> size >> resident;
  return resident * (::sysconf(_SC_PAGESIZE) / 1024);
}

long server_process::open_files() const {
  long n = 0;
  std::error_code ignored;
  for ([[maybe_unused]] const auto& e :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/fd", ignored))
    ++n;
  return n;
}

bool server_process::is_idle(std::string& stats) const {
  lifecycle::wire c(port_);
  c.send("GET /stats HTTP/1.1\r\nHost: localhost\r\n\r\n");
  stats = c.read_answer().body;
  return stats.find(R"("sessions":0,"streams":0,"inFlight":0,"calls":0)") != std::string::npos;
}

std::set<std::string> server_process::scopes() const {
  std::map<std::string, std::string> by_shard;  // the kernel chooses which one is asked
  for (int i = 0; i < 32; ++i) {
    lifecycle::wire c(port_);
    c.send("GET /scopes HTTP/1.1\r\nHost: localhost\r\n\r\n");
    std::string text = c.read_answer().body;
    std::string shard = text.substr(0, text.find(':'));
    by_shard[std::move(shard)] = std::move(text);
  }
  std::set<std::string> all;
  for (auto& [shard, text] : by_shard)
    all.insert(std::move(text));
  return all;
}

}  // namespace soak
