#ifndef COMCP_LIB_SERVER_SUBSCRIBERS_HPP
#define COMCP_LIB_SERVER_SUBSCRIBERS_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "comcp/server/bus.hpp"

namespace comcp {
class shard;
}

namespace comcp::detail {

/// What one subscriber wants to hear of. No I/O.
class change_filter {
 public:
  bool tools = false;
  bool prompts = false;
  bool resources = false;
  std::set<std::string, std::less<>> uris;  ///< resources, with what lies below them
  std::set<std::string, std::less<>> topics;

  bool wants(const change_event& e) const;
  /// Everything that it wants may have changed, topics aside.
  std::vector<change_event> all() const;
};

/** The changes that wait for one subscriber: equal ones once, at most so many. No I/O. */
class change_queue {
 public:
  explicit change_queue(std::size_t limit) : limit_(limit) {}
  void push(const change_event& e);
  /// Everything, in the order in which it first came.
  std::vector<change_event> take();
  bool empty() const noexcept { return waiting_.empty(); }
  /// One is missing, for want of memory.
  void lost_one() noexcept { overflowed_ = true; }
  /// Something had to be left out.
  bool overflowed() const noexcept { return overflowed_; }
  /// Empty, with nothing missing.
  void clear() noexcept {
    waiting_.clear();
    known_.clear();
    overflowed_ = false;
  }

 private:
  std::size_t limit_;
  std::vector<change_event> waiting_;
  std::set<std::pair<int, std::string>> known_;
  bool overflowed_ = false;
};

/** One who hears of changes: a listen stream, a legacy session. Changes come from any thread;
    `on_ready` is called on the home shard, outside of any task, once per batch.

    @par Thread safety push, end and the filter from any thread; everything else on the home shard
*/
class subscriber : public std::enable_shared_from_this<subscriber> {
 public:
  subscriber(shard& home, change_filter wanted, std::size_t limit, std::function<void()> on_ready);

  void push(const change_event& e) noexcept;
  /// No more changes will come: the subscriber is to finish.
  void end() noexcept;

  std::vector<change_event> take();
  /// The same; when changes were lost, the filter's `all()`, behind which none is.
  std::vector<change_event> take_or_all();
  bool ended() const;
  bool overflowed() const;
  /// Changes the filter.
  template <class F>
  auto with_filter(F&& f) {
    const std::lock_guard held(mutex_);
    return f(filter_);
  }
  /// Nothing is called any more.
  void close() noexcept;

 private:
  friend class subscribers;
  void wake() noexcept;

  shard& home_;
  mutable std::mutex mutex_;
  change_filter filter_;
  change_queue queue_;
  bool ended_ = false;
  bool woken_ = false;              // a call of on_ready is on its way
  bool closed_ = false;             // nothing is posted any more
  std::function<void()> on_ready_;  // home shard only
  std::uint64_t told_ = 0;  // the last publication it heard of; under the lock of all subscribers
};

/** All subscribers of a server. Who listens to one resource or topic is found by its name: what the others listen to
    costs a publication nothing.

    @par Thread safety all of it
*/
class subscribers {
 public:
  /// Takes the subscriber out when destroyed, on its home shard.
  class membership {
   public:
    membership() noexcept = default;
    membership(subscribers& of, std::shared_ptr<subscriber> who) noexcept
        : of_(&of), who_(std::move(who)) {}
    membership(membership&& other) noexcept
        : of_(std::exchange(other.of_, nullptr)), who_(std::move(other.who_)) {}
    membership& operator=(membership&&) = delete;
    ~membership() {
      if (of_) of_->remove(*who_);
    }
    explicit operator bool() const noexcept { return of_ != nullptr; }
    subscriber* operator->() const noexcept { return who_.get(); }
    /// From now on it hears of that resource, too. False: it hears of `limit` already.
    bool want(std::string_view uri, std::size_t limit) { return of_->want(*who_, uri, limit); }
    void want_no_more(std::string_view uri) noexcept { of_->want_no_more(*who_, uri); }

   private:
    subscribers* of_ = nullptr;
    std::shared_ptr<subscriber> who_;
  };

  /// After end_all the new one is ended at once.
  membership add(std::shared_ptr<subscriber> who);
  void publish(const change_event& e) noexcept;
  void end_all() noexcept;
  std::size_t count() const;

 private:
  using index = std::map<std::string, std::vector<subscriber*>, std::less<>>;

  static void enter(index& in, std::string_view name, subscriber& who);
  static void leave(index& in, std::string_view name, subscriber& who) noexcept;
  void leave_all(subscriber& who) noexcept;
  bool want(subscriber& who, std::string_view uri, std::size_t limit);
  void want_no_more(subscriber& who, std::string_view uri) noexcept;
  void tell(const index& in, std::string_view name, const change_event& e) noexcept;
  void remove(subscriber& who) noexcept;

  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<subscriber>> all_;
  index by_uri_;
  index by_topic_;
  std::uint64_t publications_ = 0;
  bool ended_ = false;
};

}  // namespace comcp::detail

#endif
