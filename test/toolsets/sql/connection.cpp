#include "comcp/sql/connection.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <fstream>
#include <limits>
#include <thread>

#include "database.hpp"

using namespace comcp;
using namespace std::chrono_literals;

namespace {

constexpr const char* endless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

sql::error failure(sql::connection& db, std::string_view sql, std::stop_token stop = {}) {
  try {
    db.execute(sql, nullptr, std::move(stop));
  } catch (const sql::error& e) {
    return e;
  }
  return {sql::error_kind::database, "no error"};
}

// Holds a write lock on the file while it exists.
class other_writer {
 public:
  explicit other_writer(const std::filesystem::path& file) {
    sqlite3_open(file.c_str(), &db_);
    sqlite3_exec(db_, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr);
  }
  other_writer(const other_writer&) = delete;
  other_writer& operator=(const other_writer&) = delete;
  ~other_writer() { sqlite3_close(db_); }

 private:
  sqlite3* db_ = nullptr;
};

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(sql::error_kind)

BOOST_AUTO_TEST_SUITE(sql_connection)

BOOST_AUTO_TEST_CASE(columns_have_name_declared_type_and_the_types_that_were_seen) {
  const testing::database file(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, price DECIMAL(10,2), x);"
      "INSERT INTO t VALUES (1, 9.5, NULL), (2, 'free', x'00ff')");
  sql::connection db(file.file(), sql::access::read_only);
  const auto result = db.query("SELECT id, price, x, id + 1 AS next FROM t ORDER BY id");
  BOOST_TEST_REQUIRE(result.columns.size() == 4U);
  BOOST_TEST(result.columns[0].name == "id");
  BOOST_TEST(result.columns[0].declared_type.value() == "INTEGER");
  BOOST_TEST(result.columns[0].types == std::vector<std::string>{"integer"});
  BOOST_TEST(result.columns[1].declared_type.value() == "DECIMAL(10,2)");
  BOOST_TEST(result.columns[1].types == (std::vector<std::string>{"real", "text"}));
  BOOST_TEST(!result.columns[2].declared_type.has_value());
  BOOST_TEST(result.columns[2].types == (std::vector<std::string>{"blob", "null"}));
  BOOST_TEST(result.columns[3].name == "next");
  BOOST_TEST(!result.columns[3].declared_type.has_value());
  BOOST_TEST(result.rows ==
             testing::rows_of(R"([[1, 9.5, null, 2], [2, "free", {"blob": "AP8="}, 3]])"));
  BOOST_TEST(result.row_count == 2U);
  BOOST_TEST(!result.truncated);
  BOOST_TEST(!result.note.has_value());
}

BOOST_AUTO_TEST_CASE(values_that_json_cannot_hold_are_made_to_fit) {
  const testing::database file;
  sql::connection db(file.file(), sql::access::read_only);
  const auto rows = db.query(
                          "SELECT 9e999, -9e999, 9e999 - 9e999, 9223372036854775807, "
                          "CAST(x'61ff62' AS TEXT), x''")
                        .rows;
  BOOST_TEST(rows.at(0) == (json::value{nullptr,
                                        nullptr,
                                        nullptr,
                                        "9223372036854775807",
                                        "a\xEF\xBF\xBD"
                                        "b",
                                        {{"blob", ""}}}));
}

BOOST_AUTO_TEST_CASE(a_result_ends_at_the_limit_on_rows_and_says_so) {
  const testing::database file;
  sql::connection db(file.file(), sql::access::read_only, sql::limits().max_rows(3));
  const auto exactly = db.query("VALUES (1), (2), (3)");
  BOOST_TEST(!exactly.truncated);
  const auto more = db.query("VALUES (1), (2), (3), (4)");
  BOOST_TEST(more.truncated);
  BOOST_TEST(more.row_count == 3U);
  BOOST_TEST(more.rows.size() == 3U);
  BOOST_TEST(more.note.value().find("only the first 3 rows") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_result_ends_at_the_limit_on_bytes_with_whole_rows) {
  const testing::database file;
  sql::connection db(file.file(), sql::access::read_only, sql::limits().max_result_bytes(1000));
  const auto result = db.query(
      "SELECT hex(zeroblob(200)) UNION ALL SELECT hex(zeroblob(100)) "
      "UNION ALL SELECT hex(zeroblob(200))");
  BOOST_TEST(result.truncated);
  BOOST_TEST(result.row_count == 2U);
  BOOST_TEST(json::serialize(result.rows).size() <= 1000U);
  BOOST_TEST(result.note.value().find("the limit is 1000") != std::string::npos);
  const auto nothing = db.query("SELECT zeroblob(100000)");
  BOOST_TEST(nothing.truncated);
  BOOST_TEST(nothing.row_count == 0U);
}

BOOST_AUTO_TEST_CASE(limits_bound_values_and_statements) {
  const testing::database file;
  sql::connection db(file.file(), sql::access::read_only,
                     sql::limits().max_value_bytes(10'000).max_sql_bytes(1000));
  const auto value = failure(db, "SELECT length(zeroblob(20000))");
  BOOST_TEST(value.kind() == sql::error_kind::limit, value.what());
  const auto text = failure(db, "SELECT '" + std::string(2000, 'x') + "'");
  BOOST_TEST(text.kind() == sql::error_kind::limit, text.what());
  BOOST_TEST(db.query("SELECT 1").row_count == 1U);
}

BOOST_AUTO_TEST_CASE(a_statement_that_takes_too_long_is_stopped) {
  const testing::database file;
  sql::connection db(file.file(), sql::access::read_only, sql::limits().max_time(20ms));
  const auto e = failure(db, endless);
  BOOST_TEST(e.kind() == sql::error_kind::limit);
  BOOST_TEST(std::string(e.what()).find("after 20 ms") != std::string::npos, e.what());
  BOOST_TEST(db.query("SELECT 1").row_count == 1U);
}

BOOST_AUTO_TEST_CASE(a_stop_from_another_thread_interrupts_and_leaves_the_connection_usable) {
  const testing::database file;
  sql::connection db(file.file(), sql::access::read_only, sql::limits().max_time(0ms));
  for (int round = 0; round < 5; ++round) {
    std::stop_source source;
    std::atomic<bool> running = false;
    std::jthread other([&] {
      running.wait(false);
      source.request_stop();
    });
    running = true;
    running.notify_one();
    const auto e = failure(db, endless, source.get_token());
    BOOST_TEST(e.kind() == sql::error_kind::cancelled, e.what());
    BOOST_TEST(db.query("SELECT 1").row_count == 1U);
  }
}

BOOST_AUTO_TEST_CASE(a_stop_that_came_before_the_statement_is_not_lost) {
  const testing::database file;
  sql::connection db(file.file(), sql::access::read_only, sql::limits().max_time(0ms));
  std::stop_source source;
  source.request_stop();
  BOOST_TEST(failure(db, endless, source.get_token()).kind() == sql::error_kind::cancelled);
}

BOOST_AUTO_TEST_CASE(an_interrupted_write_leaves_nothing_behind) {
  const testing::database file("CREATE TABLE t(a)");
  sql::connection db(file.file(), sql::access::read_write, sql::limits().max_time(20ms));
  const auto e = failure(db,
                         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                         "INSERT INTO t SELECT i FROM n");
  BOOST_TEST(e.kind() == sql::error_kind::limit, e.what());
  BOOST_TEST(db.query("SELECT count(*) FROM t").rows == testing::rows_of("[[0]]"));
}

BOOST_AUTO_TEST_CASE(waiting_for_a_lock_can_be_cancelled) {
  const testing::database file("CREATE TABLE t(a)");
  sql::connection db(file.file(), sql::access::read_write);
  const other_writer other(file.file());
  std::stop_source source;
  std::jthread canceller([&] { source.request_stop(); });
  BOOST_TEST(failure(db, "INSERT INTO t VALUES (1)", source.get_token()).kind() ==
             sql::error_kind::cancelled);
}

BOOST_AUTO_TEST_CASE(a_lock_that_does_not_go_away_ends_at_the_limit_on_time) {
  const testing::database file("CREATE TABLE t(a)");
  sql::connection db(file.file(), sql::access::read_write, sql::limits().max_time(20ms));
  const other_writer other(file.file());
  const auto e = failure(db, "INSERT INTO t VALUES (1)");
  BOOST_TEST(e.kind() == sql::error_kind::limit, e.what());
}

BOOST_AUTO_TEST_CASE(execute_counts_and_returns) {
  const testing::database file(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t(a) VALUES (1), (2)");
  sql::connection db(file.file(), sql::access::read_write);
  const auto inserted = db.execute("INSERT INTO t(a) VALUES (?)", json::array{3});
  BOOST_TEST(inserted.changed_rows == 1U);
  BOOST_TEST(inserted.last_insert_rowid.value() == json::value(3));
  BOOST_TEST(!inserted.returned.has_value());
  const auto updated = db.execute("UPDATE t SET a = a * 2 WHERE a > 1 RETURNING id, a");
  BOOST_TEST(updated.changed_rows == 2U);
  BOOST_TEST(!updated.last_insert_rowid.has_value());
  BOOST_TEST(updated.returned.value().rows == testing::rows_of("[[2, 4], [3, 6]]"));
  const auto read = db.execute("SELECT count(*) FROM t");
  BOOST_TEST(read.changed_rows == 0U);
  BOOST_TEST(read.returned.value().rows == testing::rows_of("[[3]]"));
  BOOST_TEST(!read.schema_changed);
  const auto created = db.execute("CREATE TABLE u(a)");
  BOOST_TEST(created.changed_rows == 0U);
  BOOST_TEST(created.schema_changed);
  BOOST_TEST(!inserted.schema_changed);
}

BOOST_AUTO_TEST_CASE(a_result_cut_short_does_not_cut_the_change_short) {
  const testing::database file("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3)");
  sql::connection db(file.file(), sql::access::read_write, sql::limits().max_rows(1));
  const auto changed = db.execute("UPDATE t SET a = 0 RETURNING a");
  BOOST_TEST(changed.changed_rows == 3U);
  BOOST_TEST(changed.returned.value().truncated);
  BOOST_TEST(db.query("SELECT sum(a) FROM t").rows == testing::rows_of("[[0]]"));
}

BOOST_AUTO_TEST_CASE(mistakes_are_named) {
  const testing::database file(
      "CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES (1);"
      "CREATE TABLE c(p REFERENCES t(a))");
  sql::connection db(file.file(), sql::access::read_write);
  const struct {
    std::string sql;
    sql::error_kind kind;
    std::string_view message;
  } rows[] = {
      {"", sql::error_kind::bad_statement, "no statement"},
      {" ; -- nothing\n", sql::error_kind::bad_statement, "no statement"},
      {"SELEC 1", sql::error_kind::bad_statement, "near \"SELEC\": syntax error, at byte 0"},
      {"SELECT 'x", sql::error_kind::bad_statement, "unrecognized token"},
      {"SELECT * FROM u", sql::error_kind::bad_statement, "no such table: u"},
      {"SELECT \"colum\" FROM t", sql::error_kind::bad_statement, "no such column: colum"},
      {std::string("SELECT 1\0; DELETE FROM t", 24), sql::error_kind::bad_statement, "NUL"},
      {"INSERT INTO t VALUES (1)", sql::error_kind::constraint, "UNIQUE constraint failed: t.a"},
      {"INSERT INTO c VALUES (5)", sql::error_kind::constraint, "FOREIGN KEY"},
      {"SELECT abs(-9223372036854775808)", sql::error_kind::bad_statement, "integer overflow"},
  };
  for (const auto& row : rows) {
    const auto e = failure(db, row.sql);
    BOOST_TEST(e.kind() == row.kind, row.sql << ": " << e.what());
    BOOST_TEST(std::string_view(e.what()).find(row.message) != std::string_view::npos,
               row.sql << ": " << e.what());
  }
}

BOOST_AUTO_TEST_CASE(explain_names_the_index_that_is_used) {
  const testing::database file("CREATE TABLE t(a, b); CREATE INDEX by_a ON t(a)");
  sql::connection db(file.file(), sql::access::read_only);
  BOOST_TEST(db.explain("SELECT b FROM t WHERE a = ?") == "SEARCH t USING INDEX by_a (a=?)\n");
  const std::string nested =
      db.explain("/* x */ SELECT (SELECT max(b) FROM t AS i WHERE i.b = o.b) FROM t AS o;");
  BOOST_TEST(nested.find("\n  ") != std::string::npos, nested);
  BOOST_CHECK_THROW(db.explain("SELECT 1; SELECT 2"), sql::error);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_is_an_error) {
  const testing::temporary_directory directory;
  BOOST_CHECK_THROW(sql::connection(directory.path() / "none.db", sql::access::read_only),
                    sql::error);
  BOOST_CHECK_THROW(sql::connection(directory.path() / "none.db", sql::access::read_write),
                    sql::error);
  BOOST_TEST(!std::filesystem::exists(directory.path() / "none.db"));
  std::ofstream(directory.path() / "text.db") << std::string(5000, 'x');
  BOOST_CHECK_THROW(sql::connection(directory.path() / "text.db", sql::access::read_only),
                    sql::error);
}

BOOST_AUTO_TEST_CASE(names_of_files_are_never_uris_or_memory) {
  const testing::temporary_directory directory;
  const auto back = std::filesystem::current_path();
  std::filesystem::current_path(directory.path());
  BOOST_CHECK_THROW(sql::connection(":memory:", sql::access::read_only), sql::error);
  BOOST_CHECK_THROW(sql::connection("file:x.db?mode=rwc", sql::access::read_write), sql::error);
  std::filesystem::current_path(back);
  BOOST_TEST(std::filesystem::is_empty(directory.path()));
}

BOOST_AUTO_TEST_CASE(every_kind_of_error_has_a_name) {
  for (int i = 0; i <= static_cast<int>(sql::error_kind::database); ++i) {
    BOOST_TEST(sql::to_string(static_cast<sql::error_kind>(i)) != "unknown");
  }
}

BOOST_AUTO_TEST_SUITE_END()
