#include "comcp/sql/schema.hpp"

#include <algorithm>
#include <utility>

namespace comcp::sql {

namespace {

std::string text(const json::value& v) {
  const auto* const s = v.if_string();
  return s ? std::string(*s) : std::string();
}

bool flag(const json::value& v) {
  return v.is_int64() && v.get_int64() != 0;
}

// SQLite's own tables and the ones in which virtual tables keep their data are left out.
constexpr std::string_view visible_tables =
    "SELECT name, type FROM pragma_table_list "
    "WHERE schema = 'main' AND type IN ('table', 'view', 'virtual') "
    "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ";

std::string no_such_table(connection& from, std::string_view name, const std::stop_token& stop) {
  std::string message = "there is no table or view '" + std::string(name) + "'";
  const auto names = table_names_like(from, "", 20, stop);
  for (std::size_t i = 0; i < names.size(); ++i)
    message += (i == 0 ? "; there are " : ", ") + names[i];
  if (names.empty()) message += ": the database has none";
  if (names.size() == 20) message += ", ...";
  return message;
}

std::vector<table_index> indexes_of(connection& from,
                                    std::string_view table,
                                    const std::stop_token& stop) {
  std::vector<table_index> out;
  from.visit(
      "SELECT l.name, l.\"unique\", l.partial, i.name FROM pragma_index_list(?1) AS l "
      "JOIN pragma_index_info(l.name) AS i ORDER BY l.name, i.seqno",
      json::array{json::string(table)},
      [&](json::array&& row) {
        const std::string name = text(row[0]);
        if (out.empty() || out.back().name != name) {
          out.push_back({name, flag(row[1]), flag(row[2]), {}});
        }
        out.back().columns.push_back(row[3].is_null() ? "<expression>" : text(row[3]));
        return true;
      },
      stop);
  return out;
}

std::vector<foreign_key> foreign_keys_of(connection& from,
                                         std::string_view table,
                                         const std::stop_token& stop) {
  std::vector<foreign_key> out;
  from.visit(
      "SELECT id, \"table\", \"from\", \"to\", on_update, on_delete FROM "
      "pragma_foreign_key_list(?1) "
      "ORDER BY id, seq",
      json::array{json::string(table)},
      [&, last = json::value()](json::array&& row) mutable {
        if (row[0] != last) {
          last = row[0];
          out.push_back({{}, text(row[1]), {}, text(row[4]), text(row[5])});
        }
        out.back().columns.push_back(text(row[2]));
        if (!row[3].is_null()) out.back().referenced_columns.push_back(text(row[3]));
        return true;
      },
      stop);
  return out;
}

}  // namespace

table_list list_tables(connection& from, std::stop_token stop) {
  table_list out;
  from.visit(
      "SELECT t.name, t.type, c.name FROM (" + std::string(visible_tables) +
          ") AS t LEFT JOIN pragma_table_xinfo(t.name) AS c ON c.hidden <> 1 ORDER BY t.name, "
          "c.cid",
      nullptr,
      [&](json::array&& row) {
        const std::string name = text(row[0]);
        if (out.tables.empty() || out.tables.back().name != name) {
          out.tables.push_back({name, text(row[1]), {}});
        }
        if (!row[2].is_null()) out.tables.back().columns.push_back(text(row[2]));
        return true;
      },
      stop);
  return out;
}

table_description describe_table(connection& from, std::string_view name, std::stop_token stop) {
  table_description out;
  from.visit(
      "SELECT t.name, t.type, coalesce(s.sql, '') FROM (" + std::string(visible_tables) +
          ") AS t LEFT JOIN sqlite_schema AS s ON s.name = t.name AND s.type IN ('table', 'view') "
          "WHERE t.name = ?1 COLLATE NOCASE",
      json::array{json::string(name)},
      [&](json::array&& row) {
        out.name = text(row[0]);
        out.kind = text(row[1]);
        out.sql = text(row[2]);
        return false;
      },
      stop);
  if (out.name.empty()) throw error(error_kind::not_found, no_such_table(from, name, stop));

  from.visit(
      "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1) "
      "WHERE hidden <> 1 ORDER BY cid",
      json::array{json::string(out.name)},
      [&](json::array&& row) {
        table_column c;
        c.name = text(row[0]);
        c.declared_type = text(row[1]);
        c.not_null = flag(row[2]);
        if (!row[3].is_null()) c.default_value = text(row[3]);
        if (flag(row[4])) c.primary_key_position = static_cast<int>(row[4].get_int64());
        c.generated = flag(row[5]);
        out.columns.push_back(std::move(c));
        return true;
      },
      stop);
  out.indexes = indexes_of(from, out.name, stop);
  out.foreign_keys = foreign_keys_of(from, out.name, stop);
  return out;
}

std::string schema_sql(connection& from, std::stop_token stop) {
  std::string out;
  from.visit(
      "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE "
      "'\\' "
      "AND tbl_name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow') "
      "ORDER BY CASE type WHEN 'table' THEN 1 WHEN 'view' THEN 2 ELSE 3 END, tbl_name, name",
      nullptr,
      [&](json::array&& row) {
        out += text(row[0]) + ";\n\n";
        return true;
      },
      stop);
  if (!out.empty()) out.pop_back();
  return out;
}

std::vector<std::string> table_names_like(connection& from,
                                          std::string_view prefix,
                                          std::size_t max,
                                          std::stop_token stop) {
  std::vector<std::string> out;
  from.visit(
      std::string(visible_tables) +
          "AND substr(lower(name), 1, length(?1)) = lower(?1) ORDER BY name",
      json::array{json::string(prefix)},
      [&](json::array&& row) {
        if (out.size() < max) out.push_back(text(row[0]));
        return out.size() < max;
      },
      stop);
  return out;
}

}  // namespace comcp::sql
