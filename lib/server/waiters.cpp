#include "server/waiters.hpp"

#include <atomic>
#include <utility>

#include "scope/post_surely.hpp"

namespace comcp::detail {

/// Everything but `woken` is the home shard's.
class waiters::slot {
 public:
  explicit slot(shard& h) : home(h) {}

  void ring() noexcept {
    rung = true;
    if (waiting) waiting->set();
  }

  shard& home;
  std::atomic<bool> woken{false};  // a ring is on its way
  bool rung = false;
  event* waiting = nullptr;
};

waiters::waiter::waiter(waiters& all, std::string_view name) : all_(all) {
  auto mine = std::make_shared<slot>(this_shard());
  const std::lock_guard held(all_.mutex_);
  at_ = all_.all_.emplace(std::string(name), std::move(mine));
}

waiters::waiter::~waiter() {
  const std::lock_guard held(all_.mutex_);
  all_.all_.erase(at_);
}

awaitable<void> waiters::waiter::wait() {
  class presence {
   public:
    presence(slot& s, event& e) : slot_(s) { slot_.waiting = &e; }
    ~presence() { slot_.waiting = nullptr; }
    presence(const presence&) = delete;
    presence& operator=(const presence&) = delete;

   private:
    slot& slot_;
  };
  slot& mine = *at_->second;
  if (!mine.rung) {
    event e;
    const presence here(mine, e);
    co_await e.wait();
  }
  mine.rung = false;
}

// Under the lock, so that the home shard can't end in between: it takes its waiters out first.
void waiters::wake(std::string_view name) noexcept {
  const std::lock_guard held(mutex_);
  const auto [first, last] = all_.equal_range(name);
  for (auto at = first; at != last; ++at) {
    if (at->second->woken.exchange(true)) continue;
    // It may come when neither waiter nor waiters are there any more.
    post_surely(at->second->home, [s = at->second] {
      s->woken = false;
      s->ring();
    });
  }
}

}  // namespace comcp::detail
