#ifndef COMCP_LIB_SCOPE_SHARD_IS_GONE_HPP
#define COMCP_LIB_SCOPE_SHARD_IS_GONE_HPP

#include <exception>

#include "comcp/scope/errors.hpp"

namespace comcp::detail {

/// What those hear who wait on another thread for the work of a shard that dies.
inline std::exception_ptr shard_is_gone() noexcept {
  try {
    return std::make_exception_ptr(cancelled{"the shard is gone"});
  } catch (...) {  // no memory for the reason
    return std::current_exception();
  }
}

}  // namespace comcp::detail

#endif
