#ifndef COMCP_TEST_MATRIX_SERVERS_HPP
#define COMCP_TEST_MATRIX_SERVERS_HPP

// The servers that scenarios talk to. All that a scenario wants to see, it sees over the wire: the same
// server may run in another process.

#include <cstdint>
#include <memory>
#include <string_view>

#include "comcp/server/server.hpp"

namespace test::matrix {

using namespace comcp;  // of the tests' own support only

enum class offer : std::uint8_t {
  everything,  ///< the fixture of the official suite, and what the scenarios need beside it
  nothing,     ///< no feature at all
  pages,       ///< lists of five entries, two on a page
  no_changes   ///< everything, but nothing can be subscribed to
};

std::string_view name_of(offer what) noexcept;
/// Throws std::invalid_argument.
offer offer_of(std::string_view name);
std::unique_ptr<server> make_server(offer what);
/// The one of this process: scenarios leave it as they found it.
server& shared_server(offer what);

// What the scenarios need, one file each.
void add_tools(server& s);
void add_resources_and_prompts(server& s);
void add_questions(server& s);

}  // namespace test::matrix

#endif
