#ifndef COMCP_TOOLSETS_SQL_SAMPLE_DATA_HPP
#define COMCP_TOOLSETS_SQL_SAMPLE_DATA_HPP

struct sqlite3;

namespace comcp::sql {

/// Makes the sample's tables and rows in an empty database, in one transaction.
/// @par Errors std::runtime_error with SQLite's reason
void fill_sample(sqlite3* database);

}  // namespace comcp::sql

#endif
