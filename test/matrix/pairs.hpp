#ifndef COMCP_TEST_MATRIX_PAIRS_HPP
#define COMCP_TEST_MATRIX_PAIRS_HPP

// Every way to a server, and the revisions that are spoken on it.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "comcp/protocol/version.hpp"

namespace test::matrix {

namespace protocol = comcp::protocol;

/// What the messages travel by, and how the server behind it is set.
enum class way : std::uint8_t {
  stdio,           ///< one duplex connection, in memory
  http,            ///< Streamable HTTP as it is set by default: JSON, or a stream when needed
  http_streaming,  ///< ... a stream of events at once, but for an answer that is ready by then
  http_json,       ///< ... no answer a stream
  http_stateless,  ///< ... without sessions
  sse,             ///< HTTP+SSE of 2024-11-05
  child,           ///< standard input and output of a real process
  http_socket,     ///< Streamable HTTP on a loopback socket
  sse_socket       ///< HTTP+SSE on a loopback socket
};

/// Whose revisions are tried on a route.
enum class spoken : std::uint8_t { all, since_2025_03_26, legacy, newest_of_each_era };

class route {
 public:
  route(way w, const char* n, const char* f, spoken s) noexcept
      : by(w), name(n), family(f), revisions(s) {}

  way by;
  std::string_view name;
  std::string_view family;  ///< as the column `transports` of rows.tsv calls it
  spoken revisions;

  bool real() const noexcept { return by >= way::child; }  ///< the wall clock, not virtual time
  bool http() const noexcept { return by != way::stdio && by != way::child; }
  /// Each request has a stream of its own.
  bool divided() const noexcept { return http() && family != "sse"; }
  bool serves(const protocol::rules& r) const noexcept;
};

/// A cell of the matrix.
class pair {
 public:
  pair(const route& v, const protocol::rules& r) noexcept : via(v), rules(r) {}
  const route& via;
  const protocol::rules& rules;

  bool modern() const noexcept { return rules.era == protocol::era::modern; }
  std::string name() const { return std::string(via.name) + " " + std::string(rules.name); }
};

std::span<const route> all_routes() noexcept;
const std::vector<pair>& all_pairs();

// What a pair can do. A scenario's `where` takes one of these, or a lambda over `rules`.

/// The server remembers its client between requests.
bool has_session(const pair& p) noexcept;
/// Progress, logs and the like reach the client before the answer.
bool has_early_messages(const pair& p) noexcept;
/// The server can ask its client.
bool has_questions(const pair& p) noexcept;
/// ... by requests.
bool has_server_requests(const pair& p) noexcept;
/// The client learns of changes later.
bool has_changes(const pair& p) noexcept;
/// The client can have a request cancelled.
bool has_cancellation(const pair& p) noexcept;

}  // namespace test::matrix

#endif
