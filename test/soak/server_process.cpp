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
#include <utility>

#include "lifecycle/wire.hpp"
#include "support/child.hpp"

namespace soak {

namespace {

lifecycle::http_answer get(std::uint16_t port, const std::string& path) {
  lifecycle::wire c(port);
  c.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return c.read_answer();
}

}  // namespace

server_process::~server_process() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (reader_.joinable()) reader_.join();
}

void server_process::start() {
  int err[2];
  if (::pipe2(err, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const std::string listen = "127.0.0.1:" + std::to_string(port_.load());
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(err[1], 2);
    ::execl(program_.c_str(), program_.c_str(), "--listen", listen.c_str(), "--idle-seconds", "5",
            "--load", static_cast<char*>(nullptr));
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
  reader_ = std::thread([this, from = err[0]] { read_errors(from); });
}

void server_process::read_errors(int from) {
  std::string text;
  char chunk[4096];
  for (ssize_t n = 0; (n = ::read(from, chunk, sizeof chunk)) > 0;) {
    text.append(chunk, static_cast<std::size_t>(n));
    for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos;
         text.erase(0, end + 1)) {
      ++lines_;
      if (!comcp::test::is_complaint(std::string_view(text).substr(0, end))) continue;
      const std::lock_guard held(mutex_);
      complaints_.push_back(text.substr(0, end));
    }
  }
  ::close(from);
}

std::vector<std::string> server_process::complaints() const {
  const std::lock_guard held(mutex_);
  return complaints_;
}

int server_process::stop() {
  stopping_ = true;
  ::kill(pid_, SIGTERM);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  reader_.join();
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

comcp::json::object server_process::stats() const {
  try {
    return comcp::json::parse(get(port_, "/stats").body).as_object();
  } catch (const std::exception&) {
    return {};
  }
}

bool server_process::is_idle() const {
  const comcp::json::object now = stats();
  for (const char* what : {"sessions", "streams", "inFlight", "calls", "queuedBytes"}) {
    const auto* n = now.if_contains(what);
    if (!n || n->to_number<std::uint64_t>() != 0) return false;
  }
  return true;
}

std::set<std::string> server_process::scopes() const {
  std::map<std::string, std::string> by_shard;  // the kernel chooses which one is asked
  for (int i = 0; i < 32; ++i) {
    std::string text;
    try {
      text = get(port_, "/scopes").body;
    } catch (const std::exception&) {
      break;
    }
    std::string shard = text.substr(0, text.find(':'));
    by_shard[std::move(shard)] = std::move(text);
  }
  std::set<std::string> all;
  for (auto& [shard, text] : by_shard)
    all.insert(std::move(text));
  return all;
}

}  // namespace soak
