#include "bench/process_usage.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <system_error>

namespace comcp::bench {

namespace {

namespace fs = std::filesystem;

// The inodes of sockets that listen on the port, from /proc/net/tcp and its sibling.
void add_listeners(const char* table, std::uint16_t port, std::set<std::string>& out) {
  std::ifstream in(table);
  std::string line;
  std::getline(in, line);  // headings
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    std::string number, local, remote, state, queues, timer, retransmits, user, timeout, inode;
    fields >> number >> local >> remote >> state >> queues >> timer >> retransmits >> user >>
        timeout >> inode;
    const std::size_t colon = local.find(':');
    if (state != "0A" || colon == std::string::npos) continue;
    if (std::strtoul(local.c_str() + colon + 1, nullptr, 16) == port)
      out.insert("socket:[" + inode + "]");
  }
}

}  // namespace

std::optional<process_usage> usage_of(pid_t pid) {
  const std::string place = "/proc/" + std::to_string(pid);
  std::ifstream stat(place + "/stat");
  std::string text;
  if (!std::getline(stat, text)) return std::nullopt;
  const std::size_t behind_name = text.rfind(')');
  if (behind_name == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(behind_name + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i)
    fields >> skipped;
  double user = 0;
  double kernel = 0;
  fields >> user >> kernel;
  process_usage out;
  out.cpu_seconds = (user + kernel) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  std::ifstream status(place + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) out.rss_kib = std::strtoul(line.c_str() + 6, nullptr, 10);
    if (line.starts_with("VmHWM:")) out.peak_rss_kib = std::strtoul(line.c_str() + 6, nullptr, 10);
  }
  return out;
}

std::optional<pid_t> listener_on(std::uint16_t port) {
  std::set<std::string> sockets;
  add_listeners("/proc/net/tcp", port, sockets);
  add_listeners("/proc/net/tcp6", port, sockets);
  if (sockets.empty()) return std::nullopt;
  std::error_code ignored;
  for (const auto& process : fs::directory_iterator("/proc", ignored)) {
    const std::string name = process.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::error_code denied;
    for (fs::directory_iterator fd(process.path() / "fd", denied), end; !denied && fd != end;
         fd.increment(denied)) {
      std::error_code gone;
      if (sockets.count(fs::read_symlink(fd->path(), gone).string()) > 0)
        return static_cast<pid_t>(std::stoi(name));
    }
  }
  return std::nullopt;
}

}  // namespace comcp::bench
