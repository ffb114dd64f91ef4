#ifndef COMCP_APPS_COMCP_BENCH_SCHEDULE_HPP
#define COMCP_APPS_COMCP_BENCH_SCHEDULE_HPP

#include <chrono>
#include <cstdint>
#include <optional>

#include "bench/tally.hpp"

namespace comcp::bench {

struct bench_options;

/** When which request is due. Knows no clock: it is told the time.

    Without a rate a request is due when somebody is free to send it. With one, requests are due at
    fixed times; one that is sent late is still due when it was, so that a server which stalls
    is charged for all that waited.
*/
class schedule {
 public:
  explicit schedule(const bench_options& options);

  void begin(steady::time_point now) noexcept;
  /// The next request, if it is due: since when. It counts as sent.
  std::optional<steady::time_point> take(steady::time_point now) noexcept;
  /// When the next will be due; the past when it is, the end of time when there is none.
  steady::time_point next() const noexcept;
  /// No more will be due.
  bool is_over(steady::time_point now) const noexcept;
  /// Requests were due before the end and nobody was free to send them.
  std::uint64_t unsent(steady::time_point end) const noexcept;

  steady::time_point measured_from() const noexcept { return measured_from_; }

 private:
  steady::time_point due(std::uint64_t number) const noexcept;

  const double rate_;
  const std::uint64_t requests_;  // 0: by time
  const steady::duration warmup_;
  const steady::duration duration_;
  bool begun_ = false;
  steady::time_point start_;
  steady::time_point measured_from_;
  steady::time_point end_;
  std::uint64_t taken_ = 0;
  std::uint64_t measured_ = 0;
};

}  // namespace comcp::bench

#endif
