#ifndef COMCP_LIB_SERVER_SNAPSHOT_HPP
#define COMCP_LIB_SERVER_SNAPSHOT_HPP

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <utility>

namespace comcp::detail {

/** A shared_ptr that is replaced while others read it.

    Readers never wait, neither for a writer nor for each other: each leaves a mark while it copies the
    pointer, threads in different places, and a writer waits for the marks before it drops the old value.
    (libstdc++ 12's std::atomic<std::shared_ptr> has a lock in it.)

    @par Thread safety `get` any thread; `set` one thread at a time
*/
template <class T>
class snapshot {
 public:
  explicit snapshot(std::shared_ptr<const T> first)
      : value_(new std::shared_ptr<const T>(std::move(first))) {}
  ~snapshot() { delete value_.load(); }
  snapshot(const snapshot&) = delete;
  snapshot& operator=(const snapshot&) = delete;

  std::shared_ptr<const T> get() const noexcept {
    const mark reading(marks_[place_of_this_thread() % marks_.size()].count);
    return *value_.load();
  }
  void set(std::shared_ptr<const T> next) {
    auto fresh = std::make_unique<std::shared_ptr<const T>>(std::move(next));
    const std::unique_ptr<const std::shared_ptr<const T>> old(value_.exchange(fresh.release()));
    for (const auto& m : marks_)
      while (m.count.load() != 0)
        std::this_thread::yield();
  }

 private:
  /// While it lives, what `value_` points to stays. Sequential consistency: either the writer sees the
  /// mark, or the reader the new value.
  class mark {
   public:
    explicit mark(std::atomic<std::size_t>& count) noexcept : count_(count) { count_.fetch_add(1); }
    ~mark() { count_.fetch_sub(1); }
    mark(const mark&) = delete;
    mark& operator=(const mark&) = delete;

   private:
    std::atomic<std::size_t>& count_;
  };
  struct alignas(64) line {  // of the processors' caches
    std::atomic<std::size_t> count{0};
  };

  static std::size_t place_of_this_thread() noexcept {
    static std::atomic<std::size_t> threads{0};
    constinit thread_local std::size_t place = 0;
    if (place == 0) place = threads.fetch_add(1) + 1;
    return place;
  }

  mutable std::array<line, 32> marks_;
  std::atomic<const std::shared_ptr<const T>*> value_;
};

}  // namespace comcp::detail

#endif
