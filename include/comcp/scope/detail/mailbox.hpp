#ifndef COMCP_SCOPE_DETAIL_MAILBOX_HPP
#define COMCP_SCOPE_DETAIL_MAILBOX_HPP

#include "comcp/scope/detail/unique_function.hpp"

namespace comcp::detail {

/// The way into a shard for other threads. May outlive the shard.
class mailbox {
 public:
  /// Runs the function on the shard's thread, outside of any task. Returns false, and drops the
  /// function, when the shard is gone. @par Thread safety any thread
  virtual bool post(unique_function function) = 0;

 protected:
  ~mailbox() = default;
};

}  // namespace comcp::detail

#endif
