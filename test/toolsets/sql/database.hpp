#ifndef COMCP_TEST_TOOLSETS_SQL_DATABASE_HPP
#define COMCP_TEST_TOOLSETS_SQL_DATABASE_HPP

#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "comcp/json/value.hpp"

namespace comcp::testing {

/// A directory that is gone at the end.
class temporary_directory {
 public:
  temporary_directory() {
    std::string name = (std::filesystem::temp_directory_path() / "comcp-sql-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A database file in a directory of its own, filled by a script.
class database {
 public:
  explicit database(const std::string& script = "") { run(script); }

  void run(const std::string& script) {
    sqlite3* db = nullptr;
    sqlite3_open(file().c_str(), &db);
    char* message = nullptr;
    sqlite3_exec(db, ("PRAGMA synchronous = OFF; PRAGMA user_version = 1;" + script).c_str(), nullptr, nullptr, &message);
    const std::string error = message ? message : "";
    sqlite3_free(message);
    sqlite3_close(db);
    if (!error.empty()) throw std::runtime_error(error);
  }
  std::filesystem::path file() const { return directory_.path() / "test.db"; }
  const std::filesystem::path& directory() const { return directory_.path(); }

 private:
  temporary_directory directory_;
};

/// Rows as text. (Not as braces: array{array{1}} is a copy for Clang and a nested array for GCC.)
inline json::array rows_of(std::string_view text) {
  return json::parse(text).as_array();
}

}  // namespace comcp::testing

#endif
