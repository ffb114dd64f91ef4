#ifndef COMCP_LIB_SESSION_REQUEST_CHARGES_HPP
#define COMCP_LIB_SESSION_REQUEST_CHARGES_HPP

#include <cstddef>
#include <memory>

#include "comcp/session/request_budget.hpp"

namespace comcp::detail {

/// The bytes of one large request, while it is in progress.
class request_charges {
 public:
  /// Null: it isn't large.
  static std::unique_ptr<request_charges> make(std::size_t bytes,
                                               const std::shared_ptr<request_budget>& sessions,
                                               const std::shared_ptr<request_budget>& servers) {
    if (bytes <= request_budget::counted_from) return nullptr;
    return std::make_unique<request_charges>(bytes, sessions, servers);
  }

  request_charges(std::size_t bytes,
                  const std::shared_ptr<request_budget>& sessions,
                  const std::shared_ptr<request_budget>& servers) noexcept
      : sessions_(sessions, bytes), servers_(servers, bytes) {}

 private:
  const request_budget::charge sessions_;
  const request_budget::charge servers_;
};

}  // namespace comcp::detail

#endif
