#ifndef COMCP_LIB_JSON_SCHEMA_COMPILER_HPP
#define COMCP_LIB_JSON_SCHEMA_COMPILER_HPP

// Turns schema documents into nodes. Documents are indexed first (resources, anchors, where the
// subschemas are), then nodes are compiled from a work list, so that neither long chains of
// references nor cycles are a matter of recursion.

#include "evaluation.hpp"
#include "index.hpp"
#include "node.hpp"
#include "options.hpp"

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace comcp::json::schema {

/** A compiled schema with all that it refers to. */
struct program {
  std::deque<std::shared_ptr<const value>> documents;
  std::deque<resource> resources;
  std::deque<position> positions;
  std::deque<node> nodes;
  const node* root = nullptr;
  evaluation_limits limits;
};

class compiler;

/** What one keyword is compiled from. */
struct keyword_source {
  compiler& all;
  const node& owner;
  const object& siblings;  // the schema object that has the keyword
  std::string_view name;
  const value& v;  // the keyword's value

  const position& place() const noexcept { return owner.place(); }
  json::dialect dialect() const noexcept { return owner.home().dialect; }
  const compile_options& options() const noexcept;

  [[noreturn]] void fail(std::string message) const;
  /// The node of a subschema that is part of the keyword's value.
  const node& subschema(const value& schema) const;
  /// The node that a reference leads to; `anchor` gets its name if it is dynamic there.
  const node& referred(std::string_view reference, std::string* anchor = nullptr) const;

  // The value, or a failure that says what it must be.
  const value& number() const;
  std::size_t count() const;
  bool boolean() const;
  const string& text() const;
  const array& list() const;
  const object& members() const;
};

using keyword_factory = std::unique_ptr<keyword> (*)(const keyword_source&);

template <class Keyword>
std::unique_ptr<keyword> make_keyword(const keyword_source& from) {
  return std::make_unique<Keyword>(from);
}

/// Order in which the keywords of a schema are applied: unevaluated* must see what the others saw.
enum class phase { first, last };

/// A keyword, where it exists, and how it is compiled. A factory may return null: nothing to check.
struct keyword_definition {
  std::string_view name;
  keyword_factory make;
  bool vocabularies::* vocabulary = nullptr;  // null: always on
  bool draft_07 = true;
  bool draft_2020_12 = true;
  phase when = phase::first;
};

// One table per subject.
std::vector<keyword_definition> general_keywords();
std::vector<keyword_definition> number_keywords();
std::vector<keyword_definition> string_keywords();
std::vector<keyword_definition> array_keywords();
std::vector<keyword_definition> object_keywords();
std::vector<keyword_definition> logic_keywords();
std::vector<keyword_definition> reference_keywords();
std::vector<keyword_definition> unevaluated_keywords();

class compiler {
 public:
  compiler(const compile_options& options, program& out);

  /// @throws compile_failure
  void compile(const value& schema);

  const compile_options& options() const noexcept { return options_; }
  document_index& index() noexcept { return index_; }
  /// The node of a subschema; its keywords follow later if it is new.
  const node& node_of(const value& schema);

 private:
  void compile_node(node& target, const value& schema);

  const compile_options& options_;
  program& out_;
  document_index index_;
  std::unordered_map<const value*, node*> nodes_;
  std::vector<std::pair<node*, const value*>> work_;
};

}  // namespace comcp::json::schema

#endif
