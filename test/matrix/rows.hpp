#ifndef COMCP_TEST_MATRIX_ROWS_HPP
#define COMCP_TEST_MATRIX_ROWS_HPP

#include <string>
#include <string_view>

#include "matrix/pairs.hpp"

namespace test::matrix {

/// Where a behaviour exists, as test/requirements/rows.tsv says.
class row {
 public:
  std::string eras;        ///< both, legacy, modern
  std::string transports;  ///< any, or families with commas between them

  bool allows(const pair& p) const;
};

/// Throws std::out_of_range when the table lacks it.
const row& row_of(std::string_view id);

}  // namespace test::matrix

#endif
