#ifndef COMCP_APPS_COMCP_BENCH_TOOLS_HPP
#define COMCP_APPS_COMCP_BENCH_TOOLS_HPP

#include "comcp/server/server.hpp"

namespace comcp::program {

/// The tools that `comcp bench` and bench/compare call. `echo` gives its argument `text` back, and
/// reports progress once to callers that ask for progress; `progress` is the same by the name that
/// the servers have which comcp is compared with. `sleep` answers after its argument `milliseconds`.
void add_bench_tools(server& to);

}  // namespace comcp::program

#endif
