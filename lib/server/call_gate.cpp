#include "server/call_gate.hpp"

#include <algorithm>
#include <string>

#include "comcp/scope/event.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/session/errors.hpp"
#include "scope/post_surely.hpp"

namespace comcp::detail {

class call_gate::waiter {
 public:
  explicit waiter(shard& s) noexcept : home(s) {}
  shard& home;
  event woken;           // on the home shard
  bool granted = false;  // under the gate's mutex
};

bool call_gate::take() noexcept {
  std::size_t now = running_.load();
  while (now < limit_)
    if (running_.compare_exchange_weak(now, now + 1)) return true;
  return false;
}

call_gate::place call_gate::try_enter() noexcept {
  return waiting_.load() == 0 && take() ? place(*this) : place();
}

awaitable<call_gate::place> call_gate::enter() {
  const auto me = std::make_shared<waiter>(this_shard());
  {
    const std::lock_guard held(mutex_);
    if (queue_.size() >= max_waiting_)
      throw request_error(jsonrpc::error_object(
          jsonrpc::error_code::internal_error,
          "The server is busy: " + std::to_string(max_waiting_) + " calls wait, try again later"));
    queue_.push_back(me);
    waiting_.fetch_add(1);
  }
  hand_on();
  std::exception_ptr failure;
  try {
    co_await me->woken.wait();
  } catch (...) {
    failure = std::current_exception();
  }
  if (!failure) co_return place(*this);
  bool granted = false;
  {
    const std::lock_guard held(mutex_);
    granted = me->granted;
    if (!granted) {
      std::erase(queue_, me);
      waiting_.fetch_sub(1);
    }
  }
  if (granted) leave();
  std::rethrow_exception(failure);
}

void call_gate::leave() noexcept {
  running_.fetch_sub(1);
  if (waiting_.load() > 0) hand_on();
}

// Gives free places to those who wait.
void call_gate::hand_on() noexcept {
  const std::lock_guard held(mutex_);
  while (!queue_.empty() && take()) {
    const std::shared_ptr<waiter> next = std::move(queue_.front());
    queue_.pop_front();
    waiting_.fetch_sub(1);
    next->granted = true;
    // Under the lock: who waits can't leave its shard before it has looked at `granted`.
    post_surely(next->home, [next] { next->woken.set(); });
  }
}

}  // namespace comcp::detail
