#ifndef COMCP_SCOPE_ERRORS_HPP
#define COMCP_SCOPE_ERRORS_HPP

// What leaves a scope by exception.

#include <boost/system/system_error.hpp>
#include <cstddef>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace comcp {

/** Thrown by the library's own suspension points inside a cancelled scope.

    Asio's operations throw a plain `system_error` with the same code, so catch that one, or ask
    is_cancelled(). Always let it pass: swallowing it does not undo the cancellation, the next
    suspension throws again.
*/
class cancelled : public boost::system::system_error {
 public:
  explicit cancelled(std::string_view reason = {});
  /// The text given to cancel_scope::cancel(), or "deadline exceeded"; empty when none was given.
  std::string_view reason() const noexcept;
  const char* what() const noexcept override { return text_->c_str(); }

 private:
  std::shared_ptr<const std::string> text_;  // shared: copying an exception must not throw
};

/// True for our cancelled and for Asio's bare `operation_aborted`, or `channel_cancelled` of its
/// channels. Does not rethrow.
bool is_cancelled(const std::exception_ptr& error) noexcept;

/// Thrown to a task that waits for the result of another task that was cancelled. Not a
/// cancellation of the waiting task.
class task_cancelled : public std::runtime_error {
 public:
  task_cancelled() : std::runtime_error{"the awaited task was cancelled"} {}
};

/// Thrown by fail_after() when its deadline, and nothing else, ended the body.
class timeout_error : public std::runtime_error {
 public:
  explicit timeout_error(const std::string& what) : std::runtime_error{what} {}
};

/** The errors of a task group: host and children, even when there is only one.

    A group made by the library contains no cancellation that a scope explains. Groups of nested
    task groups stay nested.
*/
class exception_group : public std::exception {
 public:
  explicit exception_group(std::vector<std::exception_ptr> errors);

  std::span<const std::exception_ptr> exceptions() const noexcept { return *errors_; }
  bool empty() const noexcept { return errors_->empty(); }
  const char* what() const noexcept override { return text_->c_str(); }

  /// True when an exception of type E is in the group or in a group inside it.
  template <class E>
  bool contains() const {
    return find<E>() != nullptr;
  }

  /// The first exception of type E, here or in a group inside; null when there is none.
  template <class E>
  std::exception_ptr find() const {
    for (const std::exception_ptr& e : *errors_) {
      try {
        std::rethrow_exception(e);
      } catch (const E&) {
        return e;
      } catch (const exception_group& inner) {
        if (std::exception_ptr found = inner.find<E>()) return found;
      } catch (...) {
      }
    }
    return nullptr;
  }

  /// The same group without cancellations; groups that become empty disappear.
  exception_group without_cancelled() const;

 private:
  std::shared_ptr<const std::vector<std::exception_ptr>> errors_;
  std::shared_ptr<const std::string> text_;
};

/// "what()" of any exception, for logs; "unknown exception" for those that aren't std::exception. A
/// group of one error is described by that error.
std::string describe(const std::exception_ptr& error);

}  // namespace comcp

#endif
