#ifndef COMCP_APPS_COMCP_BENCH_PROCESS_USAGE_HPP
#define COMCP_APPS_COMCP_BENCH_PROCESS_USAGE_HPP

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace comcp::bench {

/// What a process of this machine has used.
struct process_usage {
  double cpu_seconds = 0;  ///< user and kernel; in steps of 10 ms
  std::size_t rss_kib = 0;
  std::size_t peak_rss_kib = 0;
};

/// Nothing when there is no such process.
std::optional<process_usage> usage_of(pid_t pid);

/// A process of this machine that listens on the TCP port, if it may be looked at.
std::optional<pid_t> listener_on(std::uint16_t port);

}  // namespace comcp::bench

#endif
