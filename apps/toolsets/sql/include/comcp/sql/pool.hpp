#ifndef COMCP_SQL_POOL_HPP
#define COMCP_SQL_POOL_HPP

#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "comcp/sql/connection.hpp"

namespace comcp::sql {

/** Connections to one file, lent one at a time.

    Nobody ever waits for one: when none is idle a new one is opened. Whoever runs statements bounds
    how many run at once; the pool only bounds how many stay open while idle.

    @par Thread safety any thread
*/
class pool {
 public:
  /// A borrowed connection; given back when destroyed. Must not outlive the pool.
  class lease {
   public:
    lease(lease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), connection_(std::move(other.connection_)) {}
    lease& operator=(lease&&) = delete;
    ~lease() {
      if (pool_) pool_->give_back(std::move(connection_));
    }
    connection& operator*() noexcept { return connection_; }
    connection* operator->() noexcept { return &connection_; }

   private:
    friend class pool;
    lease(pool& from, connection&& c) noexcept : pool_(&from), connection_(std::move(c)) {}
    pool* pool_;
    connection connection_;
  };

  pool(std::filesystem::path file, access mode, limits bounds = {}, std::size_t max_idle = 4);

  /// May open the file: errors as of connection's constructor.
  lease borrow();

  std::size_t idle() const;
  access mode() const noexcept { return mode_; }
  const limits& bounds() const noexcept { return bounds_; }
  const std::filesystem::path& file() const noexcept { return file_; }

 private:
  void give_back(connection&& c) noexcept;

  const std::filesystem::path file_;
  const access mode_;
  const limits bounds_;
  const std::size_t max_idle_;
  mutable std::mutex mutex_;
  std::vector<connection> idle_;
};

}  // namespace comcp::sql

#endif
