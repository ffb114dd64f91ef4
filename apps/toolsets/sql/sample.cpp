#include "comcp/sql/sample.hpp"

#include <pwd.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>

#include "sample_data.hpp"

namespace comcp::sql {

namespace {

std::runtime_error trouble(const std::filesystem::path& file, const std::string& reason) {
  return std::runtime_error("can't make the sample database " + file.string() + ": " + reason);
}

std::string reason_of(int number) {
  return std::generic_category().message(number);
}

class temporary_file {
 public:
  explicit temporary_file(const std::filesystem::path& beside)
      : name_(beside.string() + ".new-XXXXXX") {
    const int descriptor = ::mkstemp(name_.data());
    if (descriptor < 0) throw trouble(beside, reason_of(errno));
    ::close(descriptor);
  }
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;
  ~temporary_file() { ::unlink(name_.c_str()); }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

void write_sample(const std::string& file) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> db(raw, &sqlite3_close);
  if (code != SQLITE_OK) throw std::runtime_error(sqlite3_errstr(code));
  fill_sample(db.get());
}

}  // namespace

std::filesystem::path default_sample_path() {
  // NOLINTBEGIN(concurrency-mt-unsafe): read once, at the start of the program.
  const char* const data = std::getenv("XDG_DATA_HOME");
  if (data && *data == '/') return std::filesystem::path(data) / "comcp" / "sample.db";
  const char* home = std::getenv("HOME");
  if (!home || *home == '\0') {
    const passwd* const user = ::getpwuid(::getuid());
    home = user ? user->pw_dir : nullptr;
  }
  // NOLINTEND(concurrency-mt-unsafe)
  if (!home || *home == '\0') {
    throw std::runtime_error(
        "there is no home directory for the sample database: name a file for it");
  }
  return std::filesystem::path(home) / ".local" / "share" / "comcp" / "sample.db";
}

sample_state ensure_sample(const std::filesystem::path& file) {
  std::error_code failed;
  if (std::filesystem::exists(file, failed)) return sample_state::existing;
  if (file.has_parent_path()) {
    std::filesystem::create_directories(file.parent_path(), failed);
    if (failed) throw trouble(file, failed.message());
  }
  const temporary_file fresh(file);
  try {
    write_sample(fresh.name());
  } catch (const std::runtime_error& e) {
    throw trouble(file, e.what());
  }
  // A link, unlike a rename, never takes the place of a file that another process has just made.
  if (::link(fresh.name().c_str(), file.c_str()) == 0) return sample_state::created;
  if (errno == EEXIST) return sample_state::existing;
  if (::rename(fresh.name().c_str(), file.c_str()) != 0) throw trouble(file, reason_of(errno));
  return sample_state::created;
}

}  // namespace comcp::sql
