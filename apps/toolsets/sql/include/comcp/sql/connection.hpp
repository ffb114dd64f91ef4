#ifndef COMCP_SQL_CONNECTION_HPP
#define COMCP_SQL_CONNECTION_HPP

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "comcp/json/value.hpp"
#include "comcp/sql/error.hpp"
#include "comcp/sql/limits.hpp"
#include "comcp/sql/result.hpp"

namespace comcp::sql {

enum class access : std::uint8_t { read_only, read_write };

/** One connection to an SQLite file that runs statements of strangers.

    Read-only is enforced three times by the connection itself, not by looking at the text: the file
    is opened read-only, `query_only` is on, and an authorizer refuses whatever is not reading while
    SQLite compiles the statement. With read_write data and schema may change; other files, extensions,
    temporary objects, transactions over several calls and settings stay out of reach.

    Statements block. Cancellation comes through the stop token, from any thread; afterwards the
    connection is as usable as before.

    @par Thread safety one thread at a time; not bound to a thread
    @see DESIGN.md, test/toolsets/sql/connection.cpp
*/
class connection {
 public:
  /** Opens the file, which must exist.

      @par Errors error, with kind database and SQLite's reason
  */
  connection(const std::filesystem::path& file, access mode, limits bounds = {});
  ~connection();
  connection(connection&&) noexcept;
  connection& operator=(connection&&) noexcept;

  /** Runs one statement and gives its rows.

      @param parameters null; an array for `?`, or an object for `:name`, `@name`, `$name` (keys with
                        or without the first character). Elements are null, booleans, numbers,
                        strings, and {"blob": "<base64>"}
      @par Errors error of each kind; nothing has changed then
  */
  result_set query(std::string_view sql,
                   const json::value& parameters = nullptr,
                   std::stop_token stop = {});

  /** Runs one statement that may write, in a transaction of its own. */
  change execute(std::string_view sql,
                 const json::value& parameters = nullptr,
                 std::stop_token stop = {});

  /** Runs one reading statement and hands out its rows one by one, until `row` returns false.

      max_rows and max_result_bytes don't apply. Nothing of the connection may be called in `row`.
  */
  void visit(std::string_view sql,
             const json::value& parameters,
             const std::function<bool(json::array&&)>& row,
             std::stop_token stop = {});

  /** How SQLite would run the statement (EXPLAIN QUERY PLAN), one step per line, indented. */
  std::string explain(std::string_view sql, std::stop_token stop = {});

  access mode() const noexcept;
  const limits& bounds() const noexcept;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace comcp::sql

#endif
