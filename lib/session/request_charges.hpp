#ifndef COMCP_LIB_SESSION_REQUEST_CHARGES_HPP
#define COMCP_LIB_SESSION_REQUEST_CHARGES_HPP

#include <cstddef>
#include <memory>

#include "comcp/session/request_budget.hpp"

namespace comcp::detail {

/// The bytes of one large text, while what came with it is in progress.
class request_charges {
 public:
  /// Null: it isn't large.
  static std::shared_ptr<const request_charges> make(
      std::size_t bytes,
      const std::shared_ptr<request_budget>& sessions,
      const std::shared_ptr<request_budget>& servers) {
    if (bytes <= request_budget::counted_from) return nullptr;
    return std::make_shared<const request_charges>(bytes, sessions, servers);
  }

  request_charges(std::size_t bytes,
                  const std::shared_ptr<request_budget>& sessions,
                  const std::shared_ptr<request_budget>& servers) noexcept
      : sessions_(sessions, bytes), servers_(servers, bytes) {}

 private:
  const request_budget::charge sessions_;
  const request_budget::charge servers_;
};

/// Held by the requests of a batch together, and by what a request leaves behind. Any thread may be the last.
using shared_charges = std::shared_ptr<const request_charges>;

}  // namespace comcp::detail

#endif
