#ifndef COMCP_LIB_JSON_SCHEMA_REGEX_HPP
#define COMCP_LIB_JSON_SCHEMA_REGEX_HPP

// ECMA-262 regular expressions (Unicode mode) on PCRE2, with every step of a match paid for.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace comcp::json::schema {

/// Rewrites an ECMA-262 pattern for PCRE2. On failure `error` says why it is not one.
bool translate_regex(std::string_view pattern, std::string& out, std::string& error);

enum class match_result { no, yes, out_of_steps };

/** A compiled pattern; immutable, may be used from many threads. */
class regex {
 public:
  /// Null after storing the reason in `error`.
  static std::unique_ptr<const regex> compile(std::string_view pattern, std::string& error);
  ~regex();
  regex(const regex&) = delete;
  regex& operator=(const regex&) = delete;

  /// Whether the pattern occurs in the text; takes what the search costs from `steps`.
  match_result search(std::string_view text, std::uint64_t& steps) const;
  const std::string& source() const noexcept { return source_; }

 private:
  regex(void* code, std::string_view source) : code_(code), source_(source) {}
  void* code_;  // pcre2_code
  std::string source_;
};

}  // namespace comcp::json::schema

#endif
