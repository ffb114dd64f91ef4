#include "compiler.hpp"

#include "../number.hpp"

#include <algorithm>

namespace comcp::json::schema {
namespace {

using keyword_table = std::unordered_multimap<std::string_view, keyword_definition>;

const keyword_table& all_keywords() {
  static const keyword_table table = [] {
    keyword_table all;
    for (const auto list :
         {general_keywords, number_keywords, string_keywords, array_keywords, object_keywords,
          logic_keywords, reference_keywords, unevaluated_keywords}) {
      for (const keyword_definition& each : list())
        all.emplace(each.name, each);
    }
    return all;
  }();
  return table;
}

const keyword_definition* find_keyword(std::string_view name, const resource& home) {
  const auto [from, to] = all_keywords().equal_range(name);
  for (auto it = from; it != to; ++it) {
    const keyword_definition& each = it->second;
    const bool known = home.dialect == json::dialect::draft_07 ? each.draft_07 : each.draft_2020_12;
    if (known && (!each.vocabulary || home.vocabulary.*each.vocabulary)) return &each;
  }
  return nullptr;
}

}  // namespace

const compile_options& keyword_source::options() const noexcept {
  return all.options();
}

void keyword_source::fail(std::string message) const {
  std::string path = place().text();
  append_pointer_token(path, name);
  throw compile_failure{{std::move(path), std::move(message)}};
}

const node& keyword_source::subschema(const value& schema) const {
  return all.node_of(schema);
}

const node& keyword_source::referred(std::string_view reference, std::string* anchor) const {
  const target found = all.index().find(reference, place(), name);
  if (anchor && found.home->dynamic_anchors.contains(found.anchor)) *anchor = found.anchor;
  return all.node_of(*found.schema);
}

const value& keyword_source::number() const {
  if (!detail::is_number(v)) fail("must be a number");
  return v;
}

std::size_t keyword_source::count() const {
  const auto number = detail::is_number(v) ? detail::to_unsigned(v) : std::nullopt;
  if (!number) fail("must be an integer of zero or more");
  return static_cast<std::size_t>(*number);
}

bool keyword_source::boolean() const {
  if (!v.is_bool()) fail("must be a boolean");
  return v.get_bool();
}

const string& keyword_source::text() const {
  if (!v.is_string()) fail("must be a string");
  return v.get_string();
}

const array& keyword_source::list() const {
  if (!v.is_array()) fail("must be an array");
  return v.get_array();
}

const object& keyword_source::members() const {
  if (!v.is_object()) fail("must be an object");
  return v.get_object();
}

compiler::compiler(const compile_options& options, program& out)
    : options_(options), out_(out), index_(out, options) {
  out_.limits = options.limits;
}

void compiler::compile(const value& schema) {
  const value& root =
      index_.load(std::make_shared<const value>(schema), {}, options_.default_dialect);
  out_.root = &node_of(root);
  // All of the schema, so that a mistake in an unused definition is found as well.
  for (const value* each : index_.take_new())
    node_of(*each);
  while (!work_.empty()) {
    const auto [target, source] = work_.back();
    work_.pop_back();
    compile_node(*target, *source);
    // Of what other documents bring, only what a $dynamicRef may choose when it is applied.
    for (const value* each : index_.take_new()) {
      if (each->is_object() && each->get_object().contains("$dynamicAnchor")) node_of(*each);
    }
  }
  for (resource& each : out_.resources) {
    for (const auto& [name, source] : each.dynamic_anchors)
      each.dynamic_nodes[name] = nodes_.at(source);
  }
}

const node& compiler::node_of(const value& schema) {
  const auto [it, is_new] = nodes_.try_emplace(&schema);
  if (is_new) {
    it->second = &out_.nodes.emplace_back(index_.place_of(schema));
    work_.emplace_back(it->second, &schema);
  }
  return *it->second;
}

void compiler::compile_node(node& target, const value& schema) {
  const object* members = schema.if_object();
  if (!members) {
    target.what = schema.get_bool() ? node::form::anything : node::form::nothing;
    return;
  }
  const bool only_ref =
      target.home().dialect == json::dialect::draft_07 && members->contains("$ref");
  std::vector<std::unique_ptr<keyword>> last;
  for (const auto& member : *members) {
    if (only_ref && member.key() != "$ref") continue;
    const keyword_definition* definition = find_keyword(member.key(), target.home());
    if (!definition) continue;
    auto made = definition->make({*this, target, *members, definition->name, member.value()});
    if (!made) continue;
    if (definition->when == phase::last) {
      target.tracks = true;
      last.push_back(std::move(made));
    } else {
      target.keywords.push_back(std::move(made));
    }
  }
  target.first = target.keywords.size();
  std::move(last.begin(), last.end(), std::back_inserter(target.keywords));
  target.what = target.keywords.empty() ? node::form::anything : node::form::keywords;
}

}  // namespace comcp::json::schema
