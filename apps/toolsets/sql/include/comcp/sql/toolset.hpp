#ifndef COMCP_SQL_TOOLSET_HPP
#define COMCP_SQL_TOOLSET_HPP

#include <filesystem>
#include <string>
#include <utility>

#include "comcp/log.hpp"
#include "comcp/sql/limits.hpp"

namespace comcp {
class server;
}

namespace comcp::sql {

/** Which database, and what may be done to it. */
class toolset_options {
 public:
  explicit toolset_options(std::filesystem::path file) : file_(std::move(file)) {}

  /// Adds the tool `execute`. Default: reading only.
  toolset_options& allow_writes(bool on = true) noexcept { return writes_ = on, *this; }
  toolset_options& bounds(limits l) noexcept { return limits_ = l, *this; }
  /// What the database holds, in a sentence for the model.
  toolset_options& about(std::string text) { return about_ = std::move(text), *this; }
  /// Opens the file when the tools are added (default), so that a wrong one is found then. Without it the first
  /// call opens it, and until then the process does without a MiB of SQLite: for files known to be right.
  toolset_options& open_at_once(bool on) noexcept { return at_once_ = on, *this; }
  toolset_options& log(logger to) { return log_ = std::move(to), *this; }

  const std::filesystem::path& file() const noexcept { return file_; }
  bool allow_writes() const noexcept { return writes_; }
  const limits& bounds() const noexcept { return limits_; }
  const std::string& about() const noexcept { return about_; }
  bool open_at_once() const noexcept { return at_once_; }
  const logger& log() const noexcept { return log_; }

 private:
  std::filesystem::path file_;
  bool writes_ = false;
  bool at_once_ = true;
  limits limits_;
  std::string about_;
  logger log_;
};

/** Adds the SQL tools to a server: `list_tables`, `describe_table`, `query`, `explain`, with writes
    `execute`; and the schema as resources, `sqlite:///schema` and `sqlite:///schema/{table}`.

    Statements run on the blocking pool, each call on a connection of its own, so nothing else waits.
    A call that is cancelled interrupts its statement. What the database refuses is a tool error that
    says why.

    @par Errors   error when the file can't be opened, so that mistakes show at the start; see open_at_once
    @par Lifetime the server keeps what it needs; the file must stay where it is
    @see DESIGN.md, test/toolsets/sql/toolset.cpp
*/
void add_toolset(server& to, const toolset_options& options);

/// What a model should know of these tools, for the server's instructions.
std::string instructions(const toolset_options& options);

}  // namespace comcp::sql

#endif
