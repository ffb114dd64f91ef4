// type, enum, const

#include "../number.hpp"
#include "compiler.hpp"

#include <array>

namespace comcp::json::schema {
namespace {

struct type_name {
  std::string_view name;
  unsigned kind;
};
constexpr std::array<type_name, 7> type_names{{{"null", nulls},
                                               {"boolean", booleans},
                                               {"integer", numbers},
                                               {"number", numbers},
                                               {"string", strings},
                                               {"array", arrays},
                                               {"object", objects}}};

class type_keyword : public keyword {
 public:
  explicit type_keyword(const keyword_source& from) : keyword(from.name, from.place(), everything) {
    if (from.v.is_string()) {
      add(from, from.v);
    } else if (from.v.is_array()) {
      for (const value& each : from.v.get_array())
        add(from, each);
    } else {
      from.fail("must be the name of a type or an array of such names");
    }
  }

  bool check(const value& instance, evaluation& run, evaluated*) const override {
    const unsigned kind = kind_bit(instance);
    if (admitted_ & kind) return true;
    if (integers_ && kind == numbers && detail::is_integer(instance)) return true;
    return run.fail(*this, [&] {
      return "expected " + wanted_ + ", got " + std::string(describe_kind(instance));
    });
  }

 private:
  void add(const keyword_source& from, const value& name) {
    const string* text = name.if_string();
    for (const type_name& each : type_names) {
      if (!text || each.name != std::string_view(*text)) continue;
      if (!wanted_.empty()) wanted_ += " or ";
      wanted_ += each.name;
      if (each.name == "integer") {
        integers_ = true;
      } else {
        admitted_ |= each.kind;
      }
      return;
    }
    from.fail("must be one of null, boolean, integer, number, string, array, object");
  }

  unsigned admitted_ = 0;
  bool integers_ = false;
  std::string wanted_;
};

/// The value as a message shows it: not too much of it.
std::string shown(const value& v) {
  if (v.is_object() || v.is_array()) return std::string(describe_kind(v));
  std::string text = serialize(v);
  return text.size() <= 60 ? text : std::string(describe_kind(v));
}

class enum_keyword : public keyword {
 public:
  explicit enum_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), everything), values_(from.list()) {}

  bool check(const value& instance, evaluation& run, evaluated*) const override {
    if (!run.spend(1 + values_.size())) return false;
    for (const value& each : values_) {
      if (equal(each, instance)) return true;
    }
    return run.fail(*this, [&] {
      std::string message = "must be one of ";
      const char* separator = "";
      for (const value& each : values_) {
        if (message.size() > 300) {
          message += ", ...";
          break;
        }
        message += separator + shown(each);
        separator = ", ";
      }
      return message;
    });
  }

 private:
  const array& values_;
};

class const_keyword : public keyword {
 public:
  explicit const_keyword(const keyword_source& from)
      : keyword(from.name, from.place(), everything), value_(from.v) {}

  bool check(const value& instance, evaluation& run, evaluated*) const override {
    return equal(value_, instance) || run.fail(*this, [&] { return "must be " + shown(value_); });
  }

 private:
  const value& value_;
};

}  // namespace

std::vector<keyword_definition> general_keywords() {
  return {
      {"type", make_keyword<type_keyword>, &vocabularies::validation},
      {"enum", make_keyword<enum_keyword>, &vocabularies::validation},
      {"const", make_keyword<const_keyword>, &vocabularies::validation},
  };
}

}  // namespace comcp::json::schema
