#include "sample_data.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace comcp::sql {

namespace {

// A small record shop. All names are made up.
constexpr const char* schema = R"sql(
CREATE TABLE artist (
  artist_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  country TEXT NOT NULL,
  formed INTEGER NOT NULL -- year
);
CREATE TABLE album (
  album_id INTEGER PRIMARY KEY,
  artist_id INTEGER NOT NULL REFERENCES artist(artist_id) ON DELETE CASCADE,
  title TEXT NOT NULL,
  year INTEGER NOT NULL,
  genre TEXT NOT NULL,
  price_cents INTEGER NOT NULL CHECK (price_cents > 0),
  in_stock INTEGER NOT NULL DEFAULT 0 CHECK (in_stock >= 0),
  UNIQUE (artist_id, title)
);
CREATE TABLE track (
  track_id INTEGER PRIMARY KEY,
  album_id INTEGER NOT NULL REFERENCES album(album_id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  title TEXT NOT NULL,
  seconds INTEGER NOT NULL,
  UNIQUE (album_id, position)
);
CREATE TABLE customer (
  customer_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE,
  city TEXT NOT NULL,
  joined_on TEXT NOT NULL -- YYYY-MM-DD
);
CREATE TABLE purchase (
  purchase_id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customer(customer_id),
  bought_on TEXT NOT NULL, -- YYYY-MM-DD
  paid_with TEXT NOT NULL CHECK (paid_with IN ('card', 'cash', 'voucher')),
  note TEXT
);
CREATE TABLE purchase_line (
  purchase_id INTEGER NOT NULL REFERENCES purchase(purchase_id) ON DELETE CASCADE,
  album_id INTEGER NOT NULL REFERENCES album(album_id),
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  unit_price_cents INTEGER NOT NULL,
  PRIMARY KEY (purchase_id, album_id)
) WITHOUT ROWID;
CREATE INDEX album_by_genre ON album(genre, year);
CREATE INDEX purchase_by_customer ON purchase(customer_id, bought_on);
CREATE INDEX purchase_line_by_album ON purchase_line(album_id);
CREATE VIEW album_sales AS
  SELECT a.album_id, a.title, r.name AS artist, a.genre,
         coalesce(sum(l.quantity), 0) AS sold,
         coalesce(sum(l.quantity * l.unit_price_cents), 0) AS revenue_cents
  FROM album AS a JOIN artist AS r USING (artist_id) LEFT JOIN purchase_line AS l USING (album_id)
  GROUP BY a.album_id;
)sql";

constexpr std::array artists = std::to_array<std::pair<const char*, const char*>>(
    {{"The Copper Kites", "Ireland"},   {"Månsken", "Sweden"},
     {"Harbour Lights Trio", "Norway"}, {"Sofia Ardelean", "Romania"},
     {"Night Bus Orchestra", "UK"},     {"Los Faros", "Spain"},
     {"Paper Telescope", "Canada"},     {"Kenji Arakawa Group", "Japan"},
     {"Velvet Tramway", "Portugal"},    {"The Salt Engineers", "Netherlands"},
     {"Amara Diallo", "Senegal"},       {"Blue Hour Radio", "Germany"},
     {"Cloud Cartographers", "USA"},    {"Zoë Lindqvist", "Sweden"},
     {"Estación Central", "Argentina"}, {"The Glasshouse Choir", "Iceland"},
     {"Quiet Machines", "Germany"},     {"Rua Nova", "Brazil"},
     {"Marble & Smoke", "Italy"},       {"North Pier", "UK"}});
constexpr std::array genres =
    std::to_array<std::string_view>({"Jazz", "Folk", "Electronic", "Rock", "Classical", "Latin"});
constexpr std::array title_firsts = std::to_array<std::string_view>(
    {"Winter", "Paper", "Electric", "Silent", "Distant", "Golden", "Broken", "Northern", "Hidden",
     "Second", "Open", "Slow", "Glass", "Amber", "Last", "Borrowed"});
constexpr std::array title_seconds = std::to_array<std::string_view>(
    {"Harbour", "Signals", "Letters", "Garden", "Weather", "Rooms", "Rivers", "Machines",
     "Mornings", "Atlas", "Windows", "Trains", "Lanterns", "Orchard", "Echoes", "Tides"});
constexpr std::array first_names = std::to_array<std::string_view>(
    {"Ada",   "Bruno", "Chiara", "Dmitri", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas",
     "Katya", "Liam",  "Mei",    "Noor",   "Olga", "Pablo", "Renée", "Sven", "Tara", "Yusuf"});
constexpr std::array last_names =
    std::to_array<std::string_view>({"Almeida", "Berg", "Costa", "Doyle", "Eriksen", "Fischer",
                                     "Garcia", "Haddad", "Ivanova", "Jensen", "Keller", "Lund"});
constexpr std::array cities = std::to_array<std::string_view>(
    {"Lisbon", "Bergen", "Köln", "Dublin", "Gdańsk", "Turin", "Utrecht", "Malmö"});

// The same numbers on every machine and with every standard library (splitmix64). Not more than one
// throw in a statement: compilers differ in which argument comes first.
class dice {
 public:
  std::size_t below(std::size_t n) {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ z >> 30U) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27U) * 0x94d049bb133111ebU;
    return static_cast<std::size_t>((z ^ z >> 31U) % n);
  }
  int between(int low, int high) {
    return low + static_cast<int>(below(static_cast<std::size_t>(high - low + 1)));
  }
  template <class List>
  std::string pick(const List& from) {
    return std::string(from[below(from.size())]);
  }

 private:
  std::uint64_t state_ = 2024;
};

void check(sqlite3* db, int code) {
  if (code != SQLITE_OK && code != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(db));
}

void run(sqlite3* db, const char* sql) {
  check(db, sqlite3_exec(db, sql, nullptr, nullptr, nullptr));
}

// An INSERT that is run many times.
class inserter {
 public:
  inserter(sqlite3* db, const char* sql) : db_(db) {
    check(db, sqlite3_prepare_v2(db, sql, -1, &handle_, nullptr));
  }
  inserter(const inserter&) = delete;
  inserter& operator=(const inserter&) = delete;
  ~inserter() { sqlite3_finalize(handle_); }

  template <class... Values>
  void operator()(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    check(db_, sqlite3_step(handle_));
    check(db_, sqlite3_reset(handle_));
  }

 private:
  void bind(int index, int v) { sqlite3_bind_int(handle_, index, v); }
  void bind(int index, std::string_view v) {
    sqlite3_bind_text(handle_, index, v.data(), static_cast<int>(v.size()), SQLITE_TRANSIENT);
  }
  void bind(int index, std::nullptr_t) { sqlite3_bind_null(handle_, index); }

  sqlite3* db_;
  sqlite3_stmt* handle_ = nullptr;
};

std::vector<int> fill_albums(sqlite3* db, dice& roll) {
  inserter artist(db, "INSERT INTO artist VALUES (?, ?, ?, ?)");
  inserter album(db, "INSERT INTO album VALUES (?, ?, ?, ?, ?, ?, ?)");
  inserter track(db, "INSERT INTO track VALUES (?, ?, ?, ?, ?)");
  std::vector<int> prices;
  int track_id = 0;
  for (std::size_t a = 0; a < artists.size(); ++a) {
    const int artist_id = static_cast<int>(a) + 1;
    const int formed = roll.between(1968, 2015);
    artist(artist_id, std::string_view(artists[a].first), std::string_view(artists[a].second),
           formed);
    const std::string genre = roll.pick(genres);
    const int count = roll.between(2, 4);
    int year = formed;
    for (int n = 0; n < count; ++n) {
      const int album_id = static_cast<int>(prices.size()) + 1;
      year = std::min(year + roll.between(1, 4), 2024);
      prices.push_back(roll.between(8, 30) * 100 + 90);
      // The album's number picks the words, so that no title comes twice.
      const auto words = static_cast<std::size_t>(album_id) * 37 % 256;
      const std::string title =
          std::string(title_firsts[words / 16]) + " " + std::string(title_seconds[words % 16]);
      const int in_stock = roll.between(0, 25);
      album(album_id, artist_id, title, year, genre, prices.back(), in_stock);
      const int tracks = roll.between(7, 11);
      for (int position = 1; position <= tracks; ++position) {
        const std::string first = roll.pick(title_firsts);
        const std::string second = roll.pick(title_seconds);
        track(++track_id, album_id, position, first + " " + second, roll.between(121, 437));
      }
    }
  }
  return prices;
}

int fill_customers(sqlite3* db, dice& roll) {
  inserter customer(db,
                    "INSERT INTO customer VALUES (?1, ?2, 'customer' || ?1 || '@example.org', ?3, "
                    "date('2021-01-04', '+' || ?4 || ' days'))");
  constexpr int count = 60;
  for (int id = 1; id <= count; ++id) {
    const auto n = static_cast<std::size_t>(id);
    const std::string name = std::string(first_names[n % first_names.size()]) + " " +
                             std::string(last_names[n * 5 % last_names.size()]);
    const std::string city = roll.pick(cities);
    customer(id, name, city, roll.between(0, 700));
  }
  return count;
}

void fill_purchases(sqlite3* db, dice& roll, const std::vector<int>& prices, int customers) {
  inserter purchase(
      db, "INSERT INTO purchase VALUES (?, ?, date('2023-01-02', '+' || ? || ' days'), ?, ?)");
  inserter gift(db, "UPDATE purchase SET note = 'gift wrap' WHERE purchase_id = ?");
  inserter line(db, "INSERT OR IGNORE INTO purchase_line VALUES (?, ?, ?, ?)");
  constexpr std::array payments =
      std::to_array<std::string_view>({"card", "card", "cash", "voucher"});
  int day = 0;
  for (int id = 1; id <= 240; ++id) {
    day += roll.between(1, 5);
    const int buyer = roll.between(1, customers);
    purchase(id, buyer, day, roll.pick(payments), nullptr);
    if (roll.below(6) == 0) gift(id);
    const int lines = roll.between(1, 4);
    for (int n = 0; n < lines; ++n) {
      // The smaller of two throws: some albums sell better.
      const std::size_t one = roll.below(prices.size());
      const std::size_t album = std::min(one, roll.below(prices.size()));
      const int discount = roll.below(5) == 0 ? 200 : 0;
      line(id, static_cast<int>(album) + 1, roll.below(8) == 0 ? 2 : 1, prices[album] - discount);
    }
  }
}

}  // namespace

void fill_sample(sqlite3* db) {
  run(db, "BEGIN");
  run(db, schema);
  dice roll;
  const std::vector<int> prices = fill_albums(db, roll);
  const int customers = fill_customers(db, roll);
  fill_purchases(db, roll, prices, customers);
  run(db, "COMMIT");
}

}  // namespace comcp::sql
