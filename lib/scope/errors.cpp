#include "comcp/scope/errors.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/channel_error.hpp>
#include <boost/asio/multiple_exceptions.hpp>

#include "exception_peek.hpp"

namespace comcp {

namespace {

constexpr std::string_view prefix = "cancelled: ";

std::string text_of(const std::vector<std::exception_ptr>& errors) {
  std::string text =
      std::to_string(errors.size()) + (errors.size() == 1 ? " error: " : " errors: ");
  for (std::size_t i = 0; i != errors.size(); ++i) {
    if (i != 0) text += "; ";
    text += describe(errors[i]);
  }
  return text;
}

}  // namespace

cancelled::cancelled(std::string_view reason)
    : boost::system::system_error{boost::system::error_code{boost::asio::error::operation_aborted}},
      text_{std::make_shared<const std::string>(
          reason.empty() ? std::string{"cancelled"} : std::string{prefix}.append(reason))} {}

std::string_view cancelled::reason() const noexcept {
  std::string_view text{*text_};
  return text.size() > prefix.size() ? text.substr(prefix.size()) : std::string_view{};
}

bool is_cancelled(const std::exception_ptr& error) noexcept {
  if (const auto* e = detail::peek<boost::system::system_error>(error)) {
    // A cancelled operation of a channel has a code of its own.
    return e->code() == boost::asio::error::operation_aborted ||
           e->code() == boost::asio::experimental::error::channel_cancelled;
  }
  // What && and || throw when more than one operand failed; they cancel the others themselves, so
  // the first one tells why.
  const auto* several = detail::peek<boost::asio::multiple_exceptions>(error);
  return several != nullptr && is_cancelled(several->first_exception());
}

exception_group::exception_group(std::vector<std::exception_ptr> errors)
    : errors_{std::make_shared<const std::vector<std::exception_ptr>>(std::move(errors))},
      text_{std::make_shared<const std::string>(text_of(*errors_))} {}

exception_group exception_group::without_cancelled() const {
  std::vector<std::exception_ptr> left;
  for (const std::exception_ptr& e : *errors_) {
    if (is_cancelled(e)) continue;
    if (const auto* inner = detail::peek<exception_group>(e)) {
      exception_group cleaned = inner->without_cancelled();
      if (!cleaned.empty()) left.push_back(std::make_exception_ptr(std::move(cleaned)));
    } else {
      left.push_back(e);
    }
  }
  return exception_group{std::move(left)};
}

std::string describe(const std::exception_ptr& error) {
  if (!error) return "no error";
  // A group of one says nothing that its error doesn't say better.
  const auto* group = detail::peek<exception_group>(error);
  if (group != nullptr && group->exceptions().size() == 1) return describe(group->exceptions()[0]);
  if (const auto* e = detail::peek<std::exception>(error)) return e->what();
  return "unknown exception";
}

}  // namespace comcp
