#ifndef COMCP_SQL_LIMITS_HPP
#define COMCP_SQL_LIMITS_HPP

#include <chrono>
#include <cstddef>

namespace comcp::sql {

/** What one statement may cost. */
class limits {
 public:
  limits() noexcept {}

  /// Rows of a result; default 1,000. What is beyond is left out and the result is marked.
  limits& max_rows(std::size_t n) noexcept { return rows_ = n, *this; }
  std::size_t max_rows() const noexcept { return rows_; }
  /// Bytes of a result's rows as JSON; default 1 MiB. Whole rows are left out, as above.
  limits& max_result_bytes(std::size_t n) noexcept { return result_bytes_ = n, *this; }
  std::size_t max_result_bytes() const noexcept { return result_bytes_; }
  /// From the start of a statement to its last row, waiting for locks included; default 30 s.
  /// Zero: no limit.
  limits& max_time(std::chrono::milliseconds t) noexcept { return time_ = t, *this; }
  std::chrono::milliseconds max_time() const noexcept { return time_; }
  /// Bytes of one statement's text; default 100 KiB.
  limits& max_sql_bytes(std::size_t n) noexcept { return sql_bytes_ = n, *this; }
  std::size_t max_sql_bytes() const noexcept { return sql_bytes_; }
  /// Bytes of one value, also of intermediate ones, and of one row; default 16 MiB.
  limits& max_value_bytes(std::size_t n) noexcept { return value_bytes_ = n, *this; }
  std::size_t max_value_bytes() const noexcept { return value_bytes_; }

 private:
  std::size_t rows_ = 1000;
  std::size_t result_bytes_ = std::size_t{1024} * 1024;
  std::chrono::milliseconds time_{30'000};
  std::size_t sql_bytes_ = std::size_t{100} * 1024;
  std::size_t value_bytes_ = std::size_t{16} * 1024 * 1024;
};

}  // namespace comcp::sql

#endif
