// minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf

#include "../number.hpp"
#include "compiler.hpp"

namespace comcp::json::schema {
namespace {

std::string digits(const value& number) {
  return serialize(number);
}

class bound_keyword : public keyword {
 public:
  explicit bound_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), numbers),
        bound_(from.number()),
        upper_(from.name.ends_with("aximum")),
        exclusive_(from.name.starts_with("exclusive")) {}

  bool check(const value& instance, evaluation& run, evaluated*) const override {
    const auto order = detail::compare_numbers(instance, bound_);
    if (upper_ ? order < 0 : order > 0) return true;
    if (order == 0 && !exclusive_) return true;
    return run.fail(*this, [&] {
      std::string wanted = upper_ ? "less than " : "greater than ";
      if (!exclusive_) wanted = upper_ ? "at most " : "at least ";
      return "must be " + wanted + digits(bound_) + ", got " + digits(instance);
    });
  }

 private:
  const value& bound_;
  bool upper_;
  bool exclusive_;
};

class multiple_keyword : public keyword {
 public:
  explicit multiple_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), numbers), divisor_(from.number()) {
    if (!(detail::compare_numbers(divisor_, value(0)) > 0)) from.fail("must be greater than zero");
  }

  bool check(const value& instance, evaluation& run, evaluated*) const override {
    return detail::is_multiple(instance, divisor_) || run.fail(*this, [&] {
      return "must be a multiple of " + digits(divisor_) + ", got " + digits(instance);
    });
  }

 private:
  const value& divisor_;
};

}  // namespace

std::vector<keyword_definition> number_keywords() {
  return {
      {"minimum", make_keyword<bound_keyword>, &vocabularies::validation},
      {"maximum", make_keyword<bound_keyword>, &vocabularies::validation},
      {"exclusiveMinimum", make_keyword<bound_keyword>, &vocabularies::validation},
      {"exclusiveMaximum", make_keyword<bound_keyword>, &vocabularies::validation},
      {"multipleOf", make_keyword<multiple_keyword>, &vocabularies::validation},
  };
}

}  // namespace comcp::json::schema
