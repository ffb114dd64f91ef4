#include "comcp/sql/pool.hpp"

namespace comcp::sql {

pool::pool(std::filesystem::path file, access mode, limits bounds, std::size_t max_idle)
    : file_(std::move(file)), mode_(mode), bounds_(bounds), max_idle_(max_idle) {
  idle_.reserve(max_idle);  // giving back can't fail then
}

pool::lease pool::borrow() {
  {
    const std::scoped_lock hold(mutex_);
    if (!idle_.empty()) {
      lease out(*this, std::move(idle_.back()));
      idle_.pop_back();
      return out;
    }
  }
  return lease(*this, connection(file_, mode_, bounds_));
}

std::size_t pool::idle() const {
  const std::scoped_lock hold(mutex_);
  return idle_.size();
}

void pool::give_back(connection&& c) noexcept {
  connection surplus = std::move(c);  // closed outside of the lock, if it is not kept
  const std::scoped_lock hold(mutex_);
  if (idle_.size() < max_idle_) idle_.push_back(std::move(surplus));
}

}  // namespace comcp::sql
