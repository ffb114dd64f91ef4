#include "authorizer.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace comcp::sql {

namespace {

// Settings that may be read; with a value they would be changed.
constexpr std::array readable_pragmas = std::to_array<std::string_view>(
    {"application_id", "auto_vacuum", "collation_list", "compile_options", "data_version",
     "encoding", "foreign_keys", "freelist_count", "journal_mode", "page_count", "page_size",
     "schema_version", "user_version"});
// Questions whose argument is what they are about.
constexpr std::array asking_pragmas = std::to_array<std::string_view>(
    {"foreign_key_check", "foreign_key_list", "index_info", "index_list", "index_xinfo",
     "integrity_check", "quick_check", "table_info", "table_list", "table_xinfo"});
constexpr std::array forbidden_functions = std::to_array<std::string_view>(
    {"load_extension", "fts3_tokenizer", "readfile", "writefile", "edit", "fsdir", "zipfile"});
// Virtual tables that keep their data in this file.
constexpr std::array known_modules =
    std::to_array<std::string_view>({"fts3", "fts4", "fts5", "rtree", "rtree_i32", "geopoly"});

template <class List>
bool in(const List& list, std::string_view name) {
  return std::any_of(list.begin(), list.end(), [&](std::string_view entry) {
    return entry.size() == name.size() &&
           sqlite3_strnicmp(entry.data(), name.data(), static_cast<int>(name.size())) == 0;
  });
}

std::string quoted(const char* name) {
  return name ? "'" + std::string(name) + "'" : std::string("(unnamed)");
}

}  // namespace

void authorizer::install(sqlite3* database) {
  sqlite3_set_authorizer(
      database,
      [](void* self, int action, const char* first, const char* second, const char* name,
         const char*) {
        return static_cast<authorizer*>(self)->allowed(action, first, second, name) ? SQLITE_OK
                                                                                    : SQLITE_DENY;
      },
      this);
}

bool authorizer::refuse(std::string reason) {
  if (reason_.empty()) reason_ = std::move(reason);
  return false;
}

bool authorizer::write_allowed(const char* database, std::string what) {
  if (mode_ == access::read_only) {
    return refuse("it would " + std::move(what) + ", and this connection is read-only");
  }
  if (database && std::string_view(database) != "main") {
    return refuse("it would " + std::move(what) + " in the database " + quoted(database) +
                  "; only the main database may be written");
  }
  return true;
}

bool authorizer::table_write_allowed(const char* database,
                                     std::string_view verb,
                                     const char* table) {
  const std::string_view name = table ? table : "";
  // SQLite asks this also when a query first touches a virtual table, and never runs it. A statement
  // that means it is refused by SQLite ("may not be modified"); those that change the schema rightly
  // are known by their other questions.
  if (verb == "update" && (name == "sqlite_master" || name == "sqlite_temp_master")) return true;
  if (name == "sqlite_temp_master") return refuse_temporary();
  // SQLite asks about its own table first, before it names what is created or dropped.
  if (name == "sqlite_master") return write_allowed(database, "change the schema");
  return write_allowed(database, std::string(verb) + " table " + quoted(table));
}

bool authorizer::refuse_temporary() {
  return refuse("temporary objects would not be there in the next call; use WITH instead");
}

bool authorizer::allowed(int action, const char* first, const char* second, const char* database) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
      return true;

    case SQLITE_FUNCTION:
      return !second || !in(forbidden_functions, second) ||
             refuse("the function " + std::string(second) + "() reaches outside of the database");
    case SQLITE_PRAGMA:
      if (first && in(asking_pragmas, first)) return true;
      if (first && in(readable_pragmas, first)) {
        return !second ||
               refuse("PRAGMA " + std::string(first) + " with a value changes a setting");
      }
      return refuse("PRAGMA " + std::string(first ? first : "") +
                    " is not among those that only ask about the database, such as table_info");

    case SQLITE_INSERT:
      return table_write_allowed(database, "insert into", first);
    case SQLITE_UPDATE:
      return table_write_allowed(database, "update", first);
    case SQLITE_DELETE:
      return table_write_allowed(database, "delete from", first);
    case SQLITE_CREATE_TABLE:
      return write_allowed(database, "create table " + quoted(first));
    case SQLITE_CREATE_INDEX:
      return write_allowed(database, "create index " + quoted(first));
    case SQLITE_CREATE_VIEW:
      return write_allowed(database, "create view " + quoted(first));
    case SQLITE_CREATE_TRIGGER:
      return write_allowed(database, "create trigger " + quoted(first));
    case SQLITE_CREATE_VTABLE:
      return write_allowed(database, "create virtual table " + quoted(first)) &&
             (in(known_modules, second ? second : "") ||
              refuse("virtual tables of the kind " + quoted(second) + " are not allowed"));
    case SQLITE_DROP_TABLE:
    case SQLITE_DROP_VTABLE:
      return write_allowed(database, "drop table " + quoted(first));
    case SQLITE_DROP_INDEX:
      return write_allowed(database, "drop index " + quoted(first));
    case SQLITE_DROP_VIEW:
      return write_allowed(database, "drop view " + quoted(first));
    case SQLITE_DROP_TRIGGER:
      return write_allowed(database, "drop trigger " + quoted(first));
    // The database's name comes first here.
    case SQLITE_ALTER_TABLE:
      return write_allowed(first, "alter table " + quoted(second));
    case SQLITE_REINDEX:
      return write_allowed(database, "rebuild index " + quoted(first));
    case SQLITE_ANALYZE:
      return write_allowed(database, "write statistics of " + quoted(first));

    case SQLITE_CREATE_TEMP_TABLE:
    case SQLITE_CREATE_TEMP_INDEX:
    case SQLITE_CREATE_TEMP_VIEW:
    case SQLITE_CREATE_TEMP_TRIGGER:
    case SQLITE_DROP_TEMP_TABLE:
    case SQLITE_DROP_TEMP_INDEX:
    case SQLITE_DROP_TEMP_VIEW:
    case SQLITE_DROP_TEMP_TRIGGER:
      return refuse_temporary();
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
      return refuse("ATTACH, DETACH and VACUUM work on whole database files");
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
      return refuse("transactions can't span calls; each statement is a transaction of its own");
    default:
      return refuse("this kind of statement is not allowed");
  }
}

}  // namespace comcp::sql
