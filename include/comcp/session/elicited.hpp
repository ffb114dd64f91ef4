#ifndef COMCP_SESSION_ELICITED_HPP
#define COMCP_SESSION_ELICITED_HPP

#include <cassert>
#include <optional>
#include <utility>

#include "comcp/protocol/elicitation.hpp"

namespace comcp {

/** How the user answered a form, with the values of the form when it was accepted.

    @code
    const auto answer = co_await ctx.elicit<trip>("Where to?");
    if (!answer) co_return "Another time, then.";
    book(answer->city);
    @endcode
*/
template <class T>
class elicited {
 public:
  using outcome = protocol::elicit_result::outcome;

  explicit elicited(outcome without_content) noexcept : action_(without_content) {}
  explicit elicited(T content) : content_(std::move(content)), action_(outcome::accept) {}

  /// The user filled the form and sent it: there is a content.
  bool accepted() const noexcept { return action_ == outcome::accept; }
  /// The user said no.
  bool declined() const noexcept { return action_ == outcome::decline; }
  /// The user closed the form without a choice.
  bool cancelled() const noexcept { return action_ == outcome::cancel; }
  outcome action() const noexcept { return action_; }
  explicit operator bool() const noexcept { return accepted(); }

  /// @par Preconditions accepted: asserted
  const T& operator*() const& noexcept {
    assert(content_);
    return *content_;
  }
  T&& operator*() && noexcept {
    assert(content_);
    return std::move(*content_);
  }
  const T* operator->() const noexcept {
    assert(content_);
    return &*content_;
  }

 private:
  std::optional<T> content_;
  outcome action_;
};

}  // namespace comcp

#endif
