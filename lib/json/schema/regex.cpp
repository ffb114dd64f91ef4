#include "regex.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace comcp::json::schema {
namespace {

struct meter {
  std::uint64_t steps;  // left
  std::uint64_t each;   // price of one call
  std::size_t position = 0;
};

// Called before every item of the pattern. Runs of one repeated item (`a*`) are one item, so the
// distance in the text since the last call is charged too.
int charge(pcre2_callout_block* block, void* data) {
  auto& left = *static_cast<meter*>(data);
  const std::size_t position = block->current_position;
  const std::size_t distance =
      position > left.position ? position - left.position : left.position - position;
  left.position = position;
  const std::uint64_t cost = left.each + distance;
  if (cost > left.steps) {
    left.steps = 0;
    return PCRE2_ERROR_CALLOUT;
  }
  left.steps -= cost;
  return 0;
}

template <auto Free>
struct freer {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};

// Memory for backtracking, in KiB: PCRE2 keeps it on the heap.
constexpr std::uint32_t heap_limit = 32 * 1024;

}  // namespace

std::unique_ptr<const regex> regex::compile(std::string_view pattern, std::string& error) {
  std::string translated;
  if (!translate_regex(pattern, translated, error)) return nullptr;

  std::unique_ptr<pcre2_compile_context, freer<pcre2_compile_context_free>> context(
      pcre2_compile_context_create(nullptr));
  pcre2_set_parens_nest_limit(context.get(), 100);
  constexpr std::uint32_t flags = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF |
                                  PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT;
  int code = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* compiled = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()),
                                       translated.size(), flags, &code, &offset, context.get());
  if (!compiled) {
    PCRE2_UCHAR text[200];
    pcre2_get_error_message(code, text, sizeof text);
    error = reinterpret_cast<const char*>(text);
    return nullptr;
  }
  return std::unique_ptr<const regex>(new regex(compiled, pattern));
}

regex::~regex() {
  pcre2_code_free(static_cast<pcre2_code*>(code_));
}

match_result regex::search(std::string_view text, std::uint64_t& steps) const {
  // One pair of offsets is enough: only whether there is a match is asked.
  std::unique_ptr<pcre2_match_data, freer<pcre2_match_data_free>> data(
      pcre2_match_data_create(1, nullptr));
  std::unique_ptr<pcre2_match_context, freer<pcre2_match_context_free>> context(
      pcre2_match_context_create(nullptr));
  // Checking the text's UTF-8 and looking for a first character are linear and not called out.
  const std::uint64_t fixed = 1 + text.size() / 8;
  if (!data || !context || fixed > steps) {
    steps = 0;
    return match_result::out_of_steps;
  }
  // A back reference compares a piece of the text that may be long, without being called out.
  std::uint32_t back_references = 0;
  pcre2_pattern_info(static_cast<const pcre2_code*>(code_), PCRE2_INFO_BACKREFMAX,
                     &back_references);
  meter left{steps - fixed, 1 + (back_references ? text.size() / 16 : 0)};
  pcre2_set_callout(context.get(), charge, &left);
  pcre2_set_heap_limit(context.get(), heap_limit);
  const int found =
      pcre2_match(static_cast<const pcre2_code*>(code_), reinterpret_cast<PCRE2_SPTR>(text.data()),
                  text.size(), 0, 0, data.get(), context.get());
  steps = left.steps;
  if (found >= 0) return match_result::yes;
  if (found == PCRE2_ERROR_NOMATCH) return match_result::no;
  // Text that is not UTF-8 matches nothing. All other errors are limits.
  if (found <= PCRE2_ERROR_UTF8_ERR1 && found >= PCRE2_ERROR_UTF8_ERR21) return match_result::no;
  steps = 0;
  return match_result::out_of_steps;
}

}  // namespace comcp::json::schema
