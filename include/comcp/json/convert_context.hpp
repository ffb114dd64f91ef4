#ifndef COMCP_JSON_CONVERT_CONTEXT_HPP
#define COMCP_JSON_CONVERT_CONTEXT_HPP

#include "comcp/json/value.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace comcp::json {

/** Says why a value could not be converted, and where in the value that is. */
class convert_error : public std::runtime_error {
 public:
  convert_error();
  convert_error(std::string path, std::string message);

  /// JSON pointer to the offending place; empty for the value as a whole.
  const std::string& path() const noexcept { return path_; }
  /// The reason alone; what() has both.
  const std::string& message() const noexcept { return message_; }

 private:
  std::string path_;
  std::string message_;
};

/// What to do with members of an object that the struct does not have.
enum class unknown_members {
  ignore,  ///< skip them, so that newer peers can say more
  reject,  ///< an error, so that a misspelt argument is noticed
};

/** How strictly decode reads. */
class decode_options {
 public:
  decode_options() = default;

  /// Default: ignore. A type that rejects unknown members itself does so under either setting.
  decode_options& unknown(unknown_members choice) noexcept {
    unknown_ = choice;
    return *this;
  }
  unknown_members unknown() const noexcept { return unknown_; }

  /// Bound on the alternatives of variants tried in one decode, because recursive variants could be
  /// made to backtrack without end. Default: 100,000.
  decode_options& max_alternatives(std::size_t count) noexcept {
    max_alternatives_ = count;
    return *this;
  }
  std::size_t max_alternatives() const noexcept { return max_alternatives_; }

 private:
  unknown_members unknown_ = unknown_members::ignore;
  std::size_t max_alternatives_ = 100'000;
};

namespace detail {

// Where a conversion stands: a list on the stack, from the innermost place outwards. It becomes a
// JSON pointer only when there is an error to report.
struct place {
  const place* outer;
  std::string_view key;
  std::size_t index;
  bool is_index;
};

std::string pointer_to(const place* innermost);
std::size_t depth_of(const place* innermost) noexcept;

class variant_attempt;

class place_holder {
 public:
  const place* here() const noexcept { return innermost_; }

 protected:
  friend class scoped_place;
  const place* innermost_ = nullptr;
};

}  // namespace detail

/** What a converter's decode function is given: the options, and where to report a failure. */
class decode_context : public detail::place_holder {
 public:
  explicit decode_context(const decode_options& options = {}) : options_(options) {}
  decode_context(const decode_context&) = delete;
  decode_context& operator=(const decode_context&) = delete;

  const decode_options& options() const noexcept { return options_; }

  /** Records why decoding failed at the current place; returns false, to be returned in turn. */
  bool fail(std::string message);
  /** The failure "expected <wanted>, got <kind of got>". */
  bool fail_kind(std::string_view wanted, const value& got);
  /** The failure "<text> is not one of: <names>", for enumerations. */
  bool fail_name(std::string_view text, std::span<const std::string_view> names);
  /** The failure "required member is missing", at that member's place. */
  bool fail_missing(std::string_view member);

  /** The object, or null after recording that one was expected; likewise for the others. */
  const object* expect_object(const value& in);
  const array* expect_array(const value& in);
  const string* expect_string(const value& in);

  /** Fails at the first member that is not named, if the options or the caller reject unknown
   * members. */
  bool check_members(const object& in,
                     std::span<const std::string_view> names,
                     unknown_members policy);

  bool failed() const noexcept { return error_.has_value(); }
  /// The recorded failure; only after one.
  convert_error error() const;

 private:
  friend class detail::variant_attempt;
  struct failure {
    std::string path;
    std::string message;
    std::size_t depth;
  };

  decode_options options_;
  std::optional<failure> error_;
  std::size_t alternatives_tried_ = 0;
};

/** What a converter's encode function is given. */
class encode_context : public detail::place_holder {
 public:
  encode_context() = default;
  encode_context(const encode_context&) = delete;
  encode_context& operator=(const encode_context&) = delete;

  /** Throws convert_error for the current place: the value has no JSON form. */
  [[noreturn]] void fail(std::string message) const;
};

namespace detail {

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdangling-pointer"  // the destructor takes the address back
#endif

/// While it lives, the context stands one level deeper.
class scoped_place {
 public:
  scoped_place(place_holder& context, std::string_view key) noexcept
      : context_(context), here_{context.innermost_, key, 0, false} {
    context_.innermost_ = &here_;
  }
  scoped_place(place_holder& context, std::size_t index) noexcept
      : context_(context), here_{context.innermost_, {}, index, true} {
    context_.innermost_ = &here_;
  }
  ~scoped_place() { context_.innermost_ = here_.outer; }
  scoped_place(const scoped_place&) = delete;
  scoped_place& operator=(const scoped_place&) = delete;

 private:
  place_holder& context_;
  place here_;
};

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

}  // namespace detail

/// While it lives, errors of the context are reported one level deeper: at a member or an element.
using at_member = detail::scoped_place;

}  // namespace comcp::json

#endif
