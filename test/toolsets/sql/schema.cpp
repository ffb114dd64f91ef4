#include "comcp/sql/schema.hpp"

#include <boost/test/unit_test.hpp>

#include "comcp/json/convert.hpp"
#include "database.hpp"

using namespace comcp;

namespace {

struct fixture {
  testing::database file{
      "CREATE TABLE parent(x INTEGER, y TEXT NOT NULL DEFAULT 'none', PRIMARY KEY (y, x)) WITHOUT "
      "ROWID;"
      "CREATE TABLE \"od'd \"\"name\"(id INTEGER PRIMARY KEY, px, py, twice INT GENERATED ALWAYS "
      "AS (id * 2),"
      "  FOREIGN KEY (py, px) REFERENCES parent(y, x) ON DELETE CASCADE,"
      "  FOREIGN KEY (px) REFERENCES other);"
      "CREATE TABLE other(id INTEGER PRIMARY KEY AUTOINCREMENT);"
      "CREATE UNIQUE INDEX u ON parent(x, lower(y)); CREATE INDEX p ON parent(y) WHERE x > 1;"
      "CREATE VIEW w AS SELECT x FROM parent;"
      "CREATE VIRTUAL TABLE words USING fts5(body); ANALYZE;"};
  sql::connection db{file.file(), sql::access::read_only};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sql_schema, fixture)

BOOST_AUTO_TEST_CASE(
    tables_views_and_virtual_tables_are_listed_without_what_sqlite_keeps_for_itself) {
  BOOST_TEST(json::encode(sql::list_tables(db)) == json::parse(R"({"tables": [
    {"name": "od'd \"name", "kind": "table", "columns": ["id", "px", "py", "twice"]},
    {"name": "other", "kind": "table", "columns": ["id"]},
    {"name": "parent", "kind": "table", "columns": ["x", "y"]},
    {"name": "w", "kind": "view", "columns": ["x"]},
    {"name": "words", "kind": "virtual", "columns": ["body"]}]})"));
}

BOOST_AUTO_TEST_CASE(a_table_is_described_with_keys_and_indexes) {
  BOOST_TEST(json::encode(sql::describe_table(db, "PARENT")) == json::parse(R"({
    "name": "parent", "kind": "table",
    "columns": [
      {"name": "x", "declared_type": "INTEGER", "not_null": true, "primary_key_position": 2, "generated": false},
      {"name": "y", "declared_type": "TEXT", "not_null": true, "default_value": "'none'", "primary_key_position": 1, "generated": false}],
    "indexes": [
      {"name": "p", "unique": false, "partial": true, "columns": ["y"]},
      {"name": "sqlite_autoindex_parent_1", "unique": true, "partial": false, "columns": ["y", "x"]},
      {"name": "u", "unique": true, "partial": false, "columns": ["x", "<expression>"]}],
    "foreign_keys": [],
    "sql": "CREATE TABLE parent(x INTEGER, y TEXT NOT NULL DEFAULT 'none', PRIMARY KEY (y, x)) WITHOUT ROWID"})"));
}

BOOST_AUTO_TEST_CASE(names_with_quotes_generated_columns_and_foreign_keys_are_understood) {
  const auto odd = sql::describe_table(db, "od'd \"name");
  BOOST_TEST_REQUIRE(odd.columns.size() == 4U);
  BOOST_TEST(odd.columns[3].generated);
  BOOST_TEST_REQUIRE(odd.foreign_keys.size() == 2U);
  BOOST_TEST(odd.foreign_keys[0].referenced_table == "other");
  BOOST_TEST(odd.foreign_keys[0].referenced_columns.empty());
  BOOST_TEST(odd.foreign_keys[1].columns == (std::vector<std::string>{"py", "px"}));
  BOOST_TEST(odd.foreign_keys[1].referenced_columns == (std::vector<std::string>{"y", "x"}));
  BOOST_TEST(odd.foreign_keys[1].on_delete == "CASCADE");
  BOOST_TEST(sql::describe_table(db, "w").sql == "CREATE VIEW w AS SELECT x FROM parent");
}

BOOST_AUTO_TEST_CASE(an_unknown_table_is_an_error_that_names_the_known_ones) {
  for (const char* const name : {"orders", "", "sqlite_schema", "words_data"}) {
    try {
      sql::describe_table(db, name);
      BOOST_ERROR(name);
    } catch (const sql::error& e) {
      BOOST_TEST((e.kind() == sql::error_kind::not_found));
      BOOST_TEST(std::string(e.what()).find("; there are od'd \"name, other, parent, w, words") !=
                     std::string::npos,
                 e.what());
    }
  }
}

BOOST_AUTO_TEST_CASE(the_whole_schema_is_the_statements_that_make_it) {
  const std::string text = sql::schema_sql(db);
  BOOST_TEST(text.starts_with("CREATE TABLE \"od'd"), text);
  BOOST_TEST(text.ends_with(";\n"));
  BOOST_TEST(text.find("CREATE VIEW w") != std::string::npos);
  BOOST_TEST(text.find("CREATE VIRTUAL TABLE words") != std::string::npos);
  BOOST_TEST(text.find("words_data") == std::string::npos);
  BOOST_TEST(text.find("sqlite_") == std::string::npos);
  // What it says can be run.
  const testing::database copy(text);
  sql::connection again(copy.file(), sql::access::read_only);
  BOOST_TEST(sql::schema_sql(again) == text);
}

BOOST_AUTO_TEST_CASE(names_are_completed) {
  BOOST_TEST(sql::table_names_like(db, "O", 10) ==
             (std::vector<std::string>{"od'd \"name", "other"}));
  BOOST_TEST(sql::table_names_like(db, "o", 1) == (std::vector<std::string>{"od'd \"name"}));
  BOOST_TEST(sql::table_names_like(db, "%", 10).empty());
}

BOOST_AUTO_TEST_CASE(an_empty_database_has_an_empty_schema) {
  const testing::database empty;
  sql::connection none(empty.file(), sql::access::read_only);
  BOOST_TEST(sql::list_tables(none).tables.empty());
  BOOST_TEST(sql::schema_sql(none) == "");
}

BOOST_AUTO_TEST_SUITE_END()
