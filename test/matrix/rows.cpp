#include "matrix/rows.hpp"

#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "support/paths.hpp"

namespace test::matrix {

bool row::allows(const pair& p) const {
  if (eras != "both" && (eras == "modern") != p.modern()) return false;
  if (transports == "any") return true;
  std::istringstream names(transports);
  for (std::string name; std::getline(names, name, ',');)
    if (name == p.via.family) return true;
  return false;
}

const row& row_of(std::string_view id) {
  static const std::map<std::string, row, std::less<>> rows = [] {
    std::map<std::string, row, std::less<>> all;
    std::ifstream in(comcp::test::source_dir() / "test/requirements/rows.tsv");
    for (std::string line; std::getline(in, line);) {
      std::istringstream columns(line);
      std::string name;
      std::string side;
      row r;
      std::getline(columns, name, '\t');
      std::getline(columns, side, '\t');
      std::getline(columns, r.eras, '\t');
      std::getline(columns, r.transports, '\t');
      if (!r.eras.empty()) all.emplace(name, r);
    }
    return all;
  }();
  const auto found = rows.find(id);
  if (found == rows.end()) throw std::out_of_range("no row " + std::string(id));
  return found->second;
}

}  // namespace test::matrix
