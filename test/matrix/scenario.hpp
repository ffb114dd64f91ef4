#ifndef COMCP_TEST_MATRIX_SCENARIO_HPP
#define COMCP_TEST_MATRIX_SCENARIO_HPP

// Behaviours that are tried on every pair of transport and revision that has them:
//
//   COMCP_MATRIX(name, proves("tools:list:basic tools:list:metadata").where("icons", has_icons)) {
//     const auto tools = co_await c.list("tools/list", "tools");   // c: a connection of one pair
//     ...
//   }
//
// Each is one test case; a failure names its pair. COMCP_MATRIX_ONLY=sse runs those whose name has "sse".

#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "matrix/connection.hpp"
#include "matrix/host.hpp"
#include "matrix/pairs.hpp"
#include "matrix/servers.hpp"

namespace test::matrix {

/// What a scenario proves, and what it needs for it.
class proves {
 public:
  /// Ids of rows.tsv, separated by spaces.
  explicit proves(std::string_view ids);

  using predicate = std::function<bool(const pair&)>;
  /// Only on pairs where this holds: elsewhere the thing doesn't exist. Several: all of them.
  proves& where(std::string reason, predicate holds) {
    conditions_.emplace_back(std::move(reason), std::move(holds));
    return *this;
  }
  proves& server(offer what) { return offer_ = what, *this; }
  /// What the client declares; everything by default.
  proves& client(std::string_view capabilities);
  /// Also on the routes behind the operating system, where it shows what memory doesn't.
  proves& on_real_routes() { return real_ = true, *this; }
  /// Without handshake: the scenario makes its own.
  proves& unopened() { return opened_ = false, *this; }

  const std::vector<std::string>& ids() const { return ids_; }
  offer what() const { return offer_; }
  const json::object& capabilities() const { return capabilities_; }
  bool opened() const { return opened_; }
  bool real() const { return real_; }
  /// Empty: it runs there. Otherwise what the pair lacks.
  std::string lacks(const pair& p) const;

 private:
  std::vector<std::string> ids_;
  std::vector<std::pair<std::string, predicate>> conditions_;
  offer offer_ = offer::everything;
  json::object capabilities_;
  bool opened_ = true;
  bool real_ = false;
};

using scenario_body = awaitable<void> (*)(connection&);

class scenario {
 public:
  /// Registers it.
  scenario(std::string n, proves w, scenario_body b);
  std::string name;
  proves what;
  scenario_body body;

  /// One of its rows allows the pair, and it has what the scenario needs.
  bool runs_on(const pair& p) const;
};

/// All of them, whatever is selected to run.
const std::vector<const scenario*>& all_scenarios();

/// On every pair.
void run(const scenario& s);

}  // namespace test::matrix

#define COMCP_MATRIX(name, ...)                                                                  \
  static ::comcp::awaitable<void> name##_scenario(::test::matrix::connection&);                  \
  static const ::test::matrix::scenario name##_registered(#name, __VA_ARGS__, &name##_scenario); \
  BOOST_AUTO_TEST_CASE(name) {                                                                   \
    ::test::matrix::run(name##_registered);                                                      \
  }                                                                                              \
  static ::comcp::awaitable<void> name##_scenario([[maybe_unused]] ::test::matrix::connection& c)

#endif
