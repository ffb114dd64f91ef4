#ifndef COMCP_TEST_LIFECYCLE_TOOLS_HPP
#define COMCP_TEST_LIFECYCLE_TOOLS_HPP

// What the scenarios call, and what became of the calls.

#include <atomic>

#include "comcp/server/server.hpp"

namespace lifecycle {

/// What the handlers of the scenarios' tools have seen.
class tool_counts {
 public:
  std::atomic<int> started{0};
  std::atomic<int> unwound{0};  // cancelled, or thrown through
  std::atomic<int> completed{0};
  std::atomic<int> rolled_back{0};
  std::atomic<int> send_closed{0};  // a notification whose stream was gone
};

/** Adds the scenarios' tools.

    echo {text}; nap {ms}: sleeps, then answers; steps {n, ms}: progress on the way; stubborn {ms}: rolls
    back in a shield for so long; bad {how}: ends wrongly; ask {ms}: asks the user with that limit;
    crowd {ms}: three child tasks and a timer; big {bytes}: that many; race {ms}: progress without pause until
    the answer. */
void add_tools(comcp::server& s, tool_counts& counts);
/// later {ms}, as a task too; ask_later {ms}, ask_parked {ms}: as ask, but as a task, or parked.
void add_detached_tools(comcp::server& s, tool_counts& counts);

}  // namespace lifecycle

#endif
