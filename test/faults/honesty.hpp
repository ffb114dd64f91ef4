#ifndef COMCP_TEST_FAULTS_HONESTY_HPP
#define COMCP_TEST_FAULTS_HONESTY_HPP

// What clients received while something failed, held against what they receive when nothing fails: nobody is lied
// to. Each answer is the one without faults, or an error for what was asked, or visibly cut.

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace faults {

/// What came over one connection.
class reception {
 public:
  std::string bytes;
  bool ended = false;  // by the server
  bool left = false;   // by the client, before it had everything
  /// The ids of the requests whose answers belong on it, as JSON.
  std::set<std::string> asked;
  /// The place of the reception whose stream it continues, behind the event of that id.
  std::optional<std::size_t> continues;
  std::string last_event;
};

/// What came back when a dialogue was played.
class played {
 public:
  std::vector<reception> receptions;
  std::size_t steps = 0;  // that the client took
  bool stopped = false;   // the last of them did not bring what the client needs to go on
};

/** What is wrong with it; empty: nothing.

    `fault_free[k]` is the same dialogue without faults that ends after k steps. The step that stopped a client may
    have had its effect, or not. */
std::string find_lie(const played& got, const std::vector<played>& fault_free);

/// The same answers, whole or not; names apart. Empty: there is no difference.
std::string find_difference(const played& one, const played& other);

/// Of a line transport. An answer that does not come is no lie if the connection has ended.
std::string find_lie_in_lines(const reception& got, const reception& fault_free);

}  // namespace faults

#endif
