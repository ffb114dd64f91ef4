// allOf, anyOf, oneOf, not, if / then / else

#include "compiler.hpp"

#include <algorithm>

namespace comcp::json::schema {
namespace {

std::vector<const node*> read_schemas(const keyword_source& from) {
  const array& list = from.list();
  if (list.empty()) from.fail("must not be empty");
  std::vector<const node*> schemas;
  for (const value& each : list)
    schemas.push_back(&from.subschema(each));
  return schemas;
}

class all_of_keyword : public keyword {
 public:
  explicit all_of_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), everything), schemas_(read_schemas(from)) {}

  bool check(const value& instance, evaluation& run, evaluated* seen) const override {
    bool valid = true;
    for (const node* each : schemas_) {
      // If one fails all fails, and whoever asked drops what was seen; so no copy is needed.
      valid &= run.apply(*each, instance, seen);
      if (!valid && !run.collecting()) return false;
    }
    return valid;
  }

 private:
  std::vector<const node*> schemas_;
};

/** anyOf and oneOf. When none fits, the violations inside the branches follow the one that says so; if
    all but one branch are of another kind altogether (anyOf a struct or null), those of that branch
    alone are reported. */
class some_of_keyword : public keyword {
 public:
  explicit some_of_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), everything),
        schemas_(read_schemas(from)),
        exactly_one_(from.name == "oneOf") {}

  bool check(const value& instance, evaluation& run, evaluated* seen) const override {
    const std::size_t mark = run.mark();
    std::size_t fitting = 0;
    std::size_t other_kinds = 0;
    for (const node* each : schemas_) {
      const std::size_t before = run.mark();
      evaluated own;
      if (run.apply(*each, instance, seen ? &own : nullptr)) {
        if (seen) seen->merge(own);
        if (++fitting == (exactly_one_ ? 2u : 1u) && (exactly_one_ || !seen)) break;
        continue;
      }
      if (run.aborted()) return false;
      if (is_other_kind(run, before)) ++other_kinds;
    }
    if (fitting == 1 || (fitting > 0 && !exactly_one_)) {
      run.forget(mark);
      return true;
    }
    if (fitting > 1) {
      run.forget(mark);
      return run.fail(
          *this, [] { return "fits more than one of the alternatives, must fit exactly one"; });
    }
    if (other_kinds + 1 == schemas_.size() && run.mark() > mark) {
      drop_other_kinds(run, mark);
      return false;
    }
    if (run.mark() > mark) {
      summarize(run, mark);
      return false;
    }
    return run.fail(*this, [] { return "fits none of the alternatives"; });
  }

 private:
  // Whether the branch found nothing more to say than that this very value is of another type.
  static bool is_other_kind(evaluation& run, std::size_t from) {
    if (!run.violations() || run.mark() != from + 1) return false;
    const violation& only = run.violations()->back();
    return only.keyword == "type" && only.instance_path == detail::pointer_to(run.here());
  }

  static void drop_other_kinds(evaluation& run, std::size_t mark) {
    auto& all = *run.violations();
    const std::string here = detail::pointer_to(run.here());
    const auto from = all.begin() + static_cast<std::ptrdiff_t>(mark);
    const auto kept = std::remove_if(from, all.end(), [&](const violation& v) {
      return v.keyword == "type" && v.instance_path == here;
    });
    if (kept != from) all.erase(kept, all.end());
  }

  void summarize(evaluation& run, std::size_t mark) const {
    auto& all = *run.violations();
    std::string path = place().text();
    append_pointer_token(path, name());
    all.insert(all.begin() + static_cast<std::ptrdiff_t>(mark),
               violation{detail::pointer_to(run.here()), std::string(name()), std::move(path),
                         "fits none of the alternatives"});
    if (all.size() > run.max_violations()) all.pop_back();
  }

  std::vector<const node*> schemas_;
  bool exactly_one_;
};

class not_keyword : public keyword {
 public:
  explicit not_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), everything), schema_(from.subschema(from.v)) {}

  bool check(const value& instance, evaluation& run, evaluated*) const override {
    bool fits = false;
    {
      const evaluation::silence quiet(run);
      fits = run.apply(schema_, instance, nullptr);
    }
    return !fits || run.fail(*this, [] { return "must not fit the schema"; });
  }

 private:
  const node& schema_;
};

class if_keyword : public keyword {
 public:
  explicit if_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), everything), condition_(from.subschema(from.v)) {
    if (const value* schema = from.siblings.if_contains("then")) then_ = &from.subschema(*schema);
    if (const value* schema = from.siblings.if_contains("else")) else_ = &from.subschema(*schema);
  }

  bool check(const value& instance, evaluation& run, evaluated* seen) const override {
    if (!then_ && !else_ && !seen) return true;
    evaluated own;
    bool holds = false;
    {
      const evaluation::silence quiet(run);
      holds = run.apply(condition_, instance, seen ? &own : nullptr);
    }
    if (run.aborted()) return false;
    if (holds && seen) seen->merge(own);
    const node* branch = holds ? then_ : else_;
    return !branch || run.apply(*branch, instance, seen);
  }

 private:
  const node& condition_;
  const node* then_ = nullptr;
  const node* else_ = nullptr;
};

}  // namespace

std::vector<keyword_definition> logic_keywords() {
  return {
      {"allOf", make_keyword<all_of_keyword>, &vocabularies::applicator},
      {"anyOf", make_keyword<some_of_keyword>, &vocabularies::applicator},
      {"oneOf", make_keyword<some_of_keyword>, &vocabularies::applicator},
      {"not", make_keyword<not_keyword>, &vocabularies::applicator},
      {"if", make_keyword<if_keyword>, &vocabularies::applicator},
  };
}

}  // namespace comcp::json::schema
