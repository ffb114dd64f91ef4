#ifndef COMCP_TEST_SOAK_REPORT_HPP
#define COMCP_TEST_SOAK_REPORT_HPP

#include <cstdint>
#include <string>
#include <vector>

#include "soak/worker.hpp"

namespace soak {

/// The server at one moment.
class sample {
 public:
  double minute = 0;
  long rss_kib = 0;
  long files = 0;
};

/// What a run has shown. What makes it fail is decided here, and nowhere else.
class results {
 public:
  double minutes = 0;
  unsigned workers = 0;
  bool any_memory = false;
  std::vector<sample> under_load;  // one a second, about
  sample at_start;                 // idle, before the first client
  sample warmed_up;                // idle in between
  sample at_end;                   // idle, behind the last client
  bool idle_each_time = true;
  double warm_up = 0;          // when it was over, in minutes
  double restart_seconds = 0;  // from the signal until the next one serves
  int bad_ends = 0;            // of the server
  comcp::json::object first;   // what it says of itself before the restart
  comcp::json::object last;    // in the end

  std::uint64_t counted(const char* what) const;
  /// Of the memory, from the first third behind the warm-up to the last one.
  double growth() const;
  /// Each a sentence; none: it has passed.
  std::vector<std::string> failures(const world& w) const;
  std::string text(const world& w) const;
};

}  // namespace soak

#endif
