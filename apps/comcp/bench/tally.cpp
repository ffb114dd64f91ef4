#include "bench/tally.hpp"

#include <numeric>

namespace comcp::bench {

std::string_view name_of(failure f) noexcept {
  switch (f) {
    case failure::connect:
      return "connect";
    case failure::http_status:
      return "http_status";
    case failure::rpc_error:
      return "rpc_error";
    case failure::tool_error:
      return "tool_error";
    case failure::wrong:
      return "wrong";
    case failure::timeout:
      return "timeout";
    case failure::closed:
      return "closed";
  }
  return "unknown";
}

void tally::fail(failure kind, std::string_view sample) {
  const auto i = static_cast<std::size_t>(kind);
  if (failures[i]++ == 0) samples[i] = sample.substr(0, 300);
}

std::uint64_t tally::errors() const noexcept {
  return std::accumulate(failures.begin(), failures.end(), std::uint64_t{0});
}

void tally::start_over() noexcept {
  latency.clear();
  answers = in_time = events = streams = progress = sent_bytes = received_bytes = 0;
}

}  // namespace comcp::bench
