#ifndef COMCP_SCOPE_CAPACITY_LIMITER_HPP
#define COMCP_SCOPE_CAPACITY_LIMITER_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "comcp/awaitable.hpp"
#include "comcp/scope/detail/intrusive_list.hpp"

namespace comcp {

namespace detail {
class parked;
struct wait_tag;
}  // namespace detail

class limiter_statistics {
 public:
  limiter_statistics() noexcept {}
  std::size_t total = 0;
  std::size_t borrowed = 0;
  std::size_t waiting = 0;
  /// Who has a token, oldest first: an address given with on_behalf_of, or 2 * task id + 1.
  std::vector<std::uintptr_t> borrowers;
};

/** A number of tokens, each lent to one borrower: how many may do something at the same time.

    The borrower is the calling task, or an address given with on_behalf_of. First come, first
    served. May be made outside of a task; must outlive its tokens and waiters.

    @par Thread safety one shard
*/
class capacity_limiter {
 public:
  using borrower = std::uintptr_t;

  /// One borrowed token; given back when destroyed.
  class token {
   public:
    token() noexcept = default;
    token(token&& other) noexcept
        : limiter_{std::exchange(other.limiter_, nullptr)}, who_{other.who_} {}
    token& operator=(token&& other) noexcept {
      if (this != &other) {
        release();
        limiter_ = std::exchange(other.limiter_, nullptr);
        who_ = other.who_;
      }
      return *this;
    }
    ~token() { release(); }
    explicit operator bool() const noexcept { return limiter_ != nullptr; }
    void release() noexcept {
      if (limiter_) std::exchange(limiter_, nullptr)->give_back(who_);
    }
    /// Keeps the token borrowed until release_on_behalf_of().
    void detach() noexcept { limiter_ = nullptr; }

   private:
    friend class capacity_limiter;
    friend struct limiter_wait;
    token(capacity_limiter& l, borrower who) noexcept : limiter_{&l}, who_{who} {}
    capacity_limiter* limiter_ = nullptr;
    borrower who_ = 0;
  };

  /// Zero tokens are allowed: everybody waits.
  explicit capacity_limiter(std::size_t total) noexcept : total_{total} {}
  capacity_limiter(const capacity_limiter&) = delete;
  capacity_limiter& operator=(const capacity_limiter&) = delete;

  /// Waits for a token; suspends even when one is free. Throws std::logic_error when the borrower
  /// has one already.
  awaitable<token> acquire();
  awaitable<token> acquire_on_behalf_of(const void* who);
  /// Empty when no token is free.
  std::optional<token> try_acquire();
  std::optional<token> try_acquire_on_behalf_of(const void* who);
  /// Throws stream_error::would_block instead.
  token acquire_nowait();

  /// Gives back a token whose guard was detached. Throws std::logic_error when there is none.
  void release_on_behalf_of(const void* who);

  std::size_t total() const noexcept { return total_; }
  /// Raising wakes as many waiters; lowering revokes nothing.
  void total(std::size_t n) noexcept;
  std::size_t borrowed() const noexcept { return borrowers_.size(); }
  std::size_t available() const noexcept {
    return borrowers_.size() < total_ ? total_ - borrowers_.size() : 0;
  }
  std::size_t waiting() const noexcept { return waiters_.size(); }
  limiter_statistics statistics() const;

 private:
  friend struct limiter_wait;
  bool has(borrower who) const noexcept;
  std::optional<token> try_acquire_for(borrower who);
  void give_back(borrower who) noexcept;
  void lend() noexcept;

  std::size_t total_;
  std::vector<borrower> borrowers_;
  detail::intrusive_list<detail::parked, detail::wait_tag> waiters_;
};

}  // namespace comcp

#endif
