#ifndef COMCP_SQL_SCHEMA_HPP
#define COMCP_SQL_SCHEMA_HPP

#include <boost/describe/class.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "comcp/json/notes.hpp"
#include "comcp/sql/connection.hpp"

namespace comcp::sql {

struct table_summary {
  std::string name;
  std::string kind;
  std::vector<std::string> columns;
};
BOOST_DESCRIBE_STRUCT(table_summary, (), (name, kind, columns))
inline void annotate(json::notes<table_summary>& about) {
  about(&table_summary::kind, "table, view or virtual").one_of({"table", "view", "virtual"});
  about(&table_summary::columns, "Names of the columns");
}

struct table_list {
  std::vector<table_summary> tables;
};
BOOST_DESCRIBE_STRUCT(table_list, (), (tables))

struct table_column {
  std::string name;
  std::string declared_type;
  bool not_null = false;
  std::optional<std::string> default_value;
  std::optional<int> primary_key_position;
  bool generated = false;
};
BOOST_DESCRIBE_STRUCT(
    table_column,
    (),
    (name, declared_type, not_null, default_value, primary_key_position, generated))
inline void annotate(json::notes<table_column>& about) {
  about(&table_column::declared_type, "Empty when none is declared");
  about(&table_column::default_value, "SQL expression of the default");
  about(&table_column::primary_key_position, "Place in the primary key, from 1; absent outside it");
  about(&table_column::generated, "Computed from other columns; can't be written");
}

struct table_index {
  std::string name;
  bool unique = false;
  bool partial = false;
  std::vector<std::string> columns;
};
BOOST_DESCRIBE_STRUCT(table_index, (), (name, unique, partial, columns))
inline void annotate(json::notes<table_index>& about) {
  about(&table_index::partial, "Covers only rows that meet its WHERE clause");
  about(&table_index::columns, "Columns; <expression> where it isn't one");
}

struct foreign_key {
  std::vector<std::string> columns;
  std::string referenced_table;
  std::vector<std::string> referenced_columns;
  std::string on_update;
  std::string on_delete;
};
BOOST_DESCRIBE_STRUCT(foreign_key,
                      (),
                      (columns, referenced_table, referenced_columns, on_update, on_delete))
inline void annotate(json::notes<foreign_key>& about) {
  about(&foreign_key::referenced_columns, "Empty when it is the primary key");
}

struct table_description {
  std::string name;
  std::string kind;
  std::vector<table_column> columns;
  std::vector<table_index> indexes;
  std::vector<foreign_key> foreign_keys;
  std::string sql;
};
BOOST_DESCRIBE_STRUCT(table_description, (), (name, kind, columns, indexes, foreign_keys, sql))
inline void annotate(json::notes<table_description>& about) {
  about(&table_description::kind, "table, view or virtual").one_of({"table", "view", "virtual"});
  about(&table_description::sql, "The statement that created it");
}

/// Tables, views and virtual tables by name, without SQLite's own.
table_list list_tables(connection& from, std::stop_token stop = {});

/** Everything about one table or view. The name is compared as SQLite does, without case.

    @par Errors error with kind not_found, naming the tables there are
*/
table_description describe_table(connection& from,
                                 std::string_view name,
                                 std::stop_token stop = {});

/// The CREATE statements of the whole schema.
std::string schema_sql(connection& from, std::stop_token stop = {});

/// Names that begin like this, for completion.
std::vector<std::string> table_names_like(connection& from,
                                          std::string_view prefix,
                                          std::size_t max,
                                          std::stop_token stop = {});

}  // namespace comcp::sql

#endif
