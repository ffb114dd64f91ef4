// unevaluatedProperties, unevaluatedItems

#include "compiler.hpp"

namespace comcp::json::schema {
namespace {

class unevaluated_properties_keyword : public keyword {
 public:
  explicit unevaluated_properties_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), objects), schema_(from.subschema(from.v)) {}

  bool check(const value& instance, evaluation& run, evaluated* seen) const override {
    const object& members = instance.get_object();
    if (!run.spend(1 + members.size() / 4)) return false;
    bool valid = true;
    std::size_t index = 0;
    for (const auto& member : members) {
      if (!seen->has(index)) {
        if (schema_.what == node::form::nothing) {
          at_member here(run, member.key());
          valid =
              run.fail(*this, [&] { return "unknown property " + serialize(value(member.key())); });
        } else {
          valid &= run.apply_to_member(schema_, member.key(), member.value());
        }
        if (!valid && !run.collecting()) return false;
      }
      ++index;
    }
    seen->add_all();
    return valid;
  }

 private:
  const node& schema_;
};

class unevaluated_items_keyword : public keyword {
 public:
  explicit unevaluated_items_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), arrays), schema_(from.subschema(from.v)) {}

  bool check(const value& instance, evaluation& run, evaluated* seen) const override {
    const array& elements = instance.get_array();
    if (!run.spend(1 + elements.size() / 4)) return false;
    bool valid = true;
    for (std::size_t i = 0; i < elements.size(); ++i) {
      if (seen->has(i)) continue;
      if (schema_.what == node::form::nothing) {
        at_member here(run, i);
        valid = run.fail(*this, [] { return "no such element is allowed"; });
      } else {
        valid &= run.apply_to_element(schema_, i, elements[i]);
      }
      if (!valid && !run.collecting()) return false;
    }
    seen->add_all();
    return valid;
  }

 private:
  const node& schema_;
};

}  // namespace

std::vector<keyword_definition> unevaluated_keywords() {
  return {
      {"unevaluatedProperties", make_keyword<unevaluated_properties_keyword>,
       &vocabularies::unevaluated, false, true, phase::last},
      {"unevaluatedItems", make_keyword<unevaluated_items_keyword>, &vocabularies::unevaluated,
       false, true, phase::last},
  };
}

}  // namespace comcp::json::schema
