#ifndef COMCP_TEST_LIFECYCLE_PROCESS_BASELINE_HPP
#define COMCP_TEST_LIFECYCLE_PROCESS_BASELINE_HPP

#include <cstddef>
#include <string>
#include <vector>

#include "support/child.hpp"

namespace lifecycle {

using comcp::test::child;

/// The program everything_server with these arguments.
child everything_server(std::vector<std::string> arguments);

/** Waits for its end and checks it: this status; on its standard output nothing that was not read; on its
    standard error no complaint. */
void check_end(child& c, int status = 0);

/** What follows every scenario with processes: a fresh one serves a fresh client, none is left, and as many
    descriptors are open here as before. A fixture. */
class process_baseline {
 public:
  process_baseline();
  void teardown();

 private:
  std::size_t descriptors_;
};

}  // namespace lifecycle

#endif
