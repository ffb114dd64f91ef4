#ifndef COMCP_SERVER_ERRORS_HPP
#define COMCP_SERVER_ERRORS_HPP

// What a handler throws to say what went wrong. Whatever else leaves a handler is an internal error:
// the client reads a generic text, the details go to the log. See also request_error and
// capability_missing_error in session/errors.hpp.

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "comcp/protocol/content.hpp"
#include "comcp/session/errors.hpp"

namespace comcp {

/** A tool could not do what it was asked: a result with `isError` that the model reads (S-TOOL-03).

    The text is shown as it is, so it says what to change and nothing that must stay secret. Thrown by
    a handler that isn't a tool's it becomes -32603 with this text.
*/
class tool_error : public std::runtime_error {
 public:
  explicit tool_error(const std::string& text) : std::runtime_error(text) {
    content_.emplace_back(text);
  }
  /// More than a text: an image of the failure, a link.
  tool_error(const std::string& text, std::vector<protocol::content_block> content)
      : std::runtime_error(text), content_(std::move(content)) {}

  const std::vector<protocol::content_block>& content() const noexcept { return content_; }

 private:
  std::vector<protocol::content_block> content_;
};

/** What was asked for doesn't exist; from a resource's handler, answered with the code of the revision
    and the URI that was asked for (S-RES-01, S-RES-02). */
class not_found_error : public std::runtime_error {
 public:
  not_found_error() : std::runtime_error("Resource not found") {}
  explicit not_found_error(const std::string& text) : std::runtime_error(text) {}
};

/// The request can't be served as it was made: -32602 with this text.
class invalid_params_error : public request_error {
 public:
  explicit invalid_params_error(const std::string& text);
};

/// A tool, resource, prompt or completion can't be registered: what() says which and why.
class registration_error : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace comcp

#endif
