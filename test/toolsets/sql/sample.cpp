#include "comcp/sql/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <thread>

#include "comcp/sql/connection.hpp"
#include "database.hpp"

using namespace comcp;

namespace {

json::value one(sql::connection& db, std::string_view sql) {
  return db.query(sql).rows.at(0).at(0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sql_sample)

BOOST_AUTO_TEST_CASE(the_sample_is_made_once_and_holds_the_same_everywhere) {
  const testing::temporary_directory directory;
  const auto file = directory.path() / "deep" / "er" / "sample.db";
  BOOST_TEST((sql::ensure_sample(file) == sql::sample_state::created));
  BOOST_TEST((sql::ensure_sample(file) == sql::sample_state::existing));
  sql::connection db(file, sql::access::read_only);
  BOOST_TEST(one(db, "SELECT count(*) FROM artist") == json::value(20));
  BOOST_TEST(one(db, "SELECT count(*) FROM customer") == json::value(60));
  BOOST_TEST(one(db, "SELECT count(*) FROM purchase") == json::value(240));
  BOOST_TEST(one(db, "SELECT name FROM artist WHERE artist_id = 2") == json::value("Månsken"));
  BOOST_TEST(one(db, "SELECT sum(seconds) FROM track") == json::value(145086));
  BOOST_TEST(one(db, "SELECT sum(revenue_cents) FROM album_sales") == json::value(1372640));
  BOOST_TEST(one(db, "PRAGMA integrity_check") == json::value("ok"));
  BOOST_TEST(db.query("PRAGMA foreign_key_check").row_count == 0U);
}

BOOST_AUTO_TEST_CASE(the_sample_is_believable) {
  const testing::temporary_directory directory;
  const auto file = directory.path() / "sample.db";
  sql::ensure_sample(file);
  sql::connection db(file, sql::access::read_only);
  BOOST_TEST(one(db,
                 "SELECT count(*) FROM album AS a JOIN artist AS r USING (artist_id) WHERE a.year "
                 "< r.formed") == json::value(0));
  BOOST_TEST(one(db,
                 "SELECT count(*) FROM purchase AS p JOIN customer AS c USING (customer_id) WHERE "
                 "p.bought_on < c.joined_on") == json::value(0));
  BOOST_TEST(one(db,
                 "SELECT count(*) FROM purchase WHERE purchase_id NOT IN (SELECT purchase_id FROM "
                 "purchase_line)") == json::value(0));
  BOOST_TEST(one(db, "SELECT count(*) - count(DISTINCT title) FROM album") == json::value(0));
  BOOST_TEST(one(db, "SELECT count(*) > 3 FROM (SELECT DISTINCT genre FROM album)") ==
             json::value(1));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_there_is_left_alone) {
  const testing::temporary_directory directory;
  const auto file = directory.path() / "sample.db";
  std::ofstream(file) << "mine";
  BOOST_TEST((sql::ensure_sample(file) == sql::sample_state::existing));
  std::ifstream in(file);
  std::string text;
  in >> text;
  BOOST_TEST(text == "mine");
}

BOOST_AUTO_TEST_CASE(several_makers_at_once_leave_one_whole_file) {
  const testing::temporary_directory directory;
  const auto file = directory.path() / "sample.db";
  std::atomic<int> created = 0;
  {
    std::vector<std::jthread> makers;
    for (int i = 0; i < 4; ++i) {
      makers.emplace_back(
          [&] { created += sql::ensure_sample(file) == sql::sample_state::created; });
    }
  }
  BOOST_TEST(created == 1);
  sql::connection db(file, sql::access::read_only);
  BOOST_TEST(one(db, "PRAGMA integrity_check") == json::value("ok"));
  const auto entries = std::filesystem::directory_iterator(directory.path());
  BOOST_TEST(std::distance(begin(entries), end(entries)) == 1);
}

BOOST_AUTO_TEST_CASE(a_place_that_cannot_be_written_is_named) {
  const testing::temporary_directory directory;
  std::ofstream(directory.path() / "file") << "x";
  try {
    sql::ensure_sample(directory.path() / "file" / "sample.db");
    BOOST_ERROR("no error");
  } catch (const std::runtime_error& e) {
    BOOST_TEST(std::string(e.what()).find("file/sample.db") != std::string::npos, e.what());
  }
}

BOOST_AUTO_TEST_SUITE_END()
