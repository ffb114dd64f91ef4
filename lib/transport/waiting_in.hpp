#ifndef COMCP_LIB_TRANSPORT_WAITING_IN_HPP
#define COMCP_LIB_TRANSPORT_WAITING_IN_HPP

#include "comcp/scope/event.hpp"

namespace comcp::detail {

/// The one task that may wait for something, known to whoever will wake it for the time of its wait,
/// however that ends. Lives in the frame of the waiting coroutine.
class waiting_in {
 public:
  explicit waiting_in(event*& place) noexcept : place_(place) { place_ = &wake_up; }
  ~waiting_in() { place_ = nullptr; }
  waiting_in(const waiting_in&) = delete;
  waiting_in& operator=(const waiting_in&) = delete;

  event wake_up;

 private:
  event*& place_;
};

inline void wake(event* waiting) noexcept {
  if (waiting != nullptr) waiting->set();
}

}  // namespace comcp::detail

#endif
