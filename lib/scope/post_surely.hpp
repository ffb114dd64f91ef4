#ifndef COMCP_LIB_SCOPE_POST_SURELY_HPP
#define COMCP_LIB_SCOPE_POST_SURELY_HPP

#include <exception>
#include <new>
#include <thread>

namespace comcp::detail {

/** Posts to a shard or its mailbox what somebody over there waits for: also when memory is short for a moment.
    When it stays so, the process ends: it would stand still. */
template <class Target, class F>
void post_surely(Target& to, const F& what) noexcept {
  for (int tries_left = 1000;; --tries_left) {
    try {
      to.post(what);
      return;
    } catch (const std::bad_alloc&) {
      if (tries_left == 0) std::terminate();
      std::this_thread::yield();
    }
  }
}

}  // namespace comcp::detail

#endif
