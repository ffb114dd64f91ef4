#include "index.hpp"

#include "compiler.hpp"
#include "uri.hpp"

#include <boost/json/parse.hpp>

#include <utility>

namespace comcp::json::schema {
namespace {

constexpr std::string_view uri_2020_12 = "https://json-schema.org/draft/2020-12/schema";
constexpr std::string_view uri_draft_07 = "http://json-schema.org/draft-07/schema";

/// How a keyword holds schemas.
enum class holds { one, list, map, one_or_list, map_of_schemas_or_lists };

struct holder {
  std::string_view name;
  holds how;
  bool draft_07 = true;
  bool draft_2020_12 = true;
};

constexpr holder holders[] = {
    {"properties", holds::map},
    {"patternProperties", holds::map},
    {"additionalProperties", holds::one},
    {"propertyNames", holds::one},
    {"items", holds::one_or_list, true, false},
    {"items", holds::one, false, true},
    {"prefixItems", holds::list, false, true},
    {"additionalItems", holds::one, true, false},
    {"contains", holds::one},
    {"allOf", holds::list},
    {"anyOf", holds::list},
    {"oneOf", holds::list},
    {"not", holds::one},
    {"if", holds::one},
    {"then", holds::one},
    {"else", holds::one},
    {"$defs", holds::map, false, true},
    {"definitions", holds::map},
    {"dependencies", holds::map_of_schemas_or_lists},
    {"dependentSchemas", holds::map, false, true},
    {"unevaluatedItems", holds::one, false, true},
    {"unevaluatedProperties", holds::one, false, true},
    {"contentSchema", holds::one, false, true},
};

const holder* find_holder(std::string_view name, json::dialect dialect) {
  for (const holder& each : holders) {
    if (each.name == name &&
        (dialect == json::dialect::draft_07 ? each.draft_07 : each.draft_2020_12)) {
      return &each;
    }
  }
  return nullptr;
}

[[noreturn]] void fail(const position& place, std::string_view keyword, std::string message) {
  std::string path = place.text();
  if (!keyword.empty()) append_pointer_token(path, keyword);
  throw compile_failure{{std::move(path), std::move(message)}};
}

const string* text_of(const object& schema, std::string_view keyword) {
  const value* found = schema.if_contains(keyword);
  return found ? found->if_string() : nullptr;
}

// "https://..." and "http://..." with and without "#" are all used for the metaschemas.
bool same_metaschema(std::string_view uri, std::string_view known) {
  if (uri.ends_with('#')) uri.remove_suffix(1);
  const auto path = [](std::string_view u) {
    const auto colon = u.find(':');
    if (colon == std::string_view::npos) return std::string_view();
    const std::string_view scheme = u.substr(0, colon);
    return scheme == "http" || scheme == "https" ? u.substr(colon) : std::string_view();
  };
  return path(uri) == path(known);
}

}  // namespace

const value& document_index::load(std::shared_ptr<const value> document,
                                  const std::string& uri,
                                  json::dialect assumed) {
  const value& schema = *out_.documents.emplace_back(std::move(document));
  resource& root = out_.resources.emplace_back();
  root.uri = uri;
  root.root = &schema;
  root.dialect = assumed;
  by_uri_.try_emplace(uri, &root);

  position& place = out_.positions.emplace_back();
  place.home = &root;
  place.prefix = uri + "#";
  walk(schema, place, root, 0);
  return schema;
}

const position& document_index::place_of(const value& schema) const {
  return *places_.at(&schema);
}

std::vector<const value*> document_index::take_new() {
  return std::exchange(new_, {});
}

void document_index::walk(const value& schema, position& place, resource& home, std::size_t depth) {
  if (places_.size() >= options_.max_subschemas) {
    fail(place, {},
         "the schema has more than " + std::to_string(options_.max_subschemas) + " subschemas");
  }
  if (depth > options_.max_schema_depth) {
    fail(place, {},
         "the schema is nested more than " + std::to_string(options_.max_schema_depth) +
             " levels deep");
  }
  if (!schema.is_bool() && !schema.is_object()) {
    fail(place, {},
         "a schema is an object or a boolean, not " + std::string(describe_kind(schema)));
  }
  places_[&schema] = &place;
  new_.push_back(&schema);
  if (!schema.is_object()) return;
  resource& inner = enter(schema, home, place);
  place.home = &inner;
  add_anchors(schema, inner, place);
  walk_members(schema.get_object(), place, inner, depth);
}

void document_index::walk_members(const object& schema,
                                  const position& place,
                                  resource& home,
                                  std::size_t depth) {
  // In draft-07 a $ref hides everything beside it; definitions are still where references lead.
  const bool hidden = home.dialect == json::dialect::draft_07 && schema.contains("$ref");
  for (const auto& member : schema) {
    const std::string_view name = member.key();
    const value& v = member.value();
    const holder* how = find_holder(name, home.dialect);
    if (!how || (hidden && name != "definitions")) continue;
    position below;
    below.home = &home;
    below.outer = &place;
    below.keyword = name;
    switch (how->how) {
      case holds::one:
        if (v.is_array() && name == "items") {
          fail(place, name, "must be a schema; in 2020-12 a list of schemas is called prefixItems");
        }
        walk_below(v, below, home, depth);
        break;
      case holds::one_or_list:
        if (!v.is_array()) {
          walk_below(v, below, home, depth);
          break;
        }
        [[fallthrough]];
      case holds::list: {
        const array* list = v.if_array();
        if (!list) fail(place, name, "must be an array of schemas");
        below.way = position::step::listed;
        for (const value& each : *list) {
          walk_below(each, below, home, depth);
          ++below.index;
        }
        break;
      }
      case holds::map:
      case holds::map_of_schemas_or_lists: {
        const object* map = v.if_object();
        if (!map) fail(place, name, "must be an object whose members are schemas");
        below.way = position::step::named;
        for (const auto& each : *map) {
          if (how->how == holds::map_of_schemas_or_lists && each.value().is_array()) continue;
          below.key = each.key();
          walk_below(each.value(), below, home, depth);
        }
        break;
      }
    }
  }
}

void document_index::walk_below(const value& schema,
                                position place,
                                resource& home,
                                std::size_t depth) {
  walk(schema, out_.positions.emplace_back(std::move(place)), home, depth + 1);
}

resource& document_index::enter(const value& schema, resource& outer, const position& place) {
  const object& members = schema.get_object();
  const bool is_root = outer.root == &schema;
  if (is_root) read_dialect(outer, members, place);
  const value* id = members.if_contains("$id");
  if (!id || (outer.dialect == json::dialect::draft_07 && members.contains("$ref"))) return outer;
  const string* text = id->if_string();
  if (!text) fail(place, "$id", "must be a string");

  const uri_parts parts = split_uri(*text);
  const bool has_fragment = parts.fragment && !parts.fragment->empty();
  if (has_fragment && outer.dialect == json::dialect::draft_2020_12) {
    fail(place, "$id", "must not have a fragment; $anchor names a schema within its document");
  }
  const std::string_view reference = without_fragment(*text);
  if (reference.empty()) return outer;
  const std::string uri = resolve_uri(outer.uri, reference);
  if (is_root) {
    outer.uri = uri;
    by_uri_.try_emplace(uri, &outer);
    return outer;
  }
  resource& inner = out_.resources.emplace_back();
  inner.uri = uri;
  inner.root = &schema;
  inner.dialect = outer.dialect;
  inner.vocabulary = outer.vocabulary;
  by_uri_.try_emplace(uri, &inner);
  read_dialect(inner, members, place);
  return inner;
}

void document_index::add_anchors(const value& schema, resource& home, const position& place) {
  const object& members = schema.get_object();
  if (home.dialect == json::dialect::draft_07) {
    // A fragment in $id is draft-07's anchor.
    if (members.contains("$ref")) return;
    if (const string* id = text_of(members, "$id")) {
      const uri_parts parts = split_uri(*id);
      if (parts.fragment && !parts.fragment->empty()) {
        home.anchors.try_emplace(std::string(*parts.fragment), &schema);
      }
    }
    return;
  }
  for (const std::string_view keyword : {"$anchor", "$dynamicAnchor"}) {
    const value* name = members.if_contains(keyword);
    if (!name) continue;
    const string* text = name->if_string();
    if (!text || text->empty()) fail(place, keyword, "must be a name");
    home.anchors.try_emplace(std::string(*text), &schema);
    if (keyword == "$dynamicAnchor") home.dynamic_anchors.try_emplace(std::string(*text), &schema);
  }
}

void document_index::read_dialect(resource& target, const object& schema, const position& place) {
  const value* named = schema.if_contains("$schema");
  if (!named) return;
  const string* text = named->if_string();
  if (!text) fail(place, "$schema", "must be a string");
  std::string uri(*text);
  // A metaschema of one's own is registered, and names the dialect that it is written in.
  for (int steps = 0; steps < 8; ++steps) {
    if (same_metaschema(uri, uri_2020_12)) {
      target.dialect = json::dialect::draft_2020_12;
      if (steps == 0) target.vocabulary = {};
      return;
    }
    if (same_metaschema(uri, uri_draft_07)) {
      target.dialect = json::dialect::draft_07;
      target.vocabulary = {};
      return;
    }
    const std::shared_ptr<const value> metaschema = find_document(uri);
    const object* members = metaschema ? metaschema->if_object() : nullptr;
    const string* next = members ? text_of(*members, "$schema") : nullptr;
    if (!next) break;
    if (steps == 0) read_vocabularies(target, *members, place);
    uri = *next;
  }
  fail(place, "$schema",
       "unsupported dialect \"" + std::string(*text) + "\"; supported are 2020-12 (\"" +
           std::string(uri_2020_12) + "\") and draft-07 (\"" + std::string(uri_draft_07) + "#\")");
}

void document_index::read_vocabularies(resource& target,
                                       const object& metaschema,
                                       const position& place) {
  target.vocabulary = {};
  const value* listed = metaschema.if_contains("$vocabulary");
  const object* all = listed ? listed->if_object() : nullptr;
  if (!all) return;
  target.vocabulary = {false, false, false, false};
  constexpr std::string_view base = "https://json-schema.org/draft/2020-12/vocab/";
  for (const auto& each : *all) {
    const std::string_view uri = each.key();
    const std::string_view name =
        uri.starts_with(base) ? uri.substr(base.size()) : std::string_view();
    if (name == "applicator") {
      target.vocabulary.applicator = true;
    } else if (name == "unevaluated") {
      target.vocabulary.unevaluated = true;
    } else if (name == "validation") {
      target.vocabulary.validation = true;
    } else if (name == "format-assertion") {
      target.vocabulary.format_assertion = true;
    } else if (name != "core" && name != "meta-data" && name != "format-annotation" &&
               name != "content" && each.value() == value(true)) {
      fail(place, "$schema", "the metaschema requires an unknown vocabulary, " + std::string(uri));
    }
  }
}

std::shared_ptr<const value> document_index::find_document(std::string_view uri) const {
  if (uri.ends_with('#')) uri.remove_suffix(1);
  if (const auto it = options_.registered.find(uri); it != options_.registered.end())
    return it->second;
  const std::string_view text = metaschema_text(uri);
  if (text.empty()) return nullptr;
  return std::make_shared<const value>(parse(text));
}

resource* document_index::find_resource(const std::string& uri, json::dialect assumed) {
  if (const auto it = by_uri_.find(uri); it != by_uri_.end()) return it->second;
  std::shared_ptr<const value> document = find_document(uri);
  if (!document) return nullptr;
  load(std::move(document), uri, assumed);
  return by_uri_.at(uri);
}

target document_index::find(std::string_view reference,
                            const position& from,
                            std::string_view keyword) {
  const std::string uri = resolve_uri(from.home->uri, reference);
  const std::string document(without_fragment(uri));
  const json::dialect assumed = out_.resources.front().dialect;
  const resource* home = document == from.home->uri ? from.home : find_resource(document, assumed);
  if (!home) {
    fail(from, keyword,
         "\"" + std::string(reference) + "\" leads to \"" + document +
             "\", which is neither part of the schema nor registered; nothing is fetched from the "
             "network");
  }
  target result{home->root, home, {}};
  const auto encoded = split_uri(uri).fragment;
  if (!encoded || encoded->empty()) return result;
  const std::optional<std::string> fragment = percent_decode(*encoded);
  result.schema = nullptr;
  if (fragment && fragment->starts_with('/')) {
    result.schema = find_pointer(*home, *fragment);
  } else if (fragment) {
    if (const auto it = home->anchors.find(*fragment); it != home->anchors.end()) {
      result.schema = it->second;
      result.anchor = *fragment;
    }
  }
  if (!result.schema) fail(from, keyword, "\"" + std::string(reference) + "\" leads to no schema");
  result.home = place_of(*result.schema).home;
  return result;
}

const value* document_index::find_pointer(const resource& home, std::string_view pointer) {
  const auto tokens = split_pointer(pointer);
  if (!tokens) return nullptr;
  const value* at = home.root;
  const position* last = &place_of(*at);
  std::string since_last;
  for (const std::string& token : *tokens) {
    if (const object* members = at->if_object()) {
      at = members->if_contains(token);
    } else if (const array* elements = at->if_array()) {
      std::size_t index = 0;
      if (token.empty() || token.size() > 9 || (token.size() > 1 && token[0] == '0'))
        return nullptr;
      for (const char c : token) {
        if (c < '0' || c > '9') return nullptr;
        index = index * 10 + static_cast<std::size_t>(c - '0');
      }
      at = elements->if_contains(index);
    } else {
      at = nullptr;
    }
    if (!at) return nullptr;
    append_pointer_token(since_last, token);
    if (const auto it = places_.find(at); it != places_.end()) {
      last = it->second;
      since_last.clear();
    }
  }
  if (since_last.empty()) return at;
  // A place that no keyword we know makes a schema, but that this reference does.
  if (!at->is_object() && !at->is_bool()) return nullptr;
  position& place = out_.positions.emplace_back();
  place.home = last->home;
  place.prefix = last->text() + since_last;
  walk(*at, place, const_cast<resource&>(*last->home), 0);
  return at;
}

}  // namespace comcp::json::schema
