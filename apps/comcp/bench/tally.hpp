#ifndef COMCP_APPS_COMCP_BENCH_TALLY_HPP
#define COMCP_APPS_COMCP_BENCH_TALLY_HPP

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bench/histogram.hpp"

namespace comcp::bench {

using steady = std::chrono::steady_clock;

/// What can become of a request instead of its answer.
enum class failure : std::uint8_t {
  connect,      ///< no connection, or no session on it
  http_status,  ///< another status than 200
  rpc_error,    ///< a JSON-RPC error
  tool_error,   ///< a result with isError
  wrong,        ///< an answer that is none, is somebody else's or not what was asked for
  timeout,
  closed  ///< the connection or process ended before the answer came
};
inline constexpr std::size_t failure_count = 7;

/// The names in the report.
std::string_view name_of(failure f) noexcept;

/** What was counted. Errors and sessions count from the beginning, everything else since the warm-up.

    Latency is that of the requests which were due after the warm-up, however late their answers came. Throughput
    counts the answers that came from the end of the warm-up until no more was sent, whenever they were asked for:
    what is in flight at one end makes up for what is at the other, so it is right for calls of any length.
*/
class tally {
 public:
  histogram latency;           ///< nanoseconds, of `answers`
  std::uint64_t answers = 0;   ///< right ones, of requests that were due after the warm-up
  std::uint64_t in_time = 0;   ///< right ones that came while it was measured
  std::uint64_t events = 0;    ///< of event streams
  std::uint64_t streams = 0;   ///< answers that were event streams
  std::uint64_t progress = 0;  ///< notifications before an answer
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t sessions = 0;  ///< opened, or connections where there are none
  std::array<std::uint64_t, failure_count> failures{};
  std::array<std::string, failure_count> samples;  ///< the first of each kind

  void fail(failure kind, std::string_view sample);
  std::uint64_t errors() const noexcept;
  /// The warm-up is over.
  void start_over() noexcept;
};

}  // namespace comcp::bench

#endif
