#ifndef COMCP_JSON_VALIDATOR_HPP
#define COMCP_JSON_VALIDATOR_HPP

#include "comcp/json/value.hpp"

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace comcp::json {

/// The JSON Schema dialects that are understood.
enum class dialect { draft_07, draft_2020_12 };

/** One way in which a value breaks a schema. */
struct violation {
  std::string
      instance_path;  ///< JSON pointer to the offending part of the value; empty for all of it
  std::string
      keyword;  ///< keyword that failed; empty when the schema is `false` or a limit was met
  std::string schema_path;  ///< that keyword's place: "#/properties/city/minLength"
  std::string message;      ///< what was expected and what was found
};

/** "path: message" lines for a person or a model to read. */
std::string to_text(const std::vector<violation>& violations);

/** Why a schema can't be used. */
struct schema_error {
  std::string schema_path;  ///< where in the schema: "#/properties/city/pattern"
  std::string message;
};

/** Throws the std::invalid_argument that schema_result::value() ends in. */
[[noreturn]] void throw_exception_from_error(const schema_error& error,
                                             const boost::source_location&);

/** How schemas are read, and the limits within which they are compiled and applied. */
class schema_validator_options {
 public:
  schema_validator_options();
  ~schema_validator_options();
  schema_validator_options(const schema_validator_options&);
  schema_validator_options(schema_validator_options&&) noexcept;
  schema_validator_options& operator=(const schema_validator_options&);
  schema_validator_options& operator=(schema_validator_options&&) noexcept;

  /// Dialect of schemas that don't name one with $schema. Default: 2020-12, as MCP asks.
  schema_validator_options& default_dialect(dialect d);
  /// Whether `format` is checked or only an annotation. Default: an annotation, as 2020-12 asks.
  schema_validator_options& assert_formats(bool on);
  /// Makes a schema known under its URI, so that $ref finds it. Nothing is ever fetched.
  schema_validator_options& add_schema(std::string uri, value schema);

  /// Nesting of subschemas. Default: 128.
  schema_validator_options& max_schema_depth(std::size_t depth);
  /// Subschemas of the schema and all that it refers to. Default: 20,000.
  schema_validator_options& max_subschemas(std::size_t count);
  /// Length of one regular expression. Default: 4,096.
  schema_validator_options& max_pattern_bytes(std::size_t bytes);
  /// Work of one validation: subschemas applied, elements compared, regex steps. Default:
  /// 5,000,000.
  schema_validator_options& max_steps(std::uint64_t steps);
  /// Nesting of subschema applications in one validation. Default: 512.
  schema_validator_options& max_evaluation_depth(std::size_t depth);
  /// Nesting of the value. Default: 128.
  schema_validator_options& max_instance_depth(std::size_t depth);

 private:
  friend class schema_validator;
  friend struct schema_validator_access;
  struct data;
  std::unique_ptr<data> data_;
};

/** A JSON Schema compiled once, applied to any number of values.

    Supports 2020-12 and draft-07 completely; $schema chooses. References are resolved when the
   schema is compiled: within the schema, to the metaschemas, and to what the options registered. A
   reference to anything else is an error of the schema; the network is never used.

    @par Thread safety  a compiled schema is immutable: one object may be used from many threads
    @par Complexity     bounded by the options; a validation that meets a limit is not valid, and
   the violation says which limit */
class schema_validator {
 public:
  using result = boost::system::result<schema_validator, schema_error>;

  /// Reads a schema (an object, or true / false). The value is copied.
  static result compile(const value& schema, const schema_validator_options& options = {});

  schema_validator(schema_validator&&) noexcept;
  schema_validator& operator=(schema_validator&&) noexcept;
  schema_validator(const schema_validator&);
  schema_validator& operator=(const schema_validator&);
  ~schema_validator();

  /// The ways in which the value breaks the schema, at most max_violations; empty when it doesn't.
  std::vector<violation> validate(const value& instance, std::size_t max_violations = 16) const;
  /// Whether the value satisfies the schema; quicker than validate, because it stops at the first
  /// failure.
  bool is_valid(const value& instance) const;
  /// The dialect that the schema is written in.
  dialect schema_dialect() const noexcept;

 private:
  struct compiled;
  explicit schema_validator(std::shared_ptr<const compiled> schema);
  std::shared_ptr<const compiled> compiled_;
};

}  // namespace comcp::json

#endif
