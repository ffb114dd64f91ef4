#include "comcp/sql/toolset.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "comcp/json/schema.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/server/run.hpp"
#include "comcp/server/server.hpp"
#include "comcp/sql/error.hpp"
#include "comcp/testing/coro_test.hpp"
#include "comcp/testing/raw_peer.hpp"
#include "comcp/transport/memory.hpp"
#include "database.hpp"
#include "support/schema_check.hpp"

using namespace comcp;

namespace {

constexpr const char* endless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
constexpr const char* script =
    "CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT); CREATE VIEW names AS SELECT name FROM "
    "person;"
    "INSERT INTO person(name) VALUES ('Ada'), ('Zoë')";

json::object obj(std::string_view text) {
  return json::parse(text).as_object();
}

// A client of a server with the tool set; each answer is checked against the official schema.
class client {
 public:
  client(std::unique_ptr<transport> end, protocol::revision revision)
      : peer(std::move(end), revision), rules_(protocol::rules_of(revision)) {}

  awaitable<void> ask(int id, std::string method, json::object params = {}) {
    methods_[id] = method;
    co_await peer.request(id, std::move(method), std::move(params));
  }
  /// Starts a call of a tool; `arguments` is JSON text.
  awaitable<void> start(int id, std::string_view tool, std::string_view arguments) {
    json::object params;
    params["name"] = tool;
    params["arguments"] = json::parse(arguments);
    co_await ask(id, "tools/call", std::move(params));
  }
  /// The next message, which answers the request with this id: its `result`, or its `error`.
  awaitable<json::value> answer(int id) {
    const std::string text = co_await peer.expect_text();
    const json::value message = json::parse(text);
    BOOST_TEST(message.at("id") == json::value(id), text);
    BOOST_TEST(test::check_message(text, rules_, methods_[id]) == "", text);
    const auto& members = message.as_object();
    co_return members.contains("result") ? members.at("result") : members.at("error");
  }
  awaitable<json::value> request(std::string method, std::string_view params = "{}") {
    const int id = ++last_id_;
    co_await ask(id, std::move(method), obj(params));
    co_return co_await answer(id);
  }
  awaitable<json::value> call(std::string_view tool, std::string_view arguments = "{}") {
    const int id = ++last_id_;
    co_await start(id, tool, arguments);
    co_return co_await answer(id);
  }
  /// The text of a tool error.
  awaitable<std::string> failure(std::string_view tool, std::string_view arguments) {
    const json::value result = co_await call(tool, arguments);
    BOOST_TEST(result.as_object().contains("isError"), result);
    co_return std::string(result.at("content").at(0).at("text").as_string());
  }

  testing::raw_peer peer;

 private:
  const protocol::rules& rules_;
  int last_id_ = 100;
  std::map<int, std::string> methods_;
};

using conversation = std::function<awaitable<void>(client&)>;

awaitable<void> talk(sql::toolset_options options,
                     const conversation& body,
                     protocol::revision revision = protocol::revision::v2025_11_25) {
  server offering("test", "1");
  sql::add_toolset(offering, options);
  auto ends = make_memory_transports();
  client speaker(std::move(ends.second), revision);
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&] {
      return serve(offering, *ends.first,
                   session_options().drain_limit(std::chrono::milliseconds(1)));
    });
    co_await speaker.peer.handshake();
    co_await body(speaker);
    speaker.peer.close();
  });
  BOOST_TEST(offering.running_calls() == 0U);
}

constexpr protocol::revision both_eras[] = {protocol::revision::v2025_11_25,
                                            protocol::revision::v2026_07_28};

const json::value& tool_named(const json::value& list, std::string_view name) {
  for (const auto& tool : list.at("tools").as_array()) {
    if (tool.at("name") == json::value(name)) return tool;
  }
  throw std::runtime_error("no tool " + std::string(name));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sql_toolset)

COMCP_TEST_CORO(without_writes_every_tool_says_that_it_only_reads) {
  const testing::database file(script);
  for (const auto revision : both_eras) {
    co_await talk(
        sql::toolset_options(file.file()),
        [](client& c) -> awaitable<void> {
          const json::value list = co_await c.request("tools/list");
          BOOST_TEST(list.at("tools").as_array().size() == 4U);
          for (const auto& tool : list.at("tools").as_array()) {
            const auto& hints = tool.at("annotations");
            BOOST_TEST(hints.at("readOnlyHint").as_bool(), tool.at("name"));
            BOOST_TEST(!hints.at("destructiveHint").as_bool(), tool.at("name"));
            BOOST_TEST(!hints.at("openWorldHint").as_bool(), tool.at("name"));
          }
          const auto& query = tool_named(list, "query");
          BOOST_TEST(query.at("inputSchema").at("required") ==
                     json::value(json::parse(R"(["sql"])")));
          BOOST_TEST(query.at("outputSchema").at("properties").as_object().contains("columns"));
        },
        revision);
  }
}

COMCP_TEST_CORO(with_writes_execute_is_added_and_says_that_it_may_destroy) {
  const testing::database file(script);
  auto options = sql::toolset_options(file.file()).allow_writes();
  co_await talk(options, [](client& c) -> awaitable<void> {
    const json::value list = co_await c.request("tools/list");
    BOOST_TEST(list.at("tools").as_array().size() == 5U);
    const auto& hints = tool_named(list, "execute").at("annotations");
    BOOST_TEST(!hints.at("readOnlyHint").as_bool());
    BOOST_TEST(hints.at("destructiveHint").as_bool());
    BOOST_TEST(tool_named(list, "query").at("annotations").at("readOnlyHint").as_bool());

    const json::value done = co_await c.call(
        "execute",
        R"j({"sql": "INSERT INTO person(name) VALUES (:n)", "params": {"n": "Yusuf"}})j");
    BOOST_TEST(done.at("structuredContent") ==
               json::parse(R"({"changed_rows": 1, "last_insert_rowid": 3})"));
    const std::string refused = co_await c.failure("query", R"({"sql": "DELETE FROM person"})");
    BOOST_TEST(refused ==
               "refused: it would delete from table 'person', and this connection is read-only");
  });
}

COMCP_TEST_CORO(query_returns_rows_as_structure_and_as_text) {
  const testing::database file(script);
  for (const auto revision : both_eras) {
    co_await talk(
        sql::toolset_options(file.file()),
        [](client& c) -> awaitable<void> {
          const json::value result = co_await c.call(
              "query", R"({"sql": "SELECT * FROM person WHERE id > ?", "params": [1]})");
          const json::value expected = json::parse(R"({
            "columns": [{"name": "id", "declared_type": "INTEGER", "types": ["integer"]},
                        {"name": "name", "declared_type": "TEXT", "types": ["text"]}],
            "rows": [[2, "Zoë"]], "row_count": 1, "truncated": false})");
          BOOST_TEST(result.at("structuredContent") == expected);
          BOOST_TEST(json::parse(result.at("content").at(0).at("text").as_string()) == expected);
        },
        revision);
  }
}

COMCP_TEST_CORO(parameters_may_be_null_and_nothing_else_than_a_list_or_an_object) {
  const testing::database file(script);
  co_await talk(sql::toolset_options(file.file()), [](client& c) -> awaitable<void> {
    const json::value none = co_await c.call("query", R"({"sql": "SELECT 1", "params": null})");
    BOOST_TEST(none.at("structuredContent").at("row_count") == json::value(1));
    const std::string wrong = co_await c.failure("query", R"({"sql": "SELECT ?", "params": 7})");
    BOOST_TEST(wrong.find("params") != std::string::npos, wrong);
    const std::string missing = co_await c.failure("query", R"({"params": []})");
    BOOST_TEST(missing.find("sql") != std::string::npos, missing);
    const std::string few = co_await c.failure("query", R"({"sql": "SELECT ?, ?", "params": [1]})");
    BOOST_TEST(few == "the statement has 2 parameters, but 1 is given");
  });
}

COMCP_TEST_CORO(what_the_database_refuses_is_a_tool_error_that_says_why) {
  const testing::database file(script);
  co_await talk(sql::toolset_options(file.file()), [](client& c) -> awaitable<void> {
    const struct {
      std::string_view sql;
      std::string_view text;
    } rows[] = {
        {"DELETE FROM person", "refused: it would delete from table 'person'"},
        {"SELECT 1; SELECT 2", "refused: the text holds more than one statement"},
        {"SELECT * FROM persn", "no such table: persn"},
        {"PRAGMA journal_mode = OFF", "refused: PRAGMA journal_mode"},
    };
    for (const auto& row : rows) {
      json::object arguments;
      arguments["sql"] = row.sql;
      const std::string text = co_await c.failure("query", json::serialize(arguments));
      BOOST_TEST(text.starts_with(row.text), text);
    }
  });
}

COMCP_TEST_CORO(tables_are_listed_described_and_explained) {
  const testing::database file(script);
  co_await talk(sql::toolset_options(file.file()), [](client& c) -> awaitable<void> {
    const json::value list = co_await c.call("list_tables");
    BOOST_TEST(list.at("structuredContent").at("tables").at(1).at("name") == json::value("person"));
    const json::value person = co_await c.call("describe_table", R"({"table": "person"})");
    BOOST_TEST(person.at("structuredContent").at("columns").as_array().size() == 2U);
    const std::string unknown = co_await c.failure("describe_table", R"({"table": "persn"})");
    BOOST_TEST(unknown == "there is no table or view 'persn'; there are names, person");
    const json::value plan =
        co_await c.call("explain", R"({"sql": "SELECT * FROM person WHERE id = 1"})");
    BOOST_TEST(plan.at("content").at(0).at("text") ==
               json::value("SEARCH person USING INTEGER PRIMARY KEY (rowid=?)\n"));
  });
}

COMCP_TEST_CORO(a_cancelled_call_interrupts_its_statement_and_the_next_one_runs) {
  const testing::database file(script);
  for (const auto revision : both_eras) {
    // Without a limit on time: only the interrupt ends the statement.
    auto options = sql::toolset_options(file.file()).bounds(sql::limits().max_time({}));
    co_await talk(
        options,
        [](client& c) -> awaitable<void> {
          json::object arguments;
          arguments["sql"] = endless;
          co_await c.start(1, "query", json::serialize(arguments));
          co_await testing::wait_all_tasks_blocked();
          co_await c.peer.cancel(1);
          const json::value next =
              co_await c.call("query", R"({"sql": "SELECT count(*) FROM person"})");
          BOOST_TEST(next.at("structuredContent").at("rows") ==
                     json::value(testing::rows_of("[[2]]")));
          co_await c.peer.expect_silence();
        },
        revision);
  }
}

COMCP_TEST_CORO(long_statements_do_not_hold_up_others) {
  const testing::database file(script);
  auto options = sql::toolset_options(file.file()).bounds(sql::limits().max_time({}));
  co_await talk(options, [](client& c) -> awaitable<void> {
    json::object arguments;
    arguments["sql"] = endless;
    for (int id = 1; id <= 6; ++id)
      co_await c.start(id, "query", json::serialize(arguments));
    const json::value tables = co_await c.call("list_tables");
    BOOST_TEST(tables.at("structuredContent").at("tables").as_array().size() == 2U);
    for (int id = 1; id <= 6; ++id)
      co_await c.peer.cancel(id);
  });
}

// In real time: virtual time stands still while a statement runs, and with it the drain limit.
COMCP_TEST_CORO_REAL(a_client_that_leaves_interrupts_its_statements) {
  const testing::database file(script);
  auto options = sql::toolset_options(file.file()).bounds(sql::limits().max_time({}));
  co_await talk(options, [](client& c) -> awaitable<void> {
    json::object arguments;
    arguments["sql"] = endless;
    co_await c.start(1, "query", json::serialize(arguments));
    // Answered after the statement has been handed to its thread.
    co_await c.call("list_tables");
  });
}

COMCP_TEST_CORO(a_statement_that_takes_too_long_is_a_tool_error) {
  const testing::database file(script);
  auto options = sql::toolset_options(file.file())
                     .bounds(sql::limits().max_time(std::chrono::milliseconds(20)));
  co_await talk(options, [](client& c) -> awaitable<void> {
    json::object arguments;
    arguments["sql"] = endless;
    const std::string text = co_await c.failure("query", json::serialize(arguments));
    BOOST_TEST(text.starts_with("the statement was stopped after 20 ms"), text);
  });
}

COMCP_TEST_CORO(the_schema_is_a_resource_and_each_table_one) {
  const testing::database file(script);
  for (const auto revision : both_eras) {
    co_await talk(
        sql::toolset_options(file.file()),
        [](client& c) -> awaitable<void> {
          const json::value list = co_await c.request("resources/list");
          BOOST_TEST(list.at("resources").at(0).at("uri") == json::value("sqlite:///schema"));
          const json::value templates = co_await c.request("resources/templates/list");
          BOOST_TEST(templates.at("resourceTemplates").at(0).at("uriTemplate") ==
                     json::value("sqlite:///schema/{table}"));
          const json::value schema =
              co_await c.request("resources/read", R"({"uri": "sqlite:///schema"})");
          const auto& text = schema.at("contents").at(0);
          BOOST_TEST(text.at("mimeType") == json::value("application/sql"));
          BOOST_TEST(
              std::string_view(text.at("text").as_string()).starts_with("CREATE TABLE person"));
          const json::value person =
              co_await c.request("resources/read", R"({"uri": "sqlite:///schema/person"})");
          const auto& described = person.at("contents").at(0);
          BOOST_TEST(described.at("mimeType") == json::value("application/json"));
          BOOST_TEST(json::parse(described.at("text").as_string()).at("name") ==
                     json::value("person"));
          const json::value none =
              co_await c.request("resources/read", R"({"uri": "sqlite:///schema/nobody"})");
          BOOST_TEST(none.at("data").at("uri") == json::value("sqlite:///schema/nobody"));
          const json::value names = co_await c.request("completion/complete", R"({
            "ref": {"type": "ref/resource", "uri": "sqlite:///schema/{table}"},
            "argument": {"name": "table", "value": "per"}})");
          BOOST_TEST(names.at("completion").at("values") ==
                     json::value(testing::rows_of(R"(["person"])")));
        },
        revision);
  }
}

COMCP_TEST_CORO(a_change_of_the_schema_is_told_to_subscribers) {
  const testing::database file(script);
  auto options = sql::toolset_options(file.file()).allow_writes();
  co_await talk(options, [](client& c) -> awaitable<void> {
    co_await c.request("resources/subscribe", R"({"uri": "sqlite:///schema"})");
    co_await c.call("execute", R"({"sql": "DELETE FROM person"})");
    co_await c.peer.expect_silence();
    co_await c.start(1, "execute", R"j({"sql": "CREATE TABLE more(x)"})j");
    std::vector<std::string> seen;
    for (int i = 0; i < 2; ++i) {
      const json::value message = co_await c.peer.expect();
      const auto* const method = message.as_object().if_contains("method");
      seen.emplace_back(method ? std::string(method->as_string()) : "answer");
    }
    std::sort(seen.begin(), seen.end());
    BOOST_TEST(seen == (std::vector<std::string>{"answer", "notifications/resources/updated"}));
  });
}

BOOST_AUTO_TEST_CASE(a_database_that_cannot_be_opened_is_found_at_the_start) {
  const testing::temporary_directory directory;
  server offering("test", "1");
  BOOST_CHECK_THROW(sql::add_toolset(offering, sql::toolset_options(directory.path() / "none.db")),
                    sql::error);
}

COMCP_TEST_CORO(without_opening_at_once_it_is_found_by_the_first_call) {
  const testing::temporary_directory directory;
  auto options = sql::toolset_options(directory.path() / "none.db").open_at_once(false);
  co_await talk(options, [](client& c) -> awaitable<void> {
    const std::string why = co_await c.failure("list_tables", "{}");
    BOOST_TEST(why.find("unable to open") != std::string::npos, why);
  });
}

BOOST_AUTO_TEST_CASE(the_instructions_say_whether_writing_is_possible) {
  const auto reading = sql::toolset_options("x.db").about("what I own");
  BOOST_TEST(sql::instructions(reading).find("what I own") != std::string::npos);
  BOOST_TEST(sql::instructions(reading).find("can't be changed") != std::string::npos);
  const auto writing = sql::toolset_options("x.db").allow_writes();
  BOOST_TEST(sql::instructions(writing).find("execute") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
