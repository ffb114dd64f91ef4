#ifndef COMCP_TOOLSETS_SQL_AUTHORIZER_HPP
#define COMCP_TOOLSETS_SQL_AUTHORIZER_HPP

#include <string>
#include <string_view>

#include "comcp/sql/connection.hpp"

struct sqlite3;

namespace comcp::sql {

/** SQLite's question, asked while it compiles a statement, whether each thing the statement does is
    allowed. Whatever isn't listed is refused, so that what a later SQLite adds is refused too. */
class authorizer {
 public:
  explicit authorizer(access mode) noexcept : mode_(mode) {}

  /// The object must outlive the connection's use of it.
  void install(sqlite3* database);

  void forget() noexcept { reason_.clear(); }
  /// Why the last statement was refused; empty when it wasn't.
  const std::string& reason() const noexcept { return reason_; }

 private:
  bool allowed(int action, const char* first, const char* second, const char* database);
  bool refuse(std::string reason);
  bool refuse_temporary();
  bool write_allowed(const char* database, std::string what);
  bool table_write_allowed(const char* database, std::string_view verb, const char* table);

  access mode_;
  std::string reason_;
};

}  // namespace comcp::sql

#endif
