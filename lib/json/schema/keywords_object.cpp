// properties, patternProperties, additionalProperties, propertyNames, required, minProperties,
// maxProperties, dependentRequired, dependentSchemas, dependencies

#include "compiler.hpp"
#include "patterns.hpp"

#include <algorithm>
#include <functional>
#include <unordered_set>

namespace comcp::json::schema {
namespace {

std::string quoted(std::string_view name) {
  return serialize(value(boost::json::string_view(name)));
}

std::size_t index_of(const object& members, object::const_iterator member) {
  return static_cast<std::size_t>(member - members.begin());
}

class properties_keyword : public keyword {
 public:
  explicit properties_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), objects) {
    for (const auto& each : from.members()) {
      properties_.emplace_back(each.key(), &from.subschema(each.value()));
    }
  }

  bool check(const value& instance, evaluation& run, evaluated* seen) const override {
    const object& members = instance.get_object();
    if (!run.spend(1 + properties_.size() / 4)) return false;
    bool valid = true;
    for (const auto& [name, schema] : properties_) {
      const auto member = members.find(name);
      if (member == members.end()) continue;
      valid &= run.apply_to_member(*schema, name, member->value());
      if (!valid && !run.collecting()) return false;
      if (seen) seen->add(index_of(members, member));
    }
    return valid;
  }

 private:
  std::vector<std::pair<std::string_view, const node*>> properties_;
};

class pattern_properties_keyword : public keyword {
 public:
  explicit pattern_properties_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), objects) {
    for (const auto& each : from.members()) {
      patterns_.emplace_back(compile_pattern(from, each.key()), &from.subschema(each.value()));
    }
  }

  bool check(const value& instance, evaluation& run, evaluated* seen) const override {
    const object& members = instance.get_object();
    bool valid = true;
    for (const auto& member : members) {
      for (const auto& [pattern, schema] : patterns_) {
        if (!matches(*pattern, member.key(), run)) continue;
        valid &= run.apply_to_member(*schema, member.key(), member.value());
        if (seen) seen->add(index_of(members, &member));
      }
      if (!valid && !run.collecting()) return false;
    }
    return valid;
  }

 private:
  std::vector<std::pair<std::unique_ptr<const regex>, const node*>> patterns_;
};

class additional_properties_keyword : public keyword {
 public:
  explicit additional_properties_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), objects), schema_(from.subschema(from.v)) {
    if (const value* named = from.siblings.if_contains("properties"); named && named->is_object()) {
      for (const auto& each : named->get_object())
        names_.insert(each.key());
    }
    if (const value* named = from.siblings.if_contains("patternProperties");
        named && named->is_object()) {
      for (const auto& each : named->get_object())
        patterns_.push_back(compile_pattern(from, each.key()));
    }
  }

  bool check(const value& instance, evaluation& run, evaluated* seen) const override {
    if (schema_.what == node::form::anything && !seen) return true;
    const object& members = instance.get_object();
    if (!run.spend(1 + members.size() / 4)) return false;
    bool valid = true;
    for (const auto& member : members) {
      if (is_named(member.key(), run)) continue;
      if (run.aborted()) return false;
      if (schema_.what == node::form::nothing) {
        at_member here(run, member.key());
        valid =
            run.fail(*this, [&] { return "unknown property " + quoted(member.key()) + known(); });
      } else {
        valid &= run.apply_to_member(schema_, member.key(), member.value());
      }
      if (!valid && !run.collecting()) return false;
      if (seen) seen->add(index_of(members, &member));
    }
    return valid;
  }

 private:
  bool is_named(std::string_view name, evaluation& run) const {
    return names_.contains(name) ||
           std::any_of(patterns_.begin(), patterns_.end(),
                       [&](const auto& each) { return matches(*each, name, run); });
  }

  // Helps whoever misspelt a name.
  std::string known() const {
    if (names_.empty() || names_.size() > 12) return {};
    std::vector<std::string_view> sorted(names_.begin(), names_.end());
    std::sort(sorted.begin(), sorted.end());
    std::string text = "; known are";
    const char* separator = " ";
    for (const std::string_view name : sorted) {
      text += separator;
      text += name;
      separator = ", ";
    }
    return text;
  }

  const node& schema_;
  std::unordered_set<std::string_view> names_;
  std::vector<std::unique_ptr<const regex>> patterns_;
};

class property_names_keyword : public keyword {
 public:
  explicit property_names_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), objects), schema_(from.subschema(from.v)) {}

  bool check(const value& instance, evaluation& run, evaluated*) const override {
    bool valid = true;
    for (const auto& member : instance.get_object()) {
      const value name(member.key());
      valid &= run.apply_to_member(schema_, member.key(), name);
      if (!valid && !run.collecting()) return false;
    }
    return valid;
  }

 private:
  const node& schema_;
};

/// Names that must be there; used by required and, when a condition holds, by dependentRequired.
std::vector<std::string_view> read_names(const keyword_source& from, const value& v) {
  const array* list = v.if_array();
  if (!list) from.fail("must be an array of property names");
  std::vector<std::string_view> names;
  for (const value& each : *list) {
    if (!each.is_string()) from.fail("must be an array of property names");
    names.emplace_back(each.get_string());
  }
  return names;
}

bool check_names(const std::vector<std::string_view>& names,
                 const object& members,
                 const keyword& by,
                 evaluation& run,
                 std::string_view because = {}) {
  if (!run.spend(1 + names.size() / 4)) return false;
  bool valid = true;
  for (const std::string_view name : names) {
    if (members.contains(name)) continue;
    valid = run.fail(by, [&] {
      std::string message = "required property " + quoted(name) + " is missing";
      if (!because.empty()) message += "; it goes with " + quoted(because);
      return message;
    });
    if (!run.collecting()) break;
  }
  return valid;
}

class required_keyword : public keyword {
 public:
  explicit required_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), objects), names_(read_names(from, from.v)) {}

  bool check(const value& instance, evaluation& run, evaluated*) const override {
    return check_names(names_, instance.get_object(), *this, run);
  }

 private:
  std::vector<std::string_view> names_;
};

class property_count_keyword : public keyword {
 public:
  explicit property_count_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), objects),
        limit_(from.count()),
        upper_(from.name == "maxProperties") {}

  bool check(const value& instance, evaluation& run, evaluated*) const override {
    const std::size_t size = instance.get_object().size();
    if (upper_ ? size <= limit_ : size >= limit_) return true;
    return run.fail(*this, [&] {
      return "must have at " + std::string(upper_ ? "most " : "least ") + std::to_string(limit_) +
             " properties, has " + std::to_string(size);
    });
  }

 private:
  std::size_t limit_;
  bool upper_;
};

/// dependentRequired, dependentSchemas, and dependencies, which is either per property.
class dependent_keyword : public keyword {
 public:
  explicit dependent_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), objects) {
    for (const auto& each : from.members()) {
      if (from.name == "dependentRequired" ||
          (from.name == "dependencies" && each.value().is_array())) {
        names_.emplace_back(each.key(), read_names(from, each.value()));
      } else {
        schemas_.emplace_back(each.key(), &from.subschema(each.value()));
      }
    }
  }

  bool check(const value& instance, evaluation& run, evaluated* seen) const override {
    const object& members = instance.get_object();
    if (!run.spend(1 + (names_.size() + schemas_.size()) / 4)) return false;
    bool valid = true;
    for (const auto& [condition, names] : names_) {
      if (!members.contains(condition)) continue;
      valid &= check_names(names, members, *this, run, condition);
      if (!valid && !run.collecting()) return false;
    }
    for (const auto& [condition, schema] : schemas_) {
      if (!members.contains(condition)) continue;
      valid &= run.apply(*schema, instance, seen);
      if (!valid && !run.collecting()) return false;
    }
    return valid;
  }

 private:
  std::vector<std::pair<std::string_view, std::vector<std::string_view>>> names_;
  std::vector<std::pair<std::string_view, const node*>> schemas_;
};

}  // namespace

std::vector<keyword_definition> object_keywords() {
  return {
      {"properties", make_keyword<properties_keyword>, &vocabularies::applicator},
      {"patternProperties", make_keyword<pattern_properties_keyword>, &vocabularies::applicator},
      {"additionalProperties", make_keyword<additional_properties_keyword>,
       &vocabularies::applicator},
      {"propertyNames", make_keyword<property_names_keyword>, &vocabularies::applicator},
      {"required", make_keyword<required_keyword>, &vocabularies::validation},
      {"minProperties", make_keyword<property_count_keyword>, &vocabularies::validation},
      {"maxProperties", make_keyword<property_count_keyword>, &vocabularies::validation},
      {"dependentRequired", make_keyword<dependent_keyword>, &vocabularies::validation, false,
       true},
      {"dependentSchemas", make_keyword<dependent_keyword>, &vocabularies::applicator, false, true},
      {"dependencies", make_keyword<dependent_keyword>, &vocabularies::applicator},
  };
}

}  // namespace comcp::json::schema
