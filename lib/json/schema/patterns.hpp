#ifndef COMCP_LIB_JSON_SCHEMA_PATTERNS_HPP
#define COMCP_LIB_JSON_SCHEMA_PATTERNS_HPP

// Regular expressions as keywords use them: compiled within the limits, matched on the budget.

#include "compiler.hpp"
#include "regex.hpp"

namespace comcp::json::schema {

std::unique_ptr<const regex> compile_pattern(const keyword_source& from, std::string_view pattern);

/// Whether the pattern occurs in the text; false, too, when the budget is spent.
bool matches(const regex& pattern, std::string_view text, evaluation& run);

}  // namespace comcp::json::schema

#endif
