#include "statement.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <new>

#include "comcp/sql/error.hpp"
#include "encoding.hpp"

namespace comcp::sql {

namespace {

[[noreturn]] void bad_parameter(const std::string& message) {
  throw error(error_kind::bad_parameter, message);
}

// "a parameter", "2 parameters"
std::string counted(std::size_t n) {
  return n == 1 ? std::string("1 parameter") : std::to_string(n) + " parameters";
}

bool has_marker(std::string_view name) {
  return !name.empty() && (name[0] == ':' || name[0] == '@' || name[0] == '$');
}

}  // namespace

statement::~statement() {
  sqlite3_finalize(handle_);
}

int statement::prepare(sqlite3* database, std::string_view sql, std::string_view& rest) {
  const char* tail = nullptr;
  const int code =
      sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()), 0, &handle_, &tail);
  if (tail) rest = sql.substr(static_cast<std::size_t>(tail - sql.data()));
  return code;
}

bool statement::is_read_only() const noexcept {
  return sqlite3_stmt_readonly(handle_) != 0;
}

void statement::bind(const json::value& parameters) {
  const int count = sqlite3_bind_parameter_count(handle_);
  const auto wanted = static_cast<std::size_t>(count);
  std::vector<std::string> names(wanted);
  bool named = false;
  for (int i = 1; i <= count; ++i) {
    const char* const name = sqlite3_bind_parameter_name(handle_, i);
    names[static_cast<std::size_t>(i - 1)] = name ? name : "";
    named = named || has_marker(names[static_cast<std::size_t>(i - 1)]);
  }

  if (parameters.is_null()) {
    if (wanted > 0) bad_parameter("the statement has " + counted(wanted) + ", but none is given");
  } else if (const auto* const list = parameters.if_array()) {
    if (named) {
      bad_parameter("the statement names its parameters: give them as an object, such as {\"" +
                    names.back().substr(has_marker(names.back()) ? 1 : 0) + "\": ...}");
    }
    if (list->size() != wanted) {
      bad_parameter("the statement has " + counted(wanted) + ", but " +
                    std::to_string(list->size()) + (list->size() == 1 ? " is" : " are") + " given");
    }
    for (int i = 1; i <= count; ++i) {
      const auto at = static_cast<std::size_t>(i - 1);
      bind_one(i, (*list)[at], "parameter " + std::to_string(i));
    }
  } else if (const auto* const members = parameters.if_object()) {
    std::vector<bool> used(wanted);
    std::vector<std::string> unknown;
    for (const auto& member : *members) {
      const std::string_view key = member.key();
      bool found = false;
      for (std::size_t i = 0; i < wanted; ++i) {
        if (!has_marker(names[i])) continue;
        if (names[i] != key && std::string_view(names[i]).substr(1) != key) continue;
        bind_one(static_cast<int>(i + 1), member.value(), "parameter '" + names[i] + "'");
        used[i] = found = true;
      }
      if (!found) unknown.emplace_back(key);
    }
    if (!unknown.empty()) fail_names(unknown);
    for (std::size_t i = 0; i < wanted; ++i) {
      if (used[i]) continue;
      bad_parameter(has_marker(names[i])
                        ? "parameter '" + names[i] + "' is not given"
                        : std::string("the statement's parameters have no names: give an array"));
    }
  } else {
    bad_parameter("the parameters must be an array or an object");
  }
}

void statement::fail_names(const std::vector<std::string>& unknown) const {
  std::string known;
  for (int i = 1; i <= sqlite3_bind_parameter_count(handle_); ++i) {
    const char* const name = sqlite3_bind_parameter_name(handle_, i);
    known += (known.empty() ? "" : ", ") + std::string(name ? name : "?");
  }
  bad_parameter("the statement has no parameter '" + unknown.front() + "'; it has " +
                (known.empty() ? std::string("none") : known));
}

void statement::bind_one(int index, const json::value& v, const std::string& where) {
  int code = SQLITE_OK;
  switch (v.kind()) {
    case json::kind::null:
      code = sqlite3_bind_null(handle_, index);
      break;
    case json::kind::bool_:
      code = sqlite3_bind_int(handle_, index, v.get_bool() ? 1 : 0);
      break;
    case json::kind::int64:
      code = sqlite3_bind_int64(handle_, index, v.get_int64());
      break;
    case json::kind::uint64:
      if (v.get_uint64() > static_cast<std::uint64_t>(INT64_MAX)) {
        bad_parameter(where + " is larger than SQLite's integers: pass it as a string");
      }
      code = sqlite3_bind_int64(handle_, index, static_cast<std::int64_t>(v.get_uint64()));
      break;
    case json::kind::double_:
      code = sqlite3_bind_double(handle_, index, v.get_double());
      break;
    case json::kind::string:
      code = sqlite3_bind_text64(handle_, index, v.get_string().data(), v.get_string().size(),
                                 SQLITE_STATIC, SQLITE_UTF8);
      break;
    case json::kind::array:
      bad_parameter(where + " is an array: pass it as JSON text and unfold it with json_each()");
    case json::kind::object: {
      const auto* const blob = v.get_object().if_contains("blob");
      if (v.get_object().size() != 1 || !blob || !blob->is_string()) {
        bad_parameter(where +
                      " is an object; only {\"blob\": \"<base64>\"} is understood. Pass "
                      "other objects as JSON text");
      }
      const auto bytes = decode_base64(blob->get_string());
      if (!bytes) bad_parameter(where + ": the blob is not base64");
      code = sqlite3_bind_blob64(handle_, index, bytes->empty() ? "" : bytes->data(), bytes->size(),
                                 SQLITE_TRANSIENT);
      break;
    }
  }
  if (code == SQLITE_TOOBIG) throw error(error_kind::limit, where + " is too large");
  if (code != SQLITE_OK) bad_parameter(where + ": " + sqlite3_errstr(code));
}

int statement::step() noexcept {
  return sqlite3_step(handle_);
}

int statement::column_count() const noexcept {
  return sqlite3_column_count(handle_);
}

std::string statement::column_name(int i) const {
  const char* const name = sqlite3_column_name(handle_, i);
  return repair_utf8(name ? name : "");
}

const char* statement::declared_type(int i) const noexcept {
  return sqlite3_column_decltype(handle_, i);
}

int statement::type(int i) const noexcept {
  return sqlite3_column_type(handle_, i);
}

std::size_t statement::raw_bytes(int i) const noexcept {
  const int kind = type(i);
  if (kind != SQLITE_TEXT && kind != SQLITE_BLOB) return 0;
  if (kind == SQLITE_TEXT)
    sqlite3_column_text(handle_, i);  // converts UTF-16 before it is measured
  return static_cast<std::size_t>(sqlite3_column_bytes(handle_, i));
}

json::value statement::value(int i) const {
  switch (type(i)) {
    case SQLITE_INTEGER:
      return integer_value(sqlite3_column_int64(handle_, i));
    case SQLITE_FLOAT: {
      const double v = sqlite3_column_double(handle_, i);
      if (!std::isfinite(v)) return nullptr;
      return v;
    }
    case SQLITE_TEXT: {
      const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(handle_, i));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, i));
      if (!text) throw std::bad_alloc();
      return json::value(repair_utf8({text, size}));
    }
    case SQLITE_BLOB: {
      const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(handle_, i));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, i));
      if (!bytes && size > 0) throw std::bad_alloc();
      return json::object{{"blob", encode_base64({bytes, size})}};
    }
    default:
      return nullptr;
  }
}

std::string_view skip_blank(std::string_view sql) noexcept {
  while (!sql.empty()) {
    if (std::string_view(" \t\r\n\f;").find(sql[0]) != std::string_view::npos) {
      sql.remove_prefix(1);
    } else if (sql.starts_with("--")) {
      sql.remove_prefix(std::min(sql.find('\n'), sql.size()));
    } else if (sql.starts_with("/*")) {
      const std::size_t end = sql.find("*/", 2);
      sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 2);
    } else {
      break;
    }
  }
  return sql;
}

}  // namespace comcp::sql
