#ifndef COMCP_LIB_PROTOCOL_RESULT_TEXT_HPP
#define COMCP_LIB_PROTOCOL_RESULT_TEXT_HPP

// The result of a tool call as JSON text, written without an object in between: what most requests
// of a busy server end with.

#include <string>
#include <string_view>
#include <vector>

#include "comcp/protocol/capabilities.hpp"
#include "comcp/protocol/tools.hpp"
#include "comcp/protocol/version.hpp"

namespace comcp::protocol {

/** A server's name as each revision's results carry it: JSON text, made once. */
class identity_texts {
 public:
  explicit identity_texts(const implementation& server);
  /// Empty: results of this revision don't carry it.
  std::string_view of(const rules& r) const noexcept {
    return by_revision_[static_cast<std::size_t>(r.id)];
  }

 private:
  std::vector<std::string> by_revision_;
};

/** Appends the object that `encode(value, from, r)` and `complete_result` would make, in the order
    content, structuredContent, isError, resultType, _meta. */
void append_complete_result(std::string& out,
                            const call_tool_result& value,
                            const tool& from,
                            const rules& r,
                            const identity_texts& server);

}  // namespace comcp::protocol

#endif
