#ifndef COMCP_SQL_ERROR_HPP
#define COMCP_SQL_ERROR_HPP

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace comcp::sql {

/// Why a statement gave no result.
enum class error_kind : std::uint8_t {
  refused,        ///< not allowed on this connection: what it would do is named
  bad_statement,  ///< not exactly one statement, or SQLite doesn't understand it
  bad_parameter,  ///< the parameters don't fit the statement
  limit,          ///< a limit on size or time
  cancelled,      ///< the caller's stop token
  busy,           ///< another process holds the database's lock
  constraint,     ///< a constraint of the schema refuses the data
  not_found,      ///< no such table
  database        ///< anything else: I/O, corruption, no such file
};

/// The enumerator's name.
std::string_view to_string(error_kind) noexcept;

/** A statement that failed. The message is meant for whoever wrote the statement: it says what was
    wrong and what to do, and holds no path of this machine. */
class error : public std::runtime_error {
 public:
  error(error_kind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  error_kind kind() const noexcept { return kind_; }

 private:
  error_kind kind_;
};

}  // namespace comcp::sql

#endif
