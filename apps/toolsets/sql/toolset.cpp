#include "comcp/sql/toolset.hpp"

#include <boost/describe/class.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "comcp/scope/blocking.hpp"
#include "comcp/scope/errors.hpp"
#include "comcp/server/server.hpp"
#include "comcp/sql/pool.hpp"
#include "comcp/sql/schema.hpp"

namespace comcp::sql {

struct table_args {
  std::string table;
};
BOOST_DESCRIBE_STRUCT(table_args, (), (table))
static void annotate(json::notes<table_args>& about) {
  about(&table_args::table, "Name of a table or view, as list_tables gives it");
}

struct statement_args {
  std::string sql;
  std::optional<json::value> params;
};
BOOST_DESCRIBE_STRUCT(statement_args, (), (sql, params))
static void annotate(json::notes<statement_args>& about) {
  about(&statement_args::sql, "One SQL statement in SQLite's dialect")
      .examples({"SELECT name FROM artist WHERE country = ?"});
  about(&statement_args::params,
        "Values for the statement's parameters: an array for ?, an object for :name. Strings, "
        "numbers, booleans, null, or {\"blob\": \"<base64>\"}")
      .keyword("type", json::value{"array", "object", "null"});
}

struct explain_args {
  std::string sql;
};
BOOST_DESCRIBE_STRUCT(explain_args, (), (sql))
static void annotate(json::notes<explain_args>& about) {
  about(&explain_args::sql, "The reading statement whose plan is wanted");
}

namespace {

constexpr const char* schema_uri = "sqlite:///schema";
constexpr const char* table_uri = "sqlite:///schema/{table}";
constexpr std::size_t most_suggestions = 100;

// Owned by the handlers; a statement on a thread of the pool holds it as well.
class service : public std::enable_shared_from_this<service> {
 public:
  service(server& to, const toolset_options& options)
      : server_(to),
        log_(options.log()),
        readers_(options.file(), access::read_only, options.bounds()) {
    if (options.allow_writes())
      writers_.emplace(options.file(), access::read_write, options.bounds());
    if (!options.open_at_once()) return;
    if (writers_) writers_->borrow();
    readers_.borrow();
  }

  awaitable<call_tool_result> list() {
    auto work = [](connection& db, const std::stop_token& stop) {
      return as_result(list_tables(db, stop));
    };
    auto running = run(readers_, std::move(work));
    co_return co_await std::move(running);
  }

  awaitable<call_tool_result> describe(table_args args) {
    auto work = [args = std::move(args)](connection& db, const std::stop_token& stop) {
      return as_result(describe_table(db, args.table, stop));
    };
    auto running = run(readers_, std::move(work));
    co_return co_await std::move(running);
  }

  awaitable<call_tool_result> query(statement_args args) {
    auto work = [args = std::move(args)](connection& db, const std::stop_token& stop) {
      return as_result(db.query(args.sql, args.params.value_or(nullptr), stop));
    };
    auto running = run(readers_, std::move(work));
    co_return co_await std::move(running);
  }

  awaitable<call_tool_result> execute(statement_args args) {
    auto schema_changed = std::make_shared<bool>(false);
    auto work = [args = std::move(args), schema_changed](connection& db,
                                                         const std::stop_token& stop) {
      change done = db.execute(args.sql, args.params.value_or(nullptr), stop);
      *schema_changed = done.schema_changed;
      return as_result(done);
    };
    auto running = run(*writers_, std::move(work));
    auto result = co_await std::move(running);
    if (*schema_changed) server_.resource_updated(schema_uri);
    co_return result;
  }

  awaitable<std::string> explain(explain_args args) {
    auto work = [args = std::move(args)](connection& db, const std::stop_token& stop) {
      return db.explain(args.sql, stop);
    };
    auto running = run(readers_, std::move(work));
    co_return co_await std::move(running);
  }

  awaitable<std::string> read_schema() {
    auto work = [](connection& db, const std::stop_token& stop) { return schema_sql(db, stop); };
    auto running = run(readers_, std::move(work));
    co_return co_await std::move(running);
  }

  // Empty when there is no such table.
  awaitable<std::optional<table_description>> read_table(table_args args) {
    auto work = [args = std::move(args)](
                    connection& db,
                    const std::stop_token& stop) -> std::optional<table_description> {
      try {
        return describe_table(db, args.table, stop);
      } catch (const error& e) {
        if (e.kind() == error_kind::not_found) return std::nullopt;
        throw;
      }
    };
    auto running = run(readers_, std::move(work));
    co_return co_await std::move(running);
  }

  awaitable<std::vector<std::string>> complete_table(completion_request request) {
    auto work = [prefix = std::move(request.value)](connection& db, const std::stop_token& stop) {
      return table_names_like(db, prefix, most_suggestions + 1, stop);
    };
    auto running = run(readers_, std::move(work));
    co_return co_await std::move(running);
  }

 private:
  // On the pool's thread: a large result is turned into text there as well.
  template <class T>
  static call_tool_result as_result(const T& value) {
    return call_tool_result::structured(json::encode(value));
  }

  template <class Work>
  awaitable<std::invoke_result_t<Work&, connection&, const std::stop_token&>> run(pool& from,
                                                                                  Work work) {
    std::stop_source stop;
    auto job = [self = shared_from_this(), &from, work = std::move(work),
                token = stop.get_token()]() mutable {
      auto db = from.borrow();
      return work(*db, token);
    };
    auto interrupt = [stop]() mutable { stop.request_stop(); };
    blocking_options options;
    options.name("SQL statement");
    auto running = run_blocking(std::move(job), std::move(interrupt), options);
    try {
      co_return co_await std::move(running);
    } catch (const error& e) {
      fail(e);
    }
  }

  [[noreturn]] void fail(const error& e) const {
    switch (e.kind()) {
      case error_kind::cancelled:
        throw cancelled("the call was cancelled");
      case error_kind::database:
        log_.write(log_level::warning, "SQL: the database fails: " + quoted_for_log(e.what()));
        break;
      case error_kind::refused:
        if (log_.enabled(log_level::debug)) {
          log_.write(log_level::debug, "SQL: " + quoted_for_log(e.what()));
        }
        break;
      default:
        break;
    }
    throw tool_error(e.what());
  }

  server& server_;
  const logger log_;
  pool readers_;
  std::optional<pool> writers_;
};

std::string limits_text(const limits& l) {
  std::string text = "At most " + std::to_string(l.max_rows()) + " rows and " +
                     std::to_string(l.max_result_bytes() / 1024) + " KiB are returned";
  if (l.max_time().count() > 0) {
    text += "; a statement may take " + std::to_string((l.max_time().count() + 999) / 1000) + " s";
  }
  return text + ".";
}

tool_options reading(std::string title) {
  tool_options options;
  options.title(std::move(title)).read_only().destructive(false).idempotent().open_world(false);
  return options;
}

}  // namespace

void add_toolset(server& to, const toolset_options& options) {
  const auto self = std::make_shared<service>(to, options);
  const std::string bounds = limits_text(options.bounds());

  to.tool("list_tables", "Lists the tables and views of the database with their columns.",
          bind_member(self, &service::list),
          reading("List tables").output_schema(json::schema_of<table_list>()));
  to.tool("describe_table",
          "Describes one table or view: columns with types, keys, indexes, foreign keys and the "
          "statement that created it.",
          bind_member(self, &service::describe),
          reading("Describe a table").output_schema(json::schema_of<table_description>()));
  to.tool(
      "query",
      "Runs one reading SQL statement (SQLite) and returns its rows, with the names and types of "
      "the columns. Writing is refused. Use parameters for values. " +
          bounds,
      bind_member(self, &service::query),
      reading("Query").output_schema(json::schema_of<result_set>()));
  to.tool("explain", "Shows how SQLite would run a reading statement: which indexes it would use.",
          bind_member(self, &service::explain), reading("Explain a query"));
  if (options.allow_writes()) {
    tool_options writing;
    writing.title("Execute").read_only(false).destructive().idempotent(false).open_world(false);
    writing.output_schema(json::schema_of<change>());
    to.tool(
        "execute",
        "Runs one SQL statement (SQLite) that may change data or schema, in a transaction of its "
        "own, and says how many rows it changed. " +
            bounds,
        bind_member(self, &service::execute), std::move(writing));
  }

  to.resource(schema_uri, "schema", bind_member(self, &service::read_schema),
              resource_options()
                  .title("Database schema")
                  .description("The statements that created every table, view, index and trigger")
                  .mime_type("application/sql"));
  to.resource_template(table_uri, "table", bind_member(self, &service::read_table),
                       resource_options()
                           .title("Table")
                           .description("One table or view: columns, keys, indexes")
                           .mime_type("application/json"));
  to.completion(completion_target::resource_template(table_uri, "table"),
                bind_member(self, &service::complete_table));
}

std::string instructions(const toolset_options& options) {
  std::string text = "An SQLite database";
  if (!options.about().empty()) text += ": " + options.about();
  text +=
      ". Begin with list_tables and describe_table, then read with query, one statement per call. ";
  text += options.allow_writes() ? "Changes go through execute."
                                 : "The database can't be changed through this server.";
  return text;
}

}  // namespace comcp::sql
