#include "authorizer.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "comcp/sql/connection.hpp"
#include "database.hpp"

using namespace comcp;

namespace {

constexpr const char* tables =
    "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT); INSERT INTO t VALUES (1, 'one'), (2, 'two');"
    "CREATE VIEW v AS SELECT b FROM t; CREATE INDEX i ON t(b);"
    "CREATE VIRTUAL TABLE words USING fts5(body); INSERT INTO words VALUES ('hello world');";

struct refusal {
  std::string_view sql;
  std::string_view reason;
};

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

template <class Run>
void check_refused(const refusal& row, Run run) {
  try {
    run(row.sql);
    BOOST_ERROR("not refused: " << row.sql);
  } catch (const sql::error& e) {
    const std::string_view message = e.what();
    BOOST_TEST((e.kind() == sql::error_kind::refused), row.sql << ": " << message);
    BOOST_TEST(message.starts_with("refused: "), row.sql << ": " << message);
    BOOST_TEST((message.find(row.reason) != std::string_view::npos), row.sql << ": " << message);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sql_authorizer)

BOOST_AUTO_TEST_CASE(a_read_only_connection_refuses_each_kind_of_write_and_says_why) {
  const testing::database file(tables);
  sql::connection db(file.file(), sql::access::read_only);
  const std::string outside = (file.directory() / "outside.db").string();
  const std::string before = bytes_of(file.file());
  const std::string attach = "ATTACH '" + outside + "' AS x";
  const std::string vacuum_into = "VACUUM INTO '" + outside + "'";
  const refusal rows[] = {
      {"INSERT INTO t VALUES (3, 'x')", "insert into table 't', and this connection is read-only"},
      {"INSERT INTO t VALUES (3, 'x') RETURNING a", "insert into table 't'"},
      {"WITH x AS (SELECT 1) INSERT INTO t SELECT 3, 'x' FROM x", "insert into table 't'"},
      {"REPLACE INTO t VALUES (1, 'x')", "table 't'"},
      {"INSERT INTO t VALUES (1, 'x') ON CONFLICT DO UPDATE SET b = 'y'", "table 't'"},
      {"UPDATE t SET b = 'x'", "update table 't'"},
      {"DELETE FROM t", "delete from table 't'"},
      {"UPDATE sqlite_schema SET sql = ''", "may not be modified"},
      {"DELETE FROM sqlite_schema", "may not be modified"},
      {"INSERT INTO words VALUES ('x')", "insert into table 'words'"},
      {"EXPLAIN DELETE FROM t", "delete from table 't'"},
      {"CREATE TABLE u(a)", "change the schema"},
      {"CREATE TABLE u AS SELECT * FROM t", "change the schema"},
      {"CREATE INDEX j ON t(b)", "change the schema"},
      {"CREATE VIEW w AS SELECT 1", "change the schema"},
      {"CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END", "create trigger 'g'"},
      {"CREATE VIRTUAL TABLE f USING fts5(x)", "change the schema"},
      {"CREATE TEMP TABLE u(a)", "temporary objects"},
      {"CREATE TEMPORARY VIEW w AS SELECT 1", "temporary objects"},
      {"CREATE TEMP TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END", "temporary objects"},
      {"DROP TABLE t", "change the schema"},
      {"DROP VIEW v", "change the schema"},
      {"DROP INDEX i", "change the schema"},
      {"ALTER TABLE t ADD COLUMN c", "read-only"},
      {"ALTER TABLE t RENAME TO u", "read-only"},
      {"REINDEX", "rebuild index"},
      {"ANALYZE", "read-only"},
      {"VACUUM", "database"},
      {vacuum_into, "database"},
      {attach, "whole database files"},
      {"ATTACH ':memory:' AS x", "whole database files"},
      {"DETACH main", "whole database files"},
      {"BEGIN", "transactions"},
      {"BEGIN IMMEDIATE", "transactions"},
      {"COMMIT", "transactions"},
      {"ROLLBACK", "transactions"},
      {"SAVEPOINT s", "transactions"},
      {"RELEASE s", "transactions"},
      {"PRAGMA query_only = OFF", "PRAGMA query_only"},
      {"PRAGMA query_only", "PRAGMA query_only"},
      {"PRAGMA journal_mode = DELETE", "with a value changes a setting"},
      {"PRAGMA user_version = 7", "with a value changes a setting"},
      {"PRAGMA user_version(7)", "with a value changes a setting"},
      {"PRAGMA foreign_keys = OFF", "with a value changes a setting"},
      {"PRAGMA writable_schema = ON", "PRAGMA writable_schema"},
      {"PRAGMA temp_store_directory = '/tmp'", "PRAGMA temp_store_directory"},
      {"PRAGMA wal_checkpoint", "PRAGMA wal_checkpoint"},
      {"PRAGMA optimize", "PRAGMA optimize"},
      {"PRAGMA database_list", "PRAGMA database_list"},
      {"PRAGMA no_such_thing", "PRAGMA no_such_thing"},
      {"SELECT * FROM pragma_database_list", "PRAGMA database_list"},
      {"SELECT load_extension('x.so')", "load_extension() reaches outside"},
      {"SELECT LOAD_EXTENSION('x.so', 'f')", "reaches outside"},
      {"SELECT fts3_tokenizer('simple')", "reaches outside"},
      {"SELECT 1; DELETE FROM t", "more than one statement"},
      {"SELECT 1;;SELECT 2", "more than one statement"},
      {"SELECT 1 /* x */ ; -- y\n /* z */ DROP TABLE t", "more than one statement"},
      {"/* a */ UPDATE t SET b = 1", "update table 't'"},
  };
  for (const auto& row : rows) {
    check_refused(row, [&](std::string_view sql) { db.query(sql); });
    check_refused(row, [&](std::string_view sql) { db.execute(sql); });
    BOOST_TEST(db.query("SELECT count(*) FROM t").rows == testing::rows_of("[[2]]"), row.sql);
  }
  BOOST_TEST((bytes_of(file.file()) == before));
  BOOST_TEST(!std::filesystem::exists(outside));
}

BOOST_AUTO_TEST_CASE(a_read_only_connection_allows_what_only_asks) {
  const testing::database file(tables);
  sql::connection db(file.file(), sql::access::read_only);
  for (const std::string_view sql :
       {"SELECT * FROM t", "VALUES (1), (2)", "  ;; SELECT 1 ; -- done\n", "SELECT ';' /* ; */",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT * FROM "
        "n",
        "SELECT body FROM words WHERE words MATCH 'hello'", "SELECT * FROM sqlite_schema",
        "SELECT * FROM json_each('[1,2]')", "EXPLAIN SELECT * FROM t",
        "EXPLAIN QUERY PLAN SELECT * FROM t", "PRAGMA table_info(t)", "PRAGMA table_list",
        "PRAGMA index_list('t')", "PRAGMA user_version", "PRAGMA encoding",
        "PRAGMA integrity_check", "PRAGMA foreign_key_check",
        "SELECT name FROM pragma_table_info('t')"}) {
    BOOST_TEST_CONTEXT(sql) BOOST_CHECK_NO_THROW(db.query(sql));
  }
}

BOOST_AUTO_TEST_CASE(a_writing_connection_changes_data_and_schema) {
  const testing::database file(tables);
  sql::connection db(file.file(), sql::access::read_write);
  for (const std::string_view sql :
       {"INSERT INTO t VALUES (3, 'three')", "UPDATE t SET b = upper(b)",
        "DELETE FROM t WHERE a = 1", "CREATE TABLE u(a REFERENCES t(a))", "CREATE INDEX j ON u(a)",
        "DROP INDEX j", "ALTER TABLE u ADD COLUMN c", "ALTER TABLE u RENAME TO w", "DROP TABLE w",
        "CREATE VIEW x AS SELECT 1", "DROP VIEW x",
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t WHERE a = 99; END",
        "INSERT INTO t VALUES (99, '')", "DROP TRIGGER g", "CREATE VIRTUAL TABLE f USING fts5(x)",
        "INSERT INTO f VALUES ('y')", "DROP TABLE f", "REINDEX", "ANALYZE"}) {
    BOOST_TEST_CONTEXT(sql) BOOST_CHECK_NO_THROW(db.execute(sql));
  }
  BOOST_TEST(db.query("SELECT a, b FROM t").rows ==
             testing::rows_of(R"([[2, "TWO"], [3, "THREE"]])"));
}

BOOST_AUTO_TEST_CASE(a_writing_connection_still_refuses_what_leaves_the_database) {
  const testing::database file(tables);
  sql::connection db(file.file(), sql::access::read_write);
  const std::string outside = (file.directory() / "outside.db").string();
  const std::string attach = "ATTACH '" + outside + "' AS x";
  const std::string vacuum_into = "VACUUM INTO '" + outside + "'";
  const refusal rows[] = {
      {attach, "whole database files"},
      {vacuum_into, "whole database files"},
      {"VACUUM", "whole database files"},
      {"CREATE TEMP TABLE u(a)", "temporary objects"},
      {"CREATE VIRTUAL TABLE f USING dbstat", "'dbstat' are not allowed"},
      {"BEGIN", "transactions"},
      {"PRAGMA journal_mode = OFF", "changes a setting"},
      {"PRAGMA writable_schema = ON", "PRAGMA writable_schema"},
      {"SELECT load_extension('x.so')", "reaches outside"},
      {"DELETE FROM t; DELETE FROM t", "more than one statement"},
      {"DELETE FROM sqlite_schema", "may not be modified"},
      {"UPDATE sqlite_schema SET sql = ''", "may not be modified"},
      {"DELETE FROM words_data", "may not be modified"},
  };
  for (const auto& row : rows) {
    check_refused(row, [&](std::string_view sql) { db.execute(sql); });
  }
  BOOST_TEST(!std::filesystem::exists(outside));
}

BOOST_AUTO_TEST_CASE(query_reads_only_on_a_writing_connection_too) {
  const testing::database file(tables);
  sql::connection db(file.file(), sql::access::read_write);
  check_refused({"DELETE FROM t", "would change the database"},
                [&](std::string_view sql) { db.query(sql); });
  check_refused({"DELETE FROM t", "would change the database"},
                [&](std::string_view sql) { db.explain(sql); });
  BOOST_TEST(db.query("SELECT count(*) FROM t").rows == testing::rows_of("[[2]]"));
}

BOOST_AUTO_TEST_SUITE_END()
