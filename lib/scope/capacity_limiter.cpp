#include "comcp/scope/capacity_limiter.hpp"

#include <algorithm>
#include <stdexcept>

#include "comcp/scope/detail/park.hpp"
#include "comcp/scope/stream_error.hpp"

namespace comcp {

namespace {

/// Odd, so that it can't be the address of an object.
bool is_task(capacity_limiter::borrower who) noexcept {
  return who % 2 != 0;
}

}  // namespace

struct limiter_wait final : detail::operation<limiter_wait, capacity_limiter::token> {
  limiter_wait(detail::task_ctx& task, capacity_limiter& l, capacity_limiter::borrower w) noexcept
      : operation<limiter_wait, capacity_limiter::token>{task, "a token of a limiter"},
        limiter{l},
        who{w} {}
  limiter_wait(limiter_wait&&) noexcept = default;
  ~limiter_wait() {
    if (granted) limiter.give_back(who);
  }
  void on_wait() override {
    if (limiter.has(who)) throw std::logic_error{"comcp: this borrower already has a token"};
    // Tasks wait once anyway, and many of them may.
    if (!is_task(who) && waits_already())
      throw std::logic_error{"comcp: this borrower already waits for a token"};
    if (limiter.waiters_.empty() && limiter.available() != 0) {
      limiter.borrowers_.push_back(who);
      granted = true;
      wake();
    } else {
      limiter.waiters_.push_back(*this);
    }
  }
  capacity_limiter::token take() noexcept {
    granted = false;
    return capacity_limiter::token{limiter, who};
  }

  bool waits_already() const noexcept {
    for (auto* w = limiter.waiters_.first(); w != nullptr; w = limiter.waiters_.next(*w))
      if (static_cast<const limiter_wait*>(w)->who == who) return true;
    return false;
  }

  capacity_limiter& limiter;
  capacity_limiter::borrower who;
  bool granted = false;
};

namespace {

capacity_limiter::borrower this_borrower() {
  return static_cast<capacity_limiter::borrower>(detail::this_task().id * 2 + 1);
}

capacity_limiter::borrower address(const void* who) noexcept {
  return reinterpret_cast<capacity_limiter::borrower>(who);
}

}  // namespace

bool capacity_limiter::has(borrower who) const noexcept {
  return std::find(borrowers_.begin(), borrowers_.end(), who) != borrowers_.end();
}

void capacity_limiter::give_back(borrower who) noexcept {
  borrowers_.erase(std::find(borrowers_.begin(), borrowers_.end(), who));
  lend();
}

void capacity_limiter::lend() noexcept {
  while (!waiters_.empty() && available() != 0) {
    auto& next = static_cast<limiter_wait&>(waiters_.front());
    borrowers_.push_back(next.who);
    next.granted = true;
    next.wake();
  }
}

awaitable<capacity_limiter::token> capacity_limiter::acquire() {
  return park(limiter_wait{detail::this_task(), *this, this_borrower()});
}

awaitable<capacity_limiter::token> capacity_limiter::acquire_on_behalf_of(const void* who) {
  return park(limiter_wait{detail::this_task(), *this, address(who)});
}

std::optional<capacity_limiter::token> capacity_limiter::try_acquire_for(borrower who) {
  if (has(who)) throw std::logic_error{"comcp: this borrower already has a token"};
  if (!waiters_.empty() || available() == 0) return std::nullopt;
  borrowers_.push_back(who);
  return token{*this, who};
}

std::optional<capacity_limiter::token> capacity_limiter::try_acquire() {
  return try_acquire_for(this_borrower());
}

std::optional<capacity_limiter::token> capacity_limiter::try_acquire_on_behalf_of(const void* who) {
  return try_acquire_for(address(who));
}

capacity_limiter::token capacity_limiter::acquire_nowait() {
  std::optional<token> t = try_acquire();
  if (!t) detail::throw_error(stream_error::would_block);
  return std::move(*t);
}

void capacity_limiter::release_on_behalf_of(const void* who) {
  if (!has(address(who))) throw std::logic_error{"comcp: this borrower has no token"};
  give_back(address(who));
}

void capacity_limiter::total(std::size_t n) noexcept {
  total_ = n;
  lend();
}

limiter_statistics capacity_limiter::statistics() const {
  limiter_statistics s;
  s.total = total_;
  s.borrowed = borrowed();
  s.waiting = waiting();
  s.borrowers = borrowers_;
  return s;
}

}  // namespace comcp
