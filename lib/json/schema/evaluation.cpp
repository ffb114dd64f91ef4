#include "evaluation.hpp"

#include <algorithm>
#include <utility>

namespace comcp::json::schema {

unsigned kind_bit(const value& v) noexcept {
  switch (v.kind()) {
    case kind::null:
      return nulls;
    case kind::bool_:
      return booleans;
    case kind::int64:
    case kind::uint64:
    case kind::double_:
      return numbers;
    case kind::string:
      return strings;
    case kind::array:
      return arrays;
    case kind::object:
      return objects;
  }
  return 0;
}

std::string position::text() const {
  if (!outer) return prefix;
  std::string pointer = outer->text();
  append_pointer_token(pointer, keyword);
  if (way == step::named) append_pointer_token(pointer, key);
  if (way == step::listed) append_pointer_token(pointer, std::to_string(index));
  return pointer;
}

void evaluated::merge(const evaluated& other) {
  first_ = std::max(first_, other.first_);
  if (other.some_.size() > some_.size()) some_.resize(other.some_.size());
  for (std::size_t i = 0; i < other.some_.size(); ++i) {
    if (other.some_[i]) some_[i] = true;
  }
}

bool evaluation::run(const node& root, const value& instance) {
  const bool valid = apply(root, instance, nullptr);
  if (out_) {
    if (aborted_) out_->insert(out_->begin(), violation{{}, {}, root.place().text(), why_});
    if (!aborted_ && !valid && out_->empty()) report({}, root.place(), "does not fit the schema");
  }
  return valid && !aborted_;
}

bool evaluation::apply(const node& schema, const value& instance, evaluated* seen) {
  if (!spend()) return false;
  if (schema.what == node::form::anything) return true;
  if (schema.what == node::form::nothing) {
    if (collecting()) report({}, schema.place(), "nothing is allowed here");
    return false;
  }
  if (depth_ >= limits_.depth) {
    abort("schemas are applied more than " + std::to_string(limits_.depth) +
          " levels deep; does one refer to itself without end?");
    return false;
  }
  const scope inner{&schema.home(), scope_};
  const scope* const before = scope_;
  if (!scope_ || scope_->entered != inner.entered) scope_ = &inner;
  ++depth_;
  bool valid = false;
  if (schema.tracks) {
    // unevaluated* sees what its own schema looked at, not what a neighbour did.
    evaluated own;
    valid = apply_keywords(schema, instance, &own);
    if (valid && seen) seen->merge(own);
  } else {
    valid = apply_keywords(schema, instance, seen);
  }
  --depth_;
  scope_ = before;
  return valid;
}

bool evaluation::apply_keywords(const node& schema, const value& instance, evaluated* seen) {
  const unsigned kind = kind_bit(instance);
  bool valid = true;
  for (std::size_t i = 0; i < schema.keywords.size(); ++i) {
    // What a failed keyword would have looked at isn't known, so unevaluated* would report nonsense.
    if (i == schema.first && !valid) break;
    const keyword& each = *schema.keywords[i];
    if (!(each.applies_to() & kind)) continue;
    if (each.check(instance, *this, seen)) continue;
    valid = false;
    if (!collecting()) break;
  }
  return valid;
}

bool evaluation::apply_to_member(const node& schema, std::string_view key, const value& member) {
  if (instance_depth_ >= limits_.instance_depth) {
    abort("the value is nested more than " + std::to_string(limits_.instance_depth) +
          " levels deep");
    return false;
  }
  at_member here(*this, key);
  ++instance_depth_;
  const bool valid = apply(schema, member, nullptr);
  --instance_depth_;
  return valid;
}

bool evaluation::apply_to_element(const node& schema, std::size_t index, const value& element) {
  if (instance_depth_ >= limits_.instance_depth) {
    abort("the value is nested more than " + std::to_string(limits_.instance_depth) +
          " levels deep");
    return false;
  }
  at_member here(*this, index);
  ++instance_depth_;
  const bool valid = apply(schema, element, nullptr);
  --instance_depth_;
  return valid;
}

bool evaluation::spend(std::uint64_t steps) {
  if (aborted_) return false;
  if (steps > steps_) {
    steps_ = 0;
    abort("validation takes more than " + std::to_string(limits_.steps) + " steps");
    return false;
  }
  steps_ -= steps;
  return true;
}

void evaluation::abort(std::string why) {
  if (aborted_) return;
  aborted_ = true;
  why_ = std::move(why);
}

void evaluation::report(std::string_view keyword, const position& place, std::string message) {
  std::string path = place.text();
  if (!keyword.empty()) append_pointer_token(path, keyword);
  out_->push_back(
      {detail::pointer_to(here()), std::string(keyword), std::move(path), std::move(message)});
}

const node* evaluation::find_dynamic(std::string_view anchor) const {
  const node* found = nullptr;
  for (const scope* each = scope_; each; each = each->outer) {
    if (const auto it = each->entered->dynamic_nodes.find(anchor);
        it != each->entered->dynamic_nodes.end()) {
      found = it->second;
    }
  }
  return found;
}

}  // namespace comcp::json::schema
