#ifndef COMCP_LIB_SERVER_WAITERS_HPP
#define COMCP_LIB_SERVER_WAITERS_HPP

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "comcp/awaitable.hpp"
#include "comcp/scope/event.hpp"
#include "comcp/scope/shard.hpp"

namespace comcp::detail {

/** Those who wait for something to happen to a thing with a name (a task), on any shard.

    @par Thread safety wake from any thread; a waiter on its shard
*/
class waiters {
  class slot;
  using slots = std::multimap<std::string, std::shared_ptr<slot>, std::less<>>;

 public:
  /// One who waits. Misses nothing from its construction on.
  class waiter {
   public:
    waiter(waiters& all, std::string_view name);
    ~waiter();
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;

    /// Until woken, at once when that has happened since the last time.
    awaitable<void> wait();

   private:
    waiters& all_;
    slots::iterator at_;
  };

  void wake(std::string_view name) noexcept;

 private:
  std::mutex mutex_;
  slots all_;
};

}  // namespace comcp::detail

#endif
