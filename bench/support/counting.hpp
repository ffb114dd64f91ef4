#ifndef COMCP_BENCH_SUPPORT_COUNTING_HPP
#define COMCP_BENCH_SUPPORT_COUNTING_HPP

// What a step costs in instructions (user space) and allocations: counted, not timed, so that a busy
// machine measures the same as a quiet one.

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace comcp::bench {

/// Counts between start() and stop(). @par Thread safety one thread, which runs all that is counted
class meter {
 public:
  virtual void start() = 0;
  virtual void stop() = 0;

 protected:
  ~meter() = default;
};

/// One row of the table: run() repeats the step `repeat` times between start() and stop().
struct step {
  std::string name;
  std::size_t repeat;
  std::function<void(meter&, std::size_t repeat)> run;
  double most_instructions = 0;  ///< the goal; 0: none
  double most_allocations = 0;
};

/** The main of a bench.

    Without arguments prints the table. `--check FILE` compares it with a baseline: 1 when a step got
    worse by more than 5 %, 77 ("skipped", with the reason) when this machine can't count, or when
    the baseline comes from other tools. `--write FILE` makes the baseline.
*/
int main(int argc, char** argv, const std::vector<step>& steps);

}  // namespace comcp::bench

#endif
