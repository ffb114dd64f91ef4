#ifndef COMCP_LIB_JSON_SCHEMA_INDEX_HPP
#define COMCP_LIB_JSON_SCHEMA_INDEX_HPP

// Finds the subschemas of documents: which resource each belongs to, its place, and what URIs and
// anchors lead to it. Only keywords that hold schemas are followed, so that an "$id" in an enum is data.

#include "node.hpp"
#include "options.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace comcp::json::schema {

struct program;

/// What a reference leads to.
struct target {
  const value* schema = nullptr;
  const resource* home = nullptr;
  std::string anchor;  // the fragment, if it was a plain name
};

class document_index {
 public:
  document_index(program& out, const compile_options& options) : out_(out), options_(options) {}

  /// Indexes a document. The uri is empty for the schema being compiled.
  const value& load(std::shared_ptr<const value> document,
                    const std::string& uri,
                    json::dialect assumed);

  /// The place of a subschema that the index or find() has met.
  const position& place_of(const value& schema) const;

  /// Follows a reference that stands in a keyword of the schema at `from`.
  /// @throws compile_failure when it leads nowhere
  target find(std::string_view reference, const position& from, std::string_view keyword);

  /// Subschemas met since the last call, in the order of the documents.
  std::vector<const value*> take_new();

 private:
  void walk(const value& schema, position& place, resource& home, std::size_t depth);
  void walk_members(const object& schema, const position& place, resource& home, std::size_t depth);
  void walk_below(const value& schema, position place, resource& home, std::size_t depth);
  resource& enter(const value& schema, resource& outer, const position& place);
  void add_anchors(const value& schema, resource& home, const position& place);
  void read_dialect(resource& target, const object& schema, const position& place);
  void read_vocabularies(resource& target, const object& metaschema, const position& place);
  std::shared_ptr<const value> find_document(std::string_view uri) const;
  resource* find_resource(const std::string& uri, json::dialect assumed);
  const value* find_pointer(const resource& home, std::string_view pointer);

  program& out_;
  const compile_options& options_;
  std::map<std::string, resource*, std::less<>> by_uri_;
  std::unordered_map<const value*, const position*> places_;
  std::vector<const value*> new_;
};

}  // namespace comcp::json::schema

#endif
