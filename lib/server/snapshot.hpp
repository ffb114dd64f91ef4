#ifndef COMCP_LIB_SERVER_SNAPSHOT_HPP
#define COMCP_LIB_SERVER_SNAPSHOT_HPP

#include <atomic>
#include <memory>
#include <thread>
#include <utility>

namespace comcp::detail {

/** A shared_ptr that one thread replaces while others read it.

    libstdc++ 12's std::atomic<std::shared_ptr> unlocks its reads with relaxed order, which the thread
    sanitizer rightly reports; this is the same bit lock with the right order, held for one copy.
*/
template <class T>
class snapshot {
 public:
  explicit snapshot(std::shared_ptr<const T> first) : value_(std::move(first)) {}

  std::shared_ptr<const T> get() const {
    const guard held(busy_);
    return value_;
  }
  void set(std::shared_ptr<const T> next) {
    {
      const guard held(busy_);
      value_.swap(next);
    }
    // The old value dies here, outside of the lock.
  }

 private:
  class guard {
   public:
    explicit guard(std::atomic_flag& flag) noexcept : flag_(flag) {
      while (flag_.test_and_set(std::memory_order_acquire))
        std::this_thread::yield();
    }
    ~guard() { flag_.clear(std::memory_order_release); }
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;

   private:
    std::atomic_flag& flag_;
  };

  mutable std::atomic_flag busy_;
  std::shared_ptr<const T> value_;
};

}  // namespace comcp::detail

#endif
