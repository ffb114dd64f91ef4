// items, prefixItems, additionalItems, contains, minItems, maxItems, uniqueItems

#include "../number.hpp"
#include "compiler.hpp"

#include <algorithm>
#include <functional>

namespace comcp::json::schema {
namespace {

class prefix_keyword : public keyword {
 public:
  explicit prefix_keyword(const keyword_source& from) : keyword(from.name, from.place(), arrays) {
    for (const value& each : from.list())
      schemas_.push_back(&from.subschema(each));
  }

  bool check(const value& instance, evaluation& run, evaluated* seen) const override {
    const array& elements = instance.get_array();
    const std::size_t count = std::min(elements.size(), schemas_.size());
    bool valid = true;
    for (std::size_t i = 0; i < count && (valid || run.collecting()); ++i) {
      valid &= run.apply_to_element(*schemas_[i], i, elements[i]);
    }
    if (seen) seen->add_first(count);
    return valid;
  }

 private:
  std::vector<const node*> schemas_;
};

/// All elements behind the first few.
class rest_keyword : public keyword {
 public:
  rest_keyword(const keyword_source& from, std::size_t first)
      : keyword(from.name, from.place(), arrays), schema_(from.subschema(from.v)), first_(first) {}

  bool check(const value& instance, evaluation& run, evaluated* seen) const override {
    const array& elements = instance.get_array();
    if (elements.size() <= first_) return true;
    if (schema_.what == node::form::nothing) {
      return run.fail(*this, [&] {
        return "must have at most " + std::to_string(first_) + " elements, has " +
               std::to_string(elements.size());
      });
    }
    bool valid = true;
    for (std::size_t i = first_; i < elements.size() && (valid || run.collecting()); ++i) {
      valid &= run.apply_to_element(schema_, i, elements[i]);
    }
    if (seen) seen->add_all();
    return valid;
  }

 private:
  const node& schema_;
  std::size_t first_;
};

std::unique_ptr<keyword> make_items(const keyword_source& from) {
  if (from.v.is_array()) return std::make_unique<prefix_keyword>(from);  // draft-07's other form
  std::size_t first = 0;
  if (from.dialect() == json::dialect::draft_2020_12) {
    const value* prefix = from.siblings.if_contains("prefixItems");
    if (prefix && prefix->is_array()) first = prefix->get_array().size();
  }
  return std::make_unique<rest_keyword>(from, first);
}

std::unique_ptr<keyword> make_additional_items(const keyword_source& from) {
  const value* items = from.siblings.if_contains("items");
  if (!items || !items->is_array()) return nullptr;
  return std::make_unique<rest_keyword>(from, items->get_array().size());
}

class contains_keyword : public keyword {
 public:
  explicit contains_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), arrays), schema_(from.subschema(from.v)) {
    if (from.dialect() == json::dialect::draft_07) return;
    if (const value* bound = from.siblings.if_contains("minContains"))
      min_ = bound_of(from, *bound, "minContains");
    if (const value* bound = from.siblings.if_contains("maxContains"))
      max_ = bound_of(from, *bound, "maxContains");
  }

  bool check(const value& instance, evaluation& run, evaluated* seen) const override {
    const array& elements = instance.get_array();
    std::size_t found = 0;
    {
      const evaluation::silence quiet(run);
      for (std::size_t i = 0; i < elements.size() && !run.aborted(); ++i) {
        if (!run.apply_to_element(schema_, i, elements[i])) continue;
        ++found;
        if (seen) seen->add(i);
        if (!seen && found >= min_ && max_ == unbounded) return true;
      }
    }
    if (found < min_) {
      return run.fail(*this, [&] {
        return "must contain at least " + std::to_string(min_) + " matching element" +
               (min_ == 1 ? "" : "s") + ", has " + std::to_string(found);
      });
    }
    return found <= max_ || run.fail(*this, [&] {
      return "must contain at most " + std::to_string(max_) + " matching elements, has " +
             std::to_string(found);
    });
  }

 private:
  static constexpr std::size_t unbounded = static_cast<std::size_t>(-1);

  static std::size_t bound_of(const keyword_source& from, const value& v, std::string_view name) {
    if (!from.owner.home().vocabulary.validation) return name == "minContains" ? 1 : unbounded;
    return keyword_source{from.all, from.owner, from.siblings, name, v}.count();
  }

  const node& schema_;
  std::size_t min_ = 1;
  std::size_t max_ = unbounded;
};

class item_count_keyword : public keyword {
 public:
  explicit item_count_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), arrays),
        limit_(from.count()),
        upper_(from.name == "maxItems") {}

  bool check(const value& instance, evaluation& run, evaluated*) const override {
    const std::size_t size = instance.get_array().size();
    if (upper_ ? size <= limit_ : size >= limit_) return true;
    return run.fail(*this, [&] {
      return "must have at " + std::string(upper_ ? "most " : "least ") + std::to_string(limit_) +
             " elements, has " + std::to_string(size);
    });
  }

 private:
  std::size_t limit_;
  bool upper_;
};

/// A hash that is the same for values that are equal as JSON; every part of the value costs a step.
std::size_t hash_of(const value& v, evaluation& run, std::size_t depth = 0) {
  if (!run.spend()) return 0;
  if (depth > 1000) {
    run.abort("the value is nested too deeply to compare");
    return 0;
  }
  const auto mix = [](std::size_t seed, std::size_t next) {
    return (seed ^ next) * 0x9e3779b97f4a7c15u + (seed >> 29);
  };
  if (detail::is_number(v)) {
    if (const auto i = detail::to_signed(v)) return mix(1, std::hash<std::int64_t>()(*i));
    if (const auto u = detail::to_unsigned(v)) return mix(1, std::hash<std::uint64_t>()(*u));
    return mix(2, std::hash<double>()(v.get_double()));
  }
  if (const string* text = v.if_string()) {
    run.spend(text->size() / 64);
    return mix(3, std::hash<std::string_view>()(*text));
  }
  if (const bool* flag = v.if_bool()) return *flag ? 4 : 5;
  if (const array* elements = v.if_array()) {
    std::size_t seed = 6;
    for (const value& each : *elements)
      seed = mix(seed, hash_of(each, run, depth + 1));
    return seed;
  }
  if (const object* members = v.if_object()) {
    std::size_t sum = 7;
    for (const auto& each : *members) {
      const std::string_view key = each.key();
      sum += mix(std::hash<std::string_view>()(key), hash_of(each.value(), run, depth + 1));
    }
    return sum;
  }
  return 8;
}

class unique_keyword : public keyword {
 public:
  explicit unique_keyword(const keyword_source& from) : keyword(from.name, from.place(), arrays) {}

  bool check(const value& instance, evaluation& run, evaluated*) const override {
    const array& elements = instance.get_array();
    if (elements.size() < 2) return true;
    std::vector<std::pair<std::size_t, std::size_t>> hashes;
    hashes.reserve(elements.size());
    for (std::size_t i = 0; i < elements.size(); ++i) {
      hashes.emplace_back(hash_of(elements[i], run), i);
      if (run.aborted()) return false;
    }
    std::sort(hashes.begin(), hashes.end());
    for (auto from = hashes.begin(); from != hashes.end(); ++from) {
      for (auto to = from + 1; to != hashes.end() && to->first == from->first; ++to) {
        // Equal hashes nearly always mean equal values, which end the search.
        if (!run.spend(100)) return false;
        if (!equal(elements[from->second], elements[to->second])) continue;
        return run.fail(*this, [&] {
          return "elements must differ, but " + std::to_string(from->second) + " and " +
                 std::to_string(to->second) + " are equal";
        });
      }
    }
    return true;
  }
};

std::unique_ptr<keyword> make_unique_items(const keyword_source& from) {
  if (!from.boolean()) return nullptr;
  return std::make_unique<unique_keyword>(from);
}

}  // namespace

std::vector<keyword_definition> array_keywords() {
  return {
      {"prefixItems", make_keyword<prefix_keyword>, &vocabularies::applicator, false, true},
      {"items", make_items, &vocabularies::applicator},
      {"additionalItems", make_additional_items, &vocabularies::applicator, true, false},
      {"contains", make_keyword<contains_keyword>, &vocabularies::applicator},
      {"minItems", make_keyword<item_count_keyword>, &vocabularies::validation},
      {"maxItems", make_keyword<item_count_keyword>, &vocabularies::validation},
      {"uniqueItems", make_unique_items, &vocabularies::validation},
  };
}

}  // namespace comcp::json::schema
