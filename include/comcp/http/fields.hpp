#ifndef COMCP_HTTP_FIELDS_HPP
#define COMCP_HTTP_FIELDS_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace comcp::http {

/// Compares header names and other case-insensitive tokens (ASCII only).
bool iequals(std::string_view a, std::string_view b) noexcept;
/// Removes optional white space (space and tab) from both ends, as around a header value.
std::string_view trim_ows(std::string_view text) noexcept;
/// A header name as RFC 9110 has it: one or more `tchar`.
bool is_token(std::string_view text) noexcept;
/// A header value without control characters other than tab. CR, LF and NUL would let a value forge
/// headers.
bool is_field_value(std::string_view text) noexcept;

/** Header fields in the order in which they were added; names are compared without regard to case.

    Holds all text in one buffer that `clear()` keeps, so that a connection reuses its memory. The
    views it returns are valid until the next change.

    @see test/http/fields.cpp
*/
class fields {
 public:
  /// One header line.
  class field {
   public:
    field(std::string_view n, std::string_view v) noexcept : name(n), value(v) {}
    std::string_view name;
    std::string_view value;
  };

  fields() noexcept;

  /** Appends a field; optional white space around the value is removed.

      @par Errors std::invalid_argument for a name that is no token or a value with control
                  characters: nothing can be smuggled into a response
  */
  fields& add(std::string_view name, std::string_view value);
  /// Replaces all fields of that name by one.
  fields& set(std::string_view name, std::string_view value);
  /// Removes all fields of that name; returns how many there were.
  std::size_t erase(std::string_view name);
  void clear() noexcept;

  /// The value of the first field of that name.
  std::optional<std::string_view> find(std::string_view name) const noexcept;
  std::size_t count(std::string_view name) const noexcept;
  /// Both at once.
  class lookup {
   public:
    std::optional<std::string_view> value;  ///< of the first
    std::size_t count = 0;
  };
  lookup look_up(std::string_view name) const noexcept;
  bool contains(std::string_view name) const noexcept { return find(name).has_value(); }
  /// All values of that name, joined by ", ": what a list header such as `Accept` means.
  std::string joined(std::string_view name) const;
  /// A list header has this token among its elements, without regard to case (`Connection: close`).
  bool has_token(std::string_view name, std::string_view token) const noexcept;

  std::size_t size() const noexcept { return entries_.size(); }
  bool empty() const noexcept { return entries_.empty(); }
  field operator[](std::size_t index) const noexcept;

 private:
  friend class parsed_fields;
  /// Without the checks of `add`.
  void append(std::string_view name, std::string_view value);

  struct entry {
    std::uint32_t name_at, name_size, value_at, value_size;
  };
  std::string_view view(std::uint32_t at, std::uint32_t size) const noexcept {
    return std::string_view(text_).substr(at, size);
  }

  std::string text_;
  std::vector<entry> entries_;
};

}  // namespace comcp::http

#endif
