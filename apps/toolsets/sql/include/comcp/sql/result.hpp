#ifndef COMCP_SQL_RESULT_HPP
#define COMCP_SQL_RESULT_HPP

#include <boost/describe/class.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "comcp/json/notes.hpp"
#include "comcp/json/value.hpp"

namespace comcp::sql {

/** A column of a result. */
struct column {
  std::string name;
  std::optional<std::string> declared_type;
  std::vector<std::string> types;
};
BOOST_DESCRIBE_STRUCT(column, (), (name, declared_type, types))

inline void annotate(json::notes<column>& about) {
  about(&column::name, "Name or alias of the column");
  about(&column::declared_type, "Type as declared in the table; absent where none is");
  about(&column::types,
        "Types of the values in these rows: integer, real, text, blob, null (SQLite types values, "
        "not columns)");
}

/** Rows as JSON.

    Integers beyond ±(2^53−1) become strings, because many JSON readers would round them; NaN and
    the infinities become null; a BLOB becomes {"blob": "<base64>"}; text that isn't UTF-8 is
    repaired with U+FFFD. */
struct result_set {
  std::vector<column> columns;
  json::array rows;
  std::uint64_t row_count = 0;
  bool truncated = false;
  std::optional<std::string> note;
};
BOOST_DESCRIBE_STRUCT(result_set, (), (columns, rows, row_count, truncated, note))

inline void annotate(json::notes<result_set>& about) {
  about(&result_set::columns, "The columns, in the order of the values in each row");
  about(&result_set::rows,
        "One array per row. Integers beyond 2^53-1 are strings; BLOBs are {\"blob\": base64}")
      .keyword("items", json::value{{"type", "array"}});
  about(&result_set::row_count, "Number of rows given here");
  about(&result_set::truncated, "True if a limit cut the result: there are more rows");
  about(&result_set::note, "What to do about a truncated result");
}

/** What a writing statement did. */
struct change {
  std::uint64_t changed_rows = 0;
  std::optional<json::value> last_insert_rowid;
  std::optional<result_set> returned;
  bool schema_changed = false;  ///< not shown
};
BOOST_DESCRIBE_STRUCT(change, (), (changed_rows, last_insert_rowid, returned))

inline void annotate(json::notes<change>& about) {
  about(&change::changed_rows, "Rows inserted, updated or deleted, without those of triggers");
  about(&change::last_insert_rowid, "Row id of the last inserted row")
      .keyword("type", json::value{"integer", "string"});
  about(&change::returned, "Rows of a RETURNING clause");
}

}  // namespace comcp::sql

#endif
