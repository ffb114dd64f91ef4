#ifndef COMCP_LIB_SCOPE_PREPARED_HPP
#define COMCP_LIB_SCOPE_PREPARED_HPP

#include <utility>

#include "comcp/awaitable.hpp"

namespace comcp::detail {

/** The body of a task whose coroutine exists already: what it takes with it is safe there, and whoever starts
    the task hears that there is no memory for it. A coroutine made by the task's first step would fail in the
    task, and with it the group. */
class prepared {
 public:
  explicit prepared(awaitable<void> body) noexcept : body_{std::move(body)} {}
  awaitable<void> operator()() noexcept { return std::move(body_); }

 private:
  awaitable<void> body_;
};

}  // namespace comcp::detail

#endif
