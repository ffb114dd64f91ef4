#ifndef COMCP_LIB_SCOPE_REMOTE_BLOCK_HPP
#define COMCP_LIB_SCOPE_REMOTE_BLOCK_HPP

#include <memory>

#include "comcp/scope/detail/mailbox.hpp"

namespace comcp {
class cancel_scope;
}

namespace comcp::detail {

/// What a remote_canceller holds instead of the scope.
struct remote_block {
  explicit remote_block(std::shared_ptr<mailbox> m) noexcept : mail{std::move(m)} {}
  const std::shared_ptr<mailbox> mail;
  cancel_scope* scope = nullptr;  // the shard's thread only; null when the scope has ended
};

}  // namespace comcp::detail

#endif
