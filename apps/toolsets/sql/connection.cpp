#include "comcp/sql/connection.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

#include "authorizer.hpp"
#include "encoding.hpp"
#include "statement.hpp"

namespace comcp::sql {

namespace {

using steady = std::chrono::steady_clock;

constexpr int operations_between_checks = 1000;  // some ten microseconds
constexpr std::chrono::seconds longest_wait_for_lock{5};

std::string seconds_text(std::chrono::milliseconds t) {
  if (t.count() % 1000 == 0) return std::to_string(t.count() / 1000) + " s";
  return std::to_string(t.count()) + " ms";
}

int clamp_to_int(std::size_t n) {
  return static_cast<int>(std::min<std::size_t>(n, 0x7fffffff));
}

// Collects rows until a limit is reached.
class collector {
 public:
  collector(result_set& out, const limits& bounds) : out_(out), bounds_(bounds) {}

  void describe(const statement& from) {
    for (int i = 0; i < from.column_count(); ++i) {
      column c;
      c.name = from.column_name(i);
      if (const char* const type = from.declared_type(i)) c.declared_type = type;
      out_.columns.push_back(std::move(c));
    }
    seen_.resize(out_.columns.size());
  }

  // False: the row didn't fit.
  bool add(const statement& from) {
    if (out_.row_count >= bounds_.max_rows()) {
      return cut("only the first " + std::to_string(out_.row_count) +
                 " rows are given: add LIMIT and OFFSET, or aggregate");
    }
    std::size_t raw = 0;
    for (int i = 0; i < from.column_count(); ++i)
      raw += from.raw_bytes(i);
    if (bytes_ + raw > bounds_.max_result_bytes()) return too_large(bytes_ + raw);
    json::array row;
    row.reserve(out_.columns.size());
    for (int i = 0; i < from.column_count(); ++i) {
      seen_[static_cast<std::size_t>(i)] |= 1U << static_cast<unsigned>(from.type(i));
      row.push_back(from.value(i));
    }
    json::value value(std::move(row));
    const std::size_t size = json_bytes(value) + 1;
    if (bytes_ + size > bounds_.max_result_bytes()) return too_large(bytes_ + size);
    bytes_ += size;
    out_.rows.push_back(std::move(value));
    ++out_.row_count;
    return true;
  }

  void finish() {
    for (std::size_t i = 0; i < seen_.size(); ++i) {
      auto& types = out_.columns[i].types;
      if (seen_[i] & 1U << SQLITE_INTEGER) types.emplace_back("integer");
      if (seen_[i] & 1U << SQLITE_FLOAT) types.emplace_back("real");
      if (seen_[i] & 1U << SQLITE_TEXT) types.emplace_back("text");
      if (seen_[i] & 1U << SQLITE_BLOB) types.emplace_back("blob");
      if (seen_[i] & 1U << SQLITE_NULL) types.emplace_back("null");
    }
  }

 private:
  bool cut(std::string note) {
    out_.truncated = true;
    out_.note = std::move(note);
    return false;
  }
  bool too_large(std::size_t needed) {
    return cut("row " + std::to_string(out_.row_count + 1) + " would bring the result to " +
               std::to_string(needed) + " bytes, the limit is " +
               std::to_string(bounds_.max_result_bytes()) +
               ": select fewer columns or rows, or shorten values with substr()");
  }

  result_set& out_;
  const limits& bounds_;
  std::vector<unsigned> seen_;
  std::size_t bytes_ = 2;
};

}  // namespace

struct connection::impl {
  impl(const std::filesystem::path& file, access m, limits b) : mode(m), bounds(b), guard(m) {
    // An absolute path begins with a slash: SQLite takes it neither as a URI nor as ":memory:".
    const std::string path = std::filesystem::absolute(file).string();
    const int flags = (mode == access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
    try {
      if (code != SQLITE_OK) fail(code);
      configure();
    } catch (...) {
      sqlite3_close(db);
      throw;
    }
  }
  ~impl() { sqlite3_close(db); }
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  void configure() {
    sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, clamp_to_int(bounds.max_sql_bytes()));
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, clamp_to_int(bounds.max_value_bytes()));
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, 200);
    sqlite3_limit(db, SQLITE_LIMIT_COMPOUND_SELECT, 100);
    sqlite3_limit(db, SQLITE_LIMIT_TRIGGER_DEPTH, 50);
    sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 256);  // matching is exponential in it
    sqlite3_limit(db, SQLITE_LIMIT_VARIABLE_NUMBER, 10'000);
    int ignored = 0;
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, &ignored);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &ignored);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, &ignored);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0, &ignored);
    // "colum" in quotes is then an unknown column and not a string that is silently equal to nothing.
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, &ignored);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, &ignored);

    sqlite3_progress_handler(
        db, operations_between_checks,
        [](void* self) { return static_cast<impl*>(self)->must_stop() ? 1 : 0; }, this);
    sqlite3_busy_handler(
        db, [](void* self, int tries) { return static_cast<impl*>(self)->wait_for_lock(tries); },
        this);
    const running call(*this, {});
    // Reads the header as well: a file that is no database fails here and not at the first query.
    const int code = sqlite3_exec(db,
                                  mode == access::read_only
                                      ? "PRAGMA query_only = ON; SELECT count(*) FROM sqlite_schema"
                                      : "SELECT count(*) FROM sqlite_schema",
                                  nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(code);
    guard.install(db);
  }

  // What holds while one statement runs.
  class running {
   public:
    running(impl& self, const std::stop_token& stop)
        : self_(self), interrupt_(stop, interrupter{self.db}) {
      self.stop = stop;
      self.guard.forget();
      const auto now = steady::now();
      self.started = now;
      self.deadline = self.bounds.max_time().count() > 0 ? now + self.bounds.max_time()
                                                         : steady::time_point::max();
    }
    running(const running&) = delete;
    running& operator=(const running&) = delete;
    ~running() { self_.stop = {}; }

   private:
    // The token is also asked in must_stop(): this reaches what SQLite does between those calls.
    struct interrupter {
      sqlite3* db;
      void operator()() const noexcept { sqlite3_interrupt(db); }
    };
    impl& self_;
    std::stop_callback<interrupter> interrupt_;
  };

  bool must_stop() const noexcept { return stop.stop_requested() || steady::now() >= deadline; }

  int wait_for_lock(int tries) const {
    if (must_stop() || steady::now() >= started + longest_wait_for_lock) return 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min(1 << std::min(tries, 5), 25)));
    return 1;
  }

  statement prepare(std::string_view sql) {
    if (sql.find('\0') != std::string_view::npos) {
      throw error(error_kind::bad_statement, "the statement contains a NUL character");
    }
    if (sql.size() > bounds.max_sql_bytes()) {
      throw error(error_kind::limit, "the statement has " + std::to_string(sql.size()) +
                                         " bytes, the limit is " +
                                         std::to_string(bounds.max_sql_bytes()));
    }
    sql = skip_blank(sql);
    if (sql.empty()) throw error(error_kind::bad_statement, "there is no statement in the text");
    statement compiled;
    std::string_view rest;
    const int code = compiled.prepare(db, sql, rest);
    if (code != SQLITE_OK) fail(code);
    if (!skip_blank(rest).empty()) {
      throw error(error_kind::refused,
                  "refused: the text holds more than one statement; send them one at a time");
    }
    return compiled;
  }

  statement prepare_reading(std::string_view sql) {
    statement compiled = prepare(sql);
    if (!compiled.is_read_only()) {
      throw error(error_kind::refused, "refused: the statement would change the database");
    }
    return compiled;
  }

  [[noreturn]] void fail(int code) const {
    const std::string reason = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    // Whatever SQLite calls the error that our refusal led to.
    if (!guard.reason().empty()) throw error(error_kind::refused, "refused: " + guard.reason());
    switch (code & 0xff) {
      case SQLITE_AUTH:
      case SQLITE_READONLY:
        throw error(error_kind::refused, "refused: " + reason);
      case SQLITE_INTERRUPT:
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        if (stop.stop_requested()) {
          throw error(error_kind::cancelled, "the statement was cancelled");
        }
        if (steady::now() >= deadline) {
          throw error(error_kind::limit, "the statement was stopped after " +
                                             seconds_text(bounds.max_time()) +
                                             ", the limit on time: narrow it down");
        }
        throw error(error_kind::busy, "the database is locked by another program; try again later");
      case SQLITE_TOOBIG:
        throw error(error_kind::limit, reason + ": a value has at most " +
                                           std::to_string(bounds.max_value_bytes()) + " bytes");
      case SQLITE_CONSTRAINT:
        throw error(error_kind::constraint, reason);
      case SQLITE_ERROR: {
        if (reason.ends_with("may not be modified")) {
          throw error(error_kind::refused, "refused: " + reason);
        }
        const int offset = sqlite3_error_offset(db);
        throw error(error_kind::bad_statement,
                    offset < 0 ? reason : reason + ", at byte " + std::to_string(offset));
      }
      case SQLITE_MISMATCH:
      case SQLITE_RANGE:
        throw error(error_kind::bad_statement, reason);
      default:
        throw error(error_kind::database, reason);
    }
  }

  // The number that SQLite counts up with each change of the schema.
  std::int64_t schema_version() {
    statement s = prepare("PRAGMA schema_version");
    return s.step() == SQLITE_ROW ? s.value(0).as_int64() : 0;
  }

  // Steps to the end unless `row` returns false.
  template <class Row>
  void rows(statement& of, Row&& row) {
    for (;;) {
      const int code = of.step();
      if (code == SQLITE_DONE) return;
      if (code != SQLITE_ROW) fail(code);
      if (!row()) return;
    }
  }

  const access mode;
  const limits bounds;
  sqlite3* db = nullptr;
  authorizer guard;
  std::stop_token stop;
  steady::time_point started{};
  steady::time_point deadline = steady::time_point::max();
};

connection::connection(const std::filesystem::path& file, access mode, limits bounds)
    : impl_(std::make_unique<impl>(file, mode, bounds)) {}
connection::~connection() = default;
connection::connection(connection&&) noexcept = default;
connection& connection::operator=(connection&&) noexcept = default;

access connection::mode() const noexcept {
  return impl_->mode;
}
const limits& connection::bounds() const noexcept {
  return impl_->bounds;
}

result_set connection::query(std::string_view sql,
                             const json::value& parameters,
                             std::stop_token stop) {
  const impl::running call(*impl_, stop);
  statement s = impl_->prepare_reading(sql);
  s.bind(parameters);
  result_set out;
  collector into(out, impl_->bounds);
  into.describe(s);
  impl_->rows(s, [&] { return into.add(s); });
  into.finish();
  return out;
}

void connection::visit(std::string_view sql,
                       const json::value& parameters,
                       const std::function<bool(json::array&&)>& row,
                       std::stop_token stop) {
  const impl::running call(*impl_, stop);
  statement s = impl_->prepare_reading(sql);
  s.bind(parameters);
  impl_->rows(s, [&] {
    json::array values;
    for (int i = 0; i < s.column_count(); ++i)
      values.push_back(s.value(i));
    return row(std::move(values));
  });
}

change connection::execute(std::string_view sql,
                           const json::value& parameters,
                           std::stop_token stop) {
  const impl::running call(*impl_, stop);
  statement s = impl_->prepare(sql);
  s.bind(parameters);
  sqlite3_set_last_insert_rowid(impl_->db, 0);
  const auto before = sqlite3_total_changes64(impl_->db);
  const std::int64_t schema_before = impl_->schema_version();
  change out;
  result_set returned;
  collector into(returned, impl_->bounds);
  into.describe(s);
  bool fits = true;
  // Always to the end, whatever fits: a statement that is reset half way may leave a part undone.
  impl_->rows(s, [&] {
    fits = fits && into.add(s);
    return true;
  });
  if (!s.is_read_only() && sqlite3_total_changes64(impl_->db) != before) {
    out.changed_rows = static_cast<std::uint64_t>(sqlite3_changes64(impl_->db));
    const auto rowid = sqlite3_last_insert_rowid(impl_->db);
    if (rowid != 0) out.last_insert_rowid = integer_value(rowid);
  }
  out.schema_changed = !s.is_read_only() && impl_->schema_version() != schema_before;
  if (!returned.columns.empty()) {
    into.finish();
    out.returned = std::move(returned);
  }
  return out;
}

std::string connection::explain(std::string_view sql, std::stop_token stop) {
  const impl::running call(*impl_, stop);
  // Alone first: what follows EXPLAIN could otherwise be something else than the statement it seems.
  {
    const statement alone = impl_->prepare_reading(sql);
  }
  statement s = impl_->prepare("EXPLAIN QUERY PLAN " + std::string(skip_blank(sql)));
  std::vector<std::pair<std::int64_t, int>> depths;
  std::string out;
  impl_->rows(s, [&] {
    // Columns: id, parent, unused, detail.
    const auto id = s.value(0);
    const auto parent = s.value(1);
    int depth = 0;
    for (const auto& [known, d] : depths) {
      if (known == parent.as_int64()) depth = d + 1;
    }
    depths.emplace_back(id.as_int64(), depth);
    const auto detail = s.value(3);
    out.append(static_cast<std::size_t>(depth) * 2, ' ');
    out += std::string_view(detail.as_string());
    out += '\n';
    return out.size() <= impl_->bounds.max_result_bytes();
  });
  return out;
}

}  // namespace comcp::sql
