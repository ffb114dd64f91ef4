#ifndef COMCP_TOOLSETS_SQL_STATEMENT_HPP
#define COMCP_TOOLSETS_SQL_STATEMENT_HPP

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "comcp/json/value.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace comcp::sql {

/** One prepared statement; finalized when destroyed. Errors are SQLite's result codes: the connection
    knows what they mean. */
class statement {
 public:
  statement() noexcept = default;
  statement(statement&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  statement& operator=(statement&&) = delete;
  ~statement();

  /// Compiles the first statement of the text; `rest` is what follows it.
  int prepare(sqlite3* database, std::string_view sql, std::string_view& rest);
  explicit operator bool() const noexcept { return handle_ != nullptr; }

  bool is_read_only() const noexcept;
  /// Throws error (bad_parameter). Strings are not copied: `parameters` must outlive the statement.
  void bind(const json::value& parameters);
  int step() noexcept;

  int column_count() const noexcept;
  std::string column_name(int i) const;
  /// Null where none is declared.
  const char* declared_type(int i) const noexcept;
  /// SQLITE_INTEGER, ... of the current row.
  int type(int i) const noexcept;
  json::value value(int i) const;
  /// Bytes that value(i) would copy out of the database.
  std::size_t raw_bytes(int i) const noexcept;

 private:
  void bind_one(int index, const json::value& v, const std::string& where);
  [[noreturn]] void fail_names(const std::vector<std::string>& unknown) const;

  sqlite3_stmt* handle_ = nullptr;
};

/// What is left of the text after white space, comments and semicolons.
std::string_view skip_blank(std::string_view sql) noexcept;

}  // namespace comcp::sql

#endif
