#include <boost/test/unit_test.hpp>

#include "comcp/sql/connection.hpp"
#include "database.hpp"

using namespace comcp;

namespace {

struct fixture {
  testing::database file;
  sql::connection db{file.file(), sql::access::read_only};

  json::value first_row(std::string_view sql, const json::value& parameters) {
    return db.query(sql, parameters).rows.at(0);
  }
  std::string failure(std::string_view sql, const json::value& parameters) {
    try {
      db.query(sql, parameters);
    } catch (const sql::error& e) {
      BOOST_TEST(
          (e.kind() == sql::error_kind::bad_parameter || e.kind() == sql::error_kind::limit));
      return e.what();
    }
    return "no error";
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sql_parameters, fixture)

BOOST_AUTO_TEST_CASE(an_array_fills_question_marks_in_order) {
  BOOST_TEST(first_row("SELECT ?, ?, ?", json::array{1, "two", 3.5}) ==
             (json::value{1, "two", 3.5}));
  BOOST_TEST(first_row("SELECT ?2, ?1, ?2", json::array{"a", "b"}) == (json::value{"b", "a", "b"}));
  BOOST_TEST(first_row("SELECT 1", json::array{}) == json::array{1});
}

BOOST_AUTO_TEST_CASE(an_object_fills_names_with_or_without_their_first_character) {
  BOOST_TEST(first_row("SELECT :a, @b, $c, :a", json::value{{"a", 1}, {"@b", 2}, {"c", 3}}) ==
             (json::value{1, 2, 3, 1}));
  BOOST_TEST(first_row("SELECT 1", json::object{}) == json::array{1});
}

BOOST_AUTO_TEST_CASE(every_kind_of_value_arrives_as_its_sqlite_type) {
  BOOST_TEST(first_row("SELECT typeof(?), typeof(?), typeof(?), typeof(?), typeof(?), typeof(?)",
                       json::array{nullptr, true, 7, 7.0, "7", json::object{{"blob", "AAE="}}}) ==
             (json::value{"null", "integer", "integer", "real", "text", "blob"}));
  BOOST_TEST(first_row("SELECT hex(?)", json::array{json::object{{"blob", "AAH/"}}}) ==
             json::array{"0001FF"});
  BOOST_TEST(first_row("SELECT length(?)", json::array{"a\0b"}) == json::array{1});
}

BOOST_AUTO_TEST_CASE(integers_are_exact_in_both_directions) {
  BOOST_TEST(first_row("SELECT ? = 9223372036854775807", json::array{INT64_MAX}) == json::array{1});
  BOOST_TEST(first_row("SELECT ?", json::array{INT64_MAX}) == json::array{"9223372036854775807"});
  // A string that came out goes in again where it is compared with an integer.
  BOOST_TEST(first_row("WITH t(id) AS (SELECT 9007199254740993) SELECT count(*) FROM t "
                       "WHERE id = CAST(? AS INTEGER)",
                       json::array{"9007199254740993"}) == json::array{1});
}

BOOST_AUTO_TEST_CASE(parameters_that_do_not_fit_are_explained) {
  const json::value object{{"a", 1}};
  const struct {
    std::string_view sql;
    json::value parameters;
    std::string_view message;
  } rows[] = {
      {"SELECT ?", nullptr, "the statement has 1 parameter, but none is given"},
      {"SELECT ?, ?", json::array{1}, "the statement has 2 parameters, but 1 is given"},
      {"SELECT 1", json::array{1, 2}, "the statement has 0 parameters, but 2 are given"},
      {"SELECT :a", json::array{1}, "give them as an object, such as {\"a\": ...}"},
      {"SELECT ?", json::object{}, "the statement's parameters have no names: give an array"},
      {"SELECT :a, :b", object, "parameter ':b' is not given"},
      {"SELECT :b", object, "the statement has no parameter 'a'; it has :b"},
      {"SELECT 1", object, "the statement has no parameter 'a'; it has none"},
      {"SELECT ?", testing::rows_of("[[1]]"), "parameter 1 is an array"},
      {"SELECT ?", json::array{object}, "only {\"blob\": \"<base64>\"} is understood"},
      {"SELECT ?", json::array{json::object{{"blob", "*"}}}, "the blob is not base64"},
      {"SELECT ?", json::array{UINT64_MAX}, "larger than SQLite's integers"},
      {"SELECT ?", 7, "the parameters must be an array or an object"},
      {"SELECT ?", json::array{std::string(17 * 1024 * 1024, 'x')}, "parameter 1 is too large"},
  };
  for (const auto& row : rows) {
    const std::string message = failure(row.sql, row.parameters);
    BOOST_TEST(message.find(row.message) != std::string::npos, row.sql << ": " << message);
  }
}

BOOST_AUTO_TEST_SUITE_END()
