// $ref, $dynamicRef

#include "compiler.hpp"

namespace comcp::json::schema {
namespace {

class ref_keyword : public keyword {
 public:
  explicit ref_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), everything), schema_(from.referred(from.text())) {}

  bool check(const value& instance, evaluation& run, evaluated* seen) const override {
    return run.apply(schema_, instance, seen);
  }

 private:
  const node& schema_;
};

/** Leads where $ref would, unless an anchor of that name is dynamic there: then the outermost schema
    that the evaluation came through decides. */
class dynamic_ref_keyword : public keyword {
 public:
  explicit dynamic_ref_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), everything),
        schema_(from.referred(from.text(), &anchor_)) {}

  bool check(const value& instance, evaluation& run, evaluated* seen) const override {
    const node* outermost = anchor_.empty() ? nullptr : run.find_dynamic(anchor_);
    return run.apply(outermost ? *outermost : schema_, instance, seen);
  }

 private:
  std::string anchor_;
  const node& schema_;
};

}  // namespace

std::vector<keyword_definition> reference_keywords() {
  return {
      {"$ref", make_keyword<ref_keyword>},
      {"$dynamicRef", make_keyword<dynamic_ref_keyword>, nullptr, false, true},
  };
}

}  // namespace comcp::json::schema
