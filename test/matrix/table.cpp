// Which rows the matrix proves, and where: test/matrix/pairs.tsv, for docs/requirements.md. The table says
// what is registered. After a change: COMCP_MATRIX=write build/dev/bin/test_matrix --run_test=matrix_table

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "matrix/rows.hpp"
#include "matrix/scenario.hpp"
#include "support/paths.hpp"

using namespace test::matrix;

namespace {

class cells {
 public:
  std::set<const pair*> run;
  std::map<const pair*, std::string> lacking;
};

/// "stdio 12345 http 2345": routes, and the places of the revisions among all.
template <class Has>
std::string compact(Has has) {
  std::string out;
  for (const route& via : all_routes()) {
    std::string revisions;
    for (const pair& p : all_pairs())
      if (&p.via == &via && has(p)) revisions += std::to_string(static_cast<int>(p.rules.id) + 1);
    if (!revisions.empty())
      out += (out.empty() ? "" : " ") + std::string(via.name) + " " + revisions;
  }
  return out;
}

std::string table() {
  std::map<std::string, cells> rows;
  for (const scenario* s : all_scenarios()) {
    for (const std::string& id : s->what.ids()) {
      cells& row = rows[id];
      for (const pair& p : all_pairs()) {
        if (!row_of(id).allows(p)) continue;
        if (s->runs_on(p))
          row.run.insert(&p);
        else if (!p.via.real())  // those are a choice, and no row's own
          row.lacking.emplace(&p, s->what.lacks(p));
      }
    }
  }
  std::string out =
      "# Rows that the matrix proves: id, on which pairs, where not although its columns allow it, "
      "why "
      "not.\n# Written by test_matrix (table.cpp). Revisions are numbered from the oldest, 1.\n";
  for (const auto& [id, row] : rows) {
    std::set<std::string> reasons;
    for (const auto& [p, reason] : row.lacking)
      if (!row.run.contains(p)) reasons.insert(reason);
    std::string why;
    for (const std::string& reason : reasons)
      why += (why.empty() ? "" : ", ") + reason;
    out += id + "\t" + compact([&](const pair& p) { return row.run.contains(&p); });
    if (!why.empty()) {
      out += "\t" + compact([&](const pair& p) {
               return row.lacking.contains(&p) && !row.run.contains(&p);
             });
      out += "\t" + why;
    }
    out += '\n';
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(matrix_table)

BOOST_AUTO_TEST_CASE(the_table_says_what_is_registered) {
  const auto file = comcp::test::source_dir() / "test/matrix/pairs.tsv";
  const char* mode = std::getenv("COMCP_MATRIX");  // NOLINT: one thread
  if (mode && std::string_view(mode) == "write") {
    std::ofstream(file) << table();
    return;
  }
  std::ostringstream committed;
  committed << std::ifstream(file).rdbuf();
  BOOST_TEST((committed.str() == table()), "test/matrix/pairs.tsv is out of date");
}

BOOST_AUTO_TEST_SUITE_END()
