// minLength, maxLength, pattern, format. (contentEncoding and its like are annotations.)

#include "compiler.hpp"
#include "formats.hpp"
#include "patterns.hpp"

namespace comcp::json::schema {
namespace {

std::size_t count_code_points(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char c : text)
    count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

class length_keyword : public keyword {
 public:
  explicit length_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), strings),
        limit_(from.count()),
        upper_(from.name == "maxLength") {}

  bool check(const value& instance, evaluation& run, evaluated*) const override {
    const std::string_view text = instance.get_string();
    if (!run.spend(1 + text.size() / 64)) return false;
    const std::size_t length = count_code_points(text);
    if (upper_ ? length <= limit_ : length >= limit_) return true;
    return run.fail(*this, [&] {
      return "must have at " + std::string(upper_ ? "most " : "least ") + std::to_string(limit_) +
             " characters, has " + std::to_string(length);
    });
  }

 private:
  std::size_t limit_;
  bool upper_;
};

class pattern_keyword : public keyword {
 public:
  explicit pattern_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), strings), pattern_(compile_pattern(from, from.text())) {}

  bool check(const value& instance, evaluation& run, evaluated*) const override {
    return matches(*pattern_, instance.get_string(), run) ||
           run.fail(*this, [&] { return "must match the pattern " + pattern_->source(); });
  }

 private:
  std::unique_ptr<const regex> pattern_;
};

class format_keyword : public keyword {
 public:
  format_keyword(const keyword_source& from, format_check valid)
      : keyword(from.name, from.place(), strings), format_(from.text()), valid_(valid) {}

  bool check(const value& instance, evaluation& run, evaluated*) const override {
    const std::string_view text = instance.get_string();
    if (!run.spend(1 + text.size() / 16)) return false;
    return valid_(text) || run.fail(*this, [&] { return "is not a valid " + format_; });
  }

 private:
  std::string format_;
  format_check valid_;
};

std::unique_ptr<keyword> make_format(const keyword_source& from) {
  const string& name = from.text();
  if (!from.options().assert_formats && !from.owner.home().vocabulary.format_assertion)
    return nullptr;
  const format_check check = find_format(name);
  if (!check) return nullptr;  // unknown formats are annotations
  return std::make_unique<format_keyword>(from, check);
}

}  // namespace

std::unique_ptr<const regex> compile_pattern(const keyword_source& from, std::string_view pattern) {
  if (pattern.size() > from.options().max_pattern_bytes) {
    from.fail("the regular expression is longer than " +
              std::to_string(from.options().max_pattern_bytes) + " bytes");
  }
  std::string error;
  auto compiled = regex::compile(pattern, error);
  if (!compiled) from.fail("not a regular expression (" + error + "): " + std::string(pattern));
  return compiled;
}

bool matches(const regex& pattern, std::string_view text, evaluation& run) {
  if (run.aborted()) return false;
  switch (pattern.search(text, run.steps_left())) {
    case match_result::yes:
      return true;
    case match_result::no:
      return false;
    case match_result::out_of_steps:
      break;
  }
  run.abort("matching the pattern " + pattern.source() + " takes too many steps");
  return false;
}

std::vector<keyword_definition> string_keywords() {
  return {
      {"minLength", make_keyword<length_keyword>, &vocabularies::validation},
      {"maxLength", make_keyword<length_keyword>, &vocabularies::validation},
      {"pattern", make_keyword<pattern_keyword>, &vocabularies::validation},
      {"format", make_format},
  };
}

}  // namespace comcp::json::schema
