#ifndef COMCP_TEST_LIFECYCLE_CONVERSATIONS_HPP
#define COMCP_TEST_LIFECYCLE_CONVERSATIONS_HPP

// Typical conversations, at least one of each transport and era: what the sweeps break at every step.

#include <functional>
#include <string>
#include <vector>

namespace lifecycle {

/// What is sent, on a connection of its own, in the session where there is one.
class conversation {
 public:
  const char* name;
  const char* revision;  // null: no session
  std::function<std::string(const std::string& headers)> bytes;
};

/// They call the tools of live_server; `/sse` is where HTTP+SSE is.
const std::vector<conversation>& conversations();
/// Those that leave a handler behind: tasks of both designs, and one that is parked. Not for live_server, which has
/// no such tools.
const std::vector<conversation>& detached_conversations();

}  // namespace lifecycle

#endif
