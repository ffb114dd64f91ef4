#ifndef COMCP_SERVER_URI_TEMPLATE_HPP
#define COMCP_SERVER_URI_TEMPLATE_HPP

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace comcp {

/** A URI template (RFC 6570), used both ways: values to a URI, and a URI back to values.

    Understands `{a}`, `{+a}` (reserved characters, slashes too), `{#a}`, `{.a}`, `{/a}`, `{?a,b}`,
    `{&a}`, several variables in one expression, and `*` behind `{/a*}` (several segments in one
    value). Not `{a:3}`, `{;a}`, nor lists and maps as values. A `%` of the template begins an escape such
    as `%20`.

    Matching: `{a}` takes at least one character and never a `/`, `?` or `#`; `{+a}` takes anything;
    parameters of `{?a,b}` come in any order, may be missing, and unknown ones are skipped. Values are
    percent-decoded, so they may hold any character: a path made of them must be checked
    (safe_path.hpp).

    @par Complexity matching takes up to 131,072 steps, about a millisecond; what would take more doesn't match.
                    URIs of up to 500 characters, matched with two variables, never do
*/
class uri_template {
 public:
  using values = std::map<std::string, std::string>;

  /// @par Errors std::invalid_argument that says what is wrong and where
  explicit uri_template(std::string_view text);

  const std::string& text() const noexcept { return text_; }
  /// In the order of their first appearance.
  const std::vector<std::string>& variables() const noexcept { return variables_; }

  /// Values that are missing leave their expression out.
  std::string expand(const values& v) const;
  /// The values that make this URI, or nothing.
  std::optional<values> match(std::string_view uri) const;

 private:
  struct part {
    std::string literal;  // of a literal part
    char op = 0;          // 0: literal; ' ': simple expansion; else the operator
    std::vector<std::string> names;
    bool explode = false;
  };
  class matcher;

  std::string text_;
  std::vector<part> parts_;
  std::vector<std::string> variables_;
};

}  // namespace comcp

#endif
