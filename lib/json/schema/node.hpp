#ifndef COMCP_LIB_JSON_SCHEMA_NODE_HPP
#define COMCP_LIB_JSON_SCHEMA_NODE_HPP

// A compiled schema: nodes (one per subschema) that hold keywords, and the resources they belong to.
// Everything here is immutable once compiled and lives as long as the compiled schema.

#include "comcp/json/validator.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace comcp::json::schema {

class evaluation;
class evaluated;
class node;

/// Which vocabularies a metaschema switches on (2020-12).
struct vocabularies {
  bool applicator = true;
  bool unevaluated = true;
  bool validation = true;
  bool format_assertion = false;
};

/** A schema with a URI of its own: a document's root, or a subschema with $id. */
struct resource {
  std::string uri;  // without fragment; empty for a root without $id
  const value* root = nullptr;
  json::dialect dialect = json::dialect::draft_2020_12;
  vocabularies vocabulary;
  std::map<std::string, const value*, std::less<>> anchors;  // dynamic ones included
  std::map<std::string, const value*, std::less<>> dynamic_anchors;
  std::map<std::string, const node*, std::less<>>
      dynamic_nodes;  // those that a $dynamicRef may mean
};

/** Where a subschema stands in its document. */
struct position {
  const resource* home = nullptr;
  const position* outer = nullptr;  // null for a root
  std::string_view keyword;         // below outer: "properties" ...
  std::string_view key;             // ... then "city", for keywords that hold named subschemas
  std::size_t index = 0;            // ... or 3, for keywords that hold a list
  enum class step { whole, named, listed } way = step::whole;
  std::string prefix;  // of a root: "#" or "https://example.com/x#"

  /// "#/properties/city".
  std::string text() const;
};

/// Kinds of values that a keyword looks at; the others pass.
enum kinds : unsigned {
  nulls = 1,
  booleans = 2,
  numbers = 4,
  strings = 8,
  arrays = 16,
  objects = 32,
  everything = 63,
};
unsigned kind_bit(const value& v) noexcept;

/** One compiled keyword. */
class keyword {
 public:
  keyword(std::string_view name, const position& place, unsigned applies_to)
      : name_(name), place_(place), applies_to_(applies_to) {}
  virtual ~keyword() = default;
  keyword(const keyword&) = delete;
  keyword& operator=(const keyword&) = delete;

  /// Whether the instance, of a kind it applies to, satisfies it. `seen` (may be null) is told which
  /// members and elements were looked at.
  virtual bool check(const value& instance, evaluation& run, evaluated* seen) const = 0;

  std::string_view name() const noexcept { return name_; }
  const position& place() const noexcept { return place_; }
  unsigned applies_to() const noexcept { return applies_to_; }

 private:
  std::string_view name_;
  const position& place_;
  unsigned applies_to_;
};

/** One compiled subschema. */
class node {
 public:
  enum class form { anything, nothing, keywords };

  explicit node(const position& place) : place_(place) {}

  form what = form::anything;
  bool tracks = false;    // has unevaluatedItems or unevaluatedProperties ...
  std::size_t first = 0;  // ... which stand behind this many other keywords
  std::vector<std::unique_ptr<keyword>> keywords;

  const position& place() const noexcept { return place_; }
  const resource& home() const noexcept { return *place_.home; }

 private:
  const position& place_;
};

}  // namespace comcp::json::schema

#endif
