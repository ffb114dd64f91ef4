#ifndef COMCP_LIB_JSON_SCHEMA_OPTIONS_HPP
#define COMCP_LIB_JSON_SCHEMA_OPTIONS_HPP

#include "comcp/json/validator.hpp"
#include "evaluation.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace comcp::json::schema {

/// Contents of schema_validator_options.
struct compile_options {
  json::dialect default_dialect = json::dialect::draft_2020_12;
  bool assert_formats = false;
  std::map<std::string, std::shared_ptr<const value>, std::less<>> registered;
  std::size_t max_schema_depth = 128;
  std::size_t max_subschemas = 20'000;
  std::size_t max_pattern_bytes = 4096;
  evaluation_limits limits{5'000'000, 512, 128};
};

/// Thrown inside the compiler, caught at its door.
struct compile_failure {
  schema_error error;
};

/// The text of a metaschema that every validator knows; empty if the URI isn't one.
std::string_view metaschema_text(std::string_view uri) noexcept;

}  // namespace comcp::json::schema

#endif
